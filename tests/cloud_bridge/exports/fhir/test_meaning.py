"""What the resources say: only what was measured, with its error, and what was not, with why."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from cloud_bridge.exports.fhir.codes import CANONICAL, LOINC, UCUM
from cloud_bridge.exports.fhir.elements import Resource
from cloud_bridge.exports.fhir.event import StoredEvent, event_resource
from cloud_bridge.exports.fhir.exercise_dose import DoseError, dose_extension, read_dose
from cloud_bridge.exports.fhir.identity import Naming, patient_resource
from cloud_bridge.exports.fhir.prescription import PrescribedVersion, prescription_resources
from cloud_bridge.exports.fhir.session import session_resources
from cloud_bridge.store.tables import Patient
from models.event import Event
from models.exercises.library import load_library
from models.messages import (
    ExerciseResult,
    Goal,
    MeasuredAngle,
    NetworkVersion,
    Prescription,
    PrescriptionItem,
    Session,
)
from models.quality import SetQuality
from tests.cloud_bridge.exports.fhir import samples
from tests.cloud_bridge.exports.fhir.samples import BEGAN, one_set, session_of


def resources(session: Session) -> dict[str, Resource]:
    """A session's resources, by type and what stands behind the session's id."""
    made = session_resources(samples.stored(session))
    return {f"{each['resourceType']}{each['id'][36:]}": each for each in made}


def codes(resource: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["system"], each["code"]) for each in resource["code"]["coding"]}


def loinc(resource: dict[str, Any]) -> set[str]:
    return {code for system, code in codes(resource) if system == LOINC}


def components(resource: Resource) -> dict[str, dict[str, Any]]:
    return {each["code"]["coding"][0]["code"]: each for each in resource["component"]}


def extension(holder: dict[str, Any], name: str) -> dict[str, Any] | None:
    url = f"{CANONICAL}/StructureDefinition/{name}"
    return next((each for each in holder.get("extension", []) if each["url"] == url), None)


def with_set(exercise_id: str, **changes: object) -> Session:
    each = one_set().model_copy(update=changes)
    result = ExerciseResult(exercise_id=exercise_id, side="left", sets=(each,))
    return session_of(exercise_id, items=(result,))


def test_a_range_has_its_value_error_place_and_way() -> None:
    measured = resources(session_of("knee_curl_standing", "left"))["Observation-e1-range"]
    # The median of the two sure peaks; the unsure one, further, stands beside it and says so.
    assert measured["valueQuantity"] == {
        "value": 107.0, "unit": "deg", "system": UCUM, "code": "deg",
    }  # fmt: skip
    error = extension(measured, "expected-error")
    assert error is not None
    assert error["valueQuantity"]["value"] == 6.0
    assert extension(measured, "low-confidence") is None
    assert loinc(measured) == {"41343-5"}
    assert measured["bodySite"]["text"] == "Knee, left"
    assert measured["method"]["coding"][0]["code"] == "camera"
    furthest = components(measured)["furthest-peak"]
    assert furthest["valueQuantity"]["value"] == 140.0
    assert extension(furthest, "low-confidence") == {
        "url": f"{CANONICAL}/StructureDefinition/low-confidence", "valueBoolean": True,
    }  # fmt: skip
    assert components(measured)["repetitions-measured"]["valueInteger"] == 2


@pytest.mark.parametrize(
    ("exercise_id", "side", "code"),
    [
        ("squat_mini", "both", {"41379-9"}),
        ("knee_curl_standing", "right", {"41347-6"}),
        ("arm_lift", "both", {"41389-8"}),
        ("shoulder_abduction", "left", {"41381-5"}),
        # Upright, the knee is straight: no measurement of knee flexion.
        ("step_up", "left", set()),
        ("knee_extension_seated", "left", set()),
        ("hip_abduction_standing", "left", set()),
    ],
)
def test_a_range_has_a_loinc_code_only_where_it_is_that(
    exercise_id: str, side: str, code: set[str]
) -> None:
    measured = resources(session_of(exercise_id, side))["Observation-e1-range"]
    assert loinc(measured) == code
    measure = load_library().measured(exercise_id).measure.replace("_", "-")
    assert f"peak-{measure}" in {each for _, each in codes(measured)}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"guided_by": "clock"}, "not-performed"),
        (
            {"reps_counted": 0, "reps_full_rom": 0, "rom_peak_deg": (), "tempo_s": ()},
            "not-performed",
        ),
        ({"rom_peak_deg": (None, None)}, "unknown"),
    ],
)
def test_a_range_that_was_not_measured_says_why(changes: dict[str, object], code: str) -> None:
    measured = resources(with_set("squat_mini", **changes))["Observation-e1-range"]
    assert "valueQuantity" not in measured
    assert "component" not in measured
    assert measured["dataAbsentReason"]["coding"][0]["code"] == code


def test_only_unsure_peaks_make_an_unsure_range() -> None:
    peaks = (MeasuredAngle(value_deg=80, low_confidence=True),)
    measured = resources(with_set("squat_mini", rom_peak_deg=peaks))["Observation-e1-range"]
    assert extension(measured, "low-confidence") is not None
    assert extension(measured, "expected-error") is None
    assert "low confidence" in measured["text"]["div"]
    assert "error unknown" in measured["text"]["div"]


def test_a_figure_is_of_the_time_of_its_sets() -> None:
    first, second = one_set(), one_set()
    later = second.model_copy(
        update={
            "started_at": BEGAN + timedelta(minutes=2),
            "ended_at": BEGAN + timedelta(minutes=1),
        }
    )
    result = ExerciseResult(exercise_id="squat_mini", side="both", sets=(first, later))
    made = resources(session_of("squat_mini", items=(result,)))
    whole, last = made["Observation-e1-range"], made["Observation-e1s2-quality"]
    assert whole["effectivePeriod"] == {
        "start": "2026-01-02T10:30:00Z", "end": "2026-01-02T10:31:00Z",
    }  # fmt: skip
    # A clock that was set back makes no time that ends before it begins.
    assert last["effectivePeriod"]["start"] == last["effectivePeriod"]["end"]


def test_pain_0_is_an_answer_and_no_answer_is_none() -> None:
    made = resources(session_of("squat_mini", pain_before=None, pain_after=0, rpe=7))
    after, before = made["Observation-pain-after"], made["Observation-pain-before"]
    assert after["valueQuantity"]["value"] == 0
    assert (loinc(after), loinc(before)) == ({"72514-3"}, {"72514-3"})
    assert "valueQuantity" not in before
    assert before["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert made["Observation-perceived-exertion"]["valueQuantity"]["value"] == 7
    assert after["performer"] == [{"reference": after["subject"]["reference"]}]
    assert "device" not in after
    assert before["effectiveDateTime"] < after["effectiveDateTime"]


def test_repetitions_and_what_was_not_judged() -> None:
    made = resources(session_of("squat_mini"))
    counted = made["Observation-e1-repetitions"]
    assert counted["valueInteger"] == 4
    assert components(counted)["repetitions-prescribed"]["valueInteger"] == 5
    assert components(counted)["repetitions-full-range"]["valueInteger"] == 3
    assert components(counted)["attempts"]["valueInteger"] == 1
    faults = components(made["Observation-e1-faults"])
    assert faults["too_fast"]["valueInteger"] == 2
    assert "valueInteger" not in faults["knee_valgus"]
    unjudged = with_set("squat_mini", not_judged={"incomplete_range": "view"})
    full = components(resources(unjudged)["Observation-e1-repetitions"])["repetitions-full-range"]
    assert "valueInteger" not in full
    assert full["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_a_set_by_the_clock_has_its_time_and_nothing_else() -> None:
    made = resources(with_set("quad_set", guided_by="clock", quality=None))
    of_exercise = {name for name in made if name.startswith("Observation-e1")}
    assert of_exercise == {"Observation-e1-duration"}
    duration = made["Observation-e1-duration"]
    assert loinc(duration) == {"55411-3"}
    assert duration["valueQuantity"]["value"] == 45.0
    assert duration["method"]["coding"][0]["code"] == "clock"


@pytest.mark.parametrize(("lasted_s", "is_test"), [(30, True), (29.2, True), (20, False)])
def test_a_chair_stand_is_the_test_only_if_it_lasted(lasted_s: float, is_test: bool) -> None:
    made = resources(
        with_set("chair_stand_30s", ended_at=BEGAN + timedelta(seconds=lasted_s), reps_counted=4)
    )
    assert ("Observation-e1-test" in made) == is_test
    if is_test:
        assert loinc(made["Observation-e1-test"]) == {"66247-8"}
        assert made["Observation-e1-test"]["valueQuantity"]["value"] == 4


def test_a_hold_is_a_time_and_no_angle() -> None:
    made = resources(with_set("single_leg_stance", hold_s=(8.24, 12.5)))
    assert "Observation-e1-range" not in made
    assert made["Observation-e1-holds"]["valueQuantity"]["value"] == 12.5
    assert loinc(made["Observation-e1-test"]) == {"66569-5"}


def test_a_score_has_its_uncertainty_and_a_missing_one_its_reason() -> None:
    made = resources(session_of("squat_mini"))["Observation-e1s1-quality"]
    assert made["valueQuantity"]["value"] == 0.84
    deviation = extension(made, "standard-deviation")
    assert deviation is not None
    assert deviation["valueQuantity"]["value"] == 0.42
    assert made["method"]["coding"][0]["code"] == "computed"
    stopped = SetQuality(status="gate_stopped", reason="body_not_whole")
    missing = resources(with_set("squat_mini", quality=stopped))["Observation-e1s1-quality"]
    assert "valueQuantity" not in missing
    assert "component" not in missing
    assert "whole body" in missing["dataAbsentReason"]["text"]


@pytest.mark.parametrize("camera", ["simulated", "clip"])
def test_what_no_person_did_is_labelled_everywhere(camera: str) -> None:
    for resource in resources(session_of("squat_mini", camera=camera)).values():
        assert resource["meta"]["security"][0]["code"] == "HTEST"
    for resource in resources(session_of("squat_mini")).values():
        assert "security" not in resource["meta"]


def test_a_stop_is_told_with_its_reason_and_an_interruption_is_no_stop_by_the_patient() -> None:
    made = resources(session_of("squat_mini", status="stopped", stop_reason="pain"))
    assert made["Procedure"]["status"] == "stopped"
    assert "pain" in made["Procedure"]["statusReason"]["text"]
    issue = made["DetectedIssue-stop"]
    assert issue["code"]["coding"][0]["code"] == "stopped_pain"
    assert issue["implicated"] == [{"reference": f"Procedure/{UUID(int=7)}"}]
    cut = resources(session_of("squat_mini", status="interrupted"))
    assert "switched off" in cut["Procedure"]["statusReason"]["text"]
    assert "DetectedIssue-stop" not in cut
    assert cut["DiagnosticReport"]["status"] == "partial"


def test_the_report_says_all_of_it_and_claims_no_pdf() -> None:
    made = resources(session_of("squat_mini", pain_after=3))
    report = made["DiagnosticReport"]
    assert "presentedForm" not in report
    for said in ("Pain after the session: 3 of 10", "4 repetitions counted of 5", "Not a diag",
                 "107° (± 6°; 2 repetitions measured)"):  # fmt: skip
        assert said in report["text"]["div"]
    observed = {each["reference"] for each in report["result"]}
    assert observed == {f"Observation/{each['id']}" for name, each in made.items()
                        if name.startswith("Observation")}  # fmt: skip


def test_the_provenance_names_the_software_and_the_networks() -> None:
    networks = (NetworkVersion(name="movenet", sha256="a" * 64),)
    made = resources(session_of("squat_mini", networks=networks))["Provenance"]
    device = made["contained"][0]
    assert {each["value"] for each in device["version"]} == {"0.1.0", "a" * 64}
    assert device["property"][0]["valueCode"] == [{"text": "usb"}]
    assert made["agent"][0]["who"] == {"reference": f"#{device['id']}"}


def prescription(version: int = 1, **changes: object) -> Prescription:
    values = {
        "id": UUID(int=8), "version": version, "patient_id": samples.PATIENT,
        "author_id": "account-3", "issued_at": BEGAN, "items": (
            PrescriptionItem(exercise_id="squat_mini", sets=2, reps=8, days_per_week=3),
        ),
    }  # fmt: skip
    return Prescription.model_validate(values | changes)


def prescribed(version: PrescribedVersion) -> dict[str, Resource]:
    made = prescription_resources(version, samples.NAMING)
    return {each["resourceType"]: each for each in made}


def test_a_session_refers_to_the_version_that_it_followed() -> None:
    made = session_resources(
        samples.stored(session_of("squat_mini", "both"), prescription(version=1))
    )
    request = {"reference": f"ServiceRequest/{UUID(int=8)}-v1-1"}
    procedure = made[0]
    assert procedure["basedOn"] == [{"reference": f"CarePlan/{UUID(int=8)}-v1"}, request]
    assert any(each.get("basedOn") == [request] for each in made[1:])
    # Done on another side than prescribed, it is not what was asked for.
    other = session_resources(
        samples.stored(session_of("squat_mini", "left"), prescription(version=1))
    )
    assert other[0]["basedOn"] == [{"reference": f"CarePlan/{UUID(int=8)}-v1"}]
    unknown = session_resources(samples.stored(session_of("squat_mini")))
    assert "basedOn" not in unknown[0]


def test_a_version_that_was_replaced_is_revoked() -> None:
    old = prescribed(PrescribedVersion(prescription(1), samples.RECEIVED))
    new = prescribed(PrescribedVersion(prescription(2)))
    assert old["CarePlan"]["status"] == old["ServiceRequest"]["status"] == "revoked"
    assert old["CarePlan"]["meta"]["lastUpdated"] == "2026-01-02T11:00:00.123456Z"
    assert new["CarePlan"]["status"] == "active"
    assert new["CarePlan"]["replaces"] == [{"reference": f"CarePlan/{old['CarePlan']['id']}"}]


@pytest.mark.parametrize(
    ("status", "plan", "goal"),
    [("active", "active", "active"), ("on_hold", "on-hold", "on-hold"),
     ("revoked", "revoked", "cancelled"), ("completed", "completed", "completed")],
)  # fmt: skip
def test_states_of_a_prescription(status: str, plan: str, goal: str) -> None:
    goals = (Goal(exercise_id="squat_mini", target_rom_deg=55),)
    made = prescribed(PrescribedVersion(prescription(status=status, goals=goals)))
    assert (made["CarePlan"]["status"], made["Goal"]["lifecycleStatus"]) == (plan, goal)
    assert made["Goal"]["target"][0]["detailQuantity"] == {
        "value": 55.0, "unit": "deg", "system": UCUM, "code": "deg",
    }  # fmt: skip


def test_a_request_says_when_and_nobodys_name() -> None:
    made = prescribed(PrescribedVersion(prescription(starts_on="2026-01-01")))["ServiceRequest"]
    assert made["occurrenceTiming"]["repeat"] == {
        "frequency": 3, "period": 1, "periodUnit": "wk", "boundsPeriod": {"start": "2026-01-01"},
    }  # fmt: skip
    days = PrescriptionItem(
        exercise_id="squat_mini", sets=1, reps=1, days_per_week=2, weekdays=("mon", "fri")
    )
    on_days = prescribed(PrescribedVersion(prescription(items=(days,))))["ServiceRequest"]
    assert on_days["occurrenceTiming"]["repeat"]["dayOfWeek"] == ["mon", "fri"]
    assert made["requester"]["identifier"]["value"] == "account-3"
    assert "display" not in made["requester"]


@given(samples.items())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_dose_comes_back_as_it_went(item: PrescriptionItem) -> None:
    known = {"exercise_id": item.exercise_id, "days_per_week": item.days_per_week}
    blank = item.model_copy(
        update={
            "load": item.load if item.load and item.load.strip() else None,
            "target_rom_deg": None
            if item.target_rom_deg is None
            else round(item.target_rom_deg, 1),
            "tolerance_deg": None if item.tolerance_deg is None else round(item.tolerance_deg, 1),
            "progression": None,
        }
    )
    assert PrescriptionItem.model_validate(known | read_dose(dose_extension(blank))) == blank


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([], "side is missing"),
        ([{"url": "side", "valueCode": "left"}, {"url": "sets", "valueString": "2"}], "sets needs"),
        (
            [{"url": "side", "valueCode": "left"}, {"url": "sets", "valueInteger": 2},
             {"url": "repetitions", "valueInteger": 2},
             {"url": "hold", "valueQuantity": {"value": 1, "system": UCUM, "code": "min"}}],
            "hold must be in UCUM s",
        ),
    ],
)  # fmt: skip
def test_a_wrong_dose_is_refused(parts: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DoseError, match=said):
        read_dose({"extension": parts})


def test_a_suspicion_is_preliminary_and_the_patients_words_are_final() -> None:
    event = Event(
        id=UUID(int=9), device_id="d", patient_id="p", prescription_id=UUID(int=8),
        session_id=UUID(int=7), event_kind="fall_suspected", occurred_at=BEGAN, answer="no_answer",
        camera="usb", software_version="1",
    )  # fmt: skip
    suspected = event_resource(StoredEvent(event, samples.RECEIVED, True, samples.NAMING))
    assert suspected["status"] == "preliminary"
    assert "severity" not in suspected
    assert suspected["implicated"] == [{"reference": f"Procedure/{UUID(int=7)}"}]
    said = event.model_copy(update={"event_kind": "stopped_for_pain"})
    stopped = event_resource(StoredEvent(said, samples.RECEIVED, False, samples.NAMING))
    assert stopped["status"] == "final"
    assert "implicated" not in stopped


def test_a_patient_has_a_pseudonym_and_nothing_else() -> None:
    patient = Patient(id=1, clinic_id=1, wire_id="p_1", display_name="Erika Mustermann")
    made = patient_resource(patient, Naming())
    assert set(made) == {"resourceType", "id", "meta", "text", "identifier"}
    assert "Mustermann" not in str(made)
    # Two bridges that push into one EHR never take each other's patients.
    assert patient_resource(patient, Naming("urn:oid:2.25.1"))["id"] != made["id"]
