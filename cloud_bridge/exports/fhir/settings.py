"""The table ``[fhir]`` of bridge.toml."""

from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from cloud_bridge.exports.fhir.codes import PATIENTS
from cloud_bridge.exports.fhir.identity import Naming

Algorithm = Literal["RS384", "ES384"]
"""What SMART backend services sign with."""

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def _safe(address: str) -> str:
    if not is_safe(address):
        raise ValueError("an EHR on another machine needs an https address")
    return address.rstrip("/")


def is_safe(address: str) -> bool:
    """Whether patients' data and keys may go to an address: TLS, or this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FhirPushSettings(_Table):
    """An EHR that gets one clinic's records, and how the bridge proves who it is there.

    SMART backend services: the private key in ``key_file`` (PEM) signs a JWT with ``algorithm``;
    the EHR knows the public key as ``key_id`` (`physiopi-bridge fhir jwks` prints it). Times are in
    seconds.
    """

    clinic: str
    base_url: Annotated[str, AfterValidator(_safe)]
    client_id: str
    key_file: Path
    key_id: str
    algorithm: Algorithm = "ES384"
    scope: str = "system/*.write"
    ca_file: Path | None = None
    timeout_s: Annotated[float, Field(gt=0, le=300)] = 30.0


class FhirSettings(_Table):
    """How the bridge names its patients in FHIR, where its FHIR interface stands, and EHRs.

    ``identifier_system`` is within what a pseudonym is unique; two bridges that push into one EHR
    must have two. ``base_url`` is where others reach ``/fhir``; below the portal's address when not
    given.
    """

    identifier_system: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:\S+$")] = (
        PATIENTS
    )
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://\S+[^/]$")] | None = None
    push: tuple[FhirPushSettings, ...] = ()

    @property
    def naming(self) -> Naming:
        """How patients are named."""
        return Naming(self.identifier_system)
