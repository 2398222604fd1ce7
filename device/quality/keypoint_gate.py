"""The first stage: whether a set's keypoints can be relied on, in which part of the body, and when.

A stated rule: goodness is a logistic regression on the signs of ``keypoint_windows.py``. How it was
fitted, and how well it tells bad keypoints, stands in ``models/networks/keypoint_gate.md``.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from device.coaching.visibility import needed_chains
from device.errors import QualityError
from device.pose.pose import Keypoint
from device.quality.keypoint_windows import (
    BLOCK_KEYPOINTS,
    SIGNS,
    KeypointWindows,
    keypoint_windows,
)
from device.recording import KeypointRecording
from models.errors import ModelsError, StageNotAvailableError
from models.exercises.definition import ExerciseDefinition
from models.exercises.table import Table
from models.messages import Side
from models.networks.find import find_stage
from models.networks.manifest import StageEntry
from models.quality import BODY_BLOCKS, BodyBlock
from models.quality_limits import GateLimits

STAGE: Final = "keypoint_gate"
"""The rule's name in the manifest."""

Numbers = Annotated[tuple[float, ...], Field(min_length=len(SIGNS), max_length=len(SIGNS))]
Alternatives = tuple[frozenset[BodyBlock], ...]


class GateRule(Table):
    """The numbers of the logistic regression, one for each of :data:`SIGNS`.

    A window whose signs are ``x`` is good with the probability
    1 / (1 + exp(bias + Σ weight · (x - mean) / deviation)).
    """

    signs: tuple[str, ...]
    bias: float
    mean: Numbers
    deviation: Numbers
    weight: Numbers
    bad_beyond_torso: Annotated[float, Field(gt=0, le=2)]
    fitted_on: str

    def goodness(self, signs: NDArray[np.float64]) -> NDArray[np.float64]:
        """[..., len(SIGNS)] to the probability, 0 to 1, that the keypoints are good."""
        standard = (signs - np.array(self.mean)) / np.array(self.deviation)
        return np.asarray(1 / (1 + np.exp(self.bias + standard @ np.array(self.weight))))


@dataclass(frozen=True, slots=True)
class GatedWindows:
    """Every window with its verdict.

    ``goodness`` and ``relied_on`` are [N, 4], blocks in the order of
    :data:`models.quality.BODY_BLOCKS`; ``usable`` bool [N]: whether all that the exercise needs is
    relied on, by one of ``needed``'s alternatives; ``blamed`` bool [N, 4]: what is missing where it
    is not; ``unseen`` bool [N, 4]: what is hardly in sight, whether needed or not.
    """

    windows: KeypointWindows
    goodness: NDArray[np.float64]
    relied_on: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    blamed: NDArray[np.bool_]
    unseen: NDArray[np.bool_]
    needed: Alternatives

    @property
    def usable_share(self) -> float | None:
        """The share of usable windows, 0 to 1; ``None`` without a window."""
        return float(self.usable.mean()) if len(self.usable) else None

    def usable_between(self, begins_s: float, ends_s: float) -> float | None:
        """The share of usable windows in that time, 0 to 1; ``None`` where there is none."""
        during = self._during(begins_s, ends_s)
        return float(self.usable[during].mean()) if during.any() else None

    def unseen_between(self, begins_s: float, ends_s: float) -> float:
        """The share of windows in which the part seen least is not in sight, 0 to 1."""
        during = self._during(begins_s, ends_s)
        return float(self.unseen[during].mean(axis=0).max()) if during.any() else 0.0

    def _during(self, begins_s: float, ends_s: float) -> NDArray[np.bool_]:
        windows = self.windows
        return np.asarray((windows.ends_s > begins_s) & (windows.begins_s < ends_s))


class KeypointGate:
    """Judges recordings by the rule in the manifest and the limits given.

    Raises :class:`~models.errors.StageNotAvailableError` where the manifest does not have it, and
    :class:`QualityError` where its numbers cannot be read.
    """

    def __init__(self, limits: GateLimits) -> None:
        self._limits = limits
        self.entry, self.rule = load_gate_rule()

    def gated(
        self, recording: KeypointRecording, exercise: ExerciseDefinition, side: Side | None
    ) -> GatedWindows:
        """The windows of raw keypoints, judged for what the exercise needs."""
        windows = keypoint_windows(recording)
        goodness = self.rule.goodness(windows.signs)
        relied_on = (goodness >= self._limits.least_goodness) & (
            windows.confidence >= self._limits.least_confidence
        )
        needed = needed_blocks(exercise, side)
        usable, blamed = _held_against(relied_on, needed)
        unseen = ~relied_on & (windows.confidence < self._limits.unseen_confidence)
        return GatedWindows(windows, goodness, relied_on, usable, blamed, unseen, needed)


@cache
def load_gate_rule() -> tuple[StageEntry, GateRule]:
    """The rule's row of the manifest and its numbers; raises as :class:`KeypointGate` does."""
    try:
        stage = find_stage(STAGE)
        if stage.path is None:
            raise QualityError(f"stage {STAGE}: the manifest names no file for it")
        rule = GateRule.model_validate(tomllib.loads(stage.path.read_text(encoding="utf-8")))
    except StageNotAvailableError:
        raise
    except (ModelsError, ValidationError, tomllib.TOMLDecodeError, OSError) as error:
        raise QualityError(f"stage {STAGE}: {error}") from error
    if rule.signs != SIGNS:
        raise QualityError(f"stage {STAGE}: its signs are {rule.signs}, not {SIGNS}")
    return stage.entry, rule


def needed_blocks(exercise: ExerciseDefinition, side: Side | None) -> Alternatives:
    """The parts of the body of which one alternative must be seen whole.

    They are those of the keypoints that the coach needs. From the front, what both sides do
    together needs both sides, and what one side is prescribed to do needs that one; from the side
    the near one is enough, and where either may work, either.
    """
    chains = needed_chains(exercise, side or "both")
    sides: Sequence[frozenset[BodyBlock]] = [
        frozenset(_blocks_of(chain, each)) for chain in chains for each in _sides_of(chain)
    ]
    sides = list(dict.fromkeys(sides))
    if exercise.view == "frontal":
        if exercise.side == "bilateral" or side == "both":
            return (frozenset().union(*sides),)
        if side is not None and len(sides) > 1:
            return tuple(each for each in sides if _is_of(each, side))
    return tuple(sides)


def _sides_of(chain: Sequence[Keypoint]) -> Sequence[str]:
    return sorted({keypoint.name.lower().split("_")[0] for keypoint in chain})


def _blocks_of(chain: Sequence[Keypoint], side: str) -> set[BodyBlock]:
    """Where a chain's limb lies: most of a chain is one limb, or one side of the trunk."""
    own = [keypoint for keypoint in chain if keypoint.name.lower().startswith(side)]
    shares = {
        block: sum(keypoint in keypoints for keypoint in own)
        for block, keypoints in BLOCK_KEYPOINTS.items()
    }
    most = max(shares.values())
    return {block for block, share in shares.items() if share == most}


def _is_of(blocks: frozenset[BodyBlock], side: Side) -> bool:
    return all(block.endswith(side) for block in blocks)


def _held_against(
    relied_on: NDArray[np.bool_], needed: Alternatives
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which windows are usable, and what the alternative that lacks least in the set lacks."""
    wanted = np.array([[block in each for block in BODY_BLOCKS] for each in needed])
    lacking = ~relied_on[:, None, :] & wanted[None]
    usable = ~lacking.any(axis=2).all(axis=1)  # at least one alternative lacks nothing
    best = int(lacking.any(axis=2).sum(axis=0).argmin())
    return usable, lacking[:, best] & ~usable[:, None]
