"""``python -m models.training.motion.measure_cuts``: how well repetitions are cut, by UI-PRMD.

The ten episodes that one person did of one movement, cut apart by the set's makers, are put in a
row and cut again. They had left some rest at the ends, which the rule leaves out.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from models.training.motion import kimore, ui_prmd
from models.training.motion.motion import Motion
from models.training.motion.repetitions import cuts


@dataclass(frozen=True, slots=True)
class CutRow:
    """One exercise: ``exact`` and ``off_by_one`` are shares of the rows of ten, ``begin_frames``
    and ``end_frames`` the median distance from the makers' cut."""

    exercise_id: str
    rows: int
    exact: float
    off_by_one: float
    begin_frames: float
    end_frames: float


def measured(motions: Sequence[Motion]) -> Iterator[CutRow]:
    """A row for each exercise of UI-PRMD."""
    sets: dict[str, dict[tuple[str, bool | None], list[Motion]]] = defaultdict(dict)
    for motion in motions:
        person = (motion.subject, motion.correct)
        sets[motion.exercise_id].setdefault(person, []).append(motion)
    for exercise_id, people in sets.items():
        missed, away = [], []
        for episodes in people.values():
            found = cuts(in_a_row(episodes))
            missed.append(abs(len(found) - len(episodes)))
            ends = np.cumsum([len(episode.joints_m) for episode in episodes])
            for first, last in found:
                at = min(int(np.searchsorted(ends, (first + last) / 2)), len(ends) - 1)
                begins = ends[at] - len(episodes[at].joints_m)
                away.append((abs(first - begins), abs(last - (ends[at] - 1))))
        begin_frames, end_frames = np.median(away, axis=0)
        yield CutRow(
            exercise_id,
            len(missed),
            float(np.mean(np.array(missed) == 0)),
            float(np.mean(np.array(missed) <= 1)),
            float(begin_frames),
            float(end_frames),
        )


def in_a_row(episodes: Sequence[Motion]) -> Motion:
    """One after the other, as one motion."""
    hips = [np.zeros((len(e.joints_m), 3)) if e.hips_m is None else e.hips_m for e in episodes]
    return replace(
        episodes[0],
        joints_m=np.concatenate([episode.joints_m for episode in episodes]),
        hips_m=np.concatenate(hips).astype(np.float32),
    )


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
def main(data: Path) -> None:
    """Print a Markdown table of UI-PRMD in a row, and how many repetitions KIMORE's cuts give."""
    click.echo("| exercise | rows of ten | exact | off by one at most | begin | end (frames) |")
    click.echo("|---|---|---|---|---|---|")
    for row in measured(ui_prmd.load(data / ui_prmd.FOLDER)):
        click.echo(
            f"| {row.exercise_id} | {row.rows} | {row.exact:.0%} | {row.off_by_one:.0%}"
            f" | {row.begin_frames:g} | {row.end_frames:g} |"
        )
    counts: dict[str, list[int]] = defaultdict(list)
    for motion in kimore.load(data / kimore.FOLDER):
        counts[motion.exercise_id].append(len(cuts(motion)))
    for exercise_id, found in counts.items():
        click.echo(
            f"KIMORE {exercise_id}: {sum(found)} repetitions in {len(found)} recordings, median"
            f" {np.median(found):g}, none in {found.count(0)}"
        )


if __name__ == "__main__":
    main()
