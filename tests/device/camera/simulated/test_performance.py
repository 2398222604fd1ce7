"""A performance does what it is told: sides, holds, pauses, attempts, variation, and faults."""

import numpy as np
import pytest

from device.camera.simulated.performance import FAULTS, FaultNotPossibleError, Performance
from device.camera.simulated.skeleton import SIDES
from device.camera.simulated.truth import measure_deg
from models.exercises.form_rules import FAULT_CODES
from models.exercises.library import load_library
from models.messages import Tempo
from tests.device.camera.simulated.form_of_truth import Filmed, broken

LIBRARY = load_library()
MEASURED = LIBRARY.all_measured()
FAULTY = [(exercise, fault) for exercise in MEASURED for fault in exercise.form.fault_codes()]
# On two flat feet the knees cannot bend so unevenly; see its own test.
NOT_POSSIBLE = {("squat_deep", "asymmetry")}
# A quick return is too fast as well, and sides that differ by so much do not both go all the way.
IMPLIED = {"fast_lowering": {"too_fast"}, "asymmetry": {"incomplete_range"}}


def performance_of(exercise_id, side="both", reps=2, **how):
    return Performance(LIBRARY.measured(exercise_id), side, reps, **how)


def performed(exercise, fault, side=None):
    alternates = exercise.side == "alternating"
    if side is None:
        side = "left" if exercise.side in ("unilateral", "either") or alternates else "both"
    uneven = fault == "asymmetry"
    return Performance(
        exercise,
        "both" if uneven else side,
        2 if uneven and alternates else 1,
        fault=fault,
        hold_s=3.0 if exercise.kind == "hold" else 0.8,
        rest_s=0.5,
    )


def measured_deg(performance, time_s, side=None):
    skeleton = performance.skeleton_at(1.7, time_s)
    side = side or performance.side_at(time_s)
    return measure_deg(skeleton, performance.exercise.measure, side)


@pytest.mark.parametrize("exercise", MEASURED, ids=[each.id for each in MEASURED])
def test_what_is_done_well_breaks_no_rule(exercise):
    filmed = Filmed(performed(exercise, None))
    assert [code for code in exercise.form.fault_codes() if broken(filmed, code)] == []


@pytest.mark.parametrize(
    ("exercise", "fault"), FAULTY, ids=[f"{each.id}-{fault}" for each, fault in FAULTY]
)
def test_each_fault_breaks_its_rule_and_no_other_and_still_counts(exercise, fault):
    if (exercise.id, fault) in NOT_POSSIBLE:
        pytest.skip("a body cannot do it")
    filmed = Filmed(performed(exercise, fault))
    found = {code for code in exercise.form.fault_codes() if broken(filmed, code)}
    assert fault in found
    assert found - {fault} <= IMPLIED.get(fault, set())
    span, repetition = exercise.range_of_motion, filmed.repetition
    reached = max(
        span.progress(measure_deg(skeleton, exercise.measure, filmed.side))
        for skeleton in filmed.skeletons
    )
    assert reached > exercise.repetition.enter * span.progress(span.easy_deg)
    assert repetition.counts
    assert min(point[1] for s in filmed.skeletons for point in s.joints.values()) > -0.01


def test_every_fault_that_can_be_judged_is_performed_by_some_exercise():
    assert set(FAULTS) == set(FAULT_CODES)
    assert {fault for _, fault in FAULTY} == set(FAULT_CODES)


def test_a_fault_without_a_rule_is_refused_by_name():
    with pytest.raises(FaultNotPossibleError, match="arm_lift has no rule for 'knee_valgus'"):
        performance_of("arm_lift", fault="knee_valgus")
    with pytest.raises(FaultNotPossibleError, match="has no rule"):
        performance_of("arm_lift", faults={2: "sway"})


def test_a_fault_that_no_body_can_make_is_refused():
    with pytest.raises(FaultNotPossibleError, match="pelvis would tilt"):
        performance_of("squat_deep", fault="asymmetry")
    with pytest.raises(FaultNotPossibleError, match="needs both sides"):
        performance_of("shoulder_abduction", "left", fault="asymmetry")


def test_a_larger_fault_goes_further():
    leans = []
    for size in (0.5, 1.0, 1.6):
        performance = performance_of("squat_mini", fault="trunk_lean_forward", fault_size=size)
        leans.append(performance.angles_at(performance.repetitions[0].peaks_s).trunk_flexion_deg)
    assert leans == sorted(leans)
    assert leans[0] > performance.exercise.form.trunk_lean_forward.limit_deg
    assert leans[2] > leans[0] + 10


def test_faults_and_ranges_can_be_given_to_single_repetitions():
    performance = performance_of(
        "squat_mini",
        reps=4,
        faults={2: "too_fast", 4: "trunk_lean_forward"},
        range_fractions={3: 0.5},
        tempo=Tempo(out_s=2, hold_s=1, return_s=2, pause_s=1),
    )
    planned = performance.repetitions
    assert [each.fault for each in planned] == [None, "too_fast", None, "trunk_lean_forward"]
    assert [each.peak_deg for each in planned] == [60, 60, 30, 60]
    assert planned[1].tempo.out_s < 1.0


def test_sides_alternate_where_the_exercise_does_and_both_are_asked_for():
    performance = performance_of("hurdle_step", reps=4)
    assert [each.side for each in performance.repetitions] == ["left", "right", "left", "right"]
    for repetition in performance.repetitions:
        other = "right" if repetition.side == "left" else "left"
        assert performance.side_at(repetition.peaks_s) == repetition.side
        assert measured_deg(performance, repetition.peaks_s, repetition.side) > 80
        assert measured_deg(performance, repetition.peaks_s, other) < 20
    only_right = performance_of("hurdle_step", "right", reps=3)
    assert {each.side for each in only_right.repetitions} == {"right"}


@pytest.mark.parametrize(
    "exercise_id",
    [each.id for each in MEASURED if each.side == "alternating"],
)
def test_nothing_jumps_when_the_sides_change(exercise_id):
    performance = performance_of(exercise_id, reps=2, hold_s=0.5)
    changes_s = performance.repetitions[1].begins_s
    before, after = (performance.skeleton_at(1.7, changes_s + step) for step in (-1e-3, 1e-3))
    for joint, point in before.joints.items():
        assert np.linalg.norm(after.joints[joint] - point) < 0.02, joint


def test_an_attempt_goes_half_as_far_as_would_be_easy_and_does_not_count():
    performance = performance_of("squat_deep", reps=3, attempts=(2,))
    first, attempt, last = performance.repetitions
    assert attempt.peak_deg == pytest.approx(30.0)
    assert [first.counts, attempt.counts, last.counts] == [True, False, True]
    assert performance.progress_at(performance.duration_s)[2] == 2


def test_a_pause_half_way_out_holds_the_body_still():
    plain = performance_of("arm_lift", reps=1)
    paused = performance_of("arm_lift", reps=1, pauses_s={1: 4.0})
    assert paused.duration_s == pytest.approx(plain.duration_s + 4.0)
    begins_s = paused.repetitions[0].begins_s + 1.0
    still = {round(measured_deg(paused, begins_s + after), 6) for after in (0.2, 2.0, 3.8)}
    assert len(still) == 1
    assert 60 < still.pop() < 100
    assert measured_deg(paused, paused.repetitions[0].peaks_s) == pytest.approx(165)


def test_a_hold_lasts_as_long_as_it_is_told():
    performance = performance_of("single_leg_stance", "left", reps=1, hold_s=20.0)
    (held,) = performance.repetitions
    for time_s in (held.peaks_s - 9.9, held.peaks_s, held.peaks_s + 9.9):
        assert measured_deg(performance, time_s) == pytest.approx(20, abs=1)
    assert performance.progress_at(held.peaks_s)[1] == "hold"


def test_a_repetition_that_does_not_come_back_lets_the_next_begin_where_it_ended():
    performance = performance_of("squat_mini", reps=2, faults={1: "incomplete_return"})
    first, second = performance.repetitions
    assert first.left_progress > performance.exercise.form.incomplete_return.maximum_progress
    resting_deg = measured_deg(performance, first.ends_s - 0.1)
    assert resting_deg == pytest.approx(60 * first.left_progress, abs=0.5)
    assert measured_deg(performance, second.begins_s + 1e-3) == pytest.approx(resting_deg, abs=0.1)
    assert measured_deg(performance, performance.duration_s) == pytest.approx(0, abs=0.1)


def test_natural_variation_differs_between_repetitions_and_not_between_runs():
    first, again, other = (
        performance_of("squat_deep", reps=30, natural_variation_seed=seed) for seed in (1, 1, 2)
    )
    assert first.repetitions == again.repetitions
    assert first.repetitions != other.repetitions
    plain = performance_of("squat_deep", reps=1).repetitions[0]
    factors = [each.tempo.out_s / plain.tempo.out_s for each in first.repetitions]
    assert 0.85 <= min(factors) < 0.93
    assert 1.07 < max(factors) <= 1.15
    peaks = [each.peak_progress for each in first.repetitions]
    assert 0.94 <= min(peaks) < max(peaks) <= 1.06
    assert len(set(peaks)) == 30


def test_a_standing_body_sways_a_little_with_its_feet_on_the_floor():
    performance = performance_of("arm_lift", reps=1, natural_variation_seed=5)
    way = [performance.skeleton_at(1.7, float(t)).joints for t in np.linspace(0.0, 8.0, 60)]
    hips = np.ptp([joints["pelvis"] for joints in way], axis=0)
    assert 0.003 < hips[0] < 0.03 and 0.003 < hips[2] < 0.03
    for side in SIDES:
        assert np.ptp([joints[f"{side}_sole"] for joints in way], axis=0).max() < 0.003


def test_a_pelvis_that_circles_goes_out_before_the_feet_and_comes_back_behind_them():
    performance = performance_of("pelvis_rotation", reps=2)
    for repetition, sign in zip(performance.repetitions, (1.0, -1.0), strict=True):
        tempo = repetition.tempo
        out, peak, back = (
            performance.skeleton_at(1.7, repetition.begins_s + since_s).joints
            for since_s in (tempo.out_s / 2, tempo.out_s, tempo.out_s + tempo.return_s / 2)
        )
        assert out["pelvis"][2] > 0.03 > -0.03 > back["pelvis"][2]
        assert sign * peak["pelvis"][0] > 0.05
        for side in SIDES:
            assert np.allclose(out[f"{side}_sole"], back[f"{side}_sole"], atol=0.005)
