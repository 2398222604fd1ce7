"""What a clinic's administrators do: people, the rule of the second factor."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from flask import Flask, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from cloud_bridge.accounts.people import ClinicPeople
from cloud_bridge.audit.doing import doing_now
from cloud_bridge.errors import AccountError
from cloud_bridge.portal.access import open_to
from cloud_bridge.portal.sign_in_pages import SignInParts
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import NotInClinicError
from cloud_bridge.store.sign_in import link_path, make_one_time_sign_in
from cloud_bridge.store.tables import Account, Clinic, Role

_ROLES: Final[tuple[Role, ...]] = get_args(Role)


class PersonForm(FlaskForm):  # type: ignore[misc]
    """Somebody new."""

    name = StringField("Name", [InputRequired("Give the name."), Length(max=200)])
    email = EmailField("E-mail", [InputRequired("Give the e-mail address."), Length(max=254)])
    role = SelectField("Role", choices=[(each, each.capitalize()) for each in _ROLES])
    administers = BooleanField("Manages people as well")


class FactorRuleForm(FlaskForm):  # type: ignore[misc]
    """Whether the clinic demands a second factor."""

    required = BooleanField("Everybody of this clinic needs a second factor")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One line of the page People."""

    account: Account
    locked: bool
    has_second_factor: bool


class _Clinic:
    """The administrator's clinic within one transaction."""

    def __init__(self, parts: SignInParts, transaction: Transaction) -> None:
        self._parts = parts
        self.transaction = transaction
        self.people = ClinicPeople(transaction, current_user.account.clinic_id)
        self.clinic = transaction.get_one(Clinic, current_user.account.clinic_id)

    def note(self, outcome: str, account: Account | None = None) -> None:
        """A line of the audit log on a change."""
        doing = doing_now()
        if doing is not None:
            what = "" if account is None else f"account={account.id}"
            self._parts.audit_log.append(self.transaction, doing, "change", outcome, what=what)

    def lines(self) -> list[PersonLine]:
        now = datetime.now(UTC)
        return [
            PersonLine(
                account=each,
                locked=self._parts.guard.locked_until(self.transaction, each.email, now)
                is not None,
                has_second_factor=self._parts.factors.stands(self.transaction, each),
            )
            for each in self.people.all()
        ]


ClinicNow = Callable[[], AbstractContextManager[_Clinic]]


def add_clinic_pages(app: Flask, parts: SignInParts, settings: BridgeSettings) -> None:
    """The page People and what its buttons do."""

    @contextmanager
    def clinic_now() -> Iterator[_Clinic]:
        with parts.database.transaction() as transaction:
            try:
                yield _Clinic(parts, transaction)
            except NotInClinicError as error:
                abort(404, str(error))

    def link_for(clinic: _Clinic, account: Account) -> str:
        lasts = timedelta(hours=settings.sign_in.link_hours)
        token = make_one_time_sign_in(clinic.transaction, account, "set_password", lasts)
        return parts.link(link_path(token, "set_password"))

    def handed_over(account: Account, link: str) -> str:
        hours = settings.sign_in.link_hours
        return render_template("handed_link.html", account=account, link=link, hours=hours)

    @app.route("/clinic/people", methods=["GET", "POST"])
    @open_to("administrator")
    def people() -> str:
        form = PersonForm()
        with clinic_now() as clinic:
            if form.validate_on_submit():
                try:
                    account = clinic.people.add(
                        form.email.data, form.name.data, form.role.data, form.administers.data
                    )
                except AccountError as error:
                    form.email.errors = (str(error),)
                else:
                    clinic.note("person added", account)
                    return handed_over(account, link_for(clinic, account))
            rule = FactorRuleForm(formdata=None, required=clinic.clinic.second_factor_required)
            return render_template(
                "people.html", form=form, lines=clinic.lines(), clinic=clinic.clinic, rule=rule
            )

    @app.post("/clinic/second-factor")
    @open_to("administrator")
    def second_factor_rule() -> BaseResponse:
        form = FactorRuleForm()
        if form.validate_on_submit():
            with clinic_now() as clinic:
                clinic.clinic.second_factor_required = form.required.data
                said = "required" if form.required.data else "not required"
                clinic.note(f"second factor {said}")
                flash(f"From now on a second factor is {said}.")
        return redirect(url_for("people"))

    @app.post("/clinic/people/<int:account_id>/link")
    @open_to("administrator")
    def password_link(account_id: int) -> str:
        with clinic_now() as clinic:
            account = clinic.people.person(account_id)
            clinic.note("password link made", account)
            return handed_over(account, link_for(clinic, account))

    _add_person_buttons(app, parts, clinic_now)


def _add_person_buttons(app: Flask, parts: SignInParts, clinic_now: ClinicNow) -> None:
    @app.post("/clinic/people/<int:account_id>/unlock")
    @open_to("administrator")
    def unlock(account_id: int) -> BaseResponse:
        with clinic_now() as clinic:
            account = clinic.people.person(account_id)
            parts.guard.passed(clinic.transaction, account.email)
            clinic.note("unlocked", account)
            flash(f"{account.name} can try again at once.")
        return redirect(url_for("people"))

    @app.post("/clinic/people/<int:account_id>/second-factor/remove")
    @open_to("administrator")
    def remove_factor_of(account_id: int) -> BaseResponse:
        with clinic_now() as clinic:
            account = clinic.people.person(account_id)
            parts.factors.remove(clinic.transaction, account)
            parts.sessions.end_all(clinic.transaction, account, datetime.now(UTC))
            clinic.note("second factor removed", account)
            flash(f"{account.name} has no second factor any more.")
        return redirect(url_for("people"))

    @app.post("/clinic/people/<int:account_id>/disable")
    @open_to("administrator")
    def disable(account_id: int) -> BaseResponse:
        with clinic_now() as clinic:
            account = clinic.people.person(account_id)
            try:
                clinic.people.disable(account)
            except AccountError as error:
                flash(str(error))
            else:
                parts.sessions.end_all(clinic.transaction, account, datetime.now(UTC))
                clinic.note("disabled", account)
                flash(f"{account.name} can no longer sign in. What they did keeps their name.")
        return redirect(url_for("people"))

    @app.post("/clinic/people/<int:account_id>/enable")
    @open_to("administrator")
    def enable(account_id: int) -> BaseResponse:
        with clinic_now() as clinic:
            account = clinic.people.person(account_id)
            clinic.people.enable(account)
            clinic.note("enabled", account)
            flash(f"{account.name} can sign in again.")
        return redirect(url_for("people"))
