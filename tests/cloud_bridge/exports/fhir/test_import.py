"""Reading an order: ours comes back whole, a foreign one as far as it goes; none prescribes."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from cloud_bridge.cli import main
from cloud_bridge.exports.fhir.bundle import transaction_bundle
from cloud_bridge.exports.fhir.checked import FhirStructureError, checked
from cloud_bridge.exports.fhir.codes import EXERCISES
from cloud_bridge.exports.fhir.prescription import PrescribedVersion, prescription_resources
from cloud_bridge.exports.fhir.service_request_import import ImportRefusedError, read_order
from cloud_bridge.prescribing.records import Prescribing
from cloud_bridge.prescribing.typed_plan import typed_item
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import Account, Patient
from models.messages import Prescription, PrescriptionItem, Tempo
from tests.cloud_bridge.exports.fhir import samples

ITEM = PrescriptionItem(
    exercise_id="knee_curl_standing", side="left", sets=3, reps=12, hold_s=2, rest_s=45,
    tempo=Tempo(out_s=2, hold_s=1, return_s=3, pause_s=1), load="1 kg", rpe_target=5,
    target_rom_deg=95, tolerance_deg=5, days_per_week=2, pain_stop=4,
    weekdays=("mon", "thu"), times=("08:30", "17:00"),
)  # fmt: skip
OURS = Prescription(
    id=UUID(int=8), version=1, patient_id="p", author_id="a", issued_at=samples.BEGAN,
    items=(ITEM, PrescriptionItem(exercise_id="squat_mini", sets=1, reps=5, days_per_week=7)),
)  # fmt: skip
FOREIGN = {
    "resourceType": "ServiceRequest", "status": "active", "intent": "order",
    "subject": {"reference": "Patient/1"}, "code": {"text": "Small knee  bend"},
    "occurrenceTiming": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "wk"}},
    "note": [{"text": "Mind the left knee"}],
}  # fmt: skip


def foreign(**changes: Any) -> dict[str, Any]:
    return {**FOREIGN, **changes}


def test_ours_comes_back_as_it_went() -> None:
    made = prescription_resources(PrescribedVersion(OURS), samples.NAMING)
    bundle = json.loads(json.dumps(transaction_bundle(made, "https://b/fhir")))
    assert [each.item for each in read_order(bundle)] == list(OURS.items)
    request = checked(made[1])
    (found,) = read_order(request)
    assert (found.item, found.missing, found.remarks) == (ITEM, (), ())


def test_a_foreign_order_gives_what_it_says_and_names_what_is_missing() -> None:
    (found,) = read_order(foreign())
    assert found.fields == {"exercise_id": "squat_mini", "days_per_week": 3}
    assert found.item is None
    assert found.missing == ("sets", "reps")
    assert found.asked == "Small knee  bend; Mind the left knee"


def test_the_side_of_a_one_sided_exercise_is_asked_for() -> None:
    code = {"coding": [{"system": EXERCISES, "code": "knee_curl_standing"}]}
    (found,) = read_order(foreign(code=code))
    assert found.missing == ("sets", "reps", "side")


def test_an_exercise_that_is_not_in_the_library_is_never_guessed() -> None:
    (found,) = read_order(foreign(code={"text": "Knee bends"}))
    assert "exercise_id" in found.missing
    assert any("choose one" in each for each in found.remarks)


@pytest.mark.parametrize(
    ("repeat", "days"),
    [
        ({"frequency": 1, "period": 1, "periodUnit": "d"}, 7),
        ({"frequency": 1, "period": 2, "periodUnit": "d"}, None),
        ({"frequency": 4, "period": 2, "periodUnit": "wk"}, 2),
        ({"dayOfWeek": ["mon", "fri"], "frequency": 1, "period": 1, "periodUnit": "d"}, 2),
        ({"frequency": 3, "period": 1, "periodUnit": "d"}, 7),
        ({"frequency": 3, "period": 1, "periodUnit": "mo"}, None),
        ({"frequency": 1, "period": 30, "periodUnit": "wk"}, None),
    ],
)
def test_timings(repeat: dict[str, Any], days: int | None) -> None:
    (found,) = read_order(foreign(occurrenceTiming={"repeat": repeat}))
    assert found.fields.get("days_per_week") == days
    plain = repeat["periodUnit"] == "wk" or repeat.get("dayOfWeek") or repeat["frequency"] == 1
    assert bool(found.remarks) == (days is None or not plain)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"doNotPerform": True}, "must not be done"),
        ({"status": "revoked"}, "revoked"),
        ({"status": "entered-in-error"}, "entered-in-error"),
        ({"modifierExtension": [{"url": "http://x", "valueBoolean": True}]}, "modifierExtension"),
    ],
)
def test_what_is_no_order_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ImportRefusedError, match=said):
        read_order(foreign(**changes))


def test_a_dose_that_the_contract_does_not_allow_is_refused() -> None:
    request = checked(prescription_resources(PrescribedVersion(OURS), samples.NAMING)[1])
    sets = next(each for each in request["extension"][0]["extension"] if each["url"] == "sets")
    sets["valueInteger"] = 1000
    with pytest.raises(ImportRefusedError, match="sets"):
        read_order(request)


@pytest.mark.parametrize(
    "document",
    [{}, {"resourceType": "Patient"}, {"resourceType": "Bundle", "type": "collection"}],
)
def test_a_document_without_an_order_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ImportRefusedError):
        read_order(document)


def test_what_has_not_the_structure_is_refused() -> None:
    with pytest.raises(FhirStructureError, match="occurrenceTiming"):
        read_order(foreign(occurrenceTiming={"repeat": {"frequency": "often"}}))


def test_the_command_prints_items_and_says_that_nothing_was_prescribed() -> None:
    ran = CliRunner().invoke(main, ["fhir", "import", "-"], input=json.dumps(FOREIGN))
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["fields"]["exercise_id"] == "squat_mini"
    assert "Nothing was kept" in ran.stderr


def test_an_order_becomes_a_clinicians_draft_and_no_prescription(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with database.transaction() as transaction:
        make_demonstration(transaction)
    configuration = tmp_path / "bridge.toml"
    configuration.write_text(f'data_folder = "{tmp_path}"\ndatabase_url = "{database_url}"\n')
    made = prescription_resources(PrescribedVersion(OURS), samples.NAMING)
    entries = [{"resource": each} for each in (made[1], FOREIGN, foreign(code={"text": "dance"}))]
    order = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    command = ["fhir", "import", "-", "--config", str(configuration), "--clinic",
               "Demonstration clinic", "--patient", "demo-patient", "--for"]  # fmt: skip
    nobody = CliRunner().invoke(main, [*command, "x@y.z"], input=json.dumps(order))
    assert (nobody.exit_code, "no clinician" in nobody.stderr) == (1, True)
    doctor = [*command, "doctor@demo.invalid"]
    ran = CliRunner().invoke(main, doctor, input=json.dumps(order))
    assert ran.exit_code == 0, ran.output
    assert "1 without a known exercise" in ran.stderr
    with database.transaction() as transaction:
        patient = transaction.scalars(select(Patient)).one()
        account = transaction.scalars(select(Account)).one()
        draft = Prescribing(transaction, patient.clinic_id).draft(patient, account)
        assert draft is not None
        ours, theirs = draft.plan.items
        assert ours.model_copy(update={"key": "k"}) == typed_item(ITEM).model_copy(
            update={"key": "k"}
        )
        assert (theirs.exercise_id, theirs.days_per_week, theirs.sets) == ("squat_mini", "3", "")
        assert ClinicView(transaction, patient.clinic_id).current_prescription(patient) is None
    again = CliRunner().invoke(main, doctor, input=json.dumps(order))
    assert (again.exit_code, "has a draft" in again.stderr) == (1, True)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": NaN}', "x" * (1024 * 1024 + 1)])
def test_the_command_refuses_what_is_no_resource(text: str) -> None:
    assert CliRunner().invoke(main, ["fhir", "import", "-"], input=text).exit_code == 1
