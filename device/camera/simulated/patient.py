"""A simulated patient doing an exercise: picture after picture with the truth beside each."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.body import Body
from device.camera.simulated.bystander import Bystander
from device.camera.simulated.conditions import PLAIN, Conditions
from device.camera.simulated.movement import Movement
from device.camera.simulated.occlusion import keypoints_in_sight
from device.camera.simulated.performance import FAULTS, Fault, Performance
from device.camera.simulated.scene import Moment, Scene
from device.camera.simulated.sensor import exposures_for
from device.camera.simulated.skeleton import Skeleton
from device.camera.simulated.surroundings import Surroundings
from device.camera.simulated.truth import Truth, truth_at
from device.camera.simulated.view import HEIGHT_M, View, keypoints_of

__all__ = [
    "FAULTS",
    "PLAIN",
    "Conditions",
    "Fault",
    "Performance",
    "SimulatedPatient",
    "Truth",
    "view_of",
]

_HEIGHT_BEFORE_LYING_M, _MIDDLE_LYING_M = 0.7, 0.15


class SimulatedPatient:
    """Renders a performance frame by frame; the same arguments give the same pictures.

    Any ``width`` and ``height`` will do: small ones are drawn faster.
    """

    def __init__(
        self,
        performance: Movement,
        body_seed: int = 1,
        *,
        conditions: Conditions = PLAIN,
        width: int = 640,
        height: int = 480,
    ) -> None:
        self.performance = performance
        self.conditions = conditions
        self.body_seed = body_seed
        self.body = Body.from_seed(body_seed)
        self.surroundings = Surroundings.of(performance, self.body)
        self.view = view_of(
            conditions, performance.camera_azimuth_deg, self.surroundings, width, height
        )
        self.bystander = (
            None if conditions.bystander == "none" else Bystander(conditions, self.view)
        )

    @cached_property
    def _scene(self) -> Scene:
        # Furnished for the first picture: whoever wants the truth alone needs no room.
        scene = Scene(
            self.body,
            self.body_seed,
            self.view,
            conditions=self.conditions,
            bystander=self.bystander.body if self.bystander else None,
        )
        scene.furnish(self.surroundings, self.view)
        return scene

    def frame_times_s(self, fps: float | None = None) -> NDArray[np.float64]:
        """When pictures are taken, without those that are lost; ``fps`` instead of the
        conditions' own."""
        conditions = self.conditions if fps is None else replace(self.conditions, fps=fps)
        return conditions.frame_times_s(self.performance.duration_s)

    def frames(self, fps: float | None = None) -> Iterator[tuple[Image, Truth]]:
        """Each picture with its truth; the picture's memory is its own."""
        for time_s in self.frame_times_s(fps):
            yield self.frame_at(float(time_s))

    def truths(self, fps: float | None = None) -> Iterator[Truth]:
        """The truth of each picture, without the pictures."""
        for time_s in self.frame_times_s(fps):
            yield self.truth_at(float(time_s))

    def frame_at(self, time_s: float) -> tuple[Image, Truth]:
        """The picture ``time_s`` after the start (the middle of its exposure), with its truth."""
        image = np.empty((self.view.height, self.view.width, 3), np.uint8)
        now = self._moment(time_s)
        self._scene.draw(self._exposed(now, time_s), self.view, image, moment=time_s)
        return image, truth_at(self.performance, now.patient, self.view, time_s)

    def truth_at(self, time_s: float) -> Truth:
        """What is so ``time_s`` after the start."""
        return truth_at(self.performance, self._skeleton(time_s), self.view, time_s)

    def in_sight_at(self, time_s: float) -> NDArray[np.bool_]:
        """Whether each keypoint is in the picture and not behind a thing or a bystander, [17]."""
        between = self._scene.between(self._bystander_skeleton(time_s))
        return keypoints_in_sight(self._skeleton(time_s), self.view, between)

    def bystander_keypoints_at(self, time_s: float) -> NDArray[np.float64] | None:
        """A second person's keypoints, [17, 2] as :attr:`Truth.keypoints`; ``None`` without one.

        They may lie outside the picture, while that person comes and goes.
        """
        skeleton = self._bystander_skeleton(time_s)
        return None if skeleton is None else keypoints_of(skeleton, self.view)

    def _skeleton(self, time_s: float) -> Skeleton:
        return self.performance.skeleton_at(self.body.stature_m, time_s)

    def _bystander_skeleton(self, time_s: float) -> Skeleton | None:
        return None if self.bystander is None else self.bystander.skeleton_at(time_s)

    def _moment(self, time_s: float) -> Moment:
        skeleton, stick = self._skeleton(time_s), self.surroundings.stick
        held = None if stick is None else stick.patches(skeleton)
        return Moment(skeleton, held, self._bystander_skeleton(time_s))

    def _exposed(self, now: Moment, time_s: float) -> list[Moment]:
        """What the sensor sees while it is exposed round ``time_s``."""
        exposure_s = self.conditions.exposure_s
        if exposure_s == 0:
            return [now]
        opened, closed = (self._moment(max(time_s + exposure_s * at, 0.0)) for at in (-0.5, 0.5))
        count = exposures_for(self._travelled_px(opened, closed))
        if count == 1:
            return [now]
        shares = (np.arange(count) + 0.5) / count - 0.5
        return [self._moment(max(time_s + exposure_s * float(share), 0.0)) for share in shares]

    def _travelled_px(self, opened: Moment, closed: Moment) -> float:
        pairs = [(opened.patient, closed.patient)]
        if opened.bystander is not None and closed.bystander is not None:
            pairs.append((opened.bystander, closed.bystander))
        farthest = 0.0
        for before, after in pairs:
            first, last = (
                self.view.project(np.array(list(skeleton.joints.values())))[:, :2]
                for skeleton in (before, after)
            )
            farthest = max(farthest, float(np.linalg.norm(last - first, axis=1).max()))
        return farthest


def view_of(
    conditions: Conditions, azimuth_deg: float, around: Surroundings, width: int, height: int
) -> View:
    """Where the camera of ``conditions`` stands before a patient seen from ``azimuth_deg``."""
    height_m, tilt_deg = conditions.camera_height_m, conditions.tilt_deg
    if height_m is None:
        height_m = _HEIGHT_BEFORE_LYING_M if around.lies else HEIGHT_M
    if tilt_deg is None:
        drop_m = height_m - _MIDDLE_LYING_M
        tilt_deg = math.degrees(math.atan2(drop_m, conditions.distance_m)) if around.lies else 0.0
    return View(
        azimuth_deg + conditions.obliqueness_deg,
        width,
        height,
        distance_m=conditions.distance_m,
        height_m=height_m,
        field_deg=conditions.field_deg,
        tilt_deg=tilt_deg,
        roll_deg=conditions.roll_deg,
        middle_m=around.middle_m,
    )
