"""Signing in with an OpenID provider (OpenID Connect Core 1.0, authorisation code with PKCE).

Authlib looks at state, nonce, signature and expiry; here issuer and audience are demanded to be as
configured, and the e-mail address to be verified.
"""

from dataclasses import dataclass
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as BaseResponse

from cloud_bridge.errors import CloudBridgeError, ConfigurationError
from cloud_bridge.settings import OidcSettings

_DISCOVERY: Final = "/.well-known/openid-configuration"
_ANSWERS_WITHIN_S: Final = 10
# Signed by the provider's private key; with a shared secret anybody who has it could sign.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "ES256", "ES384", "EdDSA")


class OpenIdError(CloudBridgeError):
    """The provider could not be reached, or what it said does not let anybody in."""


@dataclass(frozen=True, slots=True)
class OpenIdPerson:
    """Whom the provider vouches for; ``email`` is verified and in lower case."""

    email: str
    second_factor_given: bool


class OpenIdSignIn:
    """The way to the provider and back; ``name`` stands on the button."""

    def __init__(self, app: Flask, settings: OidcSettings) -> None:
        self.name = settings.name
        self._settings = settings
        try:
            secret = settings.client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{settings.client_secret_file}: cannot be read: {error}; oidc.client_secret_file"
                " is a file with the secret that the provider gave out"
            ) from error
        self._client = OAuth(app).register(
            "open_id",
            client_id=settings.client_id,
            client_secret=secret,
            server_metadata_url=settings.issuer.rstrip("/") + _DISCOVERY,
            client_kwargs={
                "scope": "openid email",
                "code_challenge_method": "S256",
                "timeout": _ANSWERS_WITHIN_S,
            },
        )

    def leave_for(self, back: str) -> BaseResponse:
        """To the provider's page, which sends the browser to ``back``."""
        try:
            self._trusted_metadata()
            answer: BaseResponse = self._client.authorize_redirect(back)
        except (AuthlibBaseError, requests.RequestException, ValueError, RuntimeError) as error:
            raise OpenIdError(f"the provider cannot be reached: {error}") from error
        return answer

    def come_back(self) -> OpenIdPerson:
        """Whom the provider's answer, in the request under way, vouches for."""
        exact = {
            "iss": {"essential": True, "value": self._settings.issuer},
            "aud": {"essential": True, "value": self._settings.client_id},
        }
        try:
            self._trusted_metadata()
            token = self._client.authorize_access_token(claims_options=exact)
        except (
            AuthlibBaseError,
            JoseError,
            requests.RequestException,
            ValueError,
            KeyError,
            TypeError,
            RuntimeError,
        ) as error:
            raise OpenIdError(f"the provider's answer cannot be taken: {error!r}") from error
        claims: dict[str, Any] = dict(token.get("userinfo") or {})
        email = claims.get("email")
        # The string "true", which some providers send, is no promise.
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise OpenIdError("the provider does not vouch for the e-mail address")
        methods = claims.get("amr")
        given = set(methods) if isinstance(methods, list) else set()
        return OpenIdPerson(
            email=email.strip().lower(),
            second_factor_given=bool(given & set(self._settings.second_factor_methods)),
        )

    def _trusted_metadata(self) -> None:
        metadata = self._client.load_server_metadata()
        if metadata.get("issuer") != self._settings.issuer:
            raise OpenIdError(f"the provider calls itself {metadata.get('issuer')!r}")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [
            each for each in offered if each in _ALGORITHMS
        ]
