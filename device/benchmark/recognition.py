"""How well the exercise is recognised, on bodies that the references were not made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from device.benchmark.filming import FilmedTake
from device.coaching.recognition.index import References
from device.coaching.recognition.library_references import library_references
from device.coaching.recognition.recogniser import ExerciseRecogniser, Recognition
from device.pose.smoothing import KeypointSmoother
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library


@dataclass(frozen=True, slots=True)
class RecognitionRow:
    """``right`` of ``takes`` of one exercise had it as the likeliest at their end, or one that the
    camera cannot tell from it (``likeliest`` counts the first alone); ``certain`` of the right ones
    reached the posterior that counts as recognised. ``taken_for`` names the others.
    """

    exercise_id: str
    takes: int
    likeliest: int
    right: int
    certain: int
    taken_for: tuple[str, ...]


def measure_recognition(
    filmed: Sequence[FilmedTake], exercises: Sequence[ExerciseDefinition]
) -> list[RecognitionRow]:
    """Recognise what the real network saw of each take among all exercises of the library.

    The references are projections of the reference motions on a model body; no filmed body is among
    them. The same movement under two ids, an exercise and a test of it, counts as one.
    """
    references = References.of(list(library_references(load_library().all_measured())))
    named = set(references.exercise_ids.tolist())
    rows = []
    for exercise in exercises:
        if exercise.id not in named:
            continue
        takes = [each for each in filmed if each.take.exercise_id == exercise.id]
        found = [_recognised(each, references) for each in takes]
        right = [each for each in found if each is not None and exercise.id in each.could_be]
        wrong = {str(each and each.exercise_id) for each in found if each not in right}
        rows.append(
            RecognitionRow(
                exercise_id=exercise.id,
                takes=len(takes),
                likeliest=sum(each.exercise_id == exercise.id for each in right),
                right=len(right),
                certain=sum(each.is_certain for each in right),
                taken_for=tuple(sorted(wrong)),
            )
        )
    return rows


def _recognised(filmed: FilmedTake, references: References) -> Recognition | None:
    """What is recognised when the last repetition is over."""
    recogniser, smoother = ExerciseRecogniser(references), KeypointSmoother()
    ends_s = filmed.repetitions[-1].returned_s
    last = None
    for pose in filmed.recording.poses():
        if pose.captured_at_s > ends_s:
            break
        last = recogniser.observe(smoother.smooth(pose))
    return last
