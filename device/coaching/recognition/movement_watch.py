"""Names each whole movement as it ends: what was done, from rest to peak and back."""

from device.coaching.recognition.recogniser import ExerciseRecogniser, Recognition
from device.pose.pose import Pose

_OUT_FROM, _BACK_BELOW = 0.65, 0.35
"""Progress at which a movement has gone out, and come back."""


class MovementWatch:
    """Follows one person; feed it every smoothed pose."""

    def __init__(self, recogniser: ExerciseRecogniser) -> None:
        self._recogniser = recogniser
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._recogniser.reset()
        self._out: Recognition | None = None

    def observe(self, pose: Pose) -> Recognition | None:
        """What a movement that ended with this pose was, seen at its peak; usually ``None``.

        Only a movement that was recognised with certainty, and as the same exercise at its peak and
        at its end, is named.
        """
        recognition = self._recogniser.observe(pose)
        if recognition is None or not recognition.is_certain:
            return None
        if recognition.progress >= _OUT_FROM:
            self._out = recognition
            return None
        if recognition.progress > _BACK_BELOW or self._out is None:
            return None
        ended, self._out = self._out, None
        return ended if ended.could_be == recognition.could_be else None
