"""The patient list and the patient's page in real Chromium: axe, the timer, and no script."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from cloud_bridge.demo_data.fill import fill_clinic
from cloud_bridge.demo_data.simulated_patient import Period
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.sign_in import make_one_time_sign_in
from cloud_bridge.store.tables import (
    Account,
)

AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[str]:
    """Simulated patients, and a one-time link as the path."""
    folder = tmp_path_factory.mktemp("portal")
    file = folder / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    today = datetime.now(UTC).date()
    fill_clinic(
        database, "Simulated", 1, 2, Period(today - timedelta(days=8), today, ZoneInfo("UTC"))
    )
    with database.transaction() as transaction:
        token = make_one_time_sign_in(transaction, transaction.scalars(select(Account)).one())
    app = create_app(BridgeSettings(data_folder=folder), database)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}/sign-in/one-time/{token}"
    server.shutdown()
    database.close()


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The patient list, signed in, at a fixed size; the page may not complain."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    each = context.new_page()
    problems: list[str] = []
    each.on("console", lambda said: problems.append(f"{said.text} {said.location}"))
    each.on("pageerror", lambda error: problems.append(str(error)))
    each.goto(address)
    each.click("main button")
    yield each
    assert [said for said in problems if "favicon" not in said] == []
    context.close()


def serious(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


@pytest.mark.browser
def test_list_and_page_are_accessible_and_a_timer_counts_only_when_told(page: Page) -> None:
    assert serious(page) == []
    assert page.locator("table .tag", has_text="simulated").count() == 2
    page.click("text=Simulated patient 02")
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert serious(page) == []
    for said in ("measured", "computed", "patient-reported", "no person did them"):
        assert said in page.inner_text("main")
    titles = page.locator("svg[role=img]").all()
    assert len(titles) >= 4
    for each in titles:
        assert each.locator("title").text_content()
        assert each.locator("desc").text_content()
    page.clock.install()
    assert page.inner_text("[data-part=now]") == "0:00"
    page.click("text=Start the timer")
    page.clock.run_for(185_000)
    assert page.inner_text("[data-part=now]") == "3:05"
    page.click("text=Stop, and take over the minutes")
    assert page.input_value("#minutes") == "3"
    assert "confirm them below" in page.inner_text("[data-part=said]")
    assert "0 minutes in" in page.inner_text("#counters")
    page.click("text=I have spent these minutes")
    assert "timed on the page" in page.inner_text("#counters")
    assert "3 minutes in" in page.inner_text("#counters")
    page.click("#counters table button")
    assert "withdrawn" in page.inner_text("#counters")


@pytest.mark.browser
def test_everything_can_be_read_without_javascript(browser: Browser, page: Page) -> None:
    cookies = page.context.cookies()
    home = urlsplit(page.url)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    plain = context.new_page()
    plain.goto(f"{home.scheme}://{home.netloc}/?sort=name")
    plain.click("text=Simulated patient 01")
    assert plain.locator("#done .chart path.done").count() > 0
    plain.click("text=Each day as a table")
    assert plain.locator("#done table").last.is_visible()
    assert not plain.locator("text=Start the timer").is_visible()
    context.close()
