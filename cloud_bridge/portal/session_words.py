"""Words for why a session was stopped, and for what was wrong with the picture of a set."""

from collections.abc import Mapping

from models.messages import FramingComplaint, Session, StopReason

_BY_PATIENT: Mapping[StopReason, str] = {
    "pain": "pain",
    "chest_pain": "chest pain",
    "breathless": "short of breath",
    "dizzy": "dizzy",
    "tired": "tired",
    "technical": "something did not work",
    "unknown": "no reason given",
}
_BY_QUESTION: Mapping[StopReason, str] = {
    "needs_help": "Stopped: asked whether all right, the patient asked for help.",
    "no_answer": "Stopped: asked whether all right, the patient did not answer.",
}
_COMPLAINTS: Mapping[FramingComplaint, str] = {
    "second_person": "a second person in the picture",
    "too_dark": "too dark",
    "backlit": "light behind the patient",
    "head_cut_off": "head outside the picture",
    "feet_cut_off": "feet outside the picture",
    "move_left": "at the border of the picture",
    "move_right": "at the border of the picture",
    "move_to_middle": "at the border of the picture",
    "not_whole_lying": "not all of the body in the picture",
    "too_near": "too near",
    "too_far": "too far away",
    "lie_across": "not across the picture",
    "face_camera": "not facing the camera",
    "turn_sideways": "not side-on to the camera",
    "turn_left_side": "not with the left side to the camera",
    "turn_right_side": "not with the right side to the camera",
}


def stop_warning(session: Session) -> str | None:
    """Why the session was stopped; ``None`` for one that was not."""
    if session.status != "stopped":
        return None
    reason = session.stop_reason or "unknown"
    if reason in _BY_QUESTION:
        return _BY_QUESTION[reason]
    return f"Stopped by the patient: {_BY_PATIENT[reason]}."


def complaint_text(complaint: FramingComplaint) -> str:
    """What was wrong with the picture; the code itself where a newer device sends another one."""
    return _COMPLAINTS.get(complaint, complaint)
