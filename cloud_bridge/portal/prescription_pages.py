"""The pages on which a plan is written, looked at, signed, copied and set into another state."""

from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from pydantic import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from cloud_bridge.portal.access import ClinicOf
from cloud_bridge.portal.prescription_form import PlanForm
from cloud_bridge.portal.prescription_library import REGION_NAMES, library_lines
from cloud_bridge.portal.prescription_summary import (
    others_drafts,
    plan_differences,
)
from cloud_bridge.portal.prescription_versions import add_version_pages, form_number
from cloud_bridge.prescribing.preview import LANGUAGE_NAMES, preview
from cloud_bridge.prescribing.records import DraftConflictError, TemplateNameError
from cloud_bridge.prescribing.states import STATE_NAMES
from cloud_bridge.prescribing.typed_plan import (
    MOST_EXERCISES,
    TypedPlan,
    first_dose,
    plan_from_form,
    typed_plan,
)
from cloud_bridge.store.clinic_view import ClinicView, PrescriptionConflictError
from cloud_bridge.store.tables import Patient
from models.exercises.library import load_library
from models.messages import Prescription

_MOST_BYTES: Final = 500_000
"""Of one form: a plan of thirty exercises with long texts is more than other pages ever send."""
_FULL: Final = f"A plan has at most {MOST_EXERCISES} exercises: take one out first."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Sent:
    """What the builder's form sent: what to ``do`` to which thing, and all that was typed."""

    do: str
    key: str
    plan: TypedPlan
    revision: int
    based_on: int


@dataclass(slots=True)
class _Shown:
    """What the builder's page shows besides the plan.

    ``conflict`` says what ``differs``; its ``kind`` is ``version`` or, with two windows of one
    person, ``windows``.
    """

    plan: TypedPlan
    revision: int
    form: PlanForm
    kind: str = "version"
    conflict: str = ""
    differs: list[str] = field(default_factory=list)


def add_prescription_pages(app: Flask, clinic_of: ClinicOf) -> None:
    """The builder, its preview, copies from other patients, versions and states."""
    _add_builder(app, clinic_of)
    _add_copies(app, clinic_of)
    add_version_pages(app, clinic_of)


def _add_builder(app: Flask, clinic_of: ClinicOf) -> None:
    @app.url_value_preprocessor
    def _make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        # Before anything looks into the form.
        if endpoint == "prescription":
            request.max_content_length = request.max_form_memory_size = _MOST_BYTES

    @app.route("/patients/<int:patient_id>/prescription", methods=["GET", "POST"])
    def prescription(patient_id: int) -> str | BaseResponse:
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            if request.method == "GET":
                return _page(clinic, who, _standing(clinic, who))
            return _posted(clinic, who, _sent())

    @app.get("/patients/<int:patient_id>/prescription/preview")
    def prescription_preview(patient_id: int) -> str:
        language = request.args.get("language", "")
        language = language if language in LANGUAGE_NAMES else next(iter(LANGUAGE_NAMES))
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            form = PlanForm(_standing(clinic, who).plan)
            whole = form.validate()
            items = [each.item() for each in form.items if not each.problem and not each.errors]
            return render_template(
                "prescription_preview.html",
                patient=who,
                lines=preview(items, language),
                precautions=form.terms.precautions.data,
                whole=whole,
                left_out=len(form.items) - len(items),
                language=language,
                languages=LANGUAGE_NAMES,
            )


def _add_copies(app: Flask, clinic_of: ClinicOf) -> None:
    @app.route("/patients/<int:patient_id>/prescription/copy", methods=["GET", "POST"])
    def prescription_copy(patient_id: int) -> str | BaseResponse:
        with clinic_of() as clinic:
            who = clinic.patient(patient_id)
            if request.method == "POST":
                flash(_copied(clinic, who, request.form.get("from_patient", "")))
                return redirect(url_for("prescription", patient_id=patient_id))
            others = [each for each in clinic.patients() if each.id != who.id]
            return render_template("prescription_copy.html", patient=who, others=others)


def _copied(clinic: ClinicView, who: Patient, source: str) -> str:
    if not source.isdecimal():
        return "Choose a patient to copy from."
    row = clinic.current_prescription(clinic.patient(int(source)))
    if row is None:
        return "Nothing is prescribed there."
    standing = _standing(clinic, who)
    items = typed_plan(Prescription.model_validate(row.payload)).items
    plan = standing.plan.added(each.dose_alone() for each in items)
    _keep(clinic, who, plan, standing.revision, _newest(clinic, who))
    left_out = len(standing.plan.items) + len(items) - len(plan.items)
    said = f"{len(items) - left_out} exercises were copied: look through each dose."
    return f"{said} {left_out} found no place. {_FULL}" if left_out else said


def _sent() -> _Sent:
    do, _, key = request.form.get("do", "save").partition(":")
    try:
        plan = plan_from_form(request.form)
    except ValidationError as error:
        log.warning("prescription_form_refused", error=error.errors(include_input=False)[0]["type"])
        abort(400, "The form has more or longer fields than a plan can have.")
    return _Sent(do, key, plan, form_number("revision"), form_number("based_on"))


def _newest(clinic: ClinicView, who: Patient) -> int:
    current = clinic.current_prescription(who)
    return 0 if current is None else current.version


def _standing(clinic: ClinicView, who: Patient) -> _Shown:
    """The person's draft; without one, the version that holds."""
    draft = clinic.prescribing.draft(who, current_user.account)
    current = clinic.current_prescription(who)
    if draft is None:
        plan = TypedPlan()
        if current is not None:
            plan = typed_plan(Prescription.model_validate(current.payload))
        return _Shown(plan, 0, PlanForm(plan))
    shown = _Shown(draft.plan, draft.revision, PlanForm(draft.plan))
    if current is not None and draft.based_on_version < current.version:
        _tell_of_version(clinic, who, shown)
    return shown


def _tell_of_version(clinic: ClinicView, who: Patient, shown: _Shown) -> None:
    current = clinic.current_prescription(who)
    if current is None:
        return
    message = Prescription.model_validate(current.payload)
    shown.conflict = (
        f"Version {current.version} was prescribed while you were writing, by"
        f" {clinic.author_name(current)}, {current.created_at:%Y-%m-%d %H:%M} UTC, and is"
        f" {STATE_NAMES[message.status]}. What you typed is still here, and takes its place if you"
        " sign it. From that version to yours:"
    )
    shown.differs = plan_differences(typed_plan(message), shown.plan) or ["Nothing differs."]


def _keep(
    clinic: ClinicView, who: Patient, plan: TypedPlan, revision: int, based_on: int
) -> int:  # fmt: skip
    kept = clinic.prescribing.keep_draft(who, current_user.account, plan, revision, based_on)
    return kept.revision


def _posted(clinic: ClinicView, who: Patient, sent: _Sent) -> str | BaseResponse:
    if sent.do == "discard":
        clinic.prescribing.discard_draft(who, current_user.account)
        flash("The draft was thrown away. What was prescribed holds as before.")
        return redirect(url_for("patient", patient_id=who.id) + "#prescription")
    plan = _changed(clinic, sent)
    try:
        revision = _keep(clinic, who, plan, sent.revision, sent.based_on)
    except DraftConflictError as error:
        return _two_windows(clinic, who, plan, error)
    if sent.do == "sign":
        return _sign(clinic, who, plan, revision, sent.based_on)
    if sent.do in ("preview", "copy"):
        return redirect(url_for(f"prescription_{sent.do}", patient_id=who.id))
    where = f"item-{sent.key}" if sent.do in ("up", "down") else "plan"
    words, region = request.form.get("q", "")[:100], request.form.get("region", "")[:20]
    return redirect(
        url_for(
            "prescription",
            patient_id=who.id,
            q=words or None,
            region=region or None,
            _anchor=where,
        )
    )


def _two_windows(
    clinic: ClinicView, who: Patient, plan: TypedPlan, error: DraftConflictError
) -> str:
    stored = clinic.prescribing.draft(who, current_user.account)
    revision = 0 if stored is None else stored.revision
    shown = _Shown(plan, revision, PlanForm(plan), kind="windows")
    shown.conflict = (
        f"{error} What you typed here is still here, and takes that one's place when you go on."
        " From that one to this:"
    )
    shown.differs = plan_differences(error.stored, plan) or ["Nothing differs."]
    return _page(clinic, who, shown)


def _changed(clinic: ClinicView, sent: _Sent) -> TypedPlan:
    """The plan after the button that was pressed; what cannot be done is told."""
    plan = sent.plan
    if sent.do in ("up", "down"):
        return plan.moved(sent.key, -1 if sent.do == "up" else 1)
    if sent.do == "remove":
        return plan.without(sent.key)
    if sent.do == "add":
        exercise = load_library().find(sent.key)
        if exercise is not None and len(plan.items) < MOST_EXERCISES:
            return plan.added([first_dose(exercise)])
        flash(_FULL if exercise is not None else "This exercise is not in the library.")
    elif sent.do == "use_template":
        return _with_template(clinic, plan)
    elif sent.do == "save_template":
        name = request.form.get("template_name", "").strip()
        try:
            clinic.prescribing.save_template(name, plan, current_user.account)
        except TemplateNameError as error:
            flash(str(error))
        else:
            flash(f"Saved as the template {name!r}, for everybody of the clinic.")
    elif sent.do == "remove_template" and clinic.prescribing.remove_template(
        request.form.get("template", "")
    ):
        flash("The template was removed. Prescriptions made from it stay as they are.")
    return plan


def _with_template(clinic: ClinicView, plan: TypedPlan) -> TypedPlan:
    template = clinic.prescribing.template(request.form.get("template", ""))
    if template is None:
        flash("Choose a template first.")
        return plan
    if len(plan.items) + len(template.items) > MOST_EXERCISES:
        flash(_FULL)
        return plan
    return plan.added(each.with_new_key() for each in template.items)


def _sign(
    clinic: ClinicView, who: Patient, plan: TypedPlan, revision: int, based_on: int
) -> str | BaseResponse:
    form = PlanForm(plan)
    shown = _Shown(plan, revision, form)
    if not form.validate():
        return _page(clinic, who, shown)
    try:
        made = clinic.prescribe(
            who, current_user.account, form.prescribed(), based_on, form.prescription_terms()
        )
    except PrescriptionConflictError:
        _tell_of_version(clinic, who, shown)
        return _page(clinic, who, shown)
    clinic.prescribing.discard_draft(who, current_user.account)
    log.info("prescribed", account=current_user.account.id, exercises=len(plan.items))
    flash(
        f"Prescribed. Version {made.version} goes to the device as soon as it is connected."
    )  # fmt: skip
    return redirect(url_for("patient", patient_id=who.id) + "#prescription")


def _page(clinic: ClinicView, who: Patient, shown: _Shown) -> str:
    asked = request.values
    words, region = asked.get("q", "")[:100], asked.get("region", "")
    return render_template(
        "prescription.html",
        patient=who,
        form=shown.form,
        shown=shown,
        errors=list(shown.form.errors()),
        newest=_newest(clinic, who),
        others=others_drafts(clinic, who),
        library=library_lines(words, region),
        words=words,
        region=region,
        regions=REGION_NAMES,
        templates=clinic.prescribing.templates(),
        most=MOST_EXERCISES,
    )
