"""With the stand-in network in MoveNet's place, the coach counts the simulated patient right."""

from collections.abc import Iterator

import pytest

from device.analyse import Analysis, analyse_poses
from device.camera.frame import Frame
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.pose.movenet import MoveNet
from device.pose.pose import Pose
from models.exercises.library import load_library
from models.networks.find import find_network
from models.networks.manifest import STAND_IN

FPS = 15.0
LIBRARY = load_library()


def analyse(exercise_id: str, body: int, reps: int) -> Analysis:
    """What the coach makes of a body that the network was not trained on."""
    exercise = LIBRARY.measured(exercise_id)
    side = "left" if exercise.side == "unilateral" else "both"
    patient = SimulatedPatient(Performance(exercise, side, reps), body)
    estimator = MoveNet(find_network(STAND_IN), threads=1)

    def poses() -> Iterator[Pose]:
        for index, (image, truth) in enumerate(patient.frames(FPS), start=1):
            yield estimator.estimate(Frame(index, truth.time_s, image))

    return analyse_poses(poses(), exercise, side, estimator.version.name, FPS)


@pytest.mark.parametrize("exercise_id", ["squat_mini", "shoulder_abduction"])
def test_two_repetitions_are_counted_to_their_full_range(exercise_id: str) -> None:
    result = analyse(exercise_id, body=2, reps=2)
    assert (result.reps_counted, result.reps_full_rom, result.sets) == (2, 2, 1)
    assert result.network == STAND_IN


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("body", [1, 2, 3])
@pytest.mark.parametrize(
    "exercise_id", ["shoulder_abduction", "sit_to_stand", "squat_deep", "squat_mini"]
)
def test_ten_repetitions_are_counted_exactly(exercise_id: str, body: int) -> None:
    assert analyse(exercise_id, body, reps=10).reps_counted == 10
