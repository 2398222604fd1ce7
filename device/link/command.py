"""``physiopi-device link``: the process that speaks with the broker."""

import signal
from pathlib import Path
from threading import Event

import click

from device.kept_log import keep_log
from device.link.link import Link
from device.settings import load_settings
from device.version import software_version


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The device's configuration file (device.toml).",
)
def link(config: Path | None) -> None:
    """Send sessions to the clinic and receive prescriptions, until told to stop.

    Sessions wait in the device's database while the broker is out of reach; nothing is lost.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    settings = load_settings(config)
    keep_log(settings.log_folder, "link")
    Link(settings, software_version()).run(stop)
