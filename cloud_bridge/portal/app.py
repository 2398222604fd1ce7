"""The portal: its parts put together, the headers of every answer, and the doctors' pages."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, abort, render_template, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

from cloud_bridge.accounts.attempts import AttemptGuard
from cloud_bridge.accounts.open_id import OpenIdSignIn
from cloud_bridge.accounts.second_factor import KEY_NAME, SecondFactors
from cloud_bridge.accounts.sessions import SignInSessions
from cloud_bridge.api.fhir.blueprint import fhir_blueprint
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.audit.recorder import record_audit
from cloud_bridge.portal.access import ClinicOf, clinic_of, guard_routes
from cloud_bridge.portal.account_pages import add_account_pages
from cloud_bridge.portal.audit_pages import add_audit_pages
from cloud_bridge.portal.clinic_pages import add_clinic_pages
from cloud_bridge.portal.motion_pages import add_motion_pages
from cloud_bridge.portal.patient_pages import add_patient_pages
from cloud_bridge.portal.prescription_pages import add_prescription_pages
from cloud_bridge.portal.replay import depth_error_text, set_replays
from cloud_bridge.portal.session_summary import best_peak_deg, summarise
from cloud_bridge.portal.sign_in_pages import SignInParts, add_sign_in_pages
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import EventRecord, SessionRecord
from models.messages import Session

_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_UNDER_TLS: Final = {"Strict-Transport-Security": "max-age=31536000"}
_COOKIE: Final = "physiopi_portal"


def create_app(settings: BridgeSettings, database: Database) -> Flask:
    """The portal on an open database."""
    app = Flask(__name__, static_folder=str(Path(__file__).parent / "static"))
    portal = settings.portal
    tls = portal.secure_cookies
    app.config.update(
        SECRET_KEY=settings.secret_key(),
        # A browser takes a cookie of that prefix from this very host under TLS alone.
        SESSION_COOKIE_NAME=f"__Host-{_COOKIE}" if tls else _COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        # Strict would lose the cookie on the way back from an OpenID provider.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=tls,
        MAX_CONTENT_LENGTH=64 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        # It demands the Referer, which our own policy never sends; see _same_site.
        WTF_CSRF_SSL_STRICT=False,
    )
    if portal.address is not None:
        app.config["TRUSTED_HOSTS"] = [urlsplit(portal.address).hostname]
    if portal.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=portal.proxies, x_proto=portal.proxies, x_host=portal.proxies
        )
    audit_log = AuditLog.of(settings)
    record_audit(database, audit_log)
    parts = SignInParts(
        database=database,
        sessions=SignInSessions(settings.sign_in),
        factors=SecondFactors(settings.key(KEY_NAME)),
        guard=AttemptGuard(settings.sign_in),
        audit_log=audit_log,
        open_id=None if settings.oidc is None else OpenIdSignIn(app, settings.oidc),
        address=portal.address,
    )
    guard_routes(app, database, parts.sessions, parts.factors, audit_log)
    CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    _add_safety(app, tls)
    clinic = clinic_of(database)
    add_sign_in_pages(app, parts, limiter)
    add_account_pages(app, parts)
    add_clinic_pages(app, parts, settings)
    add_audit_pages(app, database, audit_log)
    add_patient_pages(app, clinic, settings)
    add_prescription_pages(app, clinic)
    _add_pages(app, clinic)
    _add_interface(app, clinic)
    add_motion_pages(app, clinic)
    app.register_blueprint(fhir_blueprint(settings, database))
    return app


def _add_safety(app: Flask, tls: bool) -> None:
    @app.before_request
    def _same_site() -> None:
        # Browsers say where a request comes from; a form's token is demanded besides.
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method not in ("GET", "HEAD") and site not in ("same-origin", "none"):
            abort(403, "This came from a page that is not the portal's.")

    @app.after_request
    def _secure(response: Response) -> Response:
        response.headers.update(_SECURITY_HEADERS | (_UNDER_TLS if tls else {}))
        return response

    @app.errorhandler(HTTPException)
    def _explain(error: HTTPException) -> tuple[str, int] | HTTPException:
        # For a host that is not ours there are no addresses to make a page with.
        bare = error.response is not None or isinstance(error, SecurityError)
        if bare or request.path.startswith(("/api/", "/fhir")):
            return error
        return render_template("refused.html", error=error), error.code or 500


def _add_pages(app: Flask, clinic_of: ClinicOf) -> None:
    @app.get("/sessions/<uuid:session_id>")
    def session(session_id: UUID) -> str:
        with clinic_of() as clinic:
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
            )


def _add_interface(app: Flask, clinic_of: ClinicOf) -> None:
    @app.get("/api/v1/patients/<int:patient_id>/sessions")
    def sessions_document(patient_id: int) -> dict[str, Any]:
        with clinic_of() as clinic:
            records = clinic.sessions(clinic.patient(patient_id))
            return {"sessions": [_document(record) for record in records]}

    @app.get("/api/v1/patients/<int:patient_id>/events")
    def events_document(patient_id: int) -> dict[str, Any]:
        with clinic_of() as clinic:
            records = clinic.events(clinic.patient(patient_id))
            return {"events": [_event_document(record) for record in records]}

    @app.get("/api/v1/sessions/<uuid:session_id>")
    def session_document(session_id: UUID) -> dict[str, Any]:
        with clinic_of() as clinic:
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
