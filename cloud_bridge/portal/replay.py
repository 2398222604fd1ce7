"""What the session page says of movement that was sent: which sets there are, how sure it is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from cloud_bridge.store.tables import MotionRecord
from models.messages import Session
from models.networks.manifest import MANIFEST_FILE

DEPTH_FIGURES: Final = MANIFEST_FILE.with_name("depth.json")
"""Written by the depth network's training beside its card."""


@dataclass(frozen=True, slots=True)
class SetReplay:
    """A set, by its number from 1, whose movement is stored as ``motion_id``."""

    set_number: int
    motion_id: UUID


def set_replays(
    session: Session, records: Sequence[MotionRecord]
) -> tuple[tuple[SetReplay, ...], ...]:
    """For each of the session's exercises the sets whose movement was sent."""
    stored = {record.set_started_at: record.id for record in records}
    return tuple(
        tuple(
            SetReplay(number, stored[each.started_at])
            for number, each in enumerate(item.sets, 1)
            if each.started_at in stored
        )
        for item in session.items
    )


@cache
def depth_error_text(figures: Path = DEPTH_FIGURES) -> str:
    """How far off a joint in space is, from the depth network's card."""
    try:
        document = json.loads(figures.read_text(encoding="utf-8"))
        like_training = document["ui_prmd"]["depth"]["mpjpe_cm"] / 100
        real_pictures = document["squats"]["depth"]["mpjpe_cm"] / 100
    except (OSError, ValueError, KeyError, TypeError):
        return "by how much it may be wrong is not known"
    return (
        f"± {like_training:.2f} m for each joint on the mean with movement like that of the"
        f" training, ± {real_pictures:.2f} m on real pictures of people it was not trained on"
    )
