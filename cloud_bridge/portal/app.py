"""The doctors' web pages: sign in, prescribe, read what was done."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, Response, abort, flash, redirect, render_template, url_for
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from cloud_bridge.portal.motion_pages import add_motion_pages
from cloud_bridge.portal.patient_pages import add_patient_pages
from cloud_bridge.portal.replay import depth_error_text, set_replays
from cloud_bridge.portal.session_summary import best_peak_deg, summarise
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView, NotInClinicError
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import account_by_one_time_token, account_by_password
from cloud_bridge.store.tables import Account, EventRecord, SessionRecord
from models.messages import Session

_SIGN_IN_LIMIT = "10 per minute"
_SIGNED_IN_S = 8 * 3600
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SignInForm(FlaskForm):  # type: ignore[misc]
    """E-mail and password."""

    email = EmailField("E-mail", [InputRequired()])
    password = PasswordField("Password", [InputRequired()])


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """A button that only a person presses."""


class SignedIn(UserMixin):  # type: ignore[misc]
    """A person who has signed in."""

    def __init__(self, account: Account) -> None:
        self.id = str(account.id)
        self.account = account


def create_app(settings: BridgeSettings, database: Database) -> Flask:
    """The portal on an open database."""
    app = Flask(__name__, static_folder=str(Path(__file__).parent / "static"))
    app.config.update(
        SECRET_KEY=settings.secret_key(),
        SESSION_COOKIE_NAME="physiopi_portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.portal.secure_cookies,
        PERMANENT_SESSION_LIFETIME=_SIGNED_IN_S,
        MAX_CONTENT_LENGTH=64 * 1024,
        WTF_CSRF_TIME_LIMIT=_SIGNED_IN_S,
    )
    CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    logins = LoginManager(app)
    logins.login_view = "sign_in"
    logins.login_message = None

    @logins.user_loader  # type: ignore[untyped-decorator]
    def _load(account_id: str) -> SignedIn | None:
        with database.transaction() as transaction:
            account = transaction.get(Account, int(account_id))
            return None if account is None else SignedIn(account)

    @app.after_request
    def _secure(response: Response) -> Response:
        response.headers.update(_SECURITY_HEADERS)
        return response

    _add_sign_in(app, database, limiter)
    add_patient_pages(app, lambda: _clinic(database), settings)
    _add_pages(app, database)
    _add_interface(app, database)
    add_motion_pages(app, lambda: _clinic(database))
    return app


@contextmanager
def _clinic(database: Database) -> Iterator[ClinicView]:
    with database.transaction() as transaction:
        try:
            yield ClinicView(transaction, current_user.account.clinic_id)
        except NotInClinicError as error:
            abort(404, str(error))


def _add_sign_in(app: Flask, database: Database, limiter: Limiter) -> None:
    @app.route("/sign-in", methods=["GET", "POST"])
    @limiter.limit(_SIGN_IN_LIMIT, methods=["POST"])
    def sign_in() -> str | BaseResponse:
        form = SignInForm()
        if form.validate_on_submit():
            with database.transaction() as transaction:
                account = account_by_password(transaction, form.email.data, form.password.data)
            if account is not None:
                login_user(SignedIn(account))
                return redirect(url_for("patients"))
            flash("E-mail or password is not right.")
        return render_template("sign_in.html", form=form)

    @app.route("/sign-in/one-time/<token>", methods=["GET", "POST"])
    @limiter.limit(_SIGN_IN_LIMIT, methods=["POST"])
    def one_time_sign_in(token: str) -> str | BaseResponse:
        # A link may be opened by a preview; only a person presses the button that uses it up.
        form = ConfirmForm()
        if form.validate_on_submit():
            with database.transaction() as transaction:
                account = account_by_one_time_token(transaction, token)
            if account is not None:
                login_user(SignedIn(account))
                return redirect(url_for("patients"))
            flash("This link has been used or has expired: ask for a new one.")
            return redirect(url_for("sign_in"))
        return render_template("one_time_sign_in.html", form=form)

    @app.post("/sign-out")
    @login_required  # type: ignore[untyped-decorator]
    def sign_out() -> BaseResponse:
        logout_user()
        return redirect(url_for("sign_in"))


def _add_pages(app: Flask, database: Database) -> None:
    @app.get("/sessions/<uuid:session_id>")
    @login_required  # type: ignore[untyped-decorator]
    def session(session_id: UUID) -> str:
        with _clinic(database) as clinic:
            record = clinic.session(session_id)
            message = Session.model_validate(record.payload)
            return render_template(
                "session.html",
                record=record,
                session=message,
                summary=summarise(message),
                replays=set_replays(message, clinic.motions(record)),
                depth_error=depth_error_text(),
                patient=clinic.patient(record.patient_id),
                confirm=ConfirmForm(),
            )


def _add_interface(app: Flask, database: Database) -> None:
    @app.get("/api/v1/patients/<int:patient_id>/sessions")
    @login_required  # type: ignore[untyped-decorator]
    def sessions_document(patient_id: int) -> dict[str, Any]:
        with _clinic(database) as clinic:
            records = clinic.sessions(clinic.patient(patient_id))
            return {"sessions": [_document(record) for record in records]}

    @app.get("/api/v1/patients/<int:patient_id>/events")
    @login_required  # type: ignore[untyped-decorator]
    def events_document(patient_id: int) -> dict[str, Any]:
        with _clinic(database) as clinic:
            records = clinic.events(clinic.patient(patient_id))
            return {"events": [_event_document(record) for record in records]}

    @app.get("/api/v1/sessions/<uuid:session_id>")
    @login_required  # type: ignore[untyped-decorator]
    def session_document(session_id: UUID) -> dict[str, Any]:
        with _clinic(database) as clinic:
            return _document(clinic.session(session_id))


def _document(record: SessionRecord) -> dict[str, Any]:
    message = Session.model_validate(record.payload)
    return {
        "received_at": record.received_at.isoformat(),
        "device_id": record.device_id,
        "best_rom_peak_deg": best_peak_deg(message),
        "session": record.payload,
    }


def _event_document(record: EventRecord) -> dict[str, Any]:
    return {
        "received_at": record.received_at.isoformat(),
        "device_id": record.device_id,
        "event": record.payload,
    }
