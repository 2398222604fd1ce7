"""The pages of signing in and of the clinic's people in real Chromium, and by axe-core."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import link_path, make_one_time_sign_in
from tests.cloud_bridge.portal_clients import add_person

AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
EMAIL, PASSWORD = "admin@clinic.invalid", "purple otter lantern 9"


@pytest.fixture
def link(tmp_path: Path, migrated_sqlite: Path) -> Iterator[str]:
    """The portal's link with which an administrator who sees patients too sets a password."""
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    person = add_person(database, "Clinic", EMAIL, name="Ada Miller", administers=True)
    with database.transaction() as transaction:
        token = make_one_time_sign_in(transaction, person, "set_password")
    app = create_app(BridgeSettings(data_folder=tmp_path), database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{link_path(token, 'set_password')}"
    server.shutdown()
    thread.join()
    server.server_close()
    database.close()


@pytest.mark.slow
@pytest.mark.browser
def test_an_administrator_goes_from_the_link_to_the_audit_log(
    browser: Browser, link: str, tmp_path: Path
) -> None:
    # axe is put into the page by hand, past the policy that forbids just that.
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda each: complaints.append(each.text) if each.type == "error" else None)

    def sound(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate("() => axe.run()")["violations"] == [], name

    page.goto(link)
    sound("set_password")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button")
    sound("sign_in")
    _sign_in(page)
    page.click("text=Ada Miller")
    sound("account")
    page.click("text=Set up a second factor")
    assert page.locator(".code-picture svg").bounding_box()["width"] >= 200
    page.click("summary")
    app = pyotp.TOTP(page.inner_text("code"))
    sound("second_factor")
    page.fill("#code", app.now())
    page.click("text=Set it up")
    codes = page.locator("code").all_inner_texts()
    assert len(codes) == 10
    sound("recovery_codes")
    page.click("text=Sign out")
    _sign_in(page)
    sound("second_factor_code")
    page.fill("#code", codes[0])
    page.click("text=Go on")
    page.click("text=People")
    page.fill("#name", "Bo Smith")
    page.fill("#email", "bo@clinic.invalid")
    page.click("text=Add >> nth=-1")
    assert "/sign-in/set-password/" in page.inner_text("code")
    sound("handed_link")
    page.click("text=← People")
    sound("people")
    page.click("text=Audit log")
    assert "person added" in page.inner_text("main")
    sound("audit")
    page.goto(link)
    assert "has been used" in page.inner_text(".notice")
    assert page.goto(link.split("/sign-in", maxsplit=1)[0] + "/patients/99").status == 404
    sound("refused")
    assert ["404" in each for each in complaints] == [True]
    context.close()


@pytest.mark.slow
@pytest.mark.browser
def test_the_policy_of_contents_stops_nothing_of_ours(browser: Browser, link: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda each: complaints.append(each.text))
    page.on("pageerror", lambda each: complaints.append(str(each)))
    page.goto(link)
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "10px"
    assert not [each for each in complaints if "Content Security Policy" in each]
    page.close()


def _sign_in(page: Page) -> None:
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.click("main button")
