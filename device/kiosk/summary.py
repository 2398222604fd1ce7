"""What was done, and how it compares with the last time, in words: measured numbers alone."""

from collections.abc import Mapping
from typing import Any

from device.kiosk.screen_document import ProgressLine, SummaryLine
from models.exercises.catalogue import Catalogue
from models.exercises.library import load_library


def named(texts: Catalogue, name: str, side: str | None) -> str:
    """An exercise's name, with the side where only one is trained."""
    exercise = texts.text(name)
    if side not in ("left", "right"):
        return exercise
    return texts.text(f"exercise-{side}-side", exercise=exercise)


def summary_lines(texts: Catalogue, feedback: Mapping[str, Any]) -> list[SummaryLine]:
    """One line for each set, or the one that there was none."""
    lines = [_summary_line(texts, line) for line in feedback["summary"]]
    return lines or [SummaryLine(text=texts.text("summary-nothing"), detail="")]


def _summary_line(texts: Catalogue, line: Mapping[str, Any]) -> SummaryLine:
    name = named(texts, load_library()[line["exercise_id"]].name, line["side"])
    if line["guided_by_clock"]:
        text = texts.text("summary-set-by-clock", exercise=name)
        return SummaryLine(text=text, detail=texts.text("summary-not-counted"))
    counted, target = line["reps_counted"], line["reps_target"]
    return SummaryLine(
        text=texts.text("summary-set", exercise=name, counted=counted, target=target),
        detail=_angle(texts, line["rom_peak_deg"], line["expected_error_deg"]),
    )


def _angle(texts: Catalogue, angle_deg: float | None, error_deg: float | None) -> str:
    if angle_deg is None:
        return texts.text("summary-angle-not-measured")
    if error_deg is None:
        return texts.text("summary-angle", angle=round(angle_deg))
    return texts.text(
        "summary-angle-with-error", angle=round(angle_deg), error=max(round(error_deg), 1)
    )


def progress_lines(texts: Catalogue, feedback: Mapping[str, Any]) -> list[ProgressLine]:
    """Each exercise against the last time it was measured."""
    return [
        ProgressLine(
            exercise=named(texts, line["exercise_name"], line["side"]),
            text=_progress(texts, line),
            change=line["change"],
        )
        for line in feedback["progress"]
    ]


def _progress(texts: Catalogue, line: Mapping[str, Any]) -> str:
    change, measure = line["change"], line["measure"]
    if change in ("same", "unknown"):
        return texts.text(f"progress-{change}")
    by = max(1, round(abs(line["now"] - line["before"])))
    if measure != "angle":
        return texts.text(f"progress-{change}-{measure}", by=by)
    error = max(1, round(line["error"]))
    return texts.text(f"progress-{change}-angle", by=by, error=error)
