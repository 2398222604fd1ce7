"""The figures as Markdown tables, for the card and the documentation."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from models.training.lifting.figures import VIEWS_DEG

Figures = Mapping[str, Any]

_LIFTS: Final = {
    "depth": "depth network",
    "one_frame": "one frame (Martinez et al. 2017)",
    "ridge": "ridge",
    "nothing": "nothing (z = 0)",
}
_SETS: Final = {
    "ui_prmd": "UI-PRMD, people held out (real movement, simulated camera)",
    "simulated": "simulated movement, bodies held out",
    "kimore": "KIMORE, never trained on (real movement, simulated camera)",
}
_SQUATS: Final = {
    "mpjpe_cm": "in space",
    "scaled_cm": "best scale",
    "guessed_cm": "0.49 m torso for all",
    "picture_cm": "x and y",
    "depth_cm": "z",
}


def markdown(figures: Figures) -> str:
    """Every table; each cell is centimetres with the body's true size / with the best scale."""
    parts = []
    for name, title in _SETS.items():
        of_set = figures[name]
        parts.append(f"### {title}\n\n{_by_view(of_set)}\n\n{_by_movement(of_set)}\n\n")
        parts.append(_band(of_set["within_90_band"]) + "\n\n" + _files(of_set["as_file"]) + "\n")
    parts.append("### Squats: MoveNet on people beside a Kinect, never trained on\n\n")
    parts.append(_squats(figures["squats"]) + "\n\n" + _squats_by_person(figures) + "\n")
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)


def _by_view(of_set: Figures) -> str:
    views = [f"{low}-{high}" for low, high in VIEWS_DEG]
    rows = (
        [title, _both(of_set[lift]), *(_both(of_set[lift]["by_view"][view]) for view in views)]
        for lift, title in _LIFTS.items()
    )
    return _table(["cm, true size / best scale", "all", *(f"{each}°" for each in views)], rows)


def _by_movement(of_set: Figures) -> str:
    movements = of_set["depth"]["by_movement"]
    rows = (
        [movement, *(_both(of_set[lift]["by_movement"][movement]) for lift in _LIFTS)]
        for movement in movements
    )
    return _table(["movement", *_LIFTS.values()], rows)


def _band(coverage: Figures) -> str:
    views = ", ".join(f"{view}°: {share:.1%}" for view, share in coverage["by_view"].items())
    return f"Errors within the 90 % band: {coverage['all']:.1%} ({views})."


def _files(files: Figures) -> str:
    rows = (
        [kind, f"{each['mpjpe_cm']:.2f}", f"{each['size_bytes']}"] for kind, each in files.items()
    )
    return _table(["weights", "cm", "bytes"], rows)


def _squats(squats: Figures) -> str:
    rows = (
        [title, *(f"{squats[lift][name]:.2f}" for name in _SQUATS)]
        for lift, title in _LIFTS.items()
    )
    return _table(["cm, mean of persons", *_SQUATS.values()], rows)


def _squats_by_person(figures: Figures) -> str:
    rows = (
        [person, *(f"{values[name]:.2f}" for name in _SQUATS)]
        for person, values in figures["squats"]["depth"]["by_person"].items()
    )
    return _table(["depth network, by person", *_SQUATS.values()], rows)


def _both(errors: Figures) -> str:
    return f"{errors['mpjpe_cm']:.1f} / {errors['scaled_cm']:.1f}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
