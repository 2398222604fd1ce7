"""The audit log as its clinic's administrators read it: a page with filters, and CSV."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from flask import Flask, Response, render_template, request
from flask_login import current_user
from wtforms import DateField, Form, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from cloud_bridge.accounts.people import ClinicPeople
from cloud_bridge.audit.doing import doing_now
from cloud_bridge.audit.log import AuditLog
from cloud_bridge.audit.reading import AuditFilter, AuditLine, ClinicAudit
from cloud_bridge.portal.access import open_to
from cloud_bridge.store.database import Database

_LINES_A_PAGE: Final = 100
_LINES_AT_ONCE: Final = 1000
_KINDS: Final = {
    "": "Everything",
    "read": "Patients' data read",
    "change": "Changes",
    "sign_in": "Signing in and out",
    "refused": "Refused",
}
_COLUMNS: Final = (
    "number",
    "at",
    "who",
    "principal",
    "kind",
    "patients",
    "action",
    "object",
    "outcome",
    "address",
)


class FilterForm(Form):  # type: ignore[misc]
    """What to show; days are UTC."""

    person = SelectField("Person", validators=[Optional()])
    patient = IntegerField("Number of the patient", [Optional(), NumberRange(1)])
    kind = SelectField("What", choices=list(_KINDS.items()), validators=[Optional()])
    since = DateField("From", [Optional()])
    until = DateField("To and including", [Optional()])

    def wanted(self) -> AuditFilter:
        """The filter; a field that is not right filters nothing."""
        good = {name for name, field in self._fields.items() if not field.errors}
        person = self.person.data if "person" in good else ""
        until = _midnight(self.until.data) if "until" in good else None
        return AuditFilter(
            account_id=int(person) if person else None,
            patient_id=self.patient.data if "patient" in good else None,
            kind=(self.kind.data or None) if "kind" in good else None,
            since=_midnight(self.since.data) if "since" in good else None,
            until=None if until is None else until + timedelta(days=1),
        )


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, UTC)


def add_audit_pages(app: Flask, database: Database, audit_log: AuditLog) -> None:
    """The page and the file; reading them is noted too."""

    def filter_form() -> FilterForm:
        form = FilterForm(request.args)
        with database.transaction() as transaction:
            people = ClinicPeople(transaction, current_user.account.clinic_id).all()
        form.person.choices = [("", "Anybody"), *((str(each.id), each.name) for each in people)]
        form.validate()
        return form

    def note_reading(outcome: str) -> None:
        doing = doing_now()
        if doing is not None:
            with database.transaction() as transaction:
                audit_log.append(transaction, doing, "read", outcome)

    @app.get("/clinic/audit")
    @open_to("administrator")
    def audit() -> str:
        form = filter_form()
        before = request.args.get("before", type=int)
        with database.transaction() as transaction:
            clinic = ClinicAudit(transaction, current_user.account.clinic_id)
            lines = clinic.lines(form.wanted(), _LINES_A_PAGE + 1, before)
        note_reading("audit log shown")
        shown = lines[:_LINES_A_PAGE]
        older = shown[-1].entry.number if len(lines) > _LINES_A_PAGE else None
        query = {key: value for key, value in request.args.items() if key != "before"}
        return render_template(
            "audit.html", form=form, lines=shown, older=older, query=query, kinds=_KINDS
        )

    @app.get("/clinic/audit.csv")
    @open_to("administrator")
    def audit_file() -> Response:
        wanted, clinic_id = filter_form().wanted(), current_user.account.clinic_id
        note_reading("audit log taken as CSV")
        return Response(
            _csv(database, wanted, clinic_id),
            mimetype="text/csv",
            headers={"Content-Disposition": "attachment; filename=audit.csv"},
        )


def _csv(database: Database, wanted: AuditFilter, clinic_id: int) -> Iterator[str]:
    yield _line(_COLUMNS)
    before: int | None = None
    while True:
        with database.transaction() as transaction:
            lines = ClinicAudit(transaction, clinic_id).lines(wanted, _LINES_AT_ONCE, before)
        yield from (_line(_cells(each)) for each in lines)
        if len(lines) < _LINES_AT_ONCE:
            return
        before = lines[-1].entry.number


def _cells(line: AuditLine) -> tuple[str, ...]:
    entry = line.entry
    return (
        str(entry.number),
        entry.at.isoformat(timespec="milliseconds"),
        line.who,
        entry.principal,
        entry.kind,
        " ".join(map(str, line.patients)),
        entry.action,
        entry.object_id,
        entry.outcome,
        entry.address,
    )


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    # A cell that a spreadsheet would take for a formula is made plain text.
    csv.writer(text).writerow(
        [f"'{each}" if each[:1] in ("=", "+", "-", "@", "\t", "\r") else each for each in cells]
    )
    return text.getvalue()
