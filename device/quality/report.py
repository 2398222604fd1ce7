"""What the quality analysis gave, as a JSON document of every stage and as lines to read."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from device.coaching.set_recording import RecordedSet
from device.quality.keypoint_gate import GatedWindows
from device.quality.pipeline import InSpace, SetAnalysis
from models.kinect_joints import JOINTS
from models.quality import BODY_BLOCKS, SetQuality

_DIGITS = 4


def quality_document(analysis: SetAnalysis, recorded: RecordedSet) -> dict[str, Any]:
    """A JSON-ready object; a stage that the set did not reach is ``None``.

    ``set`` is what is sent to the clinic (:class:`models.quality.SetQuality`), with times from the
    set's beginning; all other times are the recording's own.
    """
    return {
        "set": analysis.quality.model_dump(mode="json"),
        "times_s": _listed(recorded.recording.times_s),
        "keypoints": _listed(recorded.recording.keypoints),
        "gate": None if analysis.gated is None else _gate_document(analysis.gated),
        "in_space": None if analysis.in_space is None else _space_document(analysis.in_space),
    }


def quality_lines(quality: SetQuality) -> list[tuple[str, str]]:
    """Names and values, as the command prints them."""
    lines = [("quality", quality.status), ("quality_reason", quality.reason or "-")]
    if quality.score is not None:
        lines.append(
            ("quality_score", f"{quality.score} ± {quality.deviation} (0 perfect, 4 poor)")
        )
    if quality.research_score is not None:
        research = f"{quality.research_score} ± {quality.research_deviation}"
        lines.append(("research_score", f"{research} (research only)"))
    lines += [
        ("form_reason", quality.form_reason or "-"),
        ("good_repetitions", str(quality.good_repetitions)),
        ("bad_repetitions", str(quality.bad_repetitions)),
        ("not_judged_repetitions", str(quality.not_judged_repetitions)),
        ("usable_pct", "-" if quality.usable_pct is None else f"{quality.usable_pct}"),
    ]
    lines += [
        (
            "finding",
            f"{each.block}, {each.begins_s} to {each.ends_s} s: {each.cause}"
            f" (goodness {each.goodness}, confidence {each.confidence},"
            f" jitter {each.jitter_torso})",
        )
        for each in quality.findings
    ]
    lines += [
        ("contribution", f"{each.joint} ({each.phase}): {each.share:.0%}")
        for each in quality.contributions
    ]
    stages = ", ".join(f"{each.name} {each.version}" for each in quality.stages)
    return [*lines, ("stages", stages or "none")]


def _gate_document(gated: GatedWindows) -> dict[str, Any]:
    windows = gated.windows
    return {
        "torso_px": round(windows.torso_px, 2),
        "blocks": list(BODY_BLOCKS),
        "needed": [sorted(each) for each in gated.needed],
        "begins_s": _listed(windows.begins_s),
        "ends_s": _listed(windows.ends_s),
        "goodness": _listed(gated.goodness),
        "confidence": _listed(windows.confidence),
        "jitter_torso": _listed(windows.jitter_torso),
        "usable": gated.usable.tolist(),
    }


def _space_document(in_space: InSpace) -> dict[str, Any]:
    return {
        "joints": list(JOINTS),
        "converted": _listed(in_space.converted),
        "joints_m": _listed(in_space.joints_m),
        "deviation_m": _listed(in_space.deviation_m),
        "trimmed_s": None if in_space.trimmed_s is None else list(in_space.trimmed_s),
    }


def _listed(values: NDArray[Any]) -> list[Any]:
    rounded: list[Any] = np.round(values.astype(np.float64), _DIGITS).tolist()
    return rounded
