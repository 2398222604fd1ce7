"""A simulated patient doing an exercise: picture after picture with the truth beside each."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from device.camera.frame import Image
from device.camera.simulated.body import Body
from device.camera.simulated.performance import FAULTS, Fault, Performance
from device.camera.simulated.scene import Scene
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.truth import Truth, truth_at
from device.camera.simulated.view import DISTANCE_M, View

__all__ = ["FAULTS", "Fault", "Performance", "SimulatedPatient", "Truth", "chair_hips_z_m"]


def chair_hips_z_m(performance: Performance, body: Body) -> float | None:
    """Where the hips sit in the starting pose, metres forward; ``None`` without a chair."""
    if "chair" not in performance.exercise.motion.props:
        return None
    starting = skeleton_of(body.stature_m, performance.angles_at(0.0))
    return float(starting.joints["pelvis"][2])


class SimulatedPatient:
    """Renders a performance frame by frame; the same arguments give the same pictures.

    ``azimuth_offset_deg`` moves the camera round the patient, away from where the exercise wants
    it, positive towards the patient's left.
    """

    def __init__(
        self,
        performance: Performance,
        body_seed: int = 1,
        *,
        width: int = 640,
        height: int = 480,
        azimuth_offset_deg: float = 0.0,
        distance_m: float = DISTANCE_M,
    ) -> None:
        self.performance = performance
        self.body = Body.from_seed(body_seed)
        self.view = View(
            performance.camera_azimuth_deg + azimuth_offset_deg,
            width,
            height,
            distance_m=distance_m,
        )
        self._body_seed = body_seed

    @cached_property
    def _scene(self) -> Scene:
        # Furnished for the first picture: whoever wants the truth alone needs no room.
        return Scene(
            self.body,
            self._body_seed,
            width=self.view.width,
            height=self.view.height,
            chair_hips_z_m=chair_hips_z_m(self.performance, self.body),
        )

    def frames(self, fps: float = 30.0) -> Iterator[tuple[Image, Truth]]:
        """Each picture with its truth; the picture's memory is its own."""
        for index in range(round(self.performance.duration_s * fps)):
            yield self.frame_at(index / fps)

    def truths(self, fps: float = 30.0) -> Iterator[Truth]:
        """The truth of each picture, without the pictures."""
        for index in range(round(self.performance.duration_s * fps)):
            yield self.truth_at(index / fps)

    def frame_at(self, time_s: float) -> tuple[Image, Truth]:
        """The picture ``time_s`` after the start, with its truth."""
        image = np.empty((self.view.height, self.view.width, 3), np.uint8)
        skeleton = skeleton_of(self.body.stature_m, self.performance.angles_at(time_s))
        self._scene.draw(skeleton, self.view, image, moment=time_s)
        return image, truth_at(self.performance, skeleton, self.view, time_s)

    def truth_at(self, time_s: float) -> Truth:
        """What is so ``time_s`` after the start."""
        skeleton = skeleton_of(self.body.stature_m, self.performance.angles_at(time_s))
        return truth_at(self.performance, skeleton, self.view, time_s)
