"""Follows the patient through a session: what is seen of the body, and what is suspected."""

from device.coaching.body_frame import BodyFrame, BodyObserver
from device.coaching.safety import SafetyWatch
from device.coaching.suspicion import Suspicion
from device.coaching.visibility import Chain, is_nobody, missing_keypoint, needed_chains
from device.pose.pose import Keypoint, Pose
from models.exercises.definition import Exercise, ExerciseDefinition, Position
from models.messages import Side
from models.safety import SafetyLimits


class PatientWatch:
    """Fed with every pose of a session; times in seconds on the session's clock.

    ``smoothed`` and ``unsmoothed`` are the body in the newest pose, once there was one.
    ``missing`` is the keypoint that the exercise needs and the camera does not see; ``None`` when
    all is seen, and when nobody is.
    """

    smoothed: BodyFrame
    unsmoothed: BodyFrame

    def __init__(self, limits: SafetyLimits) -> None:
        self._observer, self._unsmoothed_observer = BodyObserver(), BodyObserver()
        self._safety = SafetyWatch(limits)
        self._chains: tuple[Chain, ...] = ()
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._observer.reset()
        self._unsmoothed_observer.reset()
        self._safety.reset()
        self._taken = False
        self._seen_since_s: float | None = None
        self._seen_last_s: float | None = None
        self.missing: Keypoint | None = None

    def follow(self, exercise: Exercise, side: Side) -> None:
        """What must be seen from now on; nothing where the clock guides."""
        self._chains = ()
        if isinstance(exercise, ExerciseDefinition):
            self._chains = needed_chains(exercise, side)
        self._seen_since_s = self._seen_last_s = None

    def expect(self, now_s: float) -> None:
        """Count from now how long the patient is seen, or is not."""
        self._seen_since_s, self._seen_last_s = None, now_s

    def take(self, pose: Pose, now_s: float, unsmoothed: Pose | None) -> None:
        """One smoothed pose, and the same one unsmoothed where there is one."""
        body = self._observer.observe(pose)
        self.smoothed = self.unsmoothed = body
        self._taken = True
        if unsmoothed is not None:
            self.unsmoothed = self._unsmoothed_observer.observe(unsmoothed)
        missing = missing_keypoint(body, self._chains) if self._chains else None
        self.missing = None
        if missing is not None:
            self.missing = None if is_nobody(body) else missing
            self._seen_since_s = None
            return
        self._seen_last_s = now_s
        if self._seen_since_s is None:
            self._seen_since_s = now_s

    def seen_for_s(self, now_s: float) -> float:
        """For how long all that the exercise needs has been seen; ever where the clock guides."""
        if not self._chains:
            return float("inf")
        return 0.0 if self._seen_since_s is None else now_s - self._seen_since_s

    def unseen_for_s(self, now_s: float) -> float:
        """For how long something that the exercise needs has not been seen."""
        if not self._chains or self._seen_last_s is None:
            return 0.0
        return now_s - self._seen_last_s

    def suspicion(self, position: Position, still_allowed_s: float | None) -> Suspicion | None:
        """What the newest pose makes one suspect; see :meth:`SafetyWatch.update`."""
        if not self._taken:
            return None
        return self._safety.update(self.unsmoothed, self.smoothed, position, still_allowed_s)

    def answered(self) -> None:
        """The patient has answered the question."""
        if self._taken:
            self._safety.answered(self.smoothed.captured_at_s)
