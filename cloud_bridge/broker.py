"""Writes the configuration of a Mosquitto broker on the loopback address, and its passwords.

For one machine that carries bridge and broker. A device reaches its own topics only: its user name
is its device id, and the access list is made of patterns on it.
"""

import getpass
import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cloud_bridge.errors import BrokerError
from models.messages import MAXIMUM_PAYLOAD_BYTES, TOPIC_ROOT, Channel, topic

BRIDGE_USER = "physiopi-bridge"
_PACKET_OVERHEAD_BYTES = 4096
_UP = (
    Channel.SESSION,
    Channel.EVENT,
    Channel.MOTION,
    Channel.STATUS,
    Channel.PRESCRIPTION_ACKNOWLEDGEMENT,
)
_DOWN = (Channel.PRESCRIPTION, Channel.MOTION_CONSENT, Channel.RECEIPT)


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Where a broker's configuration stands."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """What ``mosquitto -c`` takes."""
        return self.folder / "mosquitto.conf"

    @property
    def passwords(self) -> Path:
        """Hashed passwords of all users."""
        return self.folder / "passwords"

    def password_of(self, user: str) -> Path:
        """The file with one user's password in clear, for that user alone to read."""
        return self.folder / "secrets" / user


def write_broker_configuration(folder: Path, port: int) -> BrokerFiles:
    """Write configuration, access list and the bridge's password; what exists is kept.

    Raises :class:`BrokerError` when Mosquitto's tools are not installed.
    """
    files = BrokerFiles(folder)
    for each in (folder, folder / "secrets", folder / "data"):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / "access", _access_list())
    _write(files.configuration, _configuration(files, port))
    if not files.passwords.exists():
        _write(files.passwords, "")
    if not files.password_of(BRIDGE_USER).exists():
        _set_password(files, BRIDGE_USER)
    return files


def add_broker_device(folder: Path, device_id: str) -> Path:
    """Give a device a password; returns the file that holds it. What exists is kept.

    A running broker reads the new password after a SIGHUP. Raises :class:`BrokerError`.
    """
    topic(device_id, Channel.STATUS)
    files = BrokerFiles(folder)
    if not files.passwords.exists():
        raise BrokerError(f"{folder}: holds no broker configuration: write it first")
    secret = files.password_of(device_id)
    return secret if secret.exists() else _set_password(files, device_id)


def _set_password(files: BrokerFiles, user: str) -> Path:
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        raise BrokerError("mosquitto_passwd is not installed: run 'apt install mosquitto'")
    password = secrets.token_urlsafe(24)
    result = subprocess.run(
        [tool, "-b", str(files.passwords), user, password],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise BrokerError(f"{files.passwords}: cannot be written: {result.stderr.strip()}")
    files.passwords.chmod(0o600)
    secret = files.password_of(user)
    _write(secret, password + "\n")
    return secret


def _access_list() -> str:
    bridge = [f"topic read {TOPIC_ROOT}/+/{channel.value}" for channel in _UP]
    bridge += [f"topic write {TOPIC_ROOT}/+/{channel.value}" for channel in _DOWN]
    devices = [f"pattern write {TOPIC_ROOT}/%u/{channel.value}" for channel in _UP]
    devices += [f"pattern read {TOPIC_ROOT}/%u/{channel.value}" for channel in _DOWN]
    return "\n".join([f"user {BRIDGE_USER}", *bridge, "", *devices, ""])


def _configuration(files: BrokerFiles, port: int) -> str:
    # Mosquitto started by root would change to another user, who cannot read these files.
    user = f"user {getpass.getuser()}\n" if os.getuid() == 0 else ""
    return f"""# Written by physiopi-bridge broker-config; changes are overwritten.
per_listener_settings false
listener {port} 127.0.0.1
{user}allow_anonymous false
password_file {files.passwords}
acl_file {files.folder / "access"}
persistence true
persistence_location {files.folder / "data"}/
autosave_interval 30
max_packet_size {MAXIMUM_PAYLOAD_BYTES + _PACKET_OVERHEAD_BYTES}
message_size_limit {MAXIMUM_PAYLOAD_BYTES}
max_inflight_messages 20
max_queued_messages 1000
max_connections 1000
persistent_client_expiration 14d
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
"""


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
