"""``physiopi-bridge``: what a person or a unit file runs on the clinic's side."""

import json
import logging
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Any

import click
import structlog

from cloud_bridge.broker import add_broker_device, write_broker_configuration
from cloud_bridge.demo_data.command import demo_data
from cloud_bridge.errors import CloudBridgeError, ConfigurationError
from cloud_bridge.fhir_commands import fhir
from cloud_bridge.ingest.worker import IngestWorker
from cloud_bridge.people_commands import audit, clinic, first_administrator_command
from cloud_bridge.portal.server import PortalServer
from cloud_bridge.settings import load_settings
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import DEVICE_ID, make_demonstration
from models.errors import ModelsError
from models.exercises.library import load_library
from models.messages import PrescriptionItem, Side

_CHILD_ENDS_WITHIN_S = 6.0
_RESTART_AFTER_S = 1.0

log = structlog.get_logger()


class _Group(click.Group):
    """Turns our errors into one clear line and an exit status that means something."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except CloudBridgeError as error:
            click.echo(f"physiopi-bridge: {error}", err=True)
            sys.exit(error.exit_code)
        except ModelsError as error:
            click.echo(f"physiopi-bridge: {error}", err=True)
            sys.exit(ConfigurationError.exit_code)


_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The bridge's configuration file (bridge.toml).",
)


@click.group(cls=_Group)
@click.version_option(package_name="physiopi")
@click.option("--log-json", is_flag=True, help="Write the log as JSON, one object a line.")
def main(log_json: bool) -> None:
    """PhysioPi's cloud bridge: between the patients' devices and their doctors.

    Exit status: 0 done, 1 failed, 2 wrong use or configuration, 6 database, 7 broker,
    8 the audit log is not whole.
    """
    plain = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer() if log_json else plain,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@main.command()
@_config
def ingest(config: Path | None) -> None:
    """Take devices' messages from the broker and publish prescriptions, until told to stop."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    IngestWorker(load_settings(config)).run(stop)


@main.command()
@_config
def portal(config: Path | None) -> None:
    """Serve the doctors' pages, until told to stop."""
    PortalServer(load_settings(config)).run()


@main.command()
@_config
def run(config: Path | None) -> None:
    """Ingest, portal and pushing to EHRs on one machine, each a process, until told to stop."""
    settings = load_settings(config)
    database = Database(settings.database)
    database.upgrade()
    database.close()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    commands = {name: _own_command(config, name) for name in ("ingest", "portal")}
    if settings.fhir.push:
        commands["push"] = _own_command(config, "fhir", "push", "--watch")
    children = {name: _start(command) for name, command in commands.items()}
    try:
        while not stop.wait(_RESTART_AFTER_S):
            for name, child in children.items():
                if child.poll() is not None:
                    log.warning("process_ended", name=name, status=child.returncode)
                    children[name] = _start(commands[name])
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            try:
                child.wait(_CHILD_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()


def _own_command(config: Path | None, *words: str) -> list[str]:
    command = [sys.executable, "-m", "cloud_bridge.cli", *words]
    return command if config is None else [*command, "--config", str(config)]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # Its own session: Ctrl-C reaches us alone, and we end it in order.
    return subprocess.Popen(command, start_new_session=True)


@main.command()
@_config
@click.option("--prescribe", metavar="EXERCISE", help="Prescribe this where nothing is yet.")
@click.option("--sets", type=click.IntRange(1, 20), default=1, show_default=True)
@click.option("--reps", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def demo(config: Path | None, prescribe: str | None, sets: int, reps: int, as_json: bool) -> None:
    """Make a demonstration clinic with a doctor, a patient and a device, and a one-time sign-in."""
    settings = load_settings(config)
    item = None
    if prescribe is not None:
        exercise = load_library()[prescribe]
        side: Side = "left" if exercise.side == "unilateral" else "both"
        item = PrescriptionItem(exercise_id=exercise.id, side=side, sets=sets, reps=reps, rest_s=20)
    database = Database(settings.database)
    database.upgrade()
    with database.transaction() as transaction:
        made = make_demonstration(transaction, item)
    database.close()
    address = f"http://{settings.portal.host}:{settings.portal.port}"
    document = asdict(made) | {
        "sign_in_address": f"{address}/sign-in/one-time/{made.sign_in_token}"
    }
    if as_json:
        click.echo(json.dumps(document))
        return
    for key, value in document.items():
        click.echo(f"{key:16} {value}")


@main.command("broker-config")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="Where to write.")
@click.option("--port", type=click.IntRange(1, 65535), default=1883, show_default=True)
@click.option(
    "--device",
    "devices",
    multiple=True,
    default=[DEVICE_ID],
    show_default=True,
    help="A device to give a password; may be given more than once.",
)
def broker_config(folder: Path, port: int, devices: tuple[str, ...]) -> None:
    """Write a Mosquitto configuration for this machine alone, with passwords for each device."""
    files = write_broker_configuration(folder.resolve(), port)
    for device_id in devices:
        add_broker_device(folder.resolve(), device_id)
    click.echo(files.configuration)


for _command in (first_administrator_command, clinic, audit, demo_data, fhir):
    main.add_command(_command)

if __name__ == "__main__":
    main()
