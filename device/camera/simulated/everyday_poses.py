"""What people do where they stand: reach, bend, drink, wave, and the like, as poses in time.

Each is a list of (seconds to get there, pose), from standing at ease and back to it; a chance draw
makes each one a little different.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from models.exercises.motion import JointAngles, SideAngles

Random = np.random.Generator
Keyed = list[tuple[float, JointAngles]]
Handedness = Literal["left", "right"]

_AT_EASE = SideAngles(shoulder_abduction_deg=6.0, elbow_flexion_deg=8.0)
AT_EASE = JointAngles(left=_AT_EASE, right=_AT_EASE, support="feet")


def _pose(
    one: Mapping[str, float] | None = None,
    other: Mapping[str, float] | None = None,
    hand: Handedness = "right",
    trunk_flexion_deg: float = 0.0,
    trunk_lateral_flexion_deg: float = 0.0,
) -> JointAngles:
    """Standing on both feet; ``one`` is the side of ``hand``."""
    active = _AT_EASE.model_copy(update=dict(one or {}))
    passive = _AT_EASE.model_copy(update=dict(other or {}))
    left, right = (active, passive) if hand == "left" else (passive, active)
    angles = JointAngles(
        trunk_flexion_deg=trunk_flexion_deg,
        trunk_lateral_flexion_deg=trunk_lateral_flexion_deg,
        left=left,
        right=right,
        support="feet",
        stance=AT_EASE,
    )
    return angles.leaning(0.0, 0.0)


def _hand(random: Random) -> Handedness:
    return "right" if random.random() < 0.7 else "left"


def _about(random: Random, value: float, spread: float = 0.15) -> float:
    return value * float(random.uniform(1.0 - spread, 1.0 + spread))


def _arm(flexion: float, abduction: float, elbow: float, rotation: float = 0.0) -> dict[str, float]:
    return {
        "shoulder_flexion_deg": flexion,
        "shoulder_abduction_deg": abduction,
        "elbow_flexion_deg": elbow,
        "shoulder_rotation_deg": rotation,
    }


def stand(random: Random) -> Keyed:
    """Stand still."""
    return [(float(random.uniform(2.0, 6.0)), AT_EASE)]


def shift_weight(random: Random) -> Keyed:
    """Stand on one leg more than on the other, and change."""
    keyed: Keyed = []
    for _ in range(int(random.integers(2, 5))):
        lean = _about(random, 3.0, 0.4) * (1.0 if random.random() < 0.5 else -1.0)
        pose = _pose(
            {"hip_abduction_deg": lean}, {"hip_abduction_deg": -lean}, trunk_lateral_flexion_deg=2.0
        )
        keyed += [(_about(random, 1.2), pose), (_about(random, 2.0, 0.4), pose)]
    return [*keyed, (1.0, AT_EASE)]


def reach_shelf(random: Random) -> Keyed:
    """Take something from a shelf above the head."""
    up = _arm(_about(random, 125.0), 12.0, _about(random, 25.0, 0.5))
    pose = _pose(up, hand=_hand(random), trunk_flexion_deg=-3.0)
    return [(_about(random, 1.1), pose), (_about(random, 1.5, 0.5), pose), (1.2, AT_EASE)]


def pick_up(random: Random) -> Keyed:
    """Bend down for something on the floor."""
    hand = _hand(random)
    knees = _about(random, 40.0, 0.5)
    legs = {"knee_flexion_deg": knees, "ankle_dorsiflexion_deg": knees / 3}
    down = _pose(
        {**_arm(75.0, 8.0, 10.0), **legs},
        {**_arm(30.0, 10.0, 40.0), **legs},
        hand,
        trunk_flexion_deg=_about(random, 72.0),
    )
    stays_s, rises_s = _about(random, 0.6), _about(random, 1.4)
    return [(_about(random, 1.3), down), (stays_s, down), (rises_s, AT_EASE)]


def scratch_head(random: Random) -> Keyed:
    """Put a hand to the head."""
    hand = _hand(random)
    up = _pose(_arm(60.0, _about(random, 55.0), 135.0), hand=hand)
    near = _pose(_arm(64.0, 58.0, 128.0), hand=hand)
    rubbing: Keyed = [(0.25, near), (0.25, up)] * int(random.integers(2, 6))
    return [(_about(random, 0.9), up), *rubbing, (_about(random, 1.0), AT_EASE)]


def drink(random: Random) -> Keyed:
    """Drink from a cup, sip by sip."""
    hand = _hand(random)
    held = _pose(_arm(20.0, 8.0, 85.0), hand=hand)
    sip = _pose(_arm(_about(random, 45.0), 20.0, 135.0), hand=hand, trunk_flexion_deg=-3.0)
    sips: Keyed = []
    for _ in range(int(random.integers(1, 4))):
        sips += [(_about(random, 1.0), sip), (_about(random, 1.2), sip), (1.0, held)]
        sips.append((_about(random, 1.5, 0.5), held))
    return [(1.0, held), *sips, (1.0, AT_EASE)]


def wave(random: Random) -> Keyed:
    """Wave to somebody."""
    hand, raised = _hand(random), _about(random, 80.0, 0.2)
    inward = _pose(_arm(10.0, raised, 105.0, 85.0), hand=hand)
    outward = _pose(_arm(10.0, raised, 65.0, 85.0), hand=hand)
    waving: Keyed = [(0.3, outward), (0.3, inward)] * int(random.integers(3, 7))
    return [(_about(random, 0.9), inward), *waving, (_about(random, 1.0), AT_EASE)]


def put_on_glasses(random: Random) -> Keyed:
    """Both hands to the face."""
    both = _arm(_about(random, 55.0), 15.0, 135.0)
    up = _pose(both, both)
    held = _pose(_arm(15.0, 8.0, 95.0), _arm(15.0, 8.0, 95.0))
    return [(1.0, held), (_about(random, 1.1), up), (_about(random, 1.3), up), (1.2, AT_EASE)]


def sit_and_rise(random: Random) -> Keyed:
    """Sit down on a chair for a while, and get up again."""
    legs = {"knee_flexion_deg": 90.0}
    on_lap = {**_arm(18.0, 8.0, 55.0), **legs}
    sitting = _pose(on_lap, on_lap, trunk_flexion_deg=-2.0)
    halfway = {**_arm(25.0, 8.0, 30.0), "knee_flexion_deg": 72.0, "ankle_dorsiflexion_deg": 16.0}
    bent = _pose(halfway, halfway, trunk_flexion_deg=_about(random, 36.0))
    sits_s = float(random.uniform(14.0, 30.0))
    return [
        (_about(random, 1.2), bent),
        (_about(random, 0.9), sitting),
        (sits_s, sitting),
        (_about(random, 0.9), bent),
        (_about(random, 1.3), AT_EASE),
    ]


ON_THE_SPOT: Mapping[str, Callable[[Random], Keyed]] = {
    "stand": stand,
    "shift_weight": shift_weight,
    "reach_shelf": reach_shelf,
    "pick_up": pick_up,
    "scratch_head": scratch_head,
    "drink": drink,
    "wave": wave,
    "put_on_glasses": put_on_glasses,
    "sit_and_rise": sit_and_rise,
}
"""What is done without leaving the spot, by name."""
