"""Signing in through the pages: who gets how far, and what nobody can tell from outside."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cloud_bridge.accounts import passwords
from cloud_bridge.accounts.passwords import set_password
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings, PortalSettings, SignInSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import make_one_time_sign_in
from cloud_bridge.store.tables import Account, AuditEntry, Clinic, SignInSession
from tests.cloud_bridge.portal_clients import add_person, csrf, post, set_up_factor, signed_in

EMAIL, PASSWORD, NEW = "doctor@clinic.invalid", "correct horse battery", "purple otter lantern 9"
ADMINISTRATOR = "admin@clinic.invalid"


@pytest.fixture(autouse=True)
def _fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the real parameters do, test_passwords.py looks at."""
    fast = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", fast)
    monkeypatch.setattr(passwords, "_NOBODY", fast.hash("nobody"))


@pytest.fixture
def database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    doctor = add_person(database, "Clinic", EMAIL, name="Ada Miller")
    with database.transaction() as transaction:
        set_password(transaction.get_one(Account, doctor.id), PASSWORD)
    add_person(database, "Clinic", ADMINISTRATOR, role="administrator")
    yield database
    database.close()


def portal(database: Database, folder: Path, **settings: object) -> Flask:
    fields = {"data_folder": folder} | settings
    return create_app(BridgeSettings.model_validate(fields), database)


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Flask:
    return portal(database, tmp_path, sign_in=SignInSettings(failures_before_lock=3))


def try_password(client: FlaskClient, password: str, email: str = EMAIL) -> bool:
    return post(client, "/sign-in", email=email, password=password).location is not None


def account(database: Database, email: str = EMAIL) -> Account:
    with database.transaction() as transaction:
        return transaction.scalars(select(Account).where(Account.email == email)).one()


def opened(database: Database) -> list[SignInSession]:
    with database.transaction() as transaction:
        return list(
            transaction.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None)))
        )


def test_a_locked_address_and_an_unknown_one_get_the_same_answer(app: Flask) -> None:
    answers = []
    for email in (EMAIL, "nobody@clinic.invalid"):
        client = app.test_client()
        for _ in range(4):
            text = post(client, "/sign-in", email=email, password="wrong").text
        token = csrf(text)
        answers.append(text.replace(email, "").replace(token, ""))
    assert answers[0] == answers[1]
    assert "did not sign you in" in answers[0]
    assert not try_password(app.test_client(), PASSWORD)


def test_an_administrator_unlocks(app: Flask, database: Database) -> None:
    for _ in range(3):
        try_password(app.test_client(), "wrong")
    administrator = signed_in(app, database, ADMINISTRATOR)
    assert "locked after failed sign-ins" in administrator.get("/clinic/people").text
    post(administrator, f"/clinic/people/{account(database).id}/unlock", page="/clinic/people")
    assert try_password(app.test_client(), PASSWORD)


def test_the_cookie_is_made_anew_at_sign_in_and_worthless_after_sign_out(
    app: Flask, database: Database
) -> None:
    client = app.test_client()
    client.get("/sign-in")
    before = client.get_cookie("physiopi_portal")
    assert try_password(client, PASSWORD)
    after = client.get_cookie("physiopi_portal")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert client.get("/account").status_code == 200
    assert post(client, "/sign-out", page="/account").location == "/sign-in"
    thief = app.test_client()
    thief.set_cookie("physiopi_portal", after.value)
    assert thief.get("/account").location == "/sign-in"


def test_the_cookie_and_the_headers_under_tls(database: Database, tmp_path: Path) -> None:
    app = portal(database, tmp_path, portal=PortalSettings(secure_cookies=True))
    client = app.test_client()
    answer = client.get("/sign-in", base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-physiopi_portal=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    # Our own policy sends no Referer: the form must be taken without one.
    form = {"csrf_token": csrf(answer.text), "email": EMAIL, "password": PASSWORD}
    signed = client.post("/sign-in", data=form, base_url="https://localhost")
    assert signed.location == "/"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_from_another_site_is_refused(app: Flask, site: str) -> None:
    client = app.test_client()
    form = {"csrf_token": csrf(client.get("/sign-in").text), "email": EMAIL, "password": PASSWORD}
    answer = client.post("/sign-in", data=form, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


def test_another_host_is_refused_where_the_address_is_known(
    database: Database, tmp_path: Path
) -> None:
    app = portal(database, tmp_path, portal=PortalSettings(address="https://clinic.example"))
    client = app.test_client()
    assert client.get("/sign-in", headers={"Host": "clinic.example"}).status_code == 200
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_behind_a_proxy_visitors_are_limited_one_by_one(database: Database, tmp_path: Path) -> None:
    app = portal(database, tmp_path, portal=PortalSettings(proxies=1))
    app.config["WTF_CSRF_ENABLED"] = False

    def statuses(address: str) -> list[int]:
        headers = {"X-Forwarded-For": address}
        client = app.test_client()
        return [client.post("/sign-in", headers=headers).status_code for _ in range(11)]

    assert statuses("192.0.2.1")[-1] == 429
    assert statuses("192.0.2.2")[0] != 429


def test_one_account_is_limited_whatever_network_it_is_tried_from(
    database: Database, tmp_path: Path
) -> None:
    app = portal(database, tmp_path, portal=PortalSettings(proxies=1))
    app.config["WTF_CSRF_ENABLED"] = False

    def status(number: int, email: str = EMAIL) -> int:
        headers = {"X-Forwarded-For": f"192.0.2.{number}"}
        return (
            app.test_client().post("/sign-in", data={"email": email}, headers=headers).status_code
        )

    assert [status(each) for each in range(61)] == [200] * 60 + [429]
    assert status(70, "other@clinic.invalid") == 200


def test_an_old_hash_is_replaced_at_the_next_sign_in(app: Flask, database: Database) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=32, parallelism=1).hash(PASSWORD)
    with database.transaction() as transaction:
        transaction.scalars(select(Account).where(Account.email == EMAIL)).one().password_hash = old
    assert try_password(app.test_client(), PASSWORD)
    assert account(database).password_hash != old
    assert try_password(app.test_client(), PASSWORD)


def test_with_a_second_factor_the_password_alone_opens_nothing(
    app: Flask, database: Database
) -> None:
    client = app.test_client()
    try_password(client, PASSWORD)
    used, codes = set_up_factor(client)
    other = app.test_client()
    assert post(other, "/sign-in", email=EMAIL, password=PASSWORD).location == "/sign-in/code"
    for closed in ("/", "/account", "/account/second-factor", "/patients/1"):
        assert other.get(closed).location in ("/sign-in/code", "/account")
        assert other.get("/account").location == "/sign-in/code"
    assert "did not sign you in" in post(other, "/sign-in/code", code="000000").text
    # The code that set it up is used up.
    assert "did not sign you in" in post(other, "/sign-in/code", code=used).text
    pending = other.get_cookie("physiopi_portal")
    assert post(other, "/sign-in/code", code=codes[0]).location == "/"
    assert other.get("/account").status_code == 200
    assert pending is not None
    thief = app.test_client()
    thief.set_cookie("physiopi_portal", pending.value)
    assert thief.get("/account").location == "/sign-in"


def test_wrong_codes_lock_as_wrong_passwords_do(app: Flask, database: Database) -> None:
    client = app.test_client()
    try_password(client, PASSWORD)
    _, codes = set_up_factor(client)
    # With the right password before each: it must not forget the wrong codes.
    for _ in range(3):
        other = app.test_client()
        try_password(other, PASSWORD)
        post(other, "/sign-in/code", code="000000")
    assert "did not sign you in" in post(other, "/sign-in/code", code=codes[0]).text


def test_where_the_clinic_demands_it_nothing_opens_before_it_is_set_up(
    app: Flask, database: Database
) -> None:
    with database.transaction() as transaction:
        transaction.scalars(select(Clinic)).one().second_factor_required = True
    client = app.test_client()
    try_password(client, PASSWORD)
    for closed in ("/", "/account", "/patients/1"):
        assert client.get(closed).location == "/account/second-factor"
    set_up_factor(client)
    assert client.get("/").status_code == 200


def test_setting_up_a_second_factor_signs_out_everywhere_else(
    app: Flask, database: Database
) -> None:
    client, other = app.test_client(), app.test_client()
    for each in (client, other):
        try_password(each, PASSWORD)
    set_up_factor(client)
    assert other.get("/account").location == "/sign-in"


def test_removing_it_needs_a_code(app: Flask, database: Database) -> None:
    client = app.test_client()
    try_password(client, PASSWORD)
    _, codes = set_up_factor(client)
    post(client, "/account/second-factor/remove", page="/account", code="000000")
    assert "✔ Set up" in client.get("/account").text
    post(client, "/account/second-factor/remove", page="/account", code=codes[1])
    assert "✘ Not set up" in client.get("/account").text


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(
    app: Flask, database: Database
) -> None:
    client, other = app.test_client(), app.test_client()
    for each in (client, other):
        try_password(each, PASSWORD)

    def change(current: str, new: str, again: str) -> str:
        form = {"current": current, "password": new, "again": again}
        return post(client, "/account/password", page="/account", **form).text

    assert "not your password" in change("wrong", NEW, NEW)
    assert "at least 12" in change(PASSWORD, "short", "short")
    assert "easy to guess" in change(PASSWORD, "Miller-Miller1", "Miller-Miller1")
    assert "not the same" in change(PASSWORD, NEW, NEW + "x")
    assert other.get("/account").status_code == 200
    change(PASSWORD, NEW, NEW)
    assert other.get("/account").location == "/sign-in"
    assert client.get("/account").status_code == 200
    assert not try_password(app.test_client(), PASSWORD)
    assert try_password(app.test_client(), NEW)


def test_sessions_are_listed_and_ended_from_elsewhere(app: Flask, database: Database) -> None:
    client, other = app.test_client(), app.test_client()
    for each in (client, other):
        try_password(each, PASSWORD)
    mine = client.get("/account").text
    assert mine.count("Sign out there") == 1
    address = f"/account/sessions/{opened(database)[1].id}/end"
    post(client, address, page="/account")
    assert other.get("/account").location == "/sign-in"
    assert client.get("/account").status_code == 200


def test_an_administrators_link_sets_a_password_once_and_lets_nobody_in_by_itself(
    app: Flask, database: Database
) -> None:
    administrator, client = signed_in(app, database, ADMINISTRATOR), app.test_client()
    try_password(client, PASSWORD)
    page = post(administrator, f"/clinic/people/{account(database).id}/link",
                page="/clinic/people").text  # fmt: skip
    address = urlsplit(page.split('<code class="link">')[1].split("</code>")[0]).path
    somebody = app.test_client()
    assert somebody.get(address).status_code == 200
    # Opening it changes nothing yet.
    assert client.get("/account").status_code == 200
    assert "easy to guess" in post(somebody, address, password="password1234",
                                   again="password1234").text  # fmt: skip
    assert post(somebody, address, password=NEW, again=NEW).location == "/sign-in"
    assert somebody.get("/").location == "/sign-in"
    assert client.get("/account").location == "/sign-in"
    assert somebody.get(address).location == "/sign-in"
    assert try_password(somebody, NEW)


def test_a_newer_link_takes_the_place_of_the_former(app: Flask, database: Database) -> None:
    person = account(database)
    with database.transaction() as transaction:
        old, new = (
            make_one_time_sign_in(transaction, person, "set_password", timedelta(hours=1))
            for _ in range(2)
        )
    client = app.test_client()
    assert client.get(f"/sign-in/set-password/{old}").status_code == 302
    assert client.get(f"/sign-in/set-password/{new}").status_code == 200
    # Nor is a link for a password one for signing in.
    page = client.get(f"/sign-in/one-time/{new}").text
    form = {"csrf_token": csrf(page)}
    assert client.post(f"/sign-in/one-time/{new}", data=form).location == "/sign-in"


def test_whoever_left_is_out_at_once_and_gets_in_by_no_way(app: Flask, database: Database) -> None:
    administrator, client = signed_in(app, database, ADMINISTRATOR), app.test_client()
    try_password(client, PASSWORD)
    person = account(database)
    with database.transaction() as transaction:
        link = make_one_time_sign_in(transaction, person)
    post(administrator, f"/clinic/people/{person.id}/disable", page="/clinic/people")
    assert client.get("/account").location == "/sign-in"
    assert not try_password(client, PASSWORD)
    assert post(client, f"/sign-in/one-time/{link}").location == "/sign-in"
    post(administrator, f"/clinic/people/{person.id}/enable", page="/clinic/people")
    assert try_password(client, PASSWORD)


def test_the_last_administrator_stays(app: Flask, database: Database) -> None:
    administrator = signed_in(app, database, ADMINISTRATOR)
    own = account(database, ADMINISTRATOR).id
    post(administrator, f"/clinic/people/{own}/disable", page="/clinic/people")
    assert "last administrator" in administrator.get("/clinic/people").text


def test_a_person_is_added_with_a_link_and_an_address_only_once(
    app: Flask, database: Database
) -> None:
    administrator = signed_in(app, database, ADMINISTRATOR)
    form = {"name": "New", "email": "New@Clinic.invalid", "role": "physiotherapist"}
    page = post(administrator, "/clinic/people", **form).text
    assert "/sign-in/set-password/" in page
    assert account(database, "new@clinic.invalid").password_hash is None
    assert "cannot be added" in post(administrator, "/clinic/people", **form).text
    assert "no e-mail address" in post(administrator, "/clinic/people",
                                       **form | {"email": "nobody"}).text  # fmt: skip


def test_the_audit_page_filters_and_its_csv_says_the_same(app: Flask, database: Database) -> None:
    client = signed_in(app, database, EMAIL)
    client.get("/patients/77")
    administrator = signed_in(app, database, ADMINISTRATOR)
    person = account(database).id
    page = administrator.get(f"/clinic/audit?person={person}&patient=77&kind=refused").text
    assert page.count("GET patient") == 1
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert "Nothing matches" in administrator.get(f"/clinic/audit?since={tomorrow}").text
    assert "Nothing matches" not in administrator.get(f"/clinic/audit?until={tomorrow}").text
    lines = administrator.get("/clinic/audit.csv?patient=77").text.splitlines()
    assert len(lines) == 2
    assert "Ada Miller" in lines[1]
    assert ",404," in lines[1]


def test_failed_sign_ins_are_noted_without_what_was_typed(app: Flask, database: Database) -> None:
    try_password(app.test_client(), "not my password")
    try_password(app.test_client(), "x", email="nobody@clinic.invalid")
    with database.transaction() as transaction:
        entries = transaction.scalars(select(AuditEntry)).all()
        found = [(each.principal, each.outcome) for each in entries]
        assert found == [(f"account:{account(database).id}", "refused"), ("nobody", "refused")]
        assert "not my" not in str([vars(each) for each in entries])
