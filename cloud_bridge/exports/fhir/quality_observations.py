"""The computed movement quality of each set, and what the patient said, as Observations."""

from collections.abc import Iterator
from typing import Final

from cloud_bridge.exports.fhir.codes import LOINC, load_codes
from cloud_bridge.exports.fhir.elements import (
    Part,
    Resource,
    absent,
    coding,
    concept,
    extension,
    own_coding,
    own_concept,
    quantity,
    rating,
)
from cloud_bridge.exports.fhir.observation_parts import (
    StoredSession,
    component,
    observation,
    of_exercise,
)
from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.portal.set_quality import reason_text
from models.movement_score.words import band_text
from models.quality import SetQuality

_NOT_ANSWERED: Final = "The patient did not answer, or was not asked"


def quality_observations(stored: StoredSession, index: int) -> Iterator[Resource]:
    """The quality of each analysed set of the session's exercise at ``index``, from 0."""
    result = stored.message.items[index]
    for number, each in enumerate(result.sets, 1):
        if each.quality is not None:
            yield _quality(stored, index, number, each.quality)


def _quality(stored: StoredSession, index: int, number: int, quality: SetQuality) -> Resource:
    exercise_id = stored.message.items[index].exercise_id
    made = observation(
        stored, f"e{index + 1}s{number}-quality", category="therapy", method="computed",
        code=own_concept("observation", "movement-quality"),
        said=f"{exercise_name(exercise_id)}, set {number}: {_in_words(quality)}",
    )  # fmt: skip
    done = stored.message.items[index].sets[number - 1]
    of_exercise(made, stored, index, exercise_id, (done,))
    made["extension"].append(extension("set-number", valuePositiveInt=number))
    if quality.score is None:
        made["dataAbsentReason"] = _no_score(quality)
    else:
        made["valueQuantity"] = quantity(round(quality.score, 2), "{score}")
        made["interpretation"] = [concept(text=band_text(quality.score))]
        if quality.deviation is not None:
            deviation = quantity(round(quality.deviation, 2), "{score}")
            made["extension"].append(extension("standard-deviation", valueQuantity=deviation))
    if quality.status == "analysed":
        made["component"] = [
            component("repetitions-good", valueInteger=quality.good_repetitions),
            component("repetitions-not-good", valueInteger=quality.bad_repetitions),
            component("repetitions-not-judged", valueInteger=quality.not_judged_repetitions),
        ]
    stages = ", ".join(f"{each.name} {each.version} ({each.kind})" for each in quality.stages)
    if stages:
        made["note"] = [{"text": f"Computed by: {stages}."}]
    return made


def _no_score(quality: SetQuality) -> Part:
    why = reason_text(quality.reason) if quality.reason is not None else "No score was computed"
    # What the analysis could not take on was not done; what it could not judge has no figure.
    return absent("not-performed" if quality.status == "not_analysed" else "unknown", why)


def _in_words(quality: SetQuality) -> str:
    if quality.score is None:
        return f"movement quality not judged: {_no_score(quality)['text']}."
    error = "error unknown" if quality.deviation is None else f"± {quality.deviation:.1f}"
    return (
        f"movement quality {quality.score:.1f} ({error}), 0 perfect to 4 poor;"
        f" {band_text(quality.score).lower()}. Computed."
    )


def reported_observations(stored: StoredSession) -> Iterator[Resource]:
    """What the patient answered; an answer that was not given says so, and is no 0."""
    message, codes = stored.message, load_codes()
    pain = coding(LOINC, codes.loinc.pain)
    for suffix, value, codings in (
        ("pain-before", message.pain_before, [pain]),
        ("pain-after", message.pain_after, [pain]),
        ("perceived-exertion", message.rpe, []),
    ):
        words = codes.display("observation", suffix)
        said = "not answered" if value is None else f"{value} of 10"
        made = observation(
            stored, suffix, category="survey", method="patient-reported",
            code=concept(*codings, own_coding("observation", suffix), text=words),
            said=f"{words}: {said}. Reported by the patient.",
        )  # fmt: skip
        if value is None:
            made["dataAbsentReason"] = absent("unknown", _NOT_ANSWERED)
        else:
            made["valueQuantity"] = rating(value)
        yield made
