"""The commands of the FHIR interface: tokens, export, import, and pushing to EHRs."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO, NoReturn
from uuid import UUID

import click
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.api.fhir.tokens import make_token, revoke_token
from cloud_bridge.audit.doing import Doing, during
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.audit.recorder import record_audit
from cloud_bridge.errors import ConfigurationError
from cloud_bridge.exports.fhir.bundle import transaction_bundle
from cloud_bridge.exports.fhir.client_key import (
    make_client_key,
    public_key_set,
    read_client_key,
)
from cloud_bridge.exports.fhir.ehr import Ehr
from cloud_bridge.exports.fhir.push import Round, Route, clinic_id_of, push, send_again
from cloud_bridge.exports.fhir.records import FhirRecords, Window
from cloud_bridge.exports.fhir.service_request_import import (
    LARGEST_DOCUMENT_BYTES,
    ImportRefusedError,
    read_order,
    typed_order,
)
from cloud_bridge.exports.fhir.settings import Algorithm, FhirPushSettings
from cloud_bridge.people_commands import config_option
from cloud_bridge.prescribing.records import Prescribing
from cloud_bridge.prescribing.typed_plan import TypedPlan
from cloud_bridge.settings import BridgeSettings, load_settings
from cloud_bridge.store.database import Database
from cloud_bridge.store.fhir_tables import FhirToken
from cloud_bridge.store.tables import Account

_PRINCIPAL = "command"
_LOOK_EVERY_S = 30.0
_NOTHING = "Nothing was kept: say --clinic, --patient and --for to make it a draft."
_DRAFT = "Kept as a draft. Nothing was prescribed: the clinician signs it in the portal."

log = structlog.get_logger()
_clinic = click.option("--clinic", "clinic_name", required=True, metavar="NAME")


@click.group()
def fhir() -> None:
    """FHIR R4: tokens for programs that read, export, import, and pushing to EHRs."""


@fhir.group()
def token() -> None:
    """Tokens of programs that read one clinic's records."""


@token.command("add")
@config_option
@_clinic
@click.option("--name", required=True, help="Which program it is for.")
@click.option("--scope", default="system/*.read", show_default=True, help="SMART system scopes.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
def token_add(config: Path | None, clinic_name: str, name: str, scope: str, days: int) -> None:
    """Make a token and print it; it is never shown again."""
    settings = load_settings(config)
    with _opened(settings) as database, database.transaction() as transaction:
        clinic_id = clinic_id_of(transaction, clinic_name)
        made, row = make_token(transaction, clinic_id, name, scope, timedelta(days=days))
        _note(settings, transaction, "fhir token add", row, f"token made: {row.scopes}")
        document = {"id": str(row.id), "token": made, "expires_at": row.expires_at.isoformat()}
    click.echo(json.dumps(document))


@token.command("list")
@config_option
@_clinic
def token_list(config: Path | None, clinic_name: str) -> None:
    """Print a clinic's tokens, one JSON object a line, without the tokens themselves."""
    with _opened(load_settings(config)) as database, database.transaction() as transaction:
        clinic_id = clinic_id_of(transaction, clinic_name)
        for row in transaction.scalars(
            select(FhirToken).where(FhirToken.clinic_id == clinic_id).order_by(FhirToken.created_at)
        ):
            revoked = None if row.revoked_at is None else row.revoked_at.isoformat()
            document = {
                "id": str(row.id), "name": row.name, "scopes": row.scopes,
                "expires_at": row.expires_at.isoformat(), "revoked_at": revoked,
            }  # fmt: skip
            click.echo(json.dumps(document))


@token.command("revoke")
@config_option
@click.argument("token_id", type=click.UUID)
def token_revoke(config: Path | None, token_id: UUID) -> None:
    """Make a token worthless at once."""
    settings = load_settings(config)
    with _opened(settings) as database, database.transaction() as transaction:
        row = revoke_token(transaction, token_id, datetime.now(UTC))
        if row is None:
            raise ConfigurationError(f"there is no token {token_id}: see fhir token list")
        _note(settings, transaction, "fhir token revoke", row, "token revoked")
    click.echo("revoked")


def _note(
    settings: BridgeSettings, transaction: Transaction, action: str, row: FhirToken, outcome: str
) -> None:
    """In the audit log: who could read from then on, or no longer."""
    doing = Doing(action, f"token={row.id}", _PRINCIPAL, row.clinic_id)
    AuditLog.of(settings).append(transaction, doing, "change", outcome)


@fhir.command()
@config_option
@_clinic
@click.option("--patient", "wire_id", required=True, help="The patient's pseudonym.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Leave earlier sessions and events out."
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Else printed.")
def export(
    config: Path | None,
    clinic_name: str,
    wire_id: str,
    since: datetime | None,
    output: Path | None,
) -> None:
    """Write all of a patient's records as one transaction Bundle."""
    settings = load_settings(config)
    earliest = None if since is None else since.replace(tzinfo=UTC)
    with _opened(settings) as database:
        doing = Doing("fhir export", f"patient={wire_id}", _PRINCIPAL)
        with during(doing), database.transaction() as transaction:
            doing.clinic_id = clinic_id_of(transaction, clinic_name)
            records = FhirRecords(transaction, doing.clinic_id, settings.fhir.naming)
            patient = records.of_patient(records.patient_by_wire_id(wire_id))
            bundle = transaction_bundle(patient.everything(Window(earliest)), _base_url(settings))
    text = json.dumps(bundle, indent=1, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@fhir.command("import")
@config_option
@click.argument("file", type=click.File("rb"))
@click.option("--clinic", "clinic_name", metavar="NAME", help="Of the patient and the clinician.")
@click.option("--patient", "wire_id", help="For whom, by the pseudonym.")
@click.option("--for", "email", help="Whose draft it becomes: a clinician's e-mail address.")
def import_command(
    config: Path | None,
    file: BinaryIO,
    clinic_name: str | None,
    wire_id: str | None,
    email: str | None,
) -> None:
    """Read a ServiceRequest, or a Bundle with some, and print the items that it asks for.

    With --clinic, --patient and --for it becomes that clinician's draft. Nothing is prescribed: the
    clinician looks at it, completes it and signs it in the portal.
    """
    imported = read_order(_document(file))
    for each in imported:
        item = None if each.item is None else each.item.model_dump(mode="json")
        line = {
            "asked": each.asked, "item": item, "fields": each.fields, "missing": each.missing,
            "remarks": each.remarks,
        }  # fmt: skip
        click.echo(json.dumps(line, ensure_ascii=False))
    if clinic_name is None or wire_id is None or email is None:
        if clinic_name or wire_id or email:
            raise click.UsageError("a draft needs --clinic, --patient and --for")
        click.echo(_NOTHING, err=True)
        return
    _keep_draft(load_settings(config), clinic_name, wire_id, email, typed_order(imported))
    left_out = sum("exercise_id" not in each.fields for each in imported)
    click.echo(f"{_DRAFT}{f' {left_out} without a known exercise.' if left_out else ''}", err=True)


def _document(file: BinaryIO) -> dict[str, Any]:
    content = file.read(LARGEST_DOCUMENT_BYTES + 1)
    if len(content) > LARGEST_DOCUMENT_BYTES:
        raise ImportRefusedError("an order has 1 MiB at most")
    try:
        document = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(f"no JSON: {error}") from error
    if not isinstance(document, dict):
        raise ImportRefusedError("no FHIR resource: a JSON object is needed")
    return document


def _keep_draft(
    settings: BridgeSettings, clinic_name: str, wire_id: str, email: str, plan: TypedPlan
) -> None:
    if not plan.items:
        raise ImportRefusedError("no exercise of the library is asked for: nothing to keep")
    with _opened(settings) as database:
        doing = Doing("fhir import", f"patient={wire_id}", _PRINCIPAL)
        with during(doing), database.transaction() as transaction:
            doing.clinic_id = clinic_id_of(transaction, clinic_name)
            records = FhirRecords(transaction, doing.clinic_id, settings.fhir.naming)
            patient = records.patient_by_wire_id(wire_id)
            account = _clinician(transaction, doing.clinic_id, email)
            current = records.current_prescription(patient)
            prescribing = Prescribing(transaction, doing.clinic_id)
            if prescribing.draft(patient, account) is not None:
                raise ImportRefusedError(
                    f"{email} has a draft for {wire_id} already: sign it or throw it away first"
                )
            based_on = 0 if current is None else current.version
            prescribing.keep_draft(patient, account, plan, 0, based_on)


def _clinician(transaction: Transaction, clinic_id: int, email: str) -> Account:
    account = transaction.scalars(
        select(Account).where(Account.clinic_id == clinic_id, Account.email == email.lower())
    ).first()
    if account is None or not account.is_clinician or account.disabled_at is not None:
        raise ImportRefusedError(f"{email} is no clinician of this clinic who may prescribe")
    return account


@fhir.command("push")
@config_option
@click.option("--watch", is_flag=True, help="Go on until told to stop.")
@click.option("--refused", is_flag=True, help="Try again what an EHR has refused.")
@click.option("--all", "everything", is_flag=True, help="Send everything again, as after a change.")
def push_command(config: Path | None, watch: bool, refused: bool, everything: bool) -> None:
    """Send what is not there yet to the EHRs in [[fhir.push]].

    Exit status 0 when all was sent, 1 when something waits or was refused.
    """
    settings = load_settings(config)
    if not settings.fhir.push:
        raise ConfigurationError("no EHR is configured: add [[fhir.push]] to bridge.toml")
    stop = Event()
    if watch:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    with _opened(settings) as database:
        routes = _routes(settings, database)
        if refused or everything:
            with database.transaction() as transaction:
                for _, route in routes:
                    send_again(transaction, route, delivered=everything)
        complete = _round(database, routes)
        while watch and not stop.wait(_LOOK_EVERY_S):
            complete = _round(database, routes)
    sys.exit(0 if complete or watch else 1)


@fhir.command("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--algorithm", type=click.Choice(["ES384", "RS384"]), default="ES384")
@click.option("--key-id", required=True, help="The name by which the EHR knows the key.")
def key_command(file: Path, algorithm: Algorithm, key_id: str) -> None:
    """Print the public key of FILE to register with an EHR; the private one is made if need be."""
    if not file.exists():
        make_client_key(file, algorithm)
    key = read_client_key(file, algorithm)
    click.echo(json.dumps(public_key_set(key, key_id, algorithm)))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _round(database: Database, routes: list[tuple[FhirPushSettings, Route]]) -> bool:
    complete = True
    for settings, route in routes:
        with closing(Ehr(settings)) as ehr:
            done = push(database, route, ehr)
        complete = complete and not (done.waiting or done.refused)
        if done != Round():
            log.info("pushed", target=route.target, delivered=done.delivered,
                     refused=done.refused, waiting=done.waiting)  # fmt: skip
    return complete


def _routes(settings: BridgeSettings, database: Database) -> list[tuple[FhirPushSettings, Route]]:
    with database.transaction() as transaction:
        return [
            (
                each,
                Route(
                    clinic_id=clinic_id_of(transaction, each.clinic),
                    target=each.base_url,
                    naming=settings.fhir.naming,
                    base_url=_base_url(settings),
                ),
            )
            for each in settings.fhir.push
        ]


def _base_url(settings: BridgeSettings) -> str:
    return settings.fhir.base_url or f"{settings.portal.link_base}/fhir"


@contextmanager
def _opened(settings: BridgeSettings) -> Iterator[Database]:
    database = Database(settings.database)
    database.upgrade()
    record_audit(database, AuditLog.of(settings))
    try:
        yield database
    finally:
        database.close()
