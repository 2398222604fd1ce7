"""Movement on the wire: what survives it, and what a hostile device cannot do with it."""

import base64
import json
import tracemalloc
import zlib
from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import MessageError
from models.motion import (
    MOST_FRAMES,
    Motion,
    MotionConsent,
    SetMotion,
    motion_id,
    unpacked,
    unpacked_times_ms,
)
from models.motion_track import PLACE_STEPS, Track, packed, track_of

FRAMES = 40
SESSION = uuid4()
BEGAN = datetime(2026, 1, 2, 10, 0, 0, 123456, tzinfo=UTC)


def track(frames: int = FRAMES, joints: bool = True, seed: int = 1) -> Track:
    random = np.random.default_rng(seed)
    return Track(
        np.arange(frames) / 30.0,
        random.uniform(-0.2, 1.2, (frames, 17, 3)).clip(-0.2, 1).astype(np.float32),
        random.normal(0, 0.6, (frames, 13, 3)).astype(np.float32) if joints else None,
    )


def set_motion(of: Track | None = None, **changes: object) -> SetMotion:
    of = of or track()
    fields: dict[str, object] = {
        "frames": len(of.times_s), "recorded_frames_per_s": 30.0, "width": 640, "height": 480,
        "joints": "none" if of.joints_m is None else "depth", "track": packed(of),
        "trimmed": {"begins_s": 0.2, "ends_s": 1.0}, "worst": None,
        "repetitions": [{"begins_s": 0.2, "ends_s": 1.0, "side": "left", "score": 1.5}],
    }  # fmt: skip
    return SetMotion.model_validate(fields | changes)


def motion(**changes: object) -> Motion:
    fields: dict[str, object] = {
        "id": motion_id(SESSION, BEGAN), "session_id": SESSION, "set_started_at": BEGAN,
        "device_id": "device-1", "patient_id": "p-1", "prescription_id": uuid4(),
        "consent_id": uuid4(), "exercise_id": "squat_mini", "motion": set_motion(),
    }  # fmt: skip
    return Motion.model_validate(fields | changes)


@pytest.mark.parametrize("joints", [True, False])
def test_movement_survives_the_wire_to_within_half_a_step(joints: bool) -> None:
    sent = track(joints=joints)
    got = track_of(Motion.from_bytes(motion(motion=set_motion(sent)).to_bytes()).motion)
    assert np.abs(got.times_s - sent.times_s).max() <= 0.0005
    places = np.abs(got.keypoints[..., :2] - sent.keypoints[..., :2]).max()
    assert places <= 0.5 / PLACE_STEPS + 1e-6
    assert np.abs(got.keypoints[..., 2] - sent.keypoints[..., 2].clip(0, 1)).max() <= 0.5 / 255
    if not joints:
        assert got.joints_m is None
    else:
        assert np.abs(got.joints_m - sent.joints_m).max() <= 0.00051


@given(
    places=st.lists(st.floats(-9, 9, width=32), min_size=2, max_size=6),
    steps=st.lists(st.integers(1, 500_000), min_size=5, max_size=5),
)
def test_any_jump_and_any_pause_survives(places: list[float], steps: list[int]) -> None:
    frames = len(places)
    times_s = np.cumsum([0, *steps[: frames - 1]]) / 1000
    keypoints = np.zeros((frames, 17, 3), np.float32)
    keypoints[:, 3, 0] = places
    got = track_of(set_motion(Track(times_s, keypoints)))
    assert np.allclose(got.times_s, times_s)
    furthest = np.clip(places, -8, 8 - 1 / PLACE_STEPS)
    assert np.abs(got.keypoints[:, 3, 0] - furthest).max() <= 0.6 / PLACE_STEPS


def changed(**fields: object) -> bytes:
    document = json.loads(motion().to_bytes())
    document["motion"] |= fields
    return json.dumps(document).encode()


def zipped(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


WHOLE = unpacked(packed(track()), FRAMES, with_joints=True)
BOMB = zipped(b"\0" * 50_000_000)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"track": BOMB}, "does not unpack"),
        ({"track": BOMB, "frames": MOST_FRAMES}, "does not unpack"),
        ({"track": zipped(WHOLE[:-1])}, "does not unpack"),
        ({"track": zipped(WHOLE + b"\0")}, "does not unpack"),
        ({"track": base64.b64encode(zlib.compress(WHOLE) + b"more").decode()}, "does not unpack"),
        ({"track": base64.b64encode(zlib.compress(WHOLE)[:-4]).decode()}, "does not unpack"),
        ({"track": "no base64!"}, "cannot be unpacked"),
        ({"track": base64.b64encode(b"no zlib").decode()}, "cannot be unpacked"),
        ({"track": ""}, "does not unpack"),
        ({"frames": FRAMES - 1}, "does not unpack"),
        ({"frames": 1}, "frames"),
        ({"frames": 10**9}, "frames"),
        ({"joints": "none"}, "does not unpack"),
        ({"joints": "guessed"}, "joints"),
        ({"track": zipped(b"\1" + WHOLE[1:])}, "ascend"),
        ({"track": zipped(WHOLE[:4] + b"\0\0\0\0" + WHOLE[8:])}, "ascend"),
        ({"track": zipped(WHOLE[:4] + b"\xff" * 4 + WHOLE[8:])}, "longer than a day"),
        ({"width": 0}, "width"),
        ({"recorded_frames_per_s": "NaN"}, "recorded_frames_per_s"),
        ({"trimmed": {"begins_s": 2, "ends_s": 1}}, "ends_s"),
        ({"repetitions": [{"begins_s": 0, "ends_s": 1, "side": "both"}] * 201}, "repetitions"),
        ({"repetitions": [{"begins_s": 0, "ends_s": 1, "side": "both", "score": 9}]}, "score"),
        ({"encoding": "pickle"}, "encoding"),
    ],
)
def test_a_track_that_is_not_what_it_says_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(MessageError, match=said):
        Motion.from_bytes(changed(**fields))


def test_a_bomb_is_unpacked_no_further_than_its_frames_allow() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="does not unpack"):
            unpacked(BOMB, 2, with_joints=False)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1_000_000


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    payload = motion().to_bytes().decode().replace('"ends_s":1.0', f'"ends_s":{number}')
    with pytest.raises(MessageError):
        Motion.from_bytes(payload.encode())


def test_a_set_has_one_id_and_no_other_is_taken() -> None:
    with pytest.raises(ValueError, match="not the one"):
        motion(id=uuid4())
    with pytest.raises(ValueError, match="not the one"):
        motion(session_id=uuid4())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Track(np.array([0.0, 0.0004]), np.zeros((2, 17, 3), np.float32)), "ascend"),
        (Track(np.array([0.5, 1.0]), np.zeros((2, 17, 3), np.float32)), "begin at 0"),
        (Track(np.array([0.0, 1.0]), np.full((2, 17, 3), np.nan, np.float32)), "finite"),
        (Track(np.array([0.0, 1.0]), np.zeros((2, 13, 3), np.float32)), "needs"),
    ],
)
def test_what_cannot_be_told_truly_is_not_packed(wrong: Track, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        packed(wrong)


def test_times_are_read_without_the_rest() -> None:
    times_ms = unpacked_times_ms(packed(track(3)), 3, with_joints=True)
    assert times_ms == (0, 33, 67)


def test_a_consent_that_does_not_stand_names_none() -> None:
    said = MotionConsent(patient_id="p-1", consent_id=None, decided_at=BEGAN)
    assert MotionConsent.from_bytes(said.to_bytes()) == said
