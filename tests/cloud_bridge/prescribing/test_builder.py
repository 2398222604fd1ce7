"""The builder without a script: every button is a form's, and nothing typed is ever lost."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.tables import Patient
from models.messages import Goal, Prescription, Progression, Tempo
from tests.cloud_bridge.portal_clients import add_person, signed_in

DOCTOR, COLLEAGUE = "doctor@demo.invalid", "colleague@demo.invalid"
ADDRESS = "/patients/1/prescription"


class _Fields(HTMLParser):
    """What a browser would send of the builder's form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: MultiDict[str, str] = MultiDict()
        self._in = self._name = ""
        self._first = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = given.get("id", "")
        if self._in != "builder":
            return
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.found.add(given["name"], given.get("value", ""))
        elif tag == "select":
            self._name, self._first = given["name"], True
        elif tag == "option" and (self._first or "selected" in given):
            self.found.setlist(self._name, [given["value"]])
            self._first = False
        elif tag == "textarea":
            self._name = given["name"]
            self.found[self._name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._name = ""

    def handle_data(self, data: str) -> None:
        if self._name in ("precautions",):
            self.found[self._name] = self.found[self._name] + data.removeprefix("\r\n")


@pytest.fixture
def database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    with database.transaction() as transaction:
        make_demonstration(transaction)
    add_person(database, "Demonstration clinic", COLLEAGUE, role="physiotherapist", name="Bo")
    yield database
    database.close()


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    return create_app(BridgeSettings(data_folder=tmp_path), database)


@pytest.fixture
def client(app: Flask, database: Database) -> FlaskClient:
    return signed_in(app, database, DOCTOR)


def fields(page: str) -> MultiDict[str, str]:
    parser = _Fields()
    parser.feed(page)
    return parser.found


def press(
    client: FlaskClient, do: str, page: str | None = None, **typed: str | list[str]
) -> TestResponse:
    """Press a button; ``typed`` goes into the last exercise's fields, or the plan's own."""
    form = fields(client.get(ADDRESS).text if page is None else page)
    keys = form.getlist("item")
    for name, value in typed.items():
        whole = name in ("precautions", "starts_on", "ends_on", "template", "template_name", "q")
        where = name if whole else f"{keys[-1]}-{name}"
        form.setlist(where, value if isinstance(value, list) else [value])
    form["do"] = do
    return client.post(ADDRESS, data=form, follow_redirects=True)


def names(page: str) -> list[str]:
    return re.findall(r"<h3>\d+\. ([^<]+)</h3>", page)


def errors(page: str) -> str:
    return " ".join(re.findall(r'class="error"[^>]*>([^<]+)<', page))


def versions(database: Database, patient_id: int = 1) -> list[Prescription]:
    with database.transaction() as transaction:
        view = ClinicView(transaction, 1)
        rows = view.prescription_versions(view.patient(patient_id))
        return [Prescription.model_validate(each.payload) for each in reversed(rows)]


def test_exercises_are_added_put_in_order_taken_out_and_signed(
    client: FlaskClient, database: Database
) -> None:
    for exercise in ("squat_mini", "bridge", "calf_raise"):
        page = press(client, f"add:{exercise}").text
    assert names(page) == ["Small knee bend", "Bridge", "Up on your toes"]
    last = fields(page).getlist("item")[-1]
    page = press(client, f"up:{last}", page).text
    page = press(client, f"up:{last}", page).text
    assert names(page)[0] == "Up on your toes"
    page = press(client, f"remove:{fields(page).getlist('item')[1]}", page).text
    assert names(page) == ["Up on your toes", "Bridge"]
    assert versions(database) == [], "a draft is the bridge's alone"
    assert "Prescribed." in press(client, "sign", page).text
    (only,) = versions(database)
    assert [each.exercise_id for each in only.items] == ["calf_raise", "bridge"]
    assert only.items[1].hold_s == 5
    assert "Draft kept" not in client.get(ADDRESS).text


def test_a_whole_dose_reaches_the_message_and_comes_back_as_typed(
    client: FlaskClient, database: Database
) -> None:
    page = press(client, "add:hip_abduction_standing").text
    dose: dict[str, Any] = {
        "side": "left", "sets": "3", "reps": "12", "hold_s": "2.5", "rest_s": "45",
        "weekdays": ["mon", "fri"], "times": "17:30 9:00", "target_rom_deg": "30",
        "tolerance_deg": "5", "goal_deg": "35", "goal_by": "2027-03-01", "out_s": "2",
        "top_s": "1", "return_s": "3", "pause_s": "0", "load": "red band", "rpe_target": "4",
        "pain_stop": "0", "condition": "two weeks without pain", "change": "14 repetitions",
        "precautions": "Hold on.\nNo hurry.", "starts_on": "2027-01-01", "ends_on": "2027-04-01",
    }  # fmt: skip
    assert "Prescribed." in press(client, "sign", page, **dose).text
    (made,) = versions(database)
    (item,) = made.items
    assert (item.side, item.sets, item.reps, item.hold_s, item.rest_s) == ("left", 3, 12, 2.5, 45)
    assert (item.weekdays, item.days_per_week) == (("mon", "fri"), 2)
    assert item.times == ("09:00", "17:30")
    assert item.tempo == Tempo(out_s=2, hold_s=1, return_s=3, pause_s=0)
    assert (item.load, item.rpe_target, item.pain_stop) == ("red band", 4, 0)
    assert (item.target_rom_deg, item.tolerance_deg) == (30, 5)
    assert item.progression == Progression(
        condition="two weeks without pain", change="14 repetitions", requires_approval=True
    )
    (goal,) = made.goals
    assert isinstance(goal, Goal)
    assert (goal.target_rom_deg, str(goal.by)) == (35, "2027-03-01")
    assert made.precautions == "Hold on.\nNo hurry."
    assert (str(made.starts_on), str(made.ends_on)) == ("2027-01-01", "2027-04-01")
    assert "Prescribed." in press(client, "sign").text
    again = versions(database)[1]
    assert (again.items, again.goals, again.precautions) == (
        made.items,
        made.goals,
        made.precautions,
    )


def test_what_cannot_be_prescribed_is_told_beside_its_field_and_stays(
    client: FlaskClient, database: Database
) -> None:
    typed = {"reps": "9999", "target_rom_deg": "500", "times": "25:00", "precautions": "x" * 2001}
    page = press(client, "add:squat_mini").text
    answer = press(client, "sign", page, **typed).text
    for said in ("1 and 100", "30 to 60 degrees", "is no time", "longer than 2000"):
        assert said in errors(answer)
    assert 'aria-invalid="true"' in answer
    assert versions(database) == []
    kept = fields(client.get(ADDRESS).text)
    for name, value in typed.items():
        assert value in [kept[each] for each in kept if each.endswith(name)], name


def test_an_empty_plan_and_an_exercise_twice_are_not_signed(
    client: FlaskClient, database: Database
) -> None:
    assert "Add an exercise first" in press(client, "sign").text
    press(client, "add:squat_mini")
    press(client, "add:squat_mini")
    assert "twice for this side" in press(client, "sign").text
    assert versions(database) == []


def test_a_plan_takes_thirty_exercises_with_long_texts_and_no_more(
    client: FlaskClient, database: Database
) -> None:
    page = press(client, "add:quad_set").text
    form = fields(page)
    key = form.getlist("item")[0]
    one = {name.removeprefix(key): value for name, value in form.items() if name.startswith(key)}
    for number in range(29):
        form.add("item", f"k{number}")
        for name, value in one.items():
            form[f"k{number}{name}"] = value
    for each in form.getlist("item"):
        form[f"{each}-condition"] = form[f"{each}-change"] = "ü" * 500
    form["do"] = "add:bridge"
    answer = client.post(ADDRESS, data=form, follow_redirects=True)
    assert answer.status_code == 200
    assert "A plan has at most 30 exercises" in answer.text
    assert len(names(answer.text)) == 30
    form.add("item", "k99")
    form["k99-exercise_id"] = "bridge"
    assert client.post(ADDRESS, data=form).status_code == 400


def test_a_colleague_who_prescribes_meanwhile_is_told_of_and_nothing_typed_is_lost(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    other = signed_in(app, database, COLLEAGUE)
    press(client, "add:squat_mini")
    mine = client.get(ADDRESS).text
    theirs = press(other, "add:squat_mini").text
    assert "Demonstration doctor has a draft" in theirs
    assert "Prescribed." in press(other, "sign", theirs, reps="7").text
    answer = press(client, "sign", mine, reps="9").text
    assert "Version 1 was prescribed while you were writing, by Bo" in answer
    assert "repetitions a set: 7 → 9" in answer
    assert 'value="9"' in answer
    assert len(versions(database)) == 1
    assert "was prescribed while" in client.get(ADDRESS).text, "told until it is signed"
    assert "Prescribed." in press(client, "sign", answer).text
    assert [each.items[0].reps for each in versions(database)] == [7, 9]


def test_two_windows_of_one_person_do_not_overwrite_each_other(client: FlaskClient) -> None:
    first = press(client, "add:squat_mini").text
    press(client, "save", first, reps="7")
    answer = press(client, "save", first, reps="9").text
    assert "changed in another window" in answer
    assert "repetitions a set: 7 → 9" in answer
    press(client, "save", answer)
    assert 'value="9"' in client.get(ADDRESS).text


def test_a_draft_that_is_discarded_leaves_what_holds(
    client: FlaskClient, database: Database
) -> None:
    press(client, "add:squat_mini")
    press(client, "sign")
    press(client, "add:bridge")
    assert "Go on with your draft" in client.get("/patients/1").text
    assert "thrown away" in press(client, "discard").text
    assert names(client.get(ADDRESS).text) == ["Small knee bend"]
    assert len(versions(database)) == 1


def test_states_are_new_versions_and_what_has_ended_begins_again_by_signing(
    client: FlaskClient, database: Database
) -> None:
    press(client, "add:squat_mini", precautions="Slowly.")
    press(client, "sign")

    def to(state: str, based_on: int) -> str:
        token = fields(client.get(ADDRESS).text)["csrf_token"]
        data = {"csrf_token": token, "state": state, "based_on": str(based_on)}
        return client.post(f"{ADDRESS}/state", data=data, follow_redirects=True).text

    assert "Version 2 is on hold" in to("on_hold", 1)
    assert "was prescribed while" in to("active", 1), "of another version than was looked at"
    assert "Version 3 is active" in to("active", 2)
    assert "Version 4 is revoked" in to("revoked", 3)
    assert "cannot be set" in to("active", 4)
    assert "cannot be set" in to("nonsense", 4)
    press(client, "sign")
    made = versions(database)
    assert [each.status for each in made] == ["active", "on_hold", "active", "revoked", "active"]
    assert {(each.items, each.precautions) for each in made} == {(made[0].items, "Slowly.")}
    page = client.get(f"{ADDRESS}/versions").text
    assert "State: active → on hold" in page
    assert (page.count("Waiting to be sent"), page.count("Never sent")) == (1, 4)


def test_templates_are_the_clinics_own_and_carry_no_goal(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    page = press(client, "add:squat_mini").text
    page = press(
        client, "save_template", page, template_name="Knee, week 1", goal_deg="50", reps="6",
        load="red band", precautions="Mr Smith falls.",
    ).text  # fmt: skip
    assert "Saved as the template" in page
    assert "already" in press(client, "save_template", page, template_name="Knee, week 1").text
    other = signed_in(app, database, COLLEAGUE)
    template = re.search(r'value="([0-9a-f-]{36})">Knee, week 1', other.get(ADDRESS).text)
    assert template
    page = press(other, "use_template", template=template[1]).text
    assert ('value="6"' in page, "red band" in page) == (True, True)
    assert 'value="50"' not in page
    assert "Smith" not in page
    add_person(database, "Another clinic", "stranger@other.invalid")
    with database.transaction() as transaction:
        transaction.add(Patient(clinic_id=2, wire_id="other", display_name="Other"))
    stranger = signed_in(app, database, "stranger@other.invalid")
    theirs = stranger.get("/patients/2/prescription").text
    assert "Knee, week 1" not in theirs
    form = fields(theirs) | {"template": template[1]}
    for do in ("use_template", "remove_template"):
        answer = stranger.post(
            "/patients/2/prescription", data=form | {"do": do}, follow_redirects=True
        )
        assert names(answer.text) == []
    assert "removed" in press(other, "remove_template", template=template[1]).text
    assert "Knee, week 1" not in client.get(ADDRESS).text


def test_a_copy_brings_the_dose_and_nothing_personal(
    client: FlaskClient, database: Database
) -> None:
    with database.transaction() as transaction:
        transaction.add(Patient(clinic_id=1, wire_id="second", display_name="Second patient"))
    page = press(client, "add:squat_mini").text
    press(
        client, "sign", page, reps="6", load="his grandson", goal_deg="50", condition="a",
        change="b", precautions="Mr Smith falls.", starts_on="2027-01-01", times="09:00",
    )  # fmt: skip
    copy = "/patients/2/prescription/copy"
    page = client.get(copy).text
    assert "Simulated patient" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    data = {"csrf_token": token[1], "from_patient": "1"}
    page = client.post(copy, data=data, follow_redirects=True).text
    assert names(page) == ["Small knee bend"]
    typed = fields(page)
    key = typed["item"]
    assert (typed[f"{key}-reps"], typed[f"{key}-times"]) == ("6", "09:00")
    for name in ("load", "goal_deg", "condition", "change"):
        assert typed[f"{key}-{name}"] == "", name
    assert (typed["precautions"], typed["starts_on"]) == ("", "")
    assert "Choose a patient" in client.post(
        copy, data=data | {"from_patient": "x"}, follow_redirects=True
    ).text  # fmt: skip
    assert client.post(copy, data=data | {"from_patient": "99"}).status_code == 404


def test_the_preview_speaks_the_patients_language(client: FlaskClient) -> None:
    press(client, "add:hip_abduction_standing")
    press(client, "save", side="right", hold_s="1")
    press(client, "add:squat_mini", precautions="Hold on.")
    german = client.get(f"{ADDRESS}/preview?language=de").text
    assert "(rechts)" in german
    assert "1 Sekunde halten" in german
    assert "Nicht bei:" in german
    assert "Hold on." in german
    assert "of 10" in client.get(f"{ADDRESS}/preview?language=klingon").text
    press(client, "save", reps="")
    unfinished = client.get(f"{ADDRESS}/preview").text
    assert "1 of its exercises is not whole" in unfinished


def test_the_library_is_found_by_region_and_words_without_a_script(client: FlaskClient) -> None:
    everything = client.get(ADDRESS).text
    page = client.get(f"{ADDRESS}?q=toes&region=ankle").text
    shown = [each for each in re.findall(r"<li data-words[^>]*>", page) if "hidden" not in each]
    assert 0 < len(shown) < 5
    assert page.count("<li data-words") == everything.count("<li data-words")
    assert (
        "hidden"
        not in re.findall(r"<p[^>]*none-found[^>]*>", client.get(f"{ADDRESS}?q=x9").text)[0]
    )


def test_hostile_forms_are_refused_or_escaped(client: FlaskClient) -> None:
    token = fields(client.get(ADDRESS).text)["csrf_token"]
    base = {"csrf_token": token, "do": "save"}
    for bad in (
        {"revision": "-1"}, {"based_on": "9" * 30}, {"item": "../x"},
        {"item": "a", "a-exercise_id": "x" * 65}, {"precautions": "x" * 5001},
    ):  # fmt: skip
        assert client.post(ADDRESS, data=base | bad).status_code == 400, bad
    odd = {"item": "a", "a-exercise_id": "<b>gone</b>", "precautions": "a\x00b<script>\u202e"}
    page = client.post(ADDRESS, data=base | odd, follow_redirects=True).text
    assert ("<b>gone" in page, "b<script>" in page, "\x00" in page) == (False, False, False)
    assert "not in the library any more" in press(client, "sign", page).text
    assert client.post(ADDRESS, data=base | {"precautions": "x" * 600_000}).status_code == 413
