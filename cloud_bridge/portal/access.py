"""Who may open which page: everything is for signed-in clinicians unless a route says otherwise."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Final, Literal, TypeVar

from flask import Flask, Response, abort, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response as BaseResponse

from cloud_bridge.accounts.second_factor import SecondFactors
from cloud_bridge.accounts.sessions import OpenSession, SignInSessions, Visitor
from cloud_bridge.audit.doing import Doing, begin, doing_now, name_principal, truncated
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.store.clinic_view import ClinicView, NotAllowedError, NotInClinicError
from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Account, Clinic, SignInSession

OpenTo = Literal["anybody", "token", "second_factor", "signed_in", "clinician", "administrator"]
ClinicOf = Callable[[], AbstractContextManager[ClinicView]]
_View = TypeVar("_View", bound=Callable[..., object])
_MARK: Final = "_open_to"
_LONGEST_AGENT: Final = 200


def open_to(who: OpenTo) -> Callable[[_View], _View]:
    """Say whom a view is for; without it, for clinicians alone.

    ``token`` is for interfaces that look at a token of their own; ``second_factor`` for pages on
    the way there, open to whoever has given the first.
    """

    def mark(view: _View) -> _View:
        setattr(view, _MARK, who)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> OpenTo:
    """Whom an endpoint is for."""
    if endpoint == "static":
        return "anybody"
    found: OpenTo = getattr(app.view_functions[endpoint], _MARK, "clinician")
    return found


class SignedIn(UserMixin):  # type: ignore[misc]
    """A person who has signed in, with the session that says so."""

    def __init__(self, opened: OpenSession, token: str, has_second_factor: bool) -> None:
        self.id = token
        self.account: Account = opened.account
        self.clinic: Clinic = opened.clinic
        self.session: SignInSession = opened.record
        self.has_second_factor = has_second_factor

    @property
    def must_set_up(self) -> bool:
        """Whether the clinic demands a second factor that this person does not have yet."""
        return self.clinic.second_factor_required and not self.has_second_factor


def visitor() -> Visitor:
    """Where the request comes from, as it is kept with a session."""
    agent = request.headers.get("User-Agent", "")[:_LONGEST_AGENT]
    return Visitor(agent, truncated(request.remote_addr))


def home() -> str:
    """Where a person begins."""
    return url_for("patients" if current_user.account.is_clinician else "people")


def clinic_of(database: Database) -> ClinicOf:
    """What the signed-in person's clinic has, in one transaction; 404 for what it has not."""

    @contextmanager
    def view() -> Iterator[ClinicView]:
        with database.transaction() as transaction:
            try:
                yield ClinicView(transaction, current_user.account.clinic_id)
            except NotInClinicError as error:
                abort(404, str(error))
            except NotAllowedError as error:
                abort(403, str(error))

    return view


def sign_in_browser(opened: OpenSession, token: str, has_second_factor: bool) -> None:
    """From here on the browser carries ``token``; whatever its cookie held before is gone."""
    session.clear()
    login_user(SignedIn(opened, token, has_second_factor))


def guard_routes(
    app: Flask,
    database: Database,
    sessions: SignInSessions,
    factors: SecondFactors,
    audit_log: AuditLog,
) -> None:
    """Ask before every request who comes, and keep a line of whoever was refused."""
    logins = LoginManager(app)
    logins.login_view = "sign_in"
    logins.login_message = None

    @logins.user_loader  # type: ignore[untyped-decorator]
    def _load(token: str) -> SignedIn | None:
        with database.transaction() as transaction:
            opened = sessions.find(transaction, token, datetime.now(UTC))
            if opened is None:
                return None
            return SignedIn(opened, token, factors.stands(transaction, opened.account))

    @app.before_request
    def _ask() -> BaseResponse | None:
        begin(None)
        if request.endpoint is None:
            return None
        who = access_of(app, request.endpoint)
        person = _person()
        begin(_doing())
        if person is not None:
            account = person.account
            name_principal(f"account:{account.id}", account.clinic_id, account.id)
        return _refusal(who, person)

    @app.after_request
    def _note_refusal(response: Response) -> Response:
        doing = doing_now()
        # Strangers who knock are not noted: they were told nothing, and could fill the log.
        if doing is not None and doing.clinic_id is not None and response.status_code >= 400:
            with database.transaction() as transaction:
                audit_log.append(
                    transaction, doing, "refused", str(response.status_code), doing.patients
                )
        return response

    @app.teardown_request
    def _end(_error: BaseException | None) -> None:
        begin(None)


def _person() -> SignedIn | None:
    return current_user if current_user.is_authenticated else None


def _doing() -> Doing:
    given = request.view_args or {}
    patient = given.get("patient_id")
    return Doing(
        action=f"{request.method} {request.endpoint}",
        # A one-time link's token is no name of anything.
        object_id=" ".join(f"{key}={value}" for key, value in given.items() if key != "token"),
        principal="nobody",
        address=truncated(request.remote_addr),
        patients=frozenset([patient] if isinstance(patient, int) else []),
    )


def _refusal(who: OpenTo, person: SignedIn | None) -> BaseResponse | None:
    if who in ("anybody", "token"):
        return None
    if person is None:
        return redirect(url_for("sign_in"))
    if who == "second_factor":
        return None
    if person.session.second_factor_pending:
        return redirect(url_for("second_factor_code"))
    if person.must_set_up:
        return redirect(url_for("second_factor"))
    if who == "clinician" and not person.account.is_clinician:
        abort(403, "Patients' data is for the clinic's doctors and physiotherapists.")
    if who == "administrator" and not person.account.is_administrator:
        abort(403, "This page is for the clinic's administrators.")
    return None
