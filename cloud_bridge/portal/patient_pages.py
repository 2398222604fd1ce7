"""The patient list, and the page on which a doctor sees in two minutes how a patient is doing."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, render_template, request, url_for
from flask_wtf import FlaskForm

from cloud_bridge.portal.clinic_rules import clinic_rules
from cloud_bridge.portal.event_summary import EventLine, event_line
from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.portal.flag_words import FLAG_NAMES, acknowledgement_lines, flag_line
from cloud_bridge.portal.motion_pages import STATEMENT, MotionConsentForm, motion_state
from cloud_bridge.portal.patient_course import course_of, course_since
from cloud_bridge.portal.patient_list import (
    ANY_FLAG,
    NO_FLAG,
    ListChoice,
    chosen_lines,
    history_of,
    list_line,
    list_since,
)
from cloud_bridge.portal.patient_pages_time import add_patient_statements, time_state
from cloud_bridge.portal.prescription_summary import prescription_state
from cloud_bridge.portal.session_summary import done_in_words
from cloud_bridge.progress.flag_rules import load_flag_rules
from cloud_bridge.progress.flags import flags_of
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.tables import EventRecord, Patient, SessionRecord
from models.event import Event
from models.messages import Session

Clinic = Callable[[], AbstractContextManager[ClinicView]]
_CHOICES: Final = (
    ("", "all patients"),
    (ANY_FLAG, "with any flag"),
    (NO_FLAG, "without a flag"),
)


def add_patient_pages(app: Flask, clinic_of: Clinic, settings: BridgeSettings) -> None:
    """The patient list and the patient's page; raises as :func:`load_flag_rules` does."""
    add_patient_statements(app, clinic_of, settings)
    for each in (settings.clinic, *settings.clinics.values()):
        load_flag_rules(each.flag_rules)  # a wrong file is told at the start, not to a doctor

    @app.get("/")
    def patients() -> str:
        now = datetime.now(UTC)
        given = request.args
        choice = ListChoice(
            words=given.get("q", "")[:100],
            flag=given.get("flag", ""),
            sort=given.get("sort", "flags"),
            descending=given.get("order") == "descending",
        )
        with clinic_of() as clinic:
            zone, rules = clinic_rules(clinic, settings)
            lines = [
                list_line(each, rules, zone, now)
                for each in clinic.progress.of_all(list_since(now, rules))
            ]
        return render_template(
            "patients.html",
            lines=chosen_lines(lines, choice),
            total=len(lines),
            flagged=sum(bool(each.flags) for each in lines),
            choice=choice,
            choices=[
                ("", "all patients"),
                (ANY_FLAG, "with any flag"),
                (NO_FLAG, "without a flag"),
                *list(FLAG_NAMES.items()),
            ],
            zone=zone,
            columns=_columns(choice),
        )

    @app.get("/patients/<int:patient_id>")
    def patient(patient_id: int) -> str:
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            return render_template(
                "patient.html",
                patient=who,
                device=clinic.device_of(who),
                prescription=prescription_state(clinic, who),
                motion=motion_state(clinic, who),
                motion_form=MotionConsentForm(formdata=None),
                statement=STATEMENT,
                # For templates that take the token from a form.
                confirm=FlaskForm(),
                **_progress(clinic, who, settings),
            )


def _progress(clinic: ClinicView, who: Patient, settings: BridgeSettings) -> dict[str, Any]:
    now = datetime.now(UTC)
    zone, rules = clinic_rules(clinic, settings)
    today = now.astimezone(zone).date()
    records = clinic.progress.of(who, course_since(today, zone))
    history = history_of(records, zone)
    stored = clinic.sessions(who)
    messages = [Session.model_validate(each.payload) for each in stored]
    line = list_line(records, rules, zone, now)
    return {
        "line": line,
        "flags": [
            flag_line(each, records.acknowledged, zone) for each in flags_of(history, rules, now)
        ],
        "acknowledgements": acknowledgement_lines(
            clinic.progress.acknowledgements(who), clinic.account_names(), zone
        ),
        "course": course_of(
            history.plan, records.sessions, messages, now, rules.pain_in_exercise.above
        ),
        "sessions": _session_lines(stored, messages),
        "session_ids": {each.id for each in stored},
        "events": [_event(each) for each in clinic.events(who)],
        "time": time_state(clinic, who, records.sessions, today, zone),
        "zone": zone,
        "today": today,
    }


def _columns(choice: ListChoice) -> list[dict[str, str]]:
    """The list's headings: the address that sorts by each, and how it is sorted now."""
    columns = []
    for key, name in (
        ("name", "Patient"),
        ("flags", "Flags"),
        ("days", "Days trained, last 7"),
        ("last", "Last session"),
        ("pain", "Pain after, last answer"),
    ):
        sorted_now = choice.sort == key
        order = "descending" if sorted_now and not choice.descending else "ascending"
        current = "descending" if choice.descending else "ascending"
        columns.append(
            {
                "name": name,
                "state": current if sorted_now else "none",
                "address": url_for(
                    "patients", q=choice.words or None, flag=choice.flag or None, sort=key,
                    order=order,
                ),
            }
        )  # fmt: skip
    return columns


def _event(record: EventRecord) -> EventLine:
    return event_line(Event.model_validate(record.payload))


def _session_lines(
    records: Sequence[SessionRecord], messages: Sequence[Session]
) -> list[dict[str, Any]]:
    return [
        _session_line(record, message) for record, message in zip(records, messages, strict=True)
    ]


def _session_line(record: SessionRecord, message: Session) -> dict[str, Any]:
    done = [
        f"{exercise_name(item.exercise_id)}: "
        + ", ".join(done_in_words(item.exercise_id, each) for each in item.sets)
        for item in message.items
    ]
    return {
        "record": record,
        "done": "; ".join(done) or "no set was finished",
        "pain": "not answered" if message.pain_after is None else str(message.pain_after),
        "state": message.status
        if message.stop_reason is None
        else f"{message.status}: {message.stop_reason.replace('_', ' ')}",
        "simulated": message.camera in ("simulated", "clip"),
    }
