"""Fills a clinic of its own with simulated patients, through the door that real sessions use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.demo_data.courses import (
    Programme,
    SimulatedCourse,
    SimulatedPatients,
    load_simulated_patients,
)
from cloud_bridge.demo_data.simulated_patient import Period, SimulatedPatient, simulated_patient
from cloud_bridge.errors import CloudBridgeError
from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Account, Clinic, Device, Patient, PrescriptionVersion
from models.exercises.library import load_library
from models.messages import Channel, PrescriptionAcknowledgement, topic

CLINIC: Final = "Simulated clinic"
SIMULATED_ID: Final = "simulated-"
_DEMONSTRATION_ID: Final = "demo-patient"
_ACKNOWLEDGED_AFTER: Final = timedelta(minutes=7)


class DemoDataError(CloudBridgeError):
    """Simulated patients may not be put into this database; the message says why."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made."""

    clinic_id: int
    doctor_id: int
    patients: int
    sessions: int
    events: int


def fill_clinic(
    database: Database,
    name: str,
    seed: int,
    patients: int,
    period: Period,
    *,
    beside_real_patients: bool = False,
    progress: Callable[[int], object] = lambda _patients: None,
) -> Filled:
    """Make the clinic ``name`` and its patients; ``progress`` is called with each one's number.

    Raises :class:`DemoDataError` where the clinic is there already, or where the database has
    patients that are not simulated and ``beside_real_patients`` is not set.
    """
    with database.transaction() as transaction:
        _check(transaction, name, beside_real_patients)
        clinic_id, doctor_id = _make_clinic(transaction, name)
    acceptance = Acceptance(database, load_library())
    sessions = events = 0
    for number, (course, programme) in enumerate(_kinds(seed, patients), 1):
        author = f"account-{doctor_id}"
        one = simulated_patient(f"{name}/{seed}/{number}", course, programme, period, author)
        with database.transaction() as transaction:
            _add_patient(transaction, clinic_id, doctor_id, number, one)
        _send(acceptance, one)
        sessions += len(one.sessions)
        events += len(one.events)
        progress(number)
    return Filled(clinic_id, doctor_id, patients, sessions, events)


def _check(transaction: Transaction, name: str, beside_real_patients: bool) -> None:
    if transaction.scalars(select(Clinic).where(Clinic.name == name)).first() is not None:
        raise DemoDataError(
            f"there is a clinic {name!r} already: give another name with --clinic, or another"
            " database"
        )
    real = transaction.scalars(
        select(Patient).where(
            Patient.wire_id.not_like(f"{SIMULATED_ID}%"), Patient.wire_id != _DEMONSTRATION_ID
        )
    ).first()
    if real is not None and not beside_real_patients:
        raise DemoDataError(
            "this database has patients that are not simulated: use another one, or say"
            " --beside-real-patients"
        )


def _make_clinic(transaction: Transaction, name: str) -> tuple[int, int]:
    clinic = Clinic(name=name)
    transaction.add(clinic)
    transaction.flush()
    mark = uuid5(NAMESPACE_URL, f"physiopi-demo-data/{name}").hex[:8]
    doctor = Account(
        clinic_id=clinic.id,
        email=f"doctor-{mark}@simulated.invalid",
        name="Simulated doctor",
        role="doctor",
    )
    transaction.add(doctor)
    transaction.flush()
    return clinic.id, doctor.id


def _kinds(seed: int, patients: int) -> Iterator[tuple[SimulatedCourse, Programme]]:
    known: SimulatedPatients = load_simulated_patients()
    courses = [each for each in known.course for _ in range(each.patients)]
    Random(seed).shuffle(courses)  # noqa: S311
    for number in range(patients):
        yield courses[number % len(courses)], known.programme[number % len(known.programme)]


def _add_patient(
    transaction: Transaction, clinic_id: int, doctor_id: int, number: int, one: SimulatedPatient
) -> None:
    patient = Patient(
        clinic_id=clinic_id,
        wire_id=one.patient_id,
        display_name=f"Simulated patient {number:02d}",
    )
    transaction.add(patient)
    transaction.flush()
    transaction.add(Device(id=one.device_id, clinic_id=clinic_id, patient_id=patient.id))
    for version in one.versions:
        transaction.add(
            PrescriptionVersion(
                clinic_id=clinic_id,
                patient_id=patient.id,
                author_id=doctor_id,
                prescription_id=version.id,
                version=version.version,
                payload=version.model_dump(mode="json"),
                created_at=version.issued_at,
                # Nobody waits for them: there is no such device.
                published_at=version.issued_at,
            )
        )


def _send(acceptance: Acceptance, one: SimulatedPatient) -> None:
    """As from the device: validated, stored once, acknowledged."""
    for version in one.versions:
        message = PrescriptionAcknowledgement(
            message_id=uuid5(version.id, f"acknowledgement {version.version}"),
            device_id=one.device_id,
            prescription_id=version.id,
            version=version.version,
            acknowledged_at=version.issued_at + _ACKNOWLEDGED_AFTER,
        )
        _take(acceptance, one, Channel.PRESCRIPTION_ACKNOWLEDGEMENT, message.to_bytes())
    for session in one.sessions:
        _take(acceptance, one, Channel.SESSION, session.to_bytes())
    for event in one.events:
        _take(acceptance, one, Channel.EVENT, event.to_bytes())


def _take(acceptance: Acceptance, one: SimulatedPatient, channel: Channel, payload: bytes) -> None:
    answer = acceptance.take(topic(one.device_id, channel), payload)
    if answer is None or answer.receipt.outcome != "stored":
        reason = "no answer" if answer is None else answer.receipt.reason or answer.receipt.outcome
        raise DemoDataError(f"a simulated {channel.value} message was not stored: {reason}")
