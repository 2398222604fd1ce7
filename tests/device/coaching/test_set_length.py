"""What ends a set: the clock, or what was counted."""

import pytest

from device.coaching.set_under_way import set_length_s
from models.exercises.library import load_library
from models.messages import PrescriptionItem


@pytest.mark.parametrize(
    ("exercise_id", "length_s"),
    [
        ("squat_mini", None),
        ("chair_stand_30s", 30),
        ("single_leg_stance", None),
        ("tandem_stance", None),
        ("quad_set", 3 * (1 + 5 + 1 + 3)),
    ],
)
def test_the_clock_ends_timers_and_counted_tests_only(
    exercise_id: str, length_s: float | None
) -> None:
    item = PrescriptionItem(exercise_id=exercise_id, side="left", sets=1, reps=3)
    assert set_length_s(item, load_library()[exercise_id]) == length_s
