"""A doctor at the portal, by the same pages a person uses: signs in, prescribes, reads."""

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from running_parts import ProductError

_ANSWERS_WITHIN_S = 10.0


@dataclass
class Form:
    """One form of a page: each field's name with what stands in it."""

    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.found.append(Form())
        elif not self.found:
            return
        elif tag == "input" and "name" in given:
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            self.found[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            fields = self.found[-1].fields
            # A browser sends the first option unless another is marked.
            if "selected" in given or self._select not in fields:
                fields[self._select] = given.get("value", "")


def form_with(page: str, name: str) -> Form:
    """The form of a page that has a field of this name; raises :class:`ProductError`."""
    parser = _Forms()
    parser.feed(page)
    for form in parser.found:
        if name in form.fields:
            return form
    raise ProductError(f"the portal's page has no form with the field {name!r}")


class Doctor:
    """Signed in by a one-time link; raises :class:`ProductError` when the portal says no."""

    def __init__(self, portal: str, sign_in_address: str) -> None:
        self._portal = portal
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # A proxy of this machine's has no business between us and our own portal.
        self._browser = urllib.request.build_opener(cookies, urllib.request.ProxyHandler({}))
        form = form_with(self._get(sign_in_address), "csrf_token")
        page = self._post(sign_in_address, form.fields)
        if "Sign out" not in page:
            raise ProductError("the portal did not accept the one-time sign-in: run this again")

    def prescribe(self, patient_id: int, dose: dict[str, str]) -> None:
        """Add an exercise to the plan by its button, fill in its dose, and sign.

        ``dose`` has ``exercise_id`` and the fields to change by their names in the form.
        """
        address = f"{self._portal}/patients/{patient_id}/prescription"
        form = form_with(self._get(address), "revision")
        page = self._post(address, form.fields | {"do": f"add:{dose['exercise_id']}"})
        form = form_with(page, "revision")
        if "item" not in form.fields:
            raise ProductError(f"the portal has no exercise {dose['exercise_id']} to prescribe")
        key = form.fields["item"]
        # Whatever the library suggests, it is to be done today.
        dose = {"days_per_week": "7"} | dose
        typed = {f"{key}-{name}": value for name, value in dose.items()}
        page = self._post(address, form.fields | typed | {"do": "sign"})
        if "Prescribed." not in page:
            errors = re.findall(r'class="error"[^>]*>([^<]+)<', page)
            said = " ".join(errors) or "it gave no reason"
            raise ProductError(f"the portal did not take the prescription: {said}")

    def sessions(self, patient_id: int) -> list[dict[str, Any]]:
        """What the portal has of a patient, newest first."""
        address = f"{self._portal}/api/v1/patients/{patient_id}/sessions"
        found: list[dict[str, Any]] = json.loads(self._get(address))["sessions"]
        return found

    def _get(self, address: str) -> str:
        return self._open(urllib.request.Request(address))

    def _post(self, address: str, fields: dict[str, str]) -> str:
        return self._open(urllib.request.Request(address, urllib.parse.urlencode(fields).encode()))

    def _open(self, request: urllib.request.Request) -> str:
        with self._browser.open(request, timeout=_ANSWERS_WITHIN_S) as response:
            text: str = response.read().decode()
            return text
