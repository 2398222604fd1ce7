"""``physiopi-bridge demo-data``."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click

from cloud_bridge.demo_data.fill import CLINIC, fill_clinic
from cloud_bridge.demo_data.simulated_patient import Period
from cloud_bridge.settings import load_settings
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import make_one_time_sign_in
from cloud_bridge.store.tables import Account

_DAYS_A_WEEK: Final = 7


@click.command("demo-data")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The bridge's configuration file (bridge.toml).",
)
@click.option("--clinic", default=CLINIC, show_default=True, help="The new clinic's name.")
@click.option("--patients", type=click.IntRange(1, 500), default=30, show_default=True)
@click.option("--weeks", type=click.IntRange(1, 52), default=12, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="The same seed makes the same patients."
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day with sessions; yesterday when not given.",
)
@click.option(
    "--beside-real-patients",
    is_flag=True,
    help="Also where the database has patients that are not simulated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, and no progress.")
def demo_data(
    config: Path | None,
    clinic: str,
    patients: int,
    weeks: int,
    seed: int,
    until: datetime | None,
    beside_real_patients: bool,
    as_json: bool,
) -> None:
    """Fill a new clinic with simulated patients, so that every page has something to look at.

    Nobody has done these sessions: each is marked as simulated wherever it is shown. The clinic's
    doctor is let in by the one-time address that is printed.
    """
    settings = load_settings(config)
    database = Database(settings.database)
    database.upgrade()
    zone = ZoneInfo(settings.of_clinic(clinic).time_zone)
    yesterday = datetime.now(UTC).astimezone(zone).date() - timedelta(days=1)
    ends = yesterday if until is None else until.date()
    period = Period(ends - timedelta(days=_DAYS_A_WEEK * weeks - 1), ends, zone)
    try:
        with click.progressbar(
            length=patients, label="Simulated patients", hidden=as_json
        ) as progress:
            filled = fill_clinic(
                database, clinic, seed, patients, period,
                beside_real_patients=beside_real_patients,
                progress=lambda _patients: progress.update(1),
            )  # fmt: skip
        with database.transaction() as transaction:
            token = make_one_time_sign_in(
                transaction, transaction.get_one(Account, filled.doctor_id)
            )
    finally:
        database.close()
    document = {
        "clinic": clinic,
        "patients": filled.patients,
        "sessions": filled.sessions,
        "events": filled.events,
        "sign_in_address": f"{settings.portal.link_base}/sign-in/one-time/{token}",
    }
    if as_json:
        click.echo(json.dumps(document))
        return
    for key, value in document.items():
        click.echo(f"{key:16} {value}")
