"""The patient list, and the page on which a doctor sees in two minutes how a patient is doing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from cloud_bridge.portal.event_summary import EventLine, event_line
from cloud_bridge.portal.exercise_notes import exercise_name
from cloud_bridge.portal.motion_pages import STATEMENT, MotionConsentForm, motion_state
from cloud_bridge.portal.prescription_form import PrescriptionForm, set_in_words
from cloud_bridge.portal.session_summary import done_in_words
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView, PrescriptionConflictError
from cloud_bridge.store.tables import EventRecord, SessionRecord
from models.event import Event
from models.messages import Prescription, Session

Clinic = Callable[[], AbstractContextManager[ClinicView]]


def add_patient_pages(app: Flask, clinic_of: Clinic, settings: BridgeSettings) -> None:
    """The patient list and the patient's page."""

    @app.get("/")
    @login_required  # type: ignore[untyped-decorator]
    def patients() -> str:
        with clinic_of() as clinic:
            return render_template("patients.html", lines=clinic.patients(), confirm=FlaskForm())

    @app.route("/patients/<int:patient_id>", methods=["GET", "POST"])
    @login_required  # type: ignore[untyped-decorator]
    def patient(patient_id: int) -> str | BaseResponse:
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            current = clinic.current_prescription(who)
            form = PrescriptionForm()
            if request.method == "GET":
                form.based_on_version.data = str(0 if current is None else current.version)
            if form.validate_on_submit():
                based_on = int(form.based_on_version.data)
                try:
                    clinic.prescribe(who, current_user.account, (form.item(),), based_on)
                except PrescriptionConflictError as error:
                    flash(str(error))
                    form.based_on_version.data = str(current.version if current else 0)
                else:
                    flash("Prescribed. It goes to the device as soon as it is connected.")
                    return redirect(url_for("patient", patient_id=patient_id))
            sessions = clinic.sessions(who)
            return render_template(
                "patient.html",
                patient=who,
                device=clinic.device_of(who),
                current=current,
                author=None if current is None else clinic.author_name(current),
                items=[] if current is None else _prescribed(current.payload),
                form=form,
                sessions=[_session_line(record) for record in sessions],
                session_ids={record.id for record in sessions},
                events=[_event(record) for record in clinic.events(who)],
                motion=motion_state(clinic, who),
                motion_form=MotionConsentForm(formdata=None),
                statement=STATEMENT,
                confirm=FlaskForm(),
            )


def _event(record: EventRecord) -> EventLine:
    return event_line(Event.model_validate(record.payload))


def _prescribed(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": exercise_name(item.exercise_id),
            "item": item,
            "set": set_in_words(item),
        }
        for item in Prescription.model_validate(payload).items
    ]


def _session_line(record: SessionRecord) -> dict[str, Any]:
    message = Session.model_validate(record.payload)
    done = [
        f"{exercise_name(item.exercise_id)}: "
        + ", ".join(done_in_words(item.exercise_id, each) for each in item.sets)
        for item in message.items
    ]
    return {
        "record": record,
        "done": "; ".join(done) or "no set was finished",
        "pain": "not answered" if message.pain_after is None else str(message.pain_after),
        "simulated": message.camera in ("simulated", "clip"),
    }
