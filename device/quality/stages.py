"""The stages after the gate, each as far as this release has it: the manifest decides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeVar

import numpy as np
import structlog
from numpy.typing import NDArray

from device.errors import DeviceError
from device.quality.keypoint_gate import STAGE as GATE
from device.quality.keypoint_gate import load_gate_rule
from device.quality.stage_network import StageNetwork
from device.recording import KeypointRecording
from models.errors import ModelsError
from models.networks.manifest import (
    RESEARCH_MANIFEST_FILE,
    StageEntry,
    load_stages,
)
from models.quality import Contribution, StageVersion

CONVERSION: Final = "kinect_conversion"
DEPTH: Final = "depth"
TRIMMING: Final = "trimming"
FORM_GATE: Final = "form_gate"
SCORE: Final = "score"
RESEARCH_SCORE: Final = "research_score"
"""In the research manifest."""
ORDER: Final = (GATE, CONVERSION, DEPTH, TRIMMING, FORM_GATE, SCORE)
"""The stages' names in the manifest, in the order in which they work."""

Joints = NDArray[np.float32]
"""[T, 13, 3] as in models/kinect_joints.py."""
Times = NDArray[np.float64]

log = structlog.get_logger()
_Stage = TypeVar("_Stage")


class Lifted(Protocol):
    """Joints in space with the deviation of their error, [T, 13], both in metres."""

    @property
    def joints_m(self) -> Joints:
        """[T, 13, 3]."""

    @property
    def deviation_m(self) -> NDArray[np.float32]:
        """[T, 13]."""


class FormJudged(Protocol):
    """Whether one repetition was good, or why that was not judged."""

    @property
    def good(self) -> bool | None:
        """``None`` where it was not judged."""

    @property
    def probability_good(self) -> float | None:
        """0 to 1."""

    @property
    def reason(self) -> str | None:
        """Why it was not judged."""


class Scored(Protocol):
    """One repetition's score, 0 perfect to 4 poor, or why there is none."""

    @property
    def score(self) -> float | None:
        """``None`` where it was not scored."""

    @property
    def deviation(self) -> float | None:
        """Standard deviation of its error."""

    @property
    def contributions(self) -> Sequence[Contribution]:
        """What had most to do with it."""

    @property
    def reason(self) -> str | None:
        """Why it was not scored."""


@dataclass(frozen=True, slots=True)
class Stages:
    """What this release can do with keypoints that passed the gate; ``None`` for a missing stage.

    ``versions`` are those of all stages there are, by name.
    """

    convert: Callable[[KeypointRecording], Joints] | None = None
    lift: Callable[[Joints, Times], Lifted] | None = None
    trim: Callable[[Joints, Times], tuple[float, float] | None] | None = None
    judge: Callable[[Joints, Times, str], FormJudged] | None = None
    score: Callable[[Joints, Times, str], Scored] | None = None
    research_score: Callable[[Joints, Times, str], Scored] | None = None
    versions: Mapping[str, StageVersion] = field(default_factory=dict)


def available_stages(*, research: bool = False) -> Stages:
    """The stages in the manifest; those for research alone where the clinic turned them on.

    A stage whose file is missing or wrong is left out, and the log says so: the gate still says
    whether the keypoints can be relied on.
    """
    shipped = _Manifest(load_stages())
    shipped.make(GATE, load_gate_rule)
    stages = Stages(
        convert=shipped.make(CONVERSION, _conversion),
        lift=shipped.make(DEPTH, _depth),
        trim=shipped.make(TRIMMING, _trimming),
        judge=shipped.make(FORM_GATE, _form_gate),
        score=shipped.make(SCORE, _score),
    )
    if not research:
        return replace(stages, versions=shipped.versions)
    for_research = _Manifest(load_stages(RESEARCH_MANIFEST_FILE), research=True)
    return replace(
        stages,
        research_score=for_research.make(RESEARCH_SCORE, _research_score),
        versions=shipped.versions | for_research.versions,
    )


class _Manifest:
    """Makes the stages of one manifest, and notes the versions of those that could be made."""

    def __init__(self, entries: Mapping[str, StageEntry], *, research: bool = False) -> None:
        self._entries = entries
        self._research = research
        self.versions: dict[str, StageVersion] = {}

    def make(self, name: str, make: Callable[[], _Stage]) -> _Stage | None:
        entry = self._entries.get(name)
        if entry is None:
            return None
        try:
            stage = make()
        except (DeviceError, ModelsError) as error:
            log.error("quality_stage_left_out", stage=name, reason=str(error))
            return None
        self.versions[name] = StageVersion(
            name=name, version=entry.version, kind=entry.kind, research=self._research
        )
        return stage


def _conversion() -> Callable[[KeypointRecording], Joints]:
    from device.quality.kinect_conversion import converted  # noqa: PLC0415

    return converted


def _depth() -> Callable[[Joints, Times], Lifted]:
    from device.quality.depth import Depth  # noqa: PLC0415

    return Depth(StageNetwork(DEPTH)).lifted


def _trimming() -> Callable[[Joints, Times], tuple[float, float] | None]:
    from device.quality.trimming import trimmed  # noqa: PLC0415

    return trimmed


def _form_gate() -> Callable[[Joints, Times, str], FormJudged]:
    from device.quality.form_gate import judge  # noqa: PLC0415

    return judge


def _score() -> Callable[[Joints, Times, str], Scored]:
    from device.quality.score import shipped_scorer  # noqa: PLC0415

    return shipped_scorer().score


def _research_score() -> Callable[[Joints, Times, str], Scored]:
    from device.quality.score import research_scorer  # noqa: PLC0415

    return research_scorer(research_allowed=True).score
