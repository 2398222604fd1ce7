"""Signing in with an OpenID provider: a real one, small, which can be told to lie."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, redirect, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError
from sqlalchemy import select
from werkzeug.serving import make_server

from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings, OidcSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Account, SignInSession
from tests.cloud_bridge.portal_clients import add_person, set_up_factor, signed_in

EMAIL, CLIENT_ID, SECRET = "doctor@clinic.invalid", "physiopi", "s3cret-of-the-client"
KEY, FOREIGN_KEY = (RSAKey.generate_key(2048, {"kid": "1"}) for _ in range(2))


@dataclass
class Provider:
    """An OpenID provider (discovery, authorisation code with PKCE, keys) on the loopback address.

    ``claims`` replace those of the identity token; ``key`` signs it.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    issuer: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Flask:
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def discovery() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [KEY.as_dict(private=False, kid="1", alg="RS256", use="sig")]}

        @app.get("/authorize")
        def authorize() -> Any:
            asked = request.args.to_dict()
            assert asked["client_id"] == CLIENT_ID
            assert asked["response_type"] == "code"
            assert asked["code_challenge_method"] == "S256"
            code = secrets.token_urlsafe()
            self.codes[code] = asked
            return redirect(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

        @app.post("/token")
        def token() -> Any:
            given = request.form
            assert request.authorization is not None
            assert request.authorization.password == SECRET
            asked = self.codes.pop(given["code"])
            digest = hashlib.sha256(given["code_verifier"].encode()).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
            assert given["redirect_uri"] == asked["redirect_uri"]
            now = int(time.time())
            claims = {
                "iss": self.issuer, "sub": "1", "aud": CLIENT_ID, "exp": now + 60, "iat": now,
                "nonce": asked["nonce"], "email": EMAIL, "email_verified": True,
            } | self.claims  # fmt: skip
            claims = {key: value for key, value in claims.items() if value is not None}
            id_token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
            return {"access_token": "x", "token_type": "Bearer", "id_token": id_token}

        return app


@pytest.fixture
def provider() -> Iterator[Provider]:
    each = Provider()
    server = make_server("127.0.0.1", 0, each.app(), threaded=True)
    each.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield each
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    add_person(database, "Clinic", EMAIL)
    yield database
    database.close()


def portal(provider: Provider, database: Database, folder: Path, **oidc: Any) -> Flask:
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    settings = OidcSettings(
        issuer=provider.issuer, client_id=CLIENT_ID, client_secret_file=secret, **oidc
    )
    return create_app(BridgeSettings(data_folder=folder, oidc=settings), database)


def through_the_provider(client: FlaskClient) -> str:
    """Press the link, follow to the provider and come back; where the browser lands."""
    asked = client.get("/sign-in/open-id").location
    answer = requests.get(asked, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    return str(client.get(f"{back.path}?{back.query}").location)


def test_who_the_provider_vouches_for_gets_in(
    provider: Provider, database: Database, tmp_path: Path
) -> None:
    app = portal(provider, database, tmp_path)
    client = app.test_client()
    assert "/sign-in/open-id" in client.get("/sign-in").text
    assert through_the_provider(client) == "/"
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "nobody@clinic.invalid"},
        {"iss": "https://other.invalid"},
        {"aud": "another-client"},
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1000},
    ],
    ids=json.dumps,
)
def test_what_the_provider_does_not_vouch_for_lets_nobody_in(
    provider: Provider, database: Database, tmp_path: Path, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    client = portal(provider, database, tmp_path).test_client()
    assert through_the_provider(client) == "/sign-in"
    assert "did not work" in client.get("/sign-in").text
    assert client.get("/account").location == "/sign-in"
    with database.transaction() as transaction:
        assert len(transaction.scalars(select(Account)).all()) == 1


def test_a_token_signed_by_somebody_else_lets_nobody_in(
    provider: Provider, database: Database, tmp_path: Path
) -> None:
    provider.key = FOREIGN_KEY
    assert through_the_provider(portal(provider, database, tmp_path).test_client()) == "/sign-in"


def test_an_answer_that_this_browser_did_not_ask_for_lets_nobody_in(
    provider: Provider, database: Database, tmp_path: Path
) -> None:
    app = portal(provider, database, tmp_path)
    asked = app.test_client().get("/sign-in/open-id").location
    back = urlsplit(requests.get(asked, allow_redirects=False, timeout=10).headers["Location"])
    victim = app.test_client()
    assert victim.get(f"{back.path}?{back.query}").location == "/sign-in"
    assert victim.get("/account").location == "/sign-in"


def test_whoever_left_is_not_let_in(provider: Provider, database: Database, tmp_path: Path) -> None:
    with database.transaction() as transaction:
        transaction.scalars(select(Account)).one().disabled_at = datetime.now(UTC)
    assert through_the_provider(portal(provider, database, tmp_path).test_client()) == "/sign-in"
    with database.transaction() as transaction:
        assert transaction.scalars(select(SignInSession)).all() == []


@pytest.mark.parametrize(
    ("trusted", "said", "lands"),
    [
        ((), ["mfa"], "/sign-in/code"),
        (("mfa",), ["pwd"], "/sign-in/code"),
        (("mfa",), ["mfa"], "/"),
    ],
)
def test_our_second_factor_is_asked_for_unless_the_provider_had_one(
    provider: Provider, database: Database, tmp_path: Path, trusted: tuple[str, ...],
    said: list[str], lands: str,
) -> None:  # fmt: skip
    app = portal(provider, database, tmp_path, second_factor_methods=trusted)
    set_up_factor(signed_in(app, database, EMAIL))
    provider.claims = {"amr": said}
    assert through_the_provider(app.test_client()) == lands


def test_it_asks_for_a_nonce_a_state_and_a_challenge(
    provider: Provider, database: Database, tmp_path: Path
) -> None:
    client = portal(provider, database, tmp_path).test_client()
    asked = parse_qs(urlsplit(client.get("/sign-in/open-id").location).query)
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["code_challenge_method"] == ["S256"]


def test_a_provider_that_is_away_or_calls_itself_otherwise_is_told(
    provider: Provider, database: Database, tmp_path: Path
) -> None:
    app = portal(provider, database, tmp_path)
    provider.issuer = "https://another.invalid"
    client = app.test_client()
    assert client.get("/sign-in/open-id").location == "/sign-in"
    assert "did not work" in client.get("/sign-in").text


def test_a_provider_without_tls_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="https"):
        OidcSettings(
            issuer="http://id.example", client_id="x", client_secret_file=tmp_path / "secret"
        )
