"""Errors of the cloud bridge; each message says what happened, to which thing, and what to do."""


class CloudBridgeError(Exception):
    """Base of every error raised by ``cloud_bridge``; ``exit_code`` is the command's status."""

    exit_code = 1


class ConfigurationError(CloudBridgeError):
    """The configuration file cannot be read or has a wrong value."""

    exit_code = 2


class DatabaseError(CloudBridgeError):
    """The database cannot be reached or is of another release."""

    exit_code = 6


class BrokerError(CloudBridgeError):
    """The broker cannot be configured, reached or refuses the bridge."""

    exit_code = 7


class RefusedMessageError(CloudBridgeError):
    """A message from a device cannot be accepted; it goes to the dead letters."""


class AuditLogError(CloudBridgeError):
    """The audit log is not whole: a line was changed, removed or slipped in."""

    exit_code = 8


class AccountError(CloudBridgeError):
    """An account cannot be made or changed as asked."""
