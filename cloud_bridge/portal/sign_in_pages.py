"""Signing in: password, one-time link or OpenID provider, and then the second factor."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from flask import Flask, flash, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from flask_login import current_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction
from werkzeug.wrappers import Response as BaseResponse
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from cloud_bridge.accounts.attempts import AttemptGuard
from cloud_bridge.accounts.open_id import OpenIdError, OpenIdSignIn
from cloud_bridge.accounts.passwords import (
    LONGEST,
    SHORTEST,
    password_is_right,
    set_password,
    weakness,
)
from cloud_bridge.accounts.second_factor import SecondFactors
from cloud_bridge.accounts.sessions import SignInSessions
from cloud_bridge.audit.doing import doing_now, name_principal
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.portal.access import home, open_to, sign_in_browser, visitor
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import account_by_one_time_token, account_of_link
from cloud_bridge.store.sign_in_tables import SignInWay
from cloud_bridge.store.tables import Account, Clinic

_BY_ADDRESS = "10 per minute"
_BY_ACCOUNT = "60 per hour"
_REFUSED = (
    "That did not sign you in: e-mail, password or code is not right, or there were too many"
    " attempts and you must wait. An administrator of your clinic can help."
)

log = structlog.get_logger()


class SignInForm(FlaskForm):  # type: ignore[misc]
    """E-mail and password."""

    email = EmailField("E-mail", [InputRequired(), Length(max=254)])
    password = PasswordField("Password", [InputRequired(), Length(max=LONGEST)])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the app, or a recovery code."""

    code = StringField("Code", [InputRequired(), Length(max=40)])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A password, twice."""

    password = PasswordField(f"New password, at least {SHORTEST} characters", [InputRequired()])
    again = PasswordField("The same again", [InputRequired()])

    def problem(self, account: Account) -> str | None:
        """Why it cannot be taken, as a sentence."""
        if self.password.data != self.again.data:
            return "The two are not the same."
        return weakness(self.password.data, (account.name, account.email))


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What signing in needs."""

    database: Database
    sessions: SignInSessions
    factors: SecondFactors
    guard: AttemptGuard
    audit_log: AuditLog
    open_id: OpenIdSignIn | None
    address: str | None

    def link(self, path: str) -> str:
        """The whole address of one of our pages; as configured, else as this browser calls us."""
        return (self.address or request.host_url.rstrip("/")) + path

    def note(self, transaction: Transaction, account: Account | None, outcome: str) -> None:
        """A line of the audit log on a sign-in."""
        doing = doing_now()
        if doing is not None:
            if account is not None:
                name_principal(f"account:{account.id}", account.clinic_id, account.id)
            self.audit_log.append(transaction, doing, "sign_in", outcome)

    def let_in(self, account: Account, way: SignInWay, second_factor_given: bool) -> BaseResponse:
        """A new session in a new cookie; on to the code, or to where the person begins."""
        now = datetime.now(UTC)
        with self.database.transaction() as transaction:
            has_factor = self.factors.stands(transaction, account)
            pending = has_factor and not second_factor_given
            token = self.sessions.start(transaction, account, way, pending, visitor(), now)
            opened = self.sessions.find(transaction, token, now)
            if pending:
                if way == "password":
                    self.guard.half_passed(transaction, account.email)
                self.note(transaction, account, f"{way}, code to come")
            else:
                self.guard.passed(transaction, account.email)
                self.note(transaction, account, f"{way}, signed in")
        if opened is None:
            return redirect(url_for("sign_in"))
        sign_in_browser(opened, token, has_factor)
        return redirect(url_for("second_factor_code") if pending else home())

    def by_password(self, email: str, password: str) -> Account | None:
        """Whose they are; as slow for an address that nobody has, and the attempt is counted."""
        now = datetime.now(UTC)
        with self.database.transaction() as transaction:
            allowed = self.guard.begin(transaction, email, now)
        with self.database.transaction() as transaction:
            account = transaction.scalars(
                select(Account).where(Account.email == email.strip().lower())
            ).first()
            right = password_is_right(account, password)
            if right and allowed and account is not None and account.disabled_at is None:
                return account
            self.note(transaction, account, "refused" if allowed else "locked")
        return None

    def code_is_right(self, account: Account, code: str) -> bool:
        """Whether the code is this person's; the attempt is counted."""
        now = datetime.now(UTC)
        with self.database.transaction() as transaction:
            allowed = self.guard.begin(transaction, account.email, now)
        with self.database.transaction() as transaction:
            if allowed and self.factors.check(transaction, account, code, now):
                return True
            self.note(transaction, account, "code refused" if allowed else "locked")
        return False


def add_sign_in_pages(app: Flask, parts: SignInParts, limiter: Limiter) -> None:
    """The pages on the way in, and the way out."""
    _add_password(app, parts, limiter)
    _add_links(app, parts, limiter)
    _add_code(app, parts, limiter)
    if parts.open_id is not None:
        _add_open_id(app, parts, parts.open_id, limiter)


def _add_password(app: Flask, parts: SignInParts, limiter: Limiter) -> None:
    @app.route("/sign-in", methods=["GET", "POST"])
    @limiter.limit(_BY_ADDRESS, methods=["POST"])
    @limiter.limit(
        _BY_ACCOUNT,
        methods=["POST"],
        key_func=lambda: f"account {request.form.get('email', '').strip().lower()[:254]}",
    )
    @open_to("anybody")
    def sign_in() -> str | BaseResponse:
        form = SignInForm()
        if form.validate_on_submit():
            account = parts.by_password(form.email.data, form.password.data)
            if account is not None:
                return parts.let_in(account, "password", second_factor_given=False)
            flash(_REFUSED)
        return render_template("sign_in.html", form=form, open_id=parts.open_id)

    @app.post("/sign-out")
    @open_to("second_factor")
    def sign_out() -> BaseResponse:
        with parts.database.transaction() as transaction:
            now = datetime.now(UTC)
            parts.sessions.end(transaction, current_user.account, current_user.session.id, now)
            parts.note(transaction, current_user.account, "signed out")
        logout_user()
        session.clear()
        return redirect(url_for("sign_in"))


def _add_links(app: Flask, parts: SignInParts, limiter: Limiter) -> None:
    @app.route("/sign-in/one-time/<token>", methods=["GET", "POST"])
    @limiter.limit(_BY_ADDRESS, methods=["POST"])
    @open_to("anybody")
    def one_time_sign_in(token: str) -> str | BaseResponse:
        # A link may be opened by a preview; only a person presses the button that uses it up.
        if FlaskForm().validate_on_submit():
            with parts.database.transaction() as transaction:
                account = account_by_one_time_token(transaction, token)
            if account is not None:
                return parts.let_in(account, "one_time_link", second_factor_given=False)
            return _used_up()
        return render_template("one_time_sign_in.html")

    @app.route("/sign-in/set-password/<token>", methods=["GET", "POST"])
    @limiter.limit(_BY_ADDRESS, methods=["POST"])
    @open_to("anybody")
    def set_password_by_link(token: str) -> str | BaseResponse:
        form = NewPasswordForm()
        with parts.database.transaction() as transaction:
            account = account_of_link(transaction, token, "set_password")
            if account is None:
                return _used_up()
            clinic = transaction.get_one(Clinic, account.clinic_id)
            if form.validate_on_submit():
                problem = form.problem(account)
                if problem is None:
                    if account_by_one_time_token(transaction, token, "set_password") is None:
                        return _used_up()
                    set_password(account, form.password.data)
                    parts.sessions.end_all(transaction, account, datetime.now(UTC))
                    parts.guard.passed(transaction, account.email)
                    parts.note(transaction, account, "password set by link")
                    flash("Your password is set. Sign in with it now.")
                    return redirect(url_for("sign_in"))
                form.password.errors = (problem,)
        return render_template("set_password.html", form=form, account=account, clinic=clinic)


def _used_up() -> BaseResponse:
    flash("This link has been used or has expired: ask for a new one.")
    return redirect(url_for("sign_in"))


def _add_code(app: Flask, parts: SignInParts, limiter: Limiter) -> None:
    @app.route("/sign-in/code", methods=["GET", "POST"])
    @limiter.limit(_BY_ADDRESS, methods=["POST"])
    @open_to("second_factor")
    def second_factor_code() -> str | BaseResponse:
        if not current_user.session.second_factor_pending:
            return redirect(home())
        form = CodeForm()
        if form.validate_on_submit():
            account, first = current_user.account, current_user.session
            if parts.code_is_right(account, form.code.data):
                with parts.database.transaction() as transaction:
                    parts.sessions.end(transaction, account, first.id, datetime.now(UTC))
                return parts.let_in(account, first.way, second_factor_given=True)
            flash(_REFUSED)
        return render_template("second_factor_code.html", form=form)


def _add_open_id(app: Flask, parts: SignInParts, open_id: OpenIdSignIn, limiter: Limiter) -> None:
    @app.get("/sign-in/open-id")
    @limiter.limit(_BY_ADDRESS)
    @open_to("anybody")
    def open_id_sign_in() -> BaseResponse:
        try:
            return open_id.leave_for(parts.link(url_for("open_id_back")))
        except OpenIdError as error:
            return _open_id_refused(error)

    @app.get("/sign-in/open-id/back")
    @limiter.limit(_BY_ADDRESS)
    @open_to("anybody")
    def open_id_back() -> BaseResponse:
        try:
            person = open_id.come_back()
        except OpenIdError as error:
            return _open_id_refused(error)
        with parts.database.transaction() as transaction:
            account = transaction.scalars(
                select(Account).where(Account.email == person.email, Account.disabled_at.is_(None))
            ).first()
            if account is None:
                parts.note(transaction, None, "open id: no account")
        if account is None:
            return _open_id_refused(OpenIdError("no account has this address"))
        return parts.let_in(account, "oidc", second_factor_given=person.second_factor_given)

    def _open_id_refused(error: OpenIdError) -> BaseResponse:
        log.warning("open_id_refused", reason=str(error))
        flash(
            f"Signing in with {open_id.name} did not work. Try again; if it stays so, tell an"
            " administrator of your clinic."
        )
        return redirect(url_for("sign_in"))
