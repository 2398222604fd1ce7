"""Drafts, templates and where a version went, in both databases."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session as Transaction

from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.prescribing.records import DraftConflictError, Prescribing, TemplateNameError
from cloud_bridge.prescribing.typed_plan import TypedPlan, first_dose
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import Account, Clinic, Device, Patient
from models.exercises.library import load_library
from models.messages import (
    Channel,
    PrescriptionAcknowledgement,
    PrescriptionItem,
    topic,
)

EMPTY = TypedPlan()
SQUAT = EMPTY.added([first_dose(load_library()["squat_mini"])])


def people(transaction: Transaction) -> tuple[ClinicView, Patient, Account]:
    doctor = transaction.query(Account).filter_by(email="doctor@demo.invalid").one()
    view = ClinicView(transaction, doctor.clinic_id)
    return view, view.patients()[0], doctor


def test_a_draft_is_kept_and_another_windows_is_not_overwritten(database: Database) -> None:
    with database.transaction() as transaction:
        make_demonstration(transaction)
        view, patient, doctor = people(transaction)
        assert view.prescribing.draft(patient, doctor) is None
        first = view.prescribing.keep_draft(patient, doctor, SQUAT, 0, 0)
    with database.transaction() as transaction:
        view, patient, doctor = people(transaction)
        second = view.prescribing.keep_draft(patient, doctor, EMPTY, first.revision, 7)
        assert (second.plan, second.based_on_version) == (EMPTY, 0)
        for stale in (0, first.revision):
            with pytest.raises(DraftConflictError) as told:
                view.prescribing.keep_draft(patient, doctor, SQUAT, stale, 0)
            assert told.value.stored == EMPTY
    with database.transaction() as transaction:
        view, patient, doctor = people(transaction)
        draft = view.prescribing.draft(patient, doctor)
        assert draft is not None
        assert draft.plan == EMPTY
        view.prescribing.discard_draft(patient, doctor)
        view.prescribing.discard_draft(patient, doctor)
        assert view.prescribing.draft(patient, doctor) is None


def test_two_windows_at_the_same_moment_cannot_both_keep(database: Database) -> None:
    with database.transaction() as transaction:
        make_demonstration(transaction)
        view, patient, doctor = people(transaction)
        revision = view.prescribing.keep_draft(patient, doctor, EMPTY, 0, 0).revision
    with database.transaction() as transaction:
        view, patient, doctor = people(transaction)
        view.prescribing.draft(patient, doctor)  # read, and then overtaken
        table = "UPDATE prescription_draft SET revision = revision + 1"
        transaction.connection().exec_driver_sql(table)
        with pytest.raises(DraftConflictError):
            view.prescribing.keep_draft(patient, doctor, SQUAT, revision, 0)


def test_templates_are_one_clinics_and_their_names_are_told_apart(database: Database) -> None:
    with database.transaction() as transaction:
        make_demonstration(transaction)
        view, _, doctor = people(transaction)
        view.prescribing.save_template("Knee", SQUAT, doctor)
        for name, plan in (("Knee", SQUAT), ("", SQUAT), ("x" * 101, SQUAT), ("Empty", EMPTY)):
            with pytest.raises(TemplateNameError):
                view.prescribing.save_template(name, plan, doctor)
        (only,) = view.prescribing.templates()
        other = Clinic(name="Another")
        transaction.add(other)
        transaction.flush()
        theirs = Prescribing(transaction, other.id)
        assert (theirs.templates(), theirs.template(str(only.id))) == ([], None)
        assert not theirs.remove_template(str(only.id))
        assert view.prescribing.template("no id") is None
        assert view.prescribing.template(str(only.id)) is not None


def test_each_device_acknowledges_for_itself_and_the_version_keeps_the_first(
    database: Database,
) -> None:
    with database.transaction() as transaction:
        make_demonstration(transaction)
        view, patient, doctor = people(transaction)
        item = PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5)
        made = view.prescribe(patient, doctor, (item,), 0)
        prescription_id, patient_id, clinic_id = made.prescription_id, patient.id, patient.clinic_id
    acceptance = Acceptance(database, load_library())
    outcomes = []
    for hour, device in enumerate(("demo-device", "demo-device", "second-device")):
        acknowledgement = PrescriptionAcknowledgement(
            message_id=uuid4(), device_id=device, prescription_id=prescription_id, version=1,
            acknowledged_at=datetime(2026, 3, 1, hour, tzinfo=UTC), accepted=device[0] == "d",
            reason="" if device[0] == "d" else "no such exercise",
        )  # fmt: skip
        if device[0] == "s":
            with database.transaction() as transaction:
                transaction.get_one(Device, "demo-device").patient_id = None
                transaction.flush()
                transaction.add(Device(id=device, clinic_id=clinic_id, patient_id=patient_id))
        channel = topic(device, Channel.PRESCRIPTION_ACKNOWLEDGEMENT)
        answer = acceptance.take(channel, acknowledgement.to_bytes())
        assert answer is not None
        outcomes.append(answer.receipt.outcome)
    assert outcomes == ["stored", "duplicate", "stored"]
    with database.transaction() as transaction:
        view, patient, _ = people(transaction)
        row = view.current_prescription(patient)
        assert row is not None
        assert (row.accepted, row.acknowledged_at) == (True, datetime(2026, 3, 1, 0, tzinfo=UTC))
        said = {
            each.device_id: (each.accepted, each.refusal)
            for each in view.prescribing.deliveries(row)
        }
    assert said == {"demo-device": (True, None), "second-device": (False, "no such exercise")}
