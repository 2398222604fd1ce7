"""A version of a prescription as CarePlan, Goals and ServiceRequests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cloud_bridge.exports.fhir.codes import (
    ACCOUNTS,
    EXERCISE_THERAPY,
    EXERCISES,
    PRESCRIPTIONS,
    SNOMED,
    load_codes,
)
from cloud_bridge.exports.fhir.elements import (
    Part,
    Resource,
    coding,
    concept,
    degrees,
    instant,
    narrative,
    notes,
    own_coding,
    reference,
)
from cloud_bridge.exports.fhir.exercise_dose import dose_extension
from cloud_bridge.exports.fhir.identity import Naming
from cloud_bridge.exports.fhir.observation_parts import body_site
from cloud_bridge.portal.exercise_notes import exercise_name
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import Goal, Prescription, PrescriptionItem

_DAYS_OF_WEEK: Final = 7
_RequestStatus = Literal["active", "on-hold", "revoked", "completed"]
_STATUS: Final[dict[str, _RequestStatus]] = {
    "active": "active",
    "on_hold": "on-hold",
    "revoked": "revoked",
    "completed": "completed",
}
_GOAL_STATUS: Final[dict[_RequestStatus, str]] = {
    "active": "active",
    "on-hold": "on-hold",
    "revoked": "cancelled",
    "completed": "completed",
}


@dataclass(frozen=True, slots=True)
class PrescribedVersion:
    """A version, and when a later one took its place; from then on it is ``revoked``."""

    message: Prescription
    superseded_at: datetime | None = None

    @property
    def status(self) -> _RequestStatus:
        """Its status as FHIR has it."""
        return "revoked" if self.superseded_at is not None else _STATUS[self.message.status]

    @property
    def plan_id(self) -> str:
        """The CarePlan's id: one for each version, for a session followed one version."""
        return version_id(self.message)


def version_id(prescription: Prescription, version: int | None = None) -> str:
    """The id that all resources of a version begin with."""
    return f"{prescription.id}-v{prescription.version if version is None else version}"


def therapy() -> Part:
    """Exercise therapy, as SNOMED CT has it."""
    return concept(coding(SNOMED, EXERCISE_THERAPY, "Exercise therapy"), text="Exercise therapy")


def exercise_concept(exercise_id: str) -> Part:
    """An exercise of the library."""
    name = exercise_name(exercise_id)
    return concept(coding(EXERCISES, exercise_id, name), text=name)


def request_id(prescription: Prescription, index: int) -> str:
    """The ServiceRequest's id of an item, by its place from 0."""
    return f"{version_id(prescription)}-{index + 1}"


def prescription_resources(prescribed: PrescribedVersion, naming: Naming) -> list[Resource]:
    """All resources of one version."""
    message = prescribed.message
    goals = [_goal(prescribed, index, each, naming) for index, each in enumerate(message.goals)]
    requests = [
        _request(prescribed, index, each, naming) for index, each in enumerate(message.items)
    ]
    return [_plan(prescribed, goals, requests, naming), *goals, *requests]


def _plan(
    prescribed: PrescribedVersion, goals: list[Resource], requests: list[Resource], naming: Naming
) -> Resource:
    message = prescribed.message
    plan = _base(prescribed, "CarePlan", prescribed.plan_id) | {
        "text": narrative(
            f"Home exercises, version {message.version}:",
            *(_in_words(item) for item in message.items),
            *_precautions(message),
        ),
        "identifier": _identifiers(message),
        "status": prescribed.status,
        "intent": "plan",
        "category": [therapy()],
        "title": f"Home exercises, version {message.version}",
        "subject": naming.patient_reference(message.patient_id),
        "created": instant(message.issued_at),
        "author": _author(message),
        "activity": [{"reference": reference(each["resourceType"], each["id"])}
                     for each in requests],
    }  # fmt: skip
    if (bounds := _bounds(message)) is not None:
        plan["period"] = bounds
    if goals:
        plan["goal"] = [reference("Goal", each["id"]) for each in goals]
    plan |= notes(message.precautions)
    if message.version > 1:
        plan["replaces"] = [reference("CarePlan", version_id(message, message.version - 1))]
    return plan


def _request(
    prescribed: PrescribedVersion, index: int, item: PrescriptionItem, naming: Naming
) -> Resource:
    message = prescribed.message
    request = _base(prescribed, "ServiceRequest", request_id(message, index)) | {
        "text": narrative(_in_words(item), *_precautions(message)),
        "extension": [dose_extension(item)],
        "status": prescribed.status,
        "intent": "order",
        "category": [therapy()],
        "code": exercise_concept(item.exercise_id),
        "subject": naming.patient_reference(message.patient_id),
        "occurrenceTiming": _timing(message, item),
        "authoredOn": instant(message.issued_at),
        "requester": _author(message),
        "basedOn": [reference("CarePlan", prescribed.plan_id)],
    }
    exercise = load_library().find(item.exercise_id)
    if isinstance(exercise, ExerciseDefinition):
        request["bodySite"] = [body_site(exercise.measure, item.side)]
    return request | notes(message.precautions)


def _goal(prescribed: PrescribedVersion, index: int, goal: Goal, naming: Naming) -> Resource:
    message = prescribed.message
    name = exercise_name(goal.exercise_id)
    words = f"Reach {goal.target_rom_deg:g}° in {name}"
    target: Part = {
        "measure": _goal_measure(goal),
        "detailQuantity": degrees(goal.target_rom_deg),
    }
    if goal.by is not None:
        target["dueDate"] = goal.by.isoformat()
    return _base(prescribed, "Goal", f"{version_id(message)}-goal-{index + 1}") | {
        "text": narrative(words),
        "lifecycleStatus": _GOAL_STATUS[prescribed.status],
        "description": {"text": words},
        "subject": naming.patient_reference(message.patient_id),
        "target": [target],
        "statusDate": message.issued_at.date().isoformat(),
        "expressedBy": _author(message),
    }


def _goal_measure(goal: Goal) -> Part:
    exercise = load_library().find(goal.exercise_id)
    if not isinstance(exercise, ExerciseDefinition):
        return exercise_concept(goal.exercise_id)
    code = f"peak-{exercise.measure.replace('_', '-')}"
    return concept(
        own_coding("observation", code), text=load_codes().display("observation", code)
    )  # fmt: skip


def _timing(message: Prescription, item: PrescriptionItem) -> Part:
    # Without a number of days the device asks for it every day.
    repeat: Part = {
        "frequency": item.days_per_week or _DAYS_OF_WEEK, "period": 1, "periodUnit": "wk",
    }  # fmt: skip
    if item.weekdays:
        repeat["dayOfWeek"] = list(item.weekdays)
    if (bounds := _bounds(message)) is not None:
        repeat["boundsPeriod"] = bounds
    return {"repeat": repeat}


def _bounds(message: Prescription) -> Part | None:
    bounds = {
        name: day.isoformat()
        for name, day in (("start", message.starts_on), ("end", message.ends_on))
        if day is not None
    }
    return bounds or None


def _author(message: Prescription) -> Part:
    """Who prescribed it, by the account alone: the name stays with the clinic."""
    return {
        "type": "Practitioner",
        "identifier": {"system": ACCOUNTS, "value": message.author_id},
    }


def _identifiers(message: Prescription) -> list[Part]:
    return [{"system": PRESCRIPTIONS, "value": f"{message.id}|{message.version}"}]


def _base(prescribed: PrescribedVersion, kind: str, identity: str) -> Resource:
    return {
        "resourceType": kind,
        "id": identity,
        "meta": {"lastUpdated": instant(prescribed.superseded_at or prescribed.message.issued_at)},
    }


def _precautions(message: Prescription) -> tuple[str, ...]:
    return (f"Precautions: {message.precautions}",) if message.precautions.strip() else ()


def _in_words(item: PrescriptionItem) -> str:
    side = {"left": "left", "right": "right", "both": "both sides"}[item.side]
    words = [f"{exercise_name(item.exercise_id)}, {side}: {item.sets} x {item.reps}"]
    if item.hold_s:
        words.append(f"hold {item.hold_s:g} s")
    words.append(f"rest {item.rest_s:g} s")
    if item.load:
        words.append(f"load {item.load}")
    if item.target_rom_deg is not None:
        words.append(f"to {item.target_rom_deg:g}°")
    days = item.days_per_week or _DAYS_OF_WEEK
    if item.weekdays:
        words.append(f"on {', '.join(item.weekdays)}")
    else:
        words.append("every day" if days == _DAYS_OF_WEEK else f"on {days} days a week")
    words.append(f"stop above pain {item.pain_stop}")
    return ", ".join(words)
