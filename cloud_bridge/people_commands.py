"""The commands that begin a clinic, let its first administrator in, and verify the audit log."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.accounts.attempts import AttemptGuard
from cloud_bridge.accounts.people import add_clinic, first_administrator
from cloud_bridge.accounts.second_factor import KEY_NAME, SecondFactors
from cloud_bridge.audit.doing import Doing
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.settings import BridgeSettings, load_settings
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import link_path, make_one_time_sign_in
from cloud_bridge.store.tables import Role

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The bridge's configuration file (bridge.toml).",
)
_PRINCIPAL = "command"


@contextmanager
def _opened(settings: BridgeSettings) -> Iterator[Transaction]:
    database = Database(settings.database)
    database.upgrade()
    try:
        with database.transaction() as transaction:
            yield transaction
    finally:
        database.close()


@click.command("first-administrator")
@config_option
@click.option("--clinic", "clinic_name", required=True, metavar="NAME", help="Made when it is new.")
@click.option("--email", required=True, help="Who signs in.")
@click.option("--name", help="The person's name; the e-mail address when not given.")
@click.option(
    "--role",
    type=click.Choice(["administrator", "doctor", "physiotherapist"]),
    default="administrator",
    show_default=True,
    help="A doctor or physiotherapist sees patients and manages people as well.",
)
@click.option(
    "--remove-second-factor", is_flag=True, help="When the telephone and all codes are lost."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def first_administrator_command(
    config: Path | None,
    clinic_name: str,
    email: str,
    name: str | None,
    role: Role,
    remove_second_factor: bool,
    as_json: bool,
) -> None:
    """Make a clinic's first administrator and print a link to set the password once.

    For the same person it prints a new link at any time; the former is no longer good.
    """
    settings = load_settings(config)
    lasts = timedelta(hours=settings.sign_in.link_hours)
    audit_log = AuditLog.of(settings)
    with _opened(settings) as transaction:
        account = first_administrator(transaction, clinic_name, email, name or email, role)
        AttemptGuard(settings.sign_in).passed(transaction, account.email)
        if remove_second_factor:
            SecondFactors(settings.key(KEY_NAME)).remove(transaction, account)
        token = make_one_time_sign_in(transaction, account, "set_password", lasts)
        doing = Doing("first-administrator", f"account={account.id}", _PRINCIPAL, account.clinic_id)
        head = audit_log.append(transaction, doing, "change", "password link made")
        account_id = account.id
    audit_log.keep_anchor(head)
    link = settings.portal.link_base + link_path(token, "set_password")
    until = datetime.now(UTC) + lasts
    if as_json:
        click.echo(json.dumps({"account_id": account_id, "link": link, "until": until.isoformat()}))
        return
    click.echo(f"Open this once, until {until:%Y-%m-%d %H:%M} UTC, to set the password:\n{link}")


@click.group()
def clinic() -> None:
    """The clinics of this bridge, which see nothing of each other."""


@clinic.command("add")
@config_option
@click.argument("name")
def clinic_add(config: Path | None, name: str) -> None:
    """Add the clinic NAME; its people come with first-administrator."""
    settings = load_settings(config)
    audit_log = AuditLog.of(settings)
    with _opened(settings) as transaction:
        made = add_clinic(transaction, name)
        doing = Doing("clinic add", f"clinic={made.id}", _PRINCIPAL, made.id)
        head = audit_log.append(transaction, doing, "change", "clinic added")
        said = f"clinic {made.id}: {made.name}"
    audit_log.keep_anchor(head)
    click.echo(said)


@click.group()
def audit() -> None:
    """The log of who read and changed which patient's data."""


@audit.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(config: Path | None, as_json: bool) -> None:
    """Find out whether the audit log is whole; exit status 8 when it is not.

    Note the last line's number and code somewhere else now and then: who owns this whole machine,
    its keys included, can only be found out by that.
    """
    settings = load_settings(config)
    with _opened(settings) as transaction:
        head = AuditLog.of(settings).verify(transaction)
    if as_json:
        click.echo(json.dumps({"lines": head.number, "last_mac": head.mac}))
        return
    click.echo(f"The audit log is whole: {head.number} lines, the last one's code is {head.mac}")
