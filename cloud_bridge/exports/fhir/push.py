"""Sends a clinic's records to its EHR, each until the EHR has it; nothing is lost on the way.

What is to be sent is what is stored and has no line in the queue yet, so the ingest need not know
of it. A line says ``delivered`` only after the EHR has taken everything.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.audit.doing import Doing, during
from cloud_bridge.errors import ConfigurationError
from cloud_bridge.exports.fhir.bundle import transaction_bundle
from cloud_bridge.exports.fhir.checked import FhirStructureError
from cloud_bridge.exports.fhir.ehr import EhrRefusedError, EhrUnavailableError
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.identity import Naming
from cloud_bridge.exports.fhir.records import FhirRecords, Window
from cloud_bridge.store.clinic_view import NotInClinicError
from cloud_bridge.store.database import Database
from cloud_bridge.store.fhir_tables import FhirDelivery, RecordKind
from cloud_bridge.store.tables import Clinic, EventRecord, PrescriptionVersion, SessionRecord

FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 6 * 3600.0
_MOST_DOUBLINGS: Final = 20
_JITTER: Final = (0.8, 1.2)
_ORDER: Final[tuple[RecordKind, ...]] = ("prescription", "session", "event")
"""What others refer to goes first."""

log = structlog.get_logger()


class TakesBundles(Protocol):
    """An EHR."""

    def send(self, bundle: Resource) -> None:
        """See :meth:`cloud_bridge.exports.fhir.ehr.Ehr.send`."""


@dataclass(frozen=True, slots=True)
class Route:
    """From which clinic to which EHR, how its patients are named, and where our interface is."""

    clinic_id: int
    target: str
    naming: Naming
    base_url: str


@dataclass(slots=True)
class Round:
    """What one round did; ``waiting`` is what is still to be sent."""

    delivered: int = 0
    refused: int = 0
    waiting: int = 0
    error: str = ""


def clinic_id_of(transaction: Transaction, name: str) -> int:
    """The clinic of that name; raises :class:`ConfigurationError`."""
    found = transaction.scalar(select(Clinic.id).where(Clinic.name == name))
    if found is None:
        raise ConfigurationError(f"there is no clinic named {name!r}: see physiopi-bridge clinic")
    return found


def push(database: Database, route: Route, ehr: TakesBundles) -> Round:
    """Send what is due; ends at the first sign that the EHR takes nothing now."""
    done = Round()
    # Another process that has just queued the same has done our work.
    with suppress(IntegrityError), database.transaction() as transaction:
        _queue_new(transaction, route)
    with database.transaction() as transaction:
        due = [each.id for each in _due(transaction, route, datetime.now(UTC))]
    for delivery_id in due:
        try:
            _deliver(database, route, ehr, delivery_id, done)
        except EhrUnavailableError as error:
            done.error = str(error)
            log.warning("ehr_unavailable", target=route.target, error=done.error)
            break
    with database.transaction() as transaction:
        done.waiting = len(_ids_in_state(transaction, route, "waiting"))
    return done


def send_again(transaction: Transaction, route: Route, *, delivered: bool = False) -> int:
    """Put what was refused, and with ``delivered`` everything, back in the queue; how much."""
    states = ("refused", "delivered") if delivered else ("refused",)
    changed = transaction.scalars(
        update(FhirDelivery)
        .where(
            FhirDelivery.clinic_id == route.clinic_id,
            FhirDelivery.target == route.target,
            FhirDelivery.state.in_(states),
        )
        .values(state="waiting", attempts=0, next_attempt_at=datetime.now(UTC))
        .returning(FhirDelivery.id)
    )
    return len(changed.all())


def _deliver(
    database: Database, route: Route, ehr: TakesBundles, delivery_id: UUID, done: Round
) -> None:
    with database.transaction() as transaction:
        delivery = _claimed(transaction, delivery_id, datetime.now(UTC))
    if delivery is None:
        return
    try:
        doing = Doing(
            "fhir push", f"{delivery.record_kind}={delivery.record_key}", f"ehr:{route.target}",
            route.clinic_id,
        )  # fmt: skip
        with during(doing), database.transaction() as transaction:
            records = FhirRecords(transaction, route.clinic_id, route.naming)
            bundle = transaction_bundle(_resources(records, delivery), route.base_url)
        ehr.send(bundle)
    except (EhrRefusedError, FhirStructureError, NotInClinicError) as error:
        done.refused += 1
        log.error("ehr_refused", target=route.target, record=delivery.record_key, error=str(error))
        _note(database, delivery_id, state="refused", last_error=str(error))
    except EhrUnavailableError as error:
        wait = timedelta(seconds=max(error.retry_after_s, wait_s(delivery.attempts)))
        _note(database, delivery_id, last_error=str(error), next_attempt_at=_now() + wait)
        raise
    else:
        done.delivered += 1
        _note(database, delivery_id, state="delivered", last_error="", delivered_at=_now())


def wait_s(attempts: int) -> float:
    """How long to wait after so many attempts: twice as long each time, never all at once."""
    doublings = min(max(attempts - 1, 0), _MOST_DOUBLINGS)
    wait = min(FIRST_WAIT_S * float(2**doublings), LONGEST_WAIT_S)
    return wait * SystemRandom().uniform(*_JITTER)


def _claimed(transaction: Transaction, delivery_id: UUID, now: datetime) -> FhirDelivery | None:
    """The delivery, ours until it could be tried again; ``None`` where another process has it.

    The next attempt is noted before this one, so that who dies in between tries again and not at
    once.
    """
    delivery = transaction.get_one(FhirDelivery, delivery_id)
    attempts = delivery.attempts + 1
    claimed = transaction.execute(
        update(FhirDelivery)
        .where(
            FhirDelivery.id == delivery_id,
            FhirDelivery.state == "waiting",
            FhirDelivery.attempts == delivery.attempts,
        )
        .values(attempts=attempts, next_attempt_at=now + timedelta(seconds=wait_s(attempts)))
        .returning(FhirDelivery.id)
    ).scalar()
    if claimed is None:
        return None
    transaction.refresh(delivery)
    return delivery


def _resources(records: FhirRecords, delivery: FhirDelivery) -> Iterator[Resource]:
    """A record's resources, and those that they refer to and that may not have been sent yet."""
    if delivery.record_kind == "prescription":
        row = records.version_row(int(delivery.record_key))
        of = records.of_patient(records.patient(row.patient_id))
        yield from of.identity()
        # The version before is revoked from now on.
        for each in of.from_version_before(row):
            yield from of.prescription(each)
    elif delivery.record_kind == "session":
        session = records.session(UUID(delivery.record_key))
        of = records.of_patient(records.patient(session.patient_id))
        yield from of.identity()
        yield from of.session(session)
        # What happened in it came before it, and is told anew now that it can be named.
        yield from (each for each in of.events(Window()) if _implicates(each, session))
    else:
        event = records.event_row(UUID(delivery.record_key))
        of = records.of_patient(records.patient(event.patient_id))
        yield from of.identity()
        yield of.event(event)


def _implicates(issue: Resource, session: SessionRecord) -> bool:
    return {"reference": f"Procedure/{session.id}"} in issue.get("implicated", ())


def _queue_new(transaction: Transaction, route: Route) -> None:
    known = {
        (kind, key)
        for kind, key in transaction.execute(
            select(FhirDelivery.record_kind, FhirDelivery.record_key).where(
                FhirDelivery.clinic_id == route.clinic_id, FhirDelivery.target == route.target
            )
        )
    }
    for kind, keys in _stored(transaction, route.clinic_id):
        for key in keys:
            if (kind, key) not in known:
                transaction.add(
                    FhirDelivery(
                        clinic_id=route.clinic_id, target=route.target,
                        record_kind=kind, record_key=key,
                    )
                )  # fmt: skip


def _stored(transaction: Transaction, clinic_id: int) -> Iterator[tuple[RecordKind, Iterable[str]]]:
    columns: tuple[tuple[RecordKind, InstrumentedAttribute[Any], ColumnElement[bool]], ...] = (
        ("prescription", PrescriptionVersion.row_id, PrescriptionVersion.clinic_id == clinic_id),
        ("session", SessionRecord.id, SessionRecord.clinic_id == clinic_id),
        ("event", EventRecord.id, EventRecord.clinic_id == clinic_id),
    )
    for kind, key, of_clinic in columns:
        yield kind, map(str, transaction.scalars(select(key).where(of_clinic)))


def _due(transaction: Transaction, route: Route, now: datetime) -> list[FhirDelivery]:
    found = transaction.scalars(
        select(FhirDelivery).where(
            FhirDelivery.clinic_id == route.clinic_id,
            FhirDelivery.target == route.target,
            FhirDelivery.state == "waiting",
            FhirDelivery.next_attempt_at <= now,
        )
    )
    return sorted(found, key=lambda each: (_ORDER.index(each.record_kind), each.created_at))


def _ids_in_state(transaction: Transaction, route: Route, state: str) -> list[UUID]:
    return list(
        transaction.scalars(
            select(FhirDelivery.id).where(
                FhirDelivery.clinic_id == route.clinic_id,
                FhirDelivery.target == route.target,
                FhirDelivery.state == state,
            )
        )
    )


def _note(database: Database, delivery_id: UUID, **values: object) -> None:
    with database.transaction() as transaction:
        transaction.execute(
            update(FhirDelivery).where(FhirDelivery.id == delivery_id).values(**values)
        )


def _now() -> datetime:
    return datetime.now(UTC)
