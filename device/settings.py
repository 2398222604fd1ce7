"""The device's configuration file, ``device.toml``."""

import os
import tomllib
from pathlib import Path
from typing import Annotated

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
    """

    port: Port = 8080
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] = "en"
    emergency_number: Annotated[str, Field(pattern=r"^[0-9]{2,8}$")] = "112"


class QualitySettings(_Table):
    """The movement quality analysis after each set, in a process of its own.

    ``research`` adds the score of a network whose data allow research alone, marked as such: a
    clinic that takes part in research turns it on.
    """

    analyse: bool = True
    research: bool = False


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
    quality: QualitySettings = QualitySettings()

    @property
    def database_file(self) -> Path:
        """The store's SQLite file."""
        return self.data_folder / "device.sqlite"

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
