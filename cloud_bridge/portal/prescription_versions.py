"""The versions of a prescription, and the buttons that set it into another state."""

from itertools import zip_longest

import structlog
from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from cloud_bridge.portal.access import ClinicOf
from cloud_bridge.portal.prescription_summary import version_line
from cloud_bridge.prescribing.states import STATE_NAMES, states_after, terms_of
from cloud_bridge.store.clinic_view import ClinicView, PrescriptionConflictError
from cloud_bridge.store.tables import Patient
from models.messages import Prescription

log = structlog.get_logger()


def form_number(name: str) -> int:
    """A number that a page of ours put into its form; refuses what none of ours sends."""
    said = request.form.get(name, "0")
    if not (said.isdecimal() and len(said) <= 9):
        abort(400, "The form is not whole: load the page again.")
    return int(said)


def add_version_pages(app: Flask, clinic_of: ClinicOf) -> None:
    """The list of versions, and the target of the buttons that set a state."""

    @app.get("/patients/<int:patient_id>/prescription/versions")
    def prescription_versions(patient_id: int) -> str:
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            rows = clinic.prescription_versions(who)
            lines = [
                version_line(clinic, row, before, rows[0].version)
                for row, before in zip_longest(rows, rows[1:])
            ]
            return render_template("prescription_versions.html", patient=who, versions=lines)

    @app.post("/patients/<int:patient_id>/prescription/state")
    def prescription_to_state(patient_id: int) -> BaseResponse:
        if not FlaskForm().validate_on_submit():
            abort(400, "The form is not whole: load the patient's page again.")
        with clinic_of() as clinic:
            flash(_set_state(clinic, clinic.patient(patient_id)))
        return redirect(url_for("patient", patient_id=patient_id) + "#prescription")


def _set_state(clinic: ClinicView, who: Patient) -> str:
    current = clinic.current_prescription(who)
    if current is None:
        return "Nothing is prescribed that could be set into another state."
    message = Prescription.model_validate(current.payload)
    wanted = next((s for s in states_after(message.status) if s == request.form.get("state")), None)
    if wanted is None:
        return f"A prescription that is {STATE_NAMES[message.status]} cannot be set to that."
    try:
        made = clinic.prescribe(
            who,
            current_user.account,
            message.items,
            form_number("based_on"),
            terms_of(message, wanted),
        )
    except PrescriptionConflictError as error:
        return str(error)
    log.info("prescription_state_set", account=current_user.account.id, state=wanted)
    return (
        f"Version {made.version} is {STATE_NAMES[wanted]}. It goes to the device as soon as it is"
        " connected."
    )
