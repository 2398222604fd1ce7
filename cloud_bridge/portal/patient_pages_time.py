"""What people say on a patient's page: flags they have seen, and minutes they have spent."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from flask import Flask, abort, flash, redirect, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import DateField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from cloud_bridge.portal.clinic_rules import clinic_rules, flags_of_patient
from cloud_bridge.progress.counters import (
    ClinicianMinutes,
    DataDays,
    MonitoringTiers,
    clinician_minutes,
    data_days,
    load_monitoring_tiers,
)
from cloud_bridge.progress.session_figures import SessionFigures
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.progress_records import LONGEST_ENTRY_MINUTES, LONGEST_NOTE, TimeEntryError
from cloud_bridge.store.tables import Patient

Clinic = Callable[[], AbstractContextManager[ClinicView]]
log = structlog.get_logger()


class AcknowledgeForm(FlaskForm):  # type: ignore[misc]
    """Which flag was seen, with which evidence, and what the person notes."""

    rule = HiddenField(validators=[InputRequired()])
    subject = HiddenField()
    keys = HiddenField(validators=[InputRequired()])
    note = StringField("Note", [Length(max=LONGEST_NOTE)])


class TimeForm(FlaskForm):  # type: ignore[misc]
    """Minutes that a clinician confirms; ``taken`` says whether the page's timer took them."""

    minutes = IntegerField(
        "Minutes",
        [InputRequired("Give the minutes."), NumberRange(1, LONGEST_ENTRY_MINUTES)],
    )
    worked_on = DateField("On which day", [InputRequired("Give the day.")])
    note = StringField("What for (optional)", [Length(max=300)])
    taken = HiddenField(default="entered")


@dataclass(frozen=True, slots=True)
class TimeLine:
    """One entry; ``withdrawn`` is empty while it counts."""

    entry_id: UUID
    worked_on: date
    minutes: int
    taken: str
    who: str
    note: str
    withdrawn: str
    own: bool


@dataclass(frozen=True, slots=True)
class TimeState:
    """The remote-monitoring counters of a patient, with what they are made of."""

    tiers: MonitoringTiers
    data: DataDays
    minutes: ClinicianMinutes
    lines: tuple[TimeLine, ...]
    form: TimeForm


def time_state(
    clinic: ClinicView,
    patient: Patient,
    sessions: Sequence[SessionFigures],
    today: date,
    zone: ZoneInfo,
) -> TimeState:
    """The counters as of today, and this month's entries."""
    tiers = load_monitoring_tiers()
    entries = clinic.progress.clinician_times(patient, today.replace(day=1))
    names = clinic.account_names()
    form = TimeForm(formdata=None)
    form.worked_on.data = today
    return TimeState(
        tiers=tiers,
        data=data_days(sessions, today, zone, tiers),
        minutes=clinician_minutes(entries, today, tiers),
        lines=tuple(
            TimeLine(
                entry_id=each.id,
                worked_on=each.worked_on,
                minutes=each.minutes,
                taken="timed on the page" if each.taken == "timed" else "entered by hand",
                who=names.get(each.account_id, "unknown"),
                note=each.note,
                withdrawn=""
                if each.withdrawn_at is None
                else f"withdrawn {each.withdrawn_at.astimezone(zone):%Y-%m-%d %H:%M}",
                own=each.account_id == current_user.account.id,
            )
            for each in entries
        ),
        form=form,
    )


def add_patient_statements(
    app: Flask,
    clinic_of: Clinic,
    settings: BridgeSettings,
) -> None:
    """The targets of the page's forms."""

    @app.post("/patients/<int:patient_id>/flags/acknowledge")
    def acknowledge_flag(patient_id: int) -> BaseResponse:
        form = AcknowledgeForm()
        if not form.validate_on_submit():
            abort(400, "The form is not whole: load the patient's page again.")
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            flag = next(
                (
                    each
                    for each in flags_of_patient(clinic, who, settings)
                    if (each.rule, each.subject) == (form.rule.data, form.subject.data or "")
                ),
                None,
            )
            # Only what the person saw: what has come meanwhile keeps the flag up.
            seen = frozenset(form.keys.data.split())
            evidence = () if flag is None else tuple(e for e in flag.evidence if e.key in seen)
            if flag is None or not evidence:
                flash("This flag has gone or changed meanwhile: look at it again.")
            else:
                clinic.progress.acknowledge(
                    who,
                    replace(flag, evidence=evidence),
                    current_user.account,
                    form.note.data or "",
                )
                flash("Acknowledged. It comes back only with new evidence.")
                log.info("flag_acknowledged", account=current_user.account.id, rule=flag.rule)
        return _back(patient_id, "flags")

    @app.post("/patients/<int:patient_id>/clinician-time")
    def record_clinician_time(patient_id: int) -> BaseResponse:
        form = TimeForm()
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            if not form.validate_on_submit():
                for errors in form.errors.values():
                    flash(f"No minutes were recorded. {' '.join(errors)}")
                return _back(patient_id, "counters")
            zone, _ = clinic_rules(clinic, settings)
            try:
                clinic.progress.record_time(
                    who,
                    current_user.account,
                    form.worked_on.data,
                    form.minutes.data,
                    "timed" if form.taken.data == "timed" else "entered",
                    form.note.data or "",
                    datetime.now(UTC).astimezone(zone).date(),
                )
            except TimeEntryError as error:
                flash(f"No minutes were recorded. {error}")
            else:
                flash(f"Recorded: {form.minutes.data} minutes.")
        return _back(patient_id, "counters")

    @app.post("/patients/<int:patient_id>/clinician-time/<uuid:entry_id>/withdraw")
    def withdraw_clinician_time(patient_id: int, entry_id: UUID) -> BaseResponse:
        if not FlaskForm().validate_on_submit():
            abort(400)
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            try:
                clinic.progress.withdraw_time(who, entry_id, current_user.account)
            except TimeEntryError as error:
                flash(str(error))
            else:
                flash("Withdrawn: these minutes do not count any more.")
        return _back(patient_id, "counters")


def _back(patient_id: int, part: str) -> BaseResponse:
    return redirect(url_for("patient", patient_id=patient_id) + f"#{part}")
