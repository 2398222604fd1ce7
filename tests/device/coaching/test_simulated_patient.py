"""Counts on the simulated patient, seen by the real MoveNet.

The whole library is counted in tests/device/benchmark/test_movement.py.
"""

from collections.abc import Iterator

import pytest

from device.analyse import Analysis, analyse_poses
from device.camera.frame import Frame
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.pose.movenet import MoveNet
from device.pose.pose import Pose
from models.exercises.library import load_library
from models.messages import Side
from models.networks.find import NetworkFile

pytestmark = pytest.mark.network_model
FPS = 15.0
LIBRARY = load_library()


def analyse(network: NetworkFile, exercise: str, body: int, reps: int) -> Analysis:
    definition = LIBRARY.measured(exercise)
    one_sided = definition.side == "unilateral" or definition.motion.one_sided
    side: Side = "left" if one_sided and definition.side != "alternating" else "both"
    patient = SimulatedPatient(Performance(definition, side, reps), body)
    estimator = MoveNet(network, threads=1)

    def poses() -> Iterator[Pose]:
        for index, (image, truth) in enumerate(patient.frames(FPS), start=1):
            yield estimator.estimate(Frame(index, truth.time_s, image))

    return analyse_poses(poses(), definition, side, network.entry.name, FPS)


def test_two_repetitions_are_counted_live_code(pose_network: NetworkFile) -> None:
    result = analyse(pose_network, "squat_mini", 2, reps=2)
    assert (result.reps_counted, result.reps_full_rom, result.sets) == (2, 2, 1)
    assert result.network == "movenet-lightning-int8"
