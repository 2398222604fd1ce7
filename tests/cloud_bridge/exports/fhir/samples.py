"""Generated prescriptions, sessions and events, with every field that the contract has."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import UUID

from hypothesis import strategies as st

from cloud_bridge.exports.fhir.identity import Naming
from cloud_bridge.exports.fhir.observation_parts import StoredSession
from cloud_bridge.exports.fhir.prescription import request_id, version_id
from cloud_bridge.exports.fhir.session import prescribed_items
from models.event import Event, EventEvidence
from models.exercises.library import load_library
from models.messages import (
    ExerciseResult,
    Goal,
    MeasuredAngle,
    NetworkVersion,
    Prescription,
    PrescriptionItem,
    Progression,
    Session,
    SetResult,
    Tempo,
)
from models.quality import SetQuality, StageVersion

BEGAN = datetime(2026, 1, 2, 10, 30, tzinfo=UTC)
RECEIVED = datetime(2026, 1, 2, 11, 0, 0, 123456, tzinfo=UTC)
NAMING = Naming()
PATIENT, DEVICE = "patient_1", "device-1"

UNKNOWN_EXERCISE = "squat_wall"
exercise_ids = st.sampled_from([*load_library(), UNKNOWN_EXERCISE])
sides = st.sampled_from(["left", "right", "both"])
ratings = st.none() | st.integers(0, 10)
# Everything that JSON can carry, also what FHIR cannot: control characters, and nothing at all.
words = st.sampled_from(["", " ", "\x00", "<b>&", "1 kg"]) | st.text(max_size=20)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


seconds = numbers(0, 600)
degrees = numbers(-30, 180)
angles = st.builds(
    MeasuredAngle,
    value_deg=degrees,
    expected_error_deg=st.none() | numbers(0, 40),
    low_confidence=st.booleans(),
)
qualities = st.one_of(
    st.builds(SetQuality, status=st.just("not_analysed"), reason=st.just("analysis_failed")),
    st.builds(SetQuality, status=st.just("gate_stopped"), reason=st.just("body_not_whole")),
    st.builds(
        SetQuality,
        status=st.just("analysed"),
        reason=st.none() | st.just("form_unsure"),
        score=st.none() | numbers(0, 4),
        deviation=st.none() | numbers(0, 4),
        good_repetitions=st.integers(0, 9),
        bad_repetitions=st.integers(0, 9),
        stages=st.just((StageVersion(name="score", version="1", kind="rule"),)),
    ),
)


@st.composite
def sets(draw: st.DrawFn) -> SetResult:
    counted = draw(st.integers(0, 3))
    begins = BEGAN + timedelta(seconds=draw(seconds))
    return SetResult(
        guided_by=draw(st.sampled_from(["camera", "camera", "camera", "clock"])),
        reps_target=draw(st.integers(0, 12)),
        reps_counted=counted,
        reps_full_rom=draw(st.integers(0, counted)),
        attempts=draw(st.integers(0, 3)),
        rom_peak_deg=tuple(draw(st.none() | angles) for _ in range(counted)),
        tempo_s=tuple(draw(seconds) for _ in range(counted)),
        hold_s=tuple(draw(st.lists(seconds, max_size=2))),
        faults=draw(st.dictionaries(st.sampled_from(["too_fast", "newer_fault"]), st.just(2))),
        not_judged=draw(
            st.dictionaries(st.sampled_from(["incomplete_range", "knee_valgus"]), words)
        ),
        framing_complaints=draw(st.sampled_from([(), ("too_dark", "newer_complaint")])),
        valid_frame_pct=draw(numbers(0, 100)),
        started_at=begins,
        ended_at=begins + timedelta(seconds=draw(seconds)),
        quality=draw(st.none() | qualities),
    )


@st.composite
def prescriptions(draw: st.DrawFn) -> Prescription:
    begins = draw(st.none() | st.just(date(2026, 1, 1)))
    return Prescription(
        id=draw(st.uuids()),
        version=draw(st.integers(1, 3)),
        patient_id=PATIENT,
        author_id="account-1",
        status=draw(st.sampled_from(["active", "on_hold", "revoked", "completed"])),
        issued_at=BEGAN,
        starts_on=begins,
        ends_on=draw(st.none() | st.just(date(2026, 3, 1))),
        precautions=draw(words),
        goals=tuple(draw(st.lists(goals(), max_size=2))),
        items=tuple(draw(st.lists(items(), min_size=1, max_size=3))),
    )


def goals() -> st.SearchStrategy[Goal]:
    return st.builds(
        Goal, exercise_id=exercise_ids, target_rom_deg=degrees,
        by=st.none() | st.just(date(2026, 2, 1)),
    )  # fmt: skip


def items() -> st.SearchStrategy[PrescriptionItem]:
    return st.builds(
        PrescriptionItem,
        exercise_id=exercise_ids,
        side=sides,
        sets=st.integers(1, 20),
        reps=st.integers(1, 100),
        hold_s=seconds,
        rest_s=seconds,
        tempo=st.none()
        | st.builds(Tempo, out_s=seconds, hold_s=seconds, return_s=seconds, pause_s=seconds),
        load=st.none() | words,
        rpe_target=ratings,
        target_rom_deg=st.none() | degrees,
        tolerance_deg=st.none() | numbers(1, 90),
        days_per_week=st.none() | st.integers(1, 7),
        times=st.sampled_from([(), ("08:30", "17:00")]),
        pain_stop=st.integers(0, 10),
        progression=st.none()
        | st.builds(Progression, condition=words, change=words, requires_approval=st.booleans()),
    )


@st.composite
def sessions(draw: st.DrawFn) -> StoredSession:
    followed = draw(st.none() | prescriptions())
    done = draw(
        st.lists(
            st.builds(
                ExerciseResult, exercise_id=exercise_ids, side=sides,
                sets=st.lists(sets(), max_size=2).map(tuple),
            ),
            max_size=3,
        )
    )  # fmt: skip
    status = draw(st.sampled_from(["completed", "stopped", "interrupted"]))
    reasons = ["pain", "chest_pain", "breathless", "dizzy", "tired", "technical", "needs_help",
               "no_answer", "unknown", None]  # fmt: skip
    message = Session(
        id=draw(st.uuids()),
        prescription_id=UUID(int=1) if followed is None else followed.id,
        prescription_version=1 if followed is None else followed.version,
        patient_id=PATIENT,
        device_id=DEVICE,
        software_version=draw(words),
        networks=draw(
            st.lists(st.builds(NetworkVersion, name=words, sha256=st.just("0" * 64)), max_size=1)
        ),
        camera=draw(st.sampled_from(["csi", "usb", "clip", "simulated", "push"])),
        started_at=BEGAN,
        ended_at=BEGAN + timedelta(minutes=20),
        status=status,
        stop_reason=draw(st.sampled_from(reasons)) if status == "stopped" else None,
        pain_before=draw(ratings),
        pain_after=draw(ratings),
        rpe=draw(ratings),
        items=tuple(done),
    )
    return stored(message, followed)


def stored(message: Session, followed: Prescription | None = None) -> StoredSession:
    if followed is None:
        return StoredSession(message, RECEIVED, None, (None,) * len(message.items), NAMING)
    places = prescribed_items(message, followed)
    ids = tuple(None if each is None else request_id(followed, each) for each in places)
    return StoredSession(message, RECEIVED, version_id(followed), ids, NAMING)


def events() -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        id=st.uuids(),
        device_id=st.just(DEVICE),
        patient_id=st.just(PATIENT),
        prescription_id=st.uuids(),
        session_id=st.none() | st.uuids(),
        exercise_id=st.none() | exercise_ids,
        event_kind=st.sampled_from(
            ["fall_suspected", "long_stillness", "stopped_for_pain", "stopped_for_chest_pain",
             "stopped_breathless", "stopped_dizzy"]
        ),
        occurred_at=st.just(BEGAN),
        answer=st.sampled_from([None, "all_right", "needs_help", "no_answer"]),
        answered_after_s=st.none() | seconds,
        evidence=st.builds(
            EventEvidence, drop_torso=st.none() | numbers(0, 3), still_s=st.none() | seconds,
            pain=ratings,
        ),
        camera=st.sampled_from(["usb", "simulated"]),
        software_version=words,
    )  # fmt: skip


@cache
def one_set() -> SetResult:
    return SetResult(
        reps_target=5, reps_counted=4, reps_full_rom=3, attempts=1,
        rom_peak_deg=(
            MeasuredAngle(value_deg=101.2, expected_error_deg=5), None,
            MeasuredAngle(value_deg=112.8, expected_error_deg=6),
            MeasuredAngle(value_deg=140.0, expected_error_deg=9, low_confidence=True),
        ),
        tempo_s=(6.0, 6.5, 7.0, 6.1), faults={"too_fast": 2}, not_judged={"knee_valgus": "view"},
        valid_frame_pct=97.2, started_at=BEGAN, ended_at=BEGAN + timedelta(seconds=45),
        quality=SetQuality(status="analysed", score=0.84, deviation=0.42, good_repetitions=3),
    )  # fmt: skip


def session_of(exercise_id: str, side: str = "left", **changes: object) -> Session:
    values = {
        "id": UUID(int=7), "prescription_id": UUID(int=8), "prescription_version": 1,
        "patient_id": PATIENT, "device_id": DEVICE, "software_version": "0.1.0", "camera": "usb",
        "started_at": BEGAN, "ended_at": BEGAN + timedelta(minutes=3), "status": "completed",
        "items": (ExerciseResult(exercise_id=exercise_id, side=side, sets=(one_set(),)),),
    }  # fmt: skip
    return Session.model_validate(values | changes)
