"""The bridge's configuration file, ``bridge.toml``."""

import contextlib
import os
import secrets
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from platformdirs import user_data_path
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from cloud_bridge.broker import BRIDGE_USER
from cloud_bridge.errors import ConfigurationError
from cloud_bridge.exports.fhir.settings import FhirSettings
from models.exercises.clinic import choose_clinic_folder

CONFIGURATION_VARIABLE = "PHYSIOPI_BRIDGE_CONFIG"
Port = Annotated[int, Field(ge=1, le=65535)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerSettings(_Table):
    """Where the broker is and how the bridge proves who it is.

    A client certificate, or on the loopback address only a password.
    """

    host: str = "127.0.0.1"
    port: Port = 1883
    user: str = BRIDGE_USER
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _safe(self) -> "BrokerSettings":
        if self.ca_file is None and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError("a broker on another machine needs TLS: set ca_file")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("set certificate_file and key_file together")
        return self


class PortalSettings(_Table):
    """The doctors' web pages; another address than loopback belongs behind a TLS proxy.

    ``proxies`` is how many proxies stand before the portal; what they say about a visitor's address
    is believed, so that the sign-in limit counts visitors and not the proxy. ``address`` is where
    people reach the portal; links that are handed on begin with it, and a request for another host
    is refused.
    """

    host: str = "127.0.0.1"
    port: Port = 8090
    secure_cookies: bool = False
    proxies: Annotated[int, Field(ge=0, le=5)] = 0
    address: str | None = Field(default=None, pattern=r"^https?://[^/\s]+$")

    @property
    def link_base(self) -> str:
        """What the path of a link to the portal is put behind."""
        return self.address or f"http://{self.host}:{self.port}"

    @model_validator(mode="after")
    def _safe(self) -> "PortalSettings":
        if self.host not in ("127.0.0.1", "::1", "localhost") and not self.secure_cookies:
            raise ValueError("a portal that others reach needs TLS before it: set secure_cookies")
        return self


class SignInSettings(_Table):
    """How long a sign-in lasts, and what happens to one who guesses.

    After ``failures_before_lock`` failures in a row under one e-mail address nobody gets in with it
    for ``first_lock_s``, twice as long after each further failure, at most ``longest_lock_s``.
    """

    idle_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    absolute_hours: Annotated[int, Field(ge=1, le=24)] = 10
    failures_before_lock: Annotated[int, Field(ge=3, le=20)] = 5
    first_lock_s: Annotated[int, Field(ge=1, le=3600)] = 30
    longest_lock_s: Annotated[int, Field(ge=1, le=86400)] = 3600
    link_hours: Annotated[int, Field(ge=1, le=7 * 24)] = 24


class OidcSettings(_Table):
    """An OpenID provider that signs people in beside the password.

    It never makes an account: one with the same e-mail address, verified by the provider, must be
    there. Our own second factor is asked for after it, unless the provider's ``amr`` claim names
    one of ``second_factor_methods`` (RFC 8176, such as ``mfa``, ``otp``, ``hwk``).
    """

    issuer: str
    client_id: str
    client_secret_file: Path
    name: str = "the clinic's account"
    second_factor_methods: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _safe(self) -> "OidcSettings":
        address = urlsplit(self.issuer)
        loopback = address.hostname in ("127.0.0.1", "::1", "localhost")
        if address.scheme != "https" and not (address.scheme == "http" and loopback):
            raise ValueError("issuer: an OpenID provider needs https")
        return self


class ClinicSettings(_Table):
    """What differs between clinics: whose midnight ends a day, and when a patient is flagged.

    ``flag_rules`` replaces the rules that it names, see cloud_bridge/progress/flag_rules.toml.
    """

    time_zone: str = "UTC"
    flag_rules: Path | None = None

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"time zone {name!r} is not known: give an IANA name such as Europe/Berlin"
            ) from error
        return name


class BridgeSettings(_Table):
    """Everything the bridge needs to know about where it is.

    ``database_url`` is SQLAlchemy's; SQLite in ``data_folder`` when not given. ``key_folder`` holds
    the keys that must not be where the database is; ``data_folder`` when not given.
    ``exercise_folder`` holds the clinic's own exercises. ``clinic`` is of every clinic that
    ``clinics`` does not name.
    """

    data_folder: Path = Field(default_factory=lambda: user_data_path("physiopi-bridge"))
    database_url: str | None = None
    key_folder: Path | None = None
    exercise_folder: Path | None = None
    broker: BrokerSettings = BrokerSettings()
    portal: PortalSettings = PortalSettings()
    clinic: ClinicSettings = ClinicSettings()
    clinics: dict[str, ClinicSettings] = Field(default_factory=dict)
    sign_in: SignInSettings = SignInSettings()
    oidc: OidcSettings | None = None
    fhir: FhirSettings = FhirSettings()

    @property
    def database(self) -> str:
        """SQLAlchemy's address of the database."""
        return self.database_url or f"sqlite:///{self.data_folder / 'bridge.sqlite'}"

    def of_clinic(self, name: str) -> ClinicSettings:
        """The settings of the clinic of that name."""
        return self.clinics.get(name, self.clinic)

    def secret_key(self) -> bytes:
        """The key that signs the portal's cookies; raises :class:`ConfigurationError`."""
        return self.key("secret-key")

    def key(self, name: str) -> bytes:
        """32 random bytes for one purpose: made once, readable by this user only.

        Raises :class:`ConfigurationError`.
        """
        path = (self.key_folder or self.data_folder) / name
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _write_once(path, secrets.token_bytes(32))
            return path.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be made: {error}") from error


def _write_once(path: Path, content: bytes) -> None:
    """A private file that is whole from the first moment; what another process wrote stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(name)
    Path(name).unlink()


def load_settings(path: Path | None = None) -> BridgeSettings:
    """The settings in ``path``, else in the file ``PHYSIOPI_BRIDGE_CONFIG`` names, else ours.

    The exercise library is read with its ``exercise_folder`` from then on. Raises
    :class:`ConfigurationError`, a message that names the file and the key.
    """
    if path is None and (named := os.environ.get(CONFIGURATION_VARIABLE)):
        path = Path(named)
    if path is None:
        return BridgeSettings()
    try:
        settings = BridgeSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "file"
        raise ConfigurationError(f"{path}: {key}: {first['msg']}") from error
    if settings.exercise_folder is not None:
        choose_clinic_folder(settings.exercise_folder)
    return settings
