"""Names the exercise that a whole recording shows, where nobody says which it is."""

from collections import Counter
from collections.abc import Iterable

from device.coaching.recognition.index import References
from device.coaching.recognition.movement_watch import MovementWatch
from device.coaching.recognition.recogniser import ExerciseRecogniser
from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother

_MOST_OF_THEM = 0.5


def exercise_shown(poses: Iterable[Pose], references: References) -> str | None:
    """The exercise that more than half of the recognised movements were.

    Only whole movements that were recognised with certainty have a say; ``None`` where there are
    none, or where they do not agree: a guess would be counted as if somebody had said it.
    """
    watch, smoother = MovementWatch(ExerciseRecogniser(references)), KeypointSmoother()
    named: Counter[str] = Counter()
    for pose in poses:
        movement = watch.observe(smoother.smooth(pose))
        if movement is not None and movement.exercise_id is not None:
            named[movement.exercise_id] += 1
    if not named:
        return None
    exercise_id, times = named.most_common(1)[0]
    return exercise_id if times > _MOST_OF_THEM * named.total() else None
