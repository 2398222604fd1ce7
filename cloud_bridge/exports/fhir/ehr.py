"""An EHR's FHIR server: signs in by SMART backend services and takes transaction Bundles.

After HL7 SMART App Launch 2.2, "Backend Services" and "Client Authentication: Asymmetric": the
server says where its token endpoint is, a short-lived JWT signed with our key gets a token there,
and TLS is always verified.
"""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from uuid import uuid4

import requests
from joserfc import jwt

from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.exports.fhir.client_key import read_client_key
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.settings import FhirPushSettings, is_safe

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LASTS_S: Final = 240
"""SMART allows five minutes at most."""
_TOKEN_SPARE_S: Final = 30
_LARGEST_ANSWER_BYTES: Final = 8 * 1024 * 1024
_LONGEST_REASON: Final = 1000
_MEDIA_TYPE: Final = "application/fhir+json"
_REFUSED: Final = frozenset({400, 413, 422})
"""What is wrong with the content: sent again it would be refused again."""


class EhrUnavailableError(CloudBridgeError):
    """The EHR does not take anything now; ``retry_after_s`` is how long it asks to wait."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message[:_LONGEST_REASON])
        self.retry_after_s = retry_after_s


class EhrRefusedError(CloudBridgeError):
    """The EHR says what is wrong with a Bundle."""


class Ehr:
    """One EHR; the connection and the token are used again."""

    def __init__(self, settings: FhirPushSettings) -> None:
        self._settings = settings
        self._key = read_client_key(settings.key_file, settings.algorithm)
        self._http = requests.Session()
        self._http.verify = True if settings.ca_file is None else str(settings.ca_file)
        # No proxy and no password from the surroundings: what goes where stands in the settings.
        self._http.trust_env = False
        self._token = ""
        self._token_until_s = 0.0

    def send(self, bundle: Resource) -> None:
        """Put a transaction Bundle; when this returns, the EHR has all of it.

        Raises :class:`EhrUnavailableError`, and :class:`EhrRefusedError`.
        """
        status, headers, answer = self._ask(
            "POST",
            self._settings.base_url,
            data=json.dumps(bundle).encode(),
            headers={
                "Authorization": f"Bearer {self._bearer()}",
                "Content-Type": _MEDIA_TYPE,
                "Accept": _MEDIA_TYPE,
            },
        )
        if status in (401, 403):
            self._token_until_s = 0.0
        if status in _REFUSED:
            raise EhrRefusedError(_reason(status, answer))
        if not 200 <= status < 300:
            raise EhrUnavailableError(_reason(status, answer), _retry_after_s(headers))
        _check_entries(answer)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _bearer(self) -> str:
        if time.monotonic() < self._token_until_s:
            return self._token
        endpoint = self._token_endpoint()
        status, headers, answer = self._ask(
            "POST",
            endpoint,
            data={
                "grant_type": "client_credentials",
                "scope": self._settings.scope,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._assertion(endpoint),
            },
            headers={"Accept": "application/json"},
        )
        token = answer.get("access_token")
        if status != 200 or not isinstance(token, str) or not token:
            raise EhrUnavailableError(
                f"no token: {_reason(status, answer)}", _retry_after_s(headers)
            )
        lasts = answer.get("expires_in")
        lasts_s = float(lasts) if isinstance(lasts, int | float) else 0.0
        self._token = token
        self._token_until_s = time.monotonic() + lasts_s - _TOKEN_SPARE_S
        return token

    def _token_endpoint(self) -> str:
        address = f"{self._settings.base_url}/.well-known/smart-configuration"
        status, headers, answer = self._ask("GET", address, headers={"Accept": "application/json"})
        endpoint = answer.get("token_endpoint")
        if status != 200 or not isinstance(endpoint, str):
            raise EhrUnavailableError(
                f"{address}: {_reason(status, answer)}: no token_endpoint", _retry_after_s(headers)
            )
        if not is_safe(endpoint):
            raise EhrUnavailableError(f"{address}: the token endpoint {endpoint!r} is not https")
        return endpoint

    def _assertion(self, endpoint: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            "aud": endpoint,
            "iat": now,
            "exp": now + _ASSERTION_LASTS_S,
            "jti": str(uuid4()),
        }
        header = {"alg": self._settings.algorithm, "kid": self._settings.key_id}
        return jwt.encode(header, claims, self._key, algorithms=[self._settings.algorithm])

    def _ask(
        self,
        method: str,
        address: str,
        **content: Any,  # noqa: ANN401
    ) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        try:
            with self._http.request(
                method,
                address,
                timeout=self._settings.timeout_s,
                allow_redirects=False,
                stream=True,
                **content,
            ) as response:
                body = response.raw.read(_LARGEST_ANSWER_BYTES + 1, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise EhrUnavailableError(f"{address}: {error}") from error
        if len(body) > _LARGEST_ANSWER_BYTES:
            raise EhrUnavailableError(f"{address}: an answer larger than 8 MiB")
        return response.status_code, response.headers, _object(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _check_entries(answer: Mapping[str, Any]) -> None:
    """A transaction is whole or not at all; an answer that says otherwise is no success."""
    if answer.get("resourceType") != "Bundle":
        raise EhrUnavailableError("the EHR answered without a Bundle: is base_url its FHIR server?")
    entries = answer.get("entry")
    for each in entries if isinstance(entries, list) else []:
        response = each.get("response") if isinstance(each, dict) else None
        status = str(response.get("status", "")) if isinstance(response, dict) else ""
        if not status.startswith("2"):
            raise EhrRefusedError(f"an entry was answered with {status or 'nothing'}")


def _reason(status: int, answer: Mapping[str, Any]) -> str:
    said = [
        str(each.get("diagnostics") or each.get("details", {}).get("text") or each.get("code"))
        for each in _issues(answer)
    ]
    error = answer.get("error_description") or answer.get("error")
    if isinstance(error, str):
        said.append(error)
    return f"status {status}: {'; '.join(said) or 'no reason given'}"[:_LONGEST_REASON]


def _issues(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    issues = answer.get("issue")
    return [
        each
        for each in (issues if isinstance(issues, list) else [])
        if isinstance(each, dict) and isinstance(each.get("details", {}), dict)
    ]


def _retry_after_s(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    until = until.replace(tzinfo=until.tzinfo or UTC)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0)
