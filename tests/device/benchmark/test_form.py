"""The form benchmark on keypoints alone: quick, and no proof of what a network sees."""

import numpy as np
import pytest

from device.benchmark.filming import FilmedTake, Take
from device.benchmark.form import form_rows, form_table, measured_errors, outcome
from device.benchmark.form_readings import FormReading, form_takes, performance_of, read_take
from device.camera.simulated.keypoint_recording import NO_NOISE, record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.coaching.form.measured_error import FaultError, MeasuredErrors
from models.exercises.library import load_library

SQUAT = load_library().measured("squat_mini")


def filmed(take: Take) -> FilmedTake:
    patient = SimulatedPatient(performance_of(take), take.body_seed, conditions=take.conditions)
    keypoints = record_keypoints(patient, noise=NO_NOISE)
    return FilmedTake(take, keypoints.recording, keypoints.measure_deg, ())


@pytest.fixture(scope="module")
def readings() -> list[FormReading]:
    return [each for take in form_takes([SQUAT], [1]) for each in read_take(filmed(take))]


def test_every_fault_is_filmed_once_in_the_view_that_shows_it() -> None:
    takes = form_takes([SQUAT], [1])
    assert sorted(code for take in takes for _, code in take.faults) == sorted(
        SQUAT.form.fault_codes()
    )
    valgus = next(take for take in takes if "knee_valgus" in dict(take.faults).values())
    azimuth_deg = performance_of(valgus).camera_azimuth_deg + valgus.conditions.obliqueness_deg
    assert azimuth_deg == pytest.approx(0.0)


def test_without_noise_readings_are_near_the_ideal_camera_s(readings: list[FormReading]) -> None:
    leans = [each.error for each in readings if each.code == "trunk_lean_forward"]
    assert np.nanmax([error for error in leans if error is not None]) < 5.0


def test_without_noise_every_fault_is_found_and_nothing_else(
    readings: list[FormReading],
) -> None:
    rows = form_rows(readings, measured_errors(readings, "a test"))
    assert {row.code for row in rows} == set(SQUAT.form.fault_codes())
    for row in rows:
        assert (row.performed, row.recall, row.precision) == (1, 1.0, 1.0), row
    assert "knee_valgus" in form_table(rows)


def reading(measured: float | None, *, performed: bool = False, true: float = 0.0) -> FormReading:
    return FormReading("squat_mini", 1, "trunk_lean_forward", performed, False, measured, true)


def test_an_outcome_is_said_against_what_was_done() -> None:
    errors = MeasuredErrors(
        measured_on="a test", faults={"trunk_lean_forward": FaultError(any_exercise=5.0)}
    )
    assert outcome(reading(50.0, performed=True), errors) == "found"
    assert outcome(reading(30.0, performed=True), errors) == "missed"
    assert outcome(reading(50.0), errors) == "false_alarm"
    assert outcome(reading(30.0), errors) == "clean"
    assert outcome(reading(None), errors) == "not_counted"


def test_a_network_that_is_blind_to_a_fault_has_a_large_error() -> None:
    seen = [reading(2.0)] * 20
    blind = [*seen, reading(3.0, performed=True, true=60.0)]
    assert measured_errors(seen, "a test").of("trunk_lean_forward", "squat_mini") == 2.0
    assert measured_errors(blind, "a test").of("trunk_lean_forward", "squat_mini") == 57.0
