"""Which release runs."""

from importlib.metadata import PackageNotFoundError, version


def software_version() -> str:
    """The installed release, ``0`` when run from a checkout that was never installed."""
    try:
        return version("physiopi")
    except PackageNotFoundError:
        return "0"
