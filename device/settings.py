"""The device's configuration file, ``device.toml``."""

import os
import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from device.errors import DeviceError
from models.exercises.clinic import choose_clinic_folder
from models.messages import DeviceId

CONFIGURATION_VARIABLE = "PHYSIOPI_DEVICE_CONFIG"
Port = Annotated[int, Field(ge=1, le=65535)]


class ConfigurationError(DeviceError):
    """The configuration file cannot be read or has a wrong value."""

    exit_code = 2


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerSettings(_Table):
    """Where the broker is and how the device proves who it is.

    Either a client certificate (``ca_file``, ``certificate_file``, ``key_file``) or, on the
    loopback address only, the password in ``password_file`` with the device id as user name.
    """

    host: str = "127.0.0.1"
    port: Port = 1883
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _safe(self) -> "BrokerSettings":
        if self.ca_file is None and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("a broker on another machine needs TLS: set ca_file")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("set certificate_file and key_file together")
        return self


class KioskSettings(_Table):
    """The patient's page; it is served on the loopback address only.

    ``emergency_number`` is shown to a patient who needs help; the device calls nobody.
    ``diagonal_inches`` of the screen and ``viewing_distance_m`` from it decide how large text and
    touch targets are. ``skeleton_only`` holds until the patient chooses otherwise on the screen.
    """

    port: Port = 8080
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    emergency_number: Annotated[str, Field(pattern=r"^[0-9]{2,8}$")] = "112"
    diagonal_inches: Annotated[float, Field(ge=5, le=100)] = 24.0
    viewing_distance_m: Annotated[float, Field(ge=0.4, le=6)] = 3.0
    reduced_motion: bool = False
    skeleton_only: bool = False


class ClinicSettings(_Table):
    """Whom the patient calls: shown on the screen, the device calls nobody.

    ``emergency_text`` by language (``en``, ``de``, ``fr``) is read by who stopped for chest pain,
    breathlessness or dizziness, in the place of the standard text.
    """

    name: Annotated[str, Field(max_length=80)] = ""
    telephone: Annotated[str, Field(pattern=r"^[0-9+ ()/.-]{0,30}$")] = ""
    emergency_text: dict[
        Annotated[str, Field(pattern=r"^[a-z]{2}$")], Annotated[str, Field(max_length=160)]
    ] = Field(default_factory=dict)


class QualitySettings(_Table):
    """The movement quality analysis after each set, in a process of its own.

    ``research`` adds the score of a network whose data allow research alone, marked as such: a
    clinic that takes part in research turns it on.
    """

    analyse: bool = True
    research: bool = False


class JobsSettings(_Table):
    """Video jobs on the loopback address; off unless ``enabled``.

    ``most_waiting`` jobs wait at most; an upload is refused over ``largest_upload_mb``, a picture
    over ``most_megapixels``, a recording over ``longest_s`` or ``most_frames``, and whatever would
    leave less than ``keep_free_mb`` of the disk. The newest ``keep_jobs`` ended jobs are kept, for
    ``keep_days``.
    """

    enabled: bool = False
    port: Port = 8081
    most_waiting: Annotated[int, Field(ge=1, le=100)] = 4
    largest_upload_mb: Annotated[float, Field(gt=0, le=100_000)] = 1000
    most_megapixels: Annotated[float, Field(gt=0, le=100)] = 9.5
    longest_s: Annotated[float, Field(gt=0, le=86_400)] = 1200
    most_frames: Annotated[int, Field(ge=2, le=1_000_000)] = 72_000
    keep_free_mb: Annotated[float, Field(ge=0)] = 500
    keep_jobs: Annotated[int, Field(ge=1, le=10_000)] = 20
    keep_days: Annotated[float, Field(gt=0, le=3650)] = 7


class VoiceSettings(_Table):
    """Speech, in a process of its own; the patient changes ``volume`` (0 to 100) on the screen.

    ``piper_voices`` are voice files of piper by language, such as ``en``; espeak-ng speaks where
    there is none. ``player`` is the command that plays a wave file, whose name is put behind it;
    the system's own when not given. ``wake_s`` of silence goes before what is said after a pause,
    for a screen that swallows the beginning.
    """

    speak: bool = True
    volume: Annotated[int, Field(ge=0, le=100)] = 80
    piper_voices: dict[str, Path] = Field(default_factory=dict)
    player: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    wake_s: Annotated[float, Field(ge=0, le=3)] = 0.0


class ReminderSettings(_Table):
    """When the device reminds of exercises that are due, in local time.

    Never from ``quiet_from`` to ``quiet_until``, never more than ``most_per_day``, and not later
    than ``late_minutes`` after a time (the device may have been off). ``time_zone`` is an IANA name
    such as ``Europe/Berlin``; the system's when not given.
    """

    remind: bool = True
    times: Annotated[tuple[time, ...], Field(max_length=12)] = (time(10), time(17))
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    most_per_day: Annotated[int, Field(ge=0, le=12)] = 3
    snooze_minutes: Annotated[int, Field(ge=1, le=720)] = 30
    late_minutes: Annotated[int, Field(ge=1, le=720)] = 60
    time_zone: str | None = None

    @model_validator(mode="after")
    def _known_zone(self) -> "ReminderSettings":
        if any(
            each.tzinfo is not None for each in (*self.times, self.quiet_from, self.quiet_until)
        ):
            raise ValueError("times are local: give them without a zone")
        if self.time_zone is not None and self.time_zone not in available_timezones():
            raise ValueError(f"no time zone {self.time_zone!r}: use a name such as Europe/Berlin")
        return self


def default_runtime_folder() -> Path:
    """systemd's runtime directory, the user's, or one of our own in memory."""
    for variable, below in (("RUNTIME_DIRECTORY", ""), ("XDG_RUNTIME_DIR", "physiopi")):
        if base := os.environ.get(variable):
            return Path(base) / below
    return Path("/dev/shm") / f"physiopi-{os.getuid()}"  # noqa: S108  made with mode 0700


class DeviceSettings(_Table):
    """Everything the device needs to know about where it is.

    ``data_folder`` keeps the database; ``runtime_folder`` holds sockets and must be private to the
    user; ``network_folder`` is looked in first for the pose network; ``exercise_folder`` holds the
    clinic's own exercises.
    """

    device_id: DeviceId = "unenrolled"
    data_folder: Path = Field(default_factory=lambda: user_data_path("physiopi"))
    runtime_folder: Path = Field(default_factory=default_runtime_folder)
    network_folder: Path | None = None
    exercise_folder: Path | None = None
    broker: BrokerSettings = BrokerSettings()
    kiosk: KioskSettings = KioskSettings()
    clinic: ClinicSettings = ClinicSettings()
    quality: QualitySettings = QualitySettings()
    voice: VoiceSettings = VoiceSettings()
    reminders: ReminderSettings = ReminderSettings()
    jobs: JobsSettings = JobsSettings()

    @property
    def database_file(self) -> Path:
        """The store's SQLite file."""
        return self.data_folder / "device.sqlite"

    @property
    def jobs_folder(self) -> Path:
        """Where video jobs keep their database, uploads and results."""
        return self.data_folder / "jobs"

    @property
    def log_folder(self) -> Path:
        """Where each process keeps its latest warnings and errors."""
        return self.data_folder / "log"


def load_settings(path: Path | None = None) -> DeviceSettings:
    """The settings in ``path``, else in the file that ``PHYSIOPI_DEVICE_CONFIG`` names, else ours.

    The exercise library is read with its ``exercise_folder`` from then on. Raises
    :class:`ConfigurationError`, a message that names the file and the key.
    """
    if path is None and (named := os.environ.get(CONFIGURATION_VARIABLE)):
        path = Path(named)
    if path is None:
        return DeviceSettings()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        settings = DeviceSettings.model_validate(document)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigurationError(f"{path}: {key}: {first['msg']}") from error
    if settings.exercise_folder is not None:
        choose_clinic_folder(settings.exercise_folder)
    return settings
