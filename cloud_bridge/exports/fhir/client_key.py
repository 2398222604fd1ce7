"""The private key by which an EHR knows the bridge (SMART backend services)."""

import os
from pathlib import Path
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from cloud_bridge.errors import ConfigurationError
from cloud_bridge.exports.fhir.settings import Algorithm

_RSA_BITS: Final = 3072
_CURVE: Final = "P-384"
_LEAST_RSA_BITS: Final = 2048

ClientKey = RSAKey | ECKey


def make_client_key(path: Path, algorithm: Algorithm) -> None:
    """A new private key in a file that only this user reads; raises :class:`ConfigurationError`."""
    key = RSAKey.generate_key(_RSA_BITS) if algorithm == "RS384" else ECKey.generate_key(_CURVE)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.as_pem(private=True))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be made: {error}") from error


def read_client_key(path: Path, algorithm: Algorithm) -> ClientKey:
    """The private key; raises :class:`ConfigurationError` for one that cannot sign that way."""
    kind: type[RSAKey] | type[ECKey] = RSAKey if algorithm == "RS384" else ECKey
    try:
        key = kind.import_key(path.read_bytes())
    except (OSError, ValueError, JoseError) as error:
        raise ConfigurationError(f"{path}: no private key for {algorithm}: {error}") from error
    if not key.is_private:
        raise ConfigurationError(f"{path}: a public key; the private one is needed")
    if isinstance(key, ECKey) and key.curve_name != _CURVE:
        raise ConfigurationError(f"{path}: ES384 needs a key on {_CURVE}, not {key.curve_name}")
    if isinstance(key, RSAKey) and key.raw_value.key_size < _LEAST_RSA_BITS:
        raise ConfigurationError(f"{path}: an RSA key needs {_LEAST_RSA_BITS} bits or more")
    return key


def public_key_set(key: ClientKey, key_id: str, algorithm: Algorithm) -> dict[str, Any]:
    """The JWK Set to register with the EHR."""
    public = dict(key.as_dict(private=False))
    return {
        "keys": [public | {"kid": key_id, "alg": algorithm, "use": "sig", "key_ops": ["verify"]}]
    }
