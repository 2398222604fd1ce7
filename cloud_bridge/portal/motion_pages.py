"""The consent to send movement, on the patient's page, and the movement itself for the replay."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from flask import Flask, abort, flash, redirect, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, DateField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from cloud_bridge.store.clinic_view import ClinicView, ConsentConflictError, NotAllowedError
from cloud_bridge.store.tables import MotionConsentRecord, Patient

STATEMENT: Final = (
    "The device may send the movement of my exercises to this clinic as a stick figure: the places"
    " of my joints over time, never pictures, video or sound. I can withdraw this at any time; what"
    " was sent is then erased."
)
"""What the patient agrees to; it is kept with each consent as it was worded then."""

_FURTHEST_ZONE: Final = timedelta(hours=14)

log = structlog.get_logger()
Clinic = Callable[[], AbstractContextManager[ClinicView]]


class MotionConsentForm(FlaskForm):  # type: ignore[misc]
    """What the patient agreed to, and when."""

    agreed = BooleanField(
        "The patient has agreed to this",
        [DataRequired("Tick this only after the patient has agreed.")],
    )
    agreed_on = DateField("On which day", [InputRequired("Give the day on which it was.")])

    def validate_agreed_on(self, field: DateField) -> None:
        """Nobody has agreed tomorrow; but where the clinic is, today may have begun already."""
        latest = (datetime.now(UTC) + _FURTHEST_ZONE).date()
        if field.data is not None and field.data > latest:
            raise ValidationError("This day has not come yet.")


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """One consent in words; ``ended`` is empty while it stands."""

    agreed_on: date
    recorded: str
    ended: str
    statement: str


@dataclass(frozen=True, slots=True)
class MotionState:
    """All that the patient's page says of movement; ``told`` is what the device was told of it."""

    stands: bool
    told: str
    stored_sets: int
    consents: tuple[ConsentLine, ...]


def motion_state(clinic: ClinicView, patient: Patient) -> MotionState:
    """The consents of a patient, newest first, and what came of them."""
    consents = clinic.motion_consents(patient)
    newest = next(iter(consents), None)
    return MotionState(
        stands=newest is not None and newest.stands,
        told="" if newest is None else _told(newest),
        stored_sets=clinic.stored_motions(patient),
        consents=tuple(_line(clinic, each) for each in consents),
    )


def add_motion_pages(app: Flask, clinic_of: Clinic) -> None:
    """The forms' targets and the replay's document."""

    @app.post("/patients/<int:patient_id>/motion-consent")
    def give_motion_consent(patient_id: int) -> BaseResponse:
        form = MotionConsentForm()
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            if not form.validate_on_submit():
                for errors in form.errors.values():
                    flash(f"Nothing was recorded. {' '.join(errors)}")
                return _back(patient_id)
            try:
                clinic.give_motion_consent(
                    who, current_user.account, form.agreed_on.data, STATEMENT
                )
            except NotAllowedError as error:
                abort(403, str(error))
            except ConsentConflictError as error:
                flash(str(error))
            else:
                flash("Recorded. The device sends movement of sessions that begin from now on.")
                log.info("motion_consent_given", account=current_user.account.id)
        return _back(patient_id)

    @app.post("/patients/<int:patient_id>/motion-consent/withdraw")
    def withdraw_motion_consent(patient_id: int) -> BaseResponse:
        if not FlaskForm().validate_on_submit():
            abort(400)
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            try:
                erased = clinic.withdraw_motion_consent(who, current_user.account)
            except ConsentConflictError as error:
                flash(str(error))
            else:
                sets = "1 set was" if erased == 1 else f"{erased} sets were"
                flash(f"Withdrawn. The movement of {sets} erased; no more is taken from now on.")
                log.info("motion_consent_withdrawn", erased_sets=erased)
        return _back(patient_id)

    @app.get("/api/v1/sessions/<uuid:session_id>/motion/<uuid:motion_id>")
    def motion_document(session_id: UUID, motion_id: UUID) -> dict[str, Any]:
        with clinic_of() as clinic:
            record = clinic.motion(clinic.session(session_id), motion_id)
            return {"received_at": record.received_at.isoformat(), "motion": record.payload}


def _back(patient_id: int) -> BaseResponse:
    return redirect(url_for("patient", patient_id=patient_id) + "#motion")


def _line(clinic: ClinicView, consent: MotionConsentRecord) -> ConsentLine:
    ended = ""
    if consent.withdrawn_at is not None:
        ended = (
            f"withdrawn {_when(consent.withdrawn_at)}, recorded by"
            f" {clinic.account_name(consent.withdrawn_by)}; movement of"
            f" {consent.erased_sets or 0} sets erased"
        )
    return ConsentLine(
        agreed_on=consent.agreed_on,
        recorded=f"{_when(consent.given_at)} by {clinic.account_name(consent.given_by)}",
        ended=ended,
        statement=consent.statement,
    )


def _told(consent: MotionConsentRecord) -> str:
    if consent.published_at is None or consent.published_standing is not consent.stands:
        return "Not yet told to the device: it is as soon as there is one and the broker"
    when = _when(consent.published_at)
    return f"Told to device {consent.published_to} through the broker {when}"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
