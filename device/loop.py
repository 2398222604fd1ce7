"""The capture loop: frame, pose, smoothing, coach, kiosk, in a straight line in one thread."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

import structlog

from device.camera.capture import Capture, CaptureState
from device.coaching.feedback import Feedback
from device.coaching.light import light_of
from device.coaching.live_values import LiveValues
from device.coaching.session import SessionFlow
from device.kiosk.channel import KioskChannel
from device.pose.pose import PoseEstimator
from device.pose.smoothing import KeypointSmoother
from device.store import Store

FRAME_WITHIN_S = 0.1
ATTEND_EVERY_S = 0.2
"""How often commands and prescriptions are looked for; below what a patient notices."""
_STATE_WITHOUT_FRAMES_EVERY_S = 0.5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LoopParts:
    """What the loop joins together."""

    capture: Capture
    estimator: PoseEstimator
    smoother: KeypointSmoother
    flow: SessionFlow
    channel: KioskChannel
    store: Store


class Loop:
    """Runs until told to stop; ``followers`` are told of every frame's feedback, and never wait."""

    def __init__(
        self, parts: LoopParts, followers: Sequence[Callable[[Feedback], None]] = ()
    ) -> None:
        self._parts = parts
        self._followers = tuple(followers)
        self._attended_s = float("-inf")
        self._published_s = float("-inf")
        self._data_version = -1
        self._capture_state = CaptureState.STARTING

    def run(self, stop: Event) -> None:
        """Until ``stop`` is set or a clip that does not repeat has ended.

        Told to stop, it leaves a session so that it can go on after a restart.
        """
        while not stop.is_set() and self._parts.capture.state is not CaptureState.ENDED:
            self.step()
        if stop.is_set():
            self._parts.flow.suspend(time.monotonic())
        else:
            self._parts.flow.interrupt(time.monotonic())

    def step(self) -> Feedback:
        """Wait for the next frame and take it all the way."""
        parts = self._parts
        frame = parts.capture.take(FRAME_WITHIN_S)
        now_s = time.monotonic()
        if now_s - self._attended_s >= ATTEND_EVERY_S:
            self._attended_s = now_s
            self._attend(now_s)
        if frame is None:
            feedback = parts.flow.tick(now_s)
            if now_s - self._published_s >= _STATE_WITHOUT_FRAMES_EVERY_S:
                self._published_s = now_s
                parts.channel.publish(None, -1, None, feedback, LiveValues(), now_s)
        else:
            unsmoothed = parts.estimator.estimate(frame)
            pose = parts.smoother.smooth(unsmoothed)
            if parts.flow.wants_light(now_s):
                parts.flow.see_light(light_of(frame.image, pose), now_s)
            feedback = parts.flow.take(pose, now_s, unsmoothed)
            ring = parts.capture.ring
            self._published_s = now_s
            parts.channel.publish(
                pose,
                frame.slot,
                None if ring is None else ring.path,
                feedback,
                parts.flow.live(now_s),
                time.monotonic(),
            )
        for follow in self._followers:
            follow(feedback)
        return feedback

    def _attend(self, now_s: float) -> None:
        parts = self._parts
        for command in parts.channel.commands():
            log.info("command", command=command.command)
            parts.flow.command(command, now_s)
        state = parts.capture.state
        if state is not self._capture_state:
            self._capture_state = state
            lost = state is CaptureState.LOST
            parts.flow.set_camera_lost(lost, now_s)
            if not lost:
                parts.estimator.reset()
                parts.smoother.reset()
        version = parts.store.data_version()
        if version != self._data_version:
            self._data_version = version
            parts.flow.set_prescription(parts.store.current_prescription(), now_s)
