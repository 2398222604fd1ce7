"""A person's own account: password, second factor, where they are signed in."""

from datetime import UTC, datetime
from uuid import UUID

import segno
from flask import Flask, abort, flash, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as BaseResponse
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from cloud_bridge.accounts.passwords import LONGEST, password_is_right, set_password
from cloud_bridge.portal.access import home, open_to
from cloud_bridge.portal.sign_in_pages import CodeForm, NewPasswordForm, SignInParts
from cloud_bridge.store.tables import Account

_WRONG_CODE = "This code is not right, was used already, or you must wait after too many attempts."


class OwnPasswordForm(NewPasswordForm):
    """The old password, and a new one twice."""

    current = PasswordField("Your password now", [InputRequired(), Length(max=LONGEST)])


class RemoveFactorForm(FlaskForm):  # type: ignore[misc]
    """A last code before there are no more."""

    code = StringField("A code of the app, or a recovery code", [InputRequired(), Length(max=40)])


def add_account_pages(app: Flask, parts: SignInParts) -> None:
    """The page Account and what its buttons do."""
    _add_account(app, parts)
    _add_second_factor(app, parts)
    _add_sessions(app, parts)


def _own(transaction: Transaction) -> Account:
    return transaction.get_one(Account, current_user.account.id)


def _add_account(app: Flask, parts: SignInParts) -> None:
    def page(form: OwnPasswordForm) -> str:
        with parts.database.transaction() as transaction:
            own = _own(transaction)
            return render_template(
                "account.html",
                form=form,
                account=own,
                sessions=parts.sessions.of(transaction, own, datetime.now(UTC)),
                codes_left=parts.factors.recovery_codes_left(transaction, own),
                remove_form=RemoveFactorForm(formdata=None),
            )

    @app.get("/account")
    @open_to("signed_in")
    def account() -> str:
        return page(OwnPasswordForm(formdata=None))

    @app.post("/account/password")
    @open_to("signed_in")
    def change_password() -> str | BaseResponse:
        form = OwnPasswordForm()
        if not form.validate_on_submit():
            return page(form)
        now = datetime.now(UTC)
        with parts.database.transaction() as transaction:
            allowed = parts.guard.begin(transaction, current_user.account.email, now)
        with parts.database.transaction() as transaction:
            own = _own(transaction)
            problem = form.problem(own)
            right = allowed and password_is_right(own, form.current.data)
            if right:
                parts.guard.passed(transaction, own.email)
            if right and problem is None:
                set_password(own, form.password.data)
                parts.sessions.end_all(transaction, own, now, but=current_user.session.id)
                parts.note(transaction, own, "password changed")
                flash("Your password is changed. You are signed out everywhere else.")
                return redirect(url_for("account"))
        if not right:
            form.current.errors = ("This is not your password, or you must wait.",)
        else:
            form.password.errors = (problem,)
        return page(form)


def _add_second_factor(app: Flask, parts: SignInParts) -> None:
    @app.route("/account/second-factor", methods=["GET", "POST"])
    @open_to("second_factor")
    def second_factor() -> str | BaseResponse:
        if current_user.has_second_factor:
            return redirect(url_for("account"))
        form = CodeForm()
        now = datetime.now(UTC)
        with parts.database.transaction() as transaction:
            own = _own(transaction)
            address = parts.factors.begin(transaction, own)
            if form.validate_on_submit():
                codes = parts.factors.confirm(transaction, own, form.code.data, now)
                if codes is not None:
                    parts.sessions.end_all(transaction, own, now, but=current_user.session.id)
                    parts.note(transaction, own, "second factor set up")
                    return render_template("recovery_codes.html", codes=codes, home=home())
                form.code.errors = ("This is not the code that the app shows now.",)
        picture = Markup(segno.make(address, error="m").svg_inline(scale=5, border=4))  # noqa: S704
        secret = address.split("secret=")[1].split("&")[0]
        return render_template("second_factor.html", form=form, picture=picture, secret=secret)

    @app.post("/account/second-factor/remove")
    @open_to("signed_in")
    def remove_second_factor() -> BaseResponse:
        form = RemoveFactorForm()
        if form.validate_on_submit() and parts.code_is_right(current_user.account, form.code.data):
            with parts.database.transaction() as transaction:
                own = _own(transaction)
                parts.factors.remove(transaction, own)
                parts.guard.passed(transaction, own.email)
                parts.note(transaction, own, "second factor removed")
            flash("The second factor is removed.")
        else:
            flash(_WRONG_CODE)
        return redirect(url_for("account"))

    @app.post("/account/recovery-codes")
    @open_to("signed_in")
    def new_recovery_codes() -> str | BaseResponse:
        form = RemoveFactorForm()
        if form.validate_on_submit() and parts.code_is_right(current_user.account, form.code.data):
            with parts.database.transaction() as transaction:
                own = _own(transaction)
                codes = parts.factors.new_recovery_codes(transaction, own)
                parts.guard.passed(transaction, own.email)
                parts.note(transaction, own, "recovery codes made anew")
            return render_template("recovery_codes.html", codes=codes, home=url_for("account"))
        flash(_WRONG_CODE)
        return redirect(url_for("account"))


def _add_sessions(app: Flask, parts: SignInParts) -> None:
    @app.post("/account/sessions/<uuid:session_id>/end")
    @open_to("signed_in")
    def end_session(session_id: UUID) -> BaseResponse:
        with parts.database.transaction() as transaction:
            own = _own(transaction)
            if not parts.sessions.end(transaction, own, session_id, datetime.now(UTC)):
                abort(404, "There is no such session of yours.")
            parts.note(transaction, own, "signed out elsewhere")
        flash("Signed out there.")
        return redirect(url_for("account"))

    @app.post("/account/sessions/end-others")
    @open_to("signed_in")
    def end_other_sessions() -> BaseResponse:
        with parts.database.transaction() as transaction:
            own = _own(transaction)
            ended = parts.sessions.end_all(
                transaction, own, datetime.now(UTC), but=current_user.session.id
            )
            parts.note(transaction, own, "signed out everywhere else")
        flash("You were signed in nowhere else." if not ended else "Signed out everywhere else.")
        return redirect(url_for("account"))
