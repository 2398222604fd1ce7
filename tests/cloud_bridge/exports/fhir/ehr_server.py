"""An EHR's server: it checks who comes by the signed JWT, and answers as it is told to."""

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import KeySet

from cloud_bridge.exports.fhir.ehr import ASSERTION_TYPE

LOOPBACK = IPv4Address("127.0.0.1")


@dataclass
class Received:
    """What an EHR was sent, and how it is to answer."""

    keys: KeySet
    algorithm: str
    bundles: list[dict[str, Any]] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    token: str = "the-token"
    token_endpoint: str | None = None
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    base: str = ""

    def configuration(self) -> dict[str, Any]:
        return {"token_endpoint": self.token_endpoint or f"{self.base}/token"}

    def grant(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """A token, if the client is who it says."""
        assertion = form["client_assertion"][0]
        token = jwt.decode(assertion, self.keys, algorithms=[self.algorithm])
        claims, now = token.claims, time.time()
        checks = {
            "client id": claims["iss"] == claims["sub"] == "physiopi",
            "audience": claims["aud"] == f"{self.base}/token",
            "time": now - 5 <= claims["iat"] <= now + 5 and now < claims["exp"] <= now + 300,
            "once": claims["jti"] not in self.assertions,
            "type": form["client_assertion_type"] == [ASSERTION_TYPE],
            "grant": form["grant_type"] == ["client_credentials"],
            "scope": form["scope"] == ["system/*.write"],
            "header": token.header["kid"] == "key-1" and token.header["typ"] == "JWT",
        }
        self.assertions.append(claims["jti"])
        wrong = [name for name, right in checks.items() if not right]
        if wrong:
            return 400, {"error": "invalid_client", "error_description": ", ".join(wrong)}
        return 200, {"access_token": self.token, "token_type": "bearer", "expires_in": 300}

    def take(self, bundle: dict[str, Any], bearer: str) -> tuple[int, dict[str, str], Any]:
        if bearer != f"Bearer {self.token}":
            return 401, {}, {}
        if self.answers:
            return self.answers.pop(0)
        self.bundles.append(bundle)
        entries = [{"response": {"status": "200 OK"}} for _ in bundle["entry"]]
        answer = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
        return 200, {}, answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    received: Received

    def do_GET(self) -> None:
        known = self.path == "/fhir/.well-known/smart-configuration"
        self._answer(200 if known else 404, {}, self.received.configuration() if known else {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/fhir/token":
            self._answer(*self._granted(parse_qs(body.decode())))
        elif self.path == "/fhir":
            assert self.headers["Content-Type"] == "application/fhir+json"
            bearer = self.headers["Authorization"]
            self._answer(*self.received.take(json.loads(body), bearer))
        else:
            self._answer(404, {}, {})

    def _granted(self, form: dict[str, list[str]]) -> tuple[int, dict[str, str], Any]:
        status, answer = self.received.grant(form)
        return status, {}, answer

    def _answer(self, status: int, headers: dict[str, str], document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def certificate(folder: Path) -> Path:
    """A certificate of this machine that nobody has signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ehr")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "ehr.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
