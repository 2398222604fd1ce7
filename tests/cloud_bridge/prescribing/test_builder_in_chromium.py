"""The builder in real Chromium: by mouse and by keys, wide and narrow, checked by axe-core."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.clinic_view import ClinicView
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from cloud_bridge.store.sign_in import link_path, make_one_time_sign_in
from cloud_bridge.store.tables import Account
from models.messages import Prescription

AXE = Path(__file__).parents[2] / "vendor" / "axe.min.js"
FOUR = ("squat_mini", "sit_to_stand", "calf_raise", "bridge")


@pytest.fixture
def database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    file = tmp_path / "bridge.sqlite"
    file.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{file}")
    with database.transaction() as transaction:
        make_demonstration(transaction)
    yield database
    database.close()


@pytest.fixture
def page(browser: Browser, database: Database, tmp_path: Path) -> Iterator[Page]:
    """The doctor, signed in, on the patient's page."""
    with database.transaction() as transaction:
        doctor = transaction.query(Account).one()
        path = link_path(make_one_time_sign_in(transaction, doctor))
    app = create_app(BridgeSettings(data_folder=tmp_path), database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    # axe is put into the page by hand, past the policy that forbids just that.
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(8000)
    page.goto(f"http://127.0.0.1:{server.server_port}{path}")
    page.click("main button")
    page.click("text=Simulated patient")
    page.wait_for_load_state("networkidle")
    yield page
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def sound(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate("() => axe.run()")["violations"] == []
    wide = page.evaluate("""() => [...document.querySelectorAll('body *')]
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
        .map((each) => each.outerHTML.slice(0, 90))""")
    assert wide == [], "wider than the screen"


def prescribed(database: Database) -> Prescription:
    with database.transaction() as transaction:
        view = ClinicView(transaction, 1)
        row = view.current_prescription(view.patient(1))
        assert row is not None
        return Prescription.model_validate(row.payload)


def order(page: Page) -> list[str]:
    return page.locator(".item h3").all_inner_texts()


@pytest.mark.slow
@pytest.mark.browser
def test_four_exercises_are_prescribed_on_two_pages_with_six_clicks(
    page: Page, database: Database, tmp_path: Path
) -> None:
    pages: list[str] = []
    page.on("load", lambda each: pages.append(each.url))
    page.click("#prescription a.button")
    for number, exercise in enumerate(FOUR, 1):
        page.click(f"#add-{exercise}")
        page.wait_for_selector(f".item:nth-child({number})")
    sound(page)
    page.screenshot(path=tmp_path / "builder.png", full_page=True)
    page.click("#do-sign")
    page.wait_for_selector(".notice:has-text('Prescribed.')")
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    assert len(pages) == 2, "the builder, and the patient's page again"
    assert tuple(each.exercise_id for each in prescribed(database).items) == FOUR
    sound(page)


@pytest.mark.slow
@pytest.mark.browser
def test_the_plan_is_put_in_order_by_mouse_and_by_keys_and_kept_while_typing(
    page: Page, database: Database
) -> None:
    page.click("#prescription a.button")
    for number, exercise in enumerate(FOUR[:3], 1):
        page.click(f"#add-{exercise}")
        page.wait_for_selector(f".item:nth-child({number})")
    first, second, third = (each.split(". ")[1] for each in order(page))
    handle, target = page.locator(".handle").nth(2), page.locator(".item").nth(0)
    handle.hover()
    page.mouse.down()
    page.mouse.move(300, 20, steps=3)
    page.wait_for_function("scrollY === 0")
    box = target.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 5, steps=5)
    page.mouse.up()
    page.wait_for_function("text => document.querySelector('.item h3').innerText === text",
                           arg=f"1. {third}")  # fmt: skip
    assert order(page) == [f"1. {third}", f"2. {first}", f"3. {second}"]
    page.locator(".item").nth(0).locator("input[name$=sets]").focus()
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_function("text => document.querySelector('.item h3').innerText === text",
                           arg=f"1. {first}")  # fmt: skip
    assert page.evaluate("document.activeElement.name").endswith("-sets"), "the focus stays"
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.wait_for_function("document.getElementById('kept').innerText === 'Draft kept'")
    page.reload()
    assert page.locator(".item").nth(1).locator("input[name$=sets]").input_value() == "4"
    page.fill("#q", "shoulder abduct")
    shown = page.locator("#library > li:visible")
    assert 0 < shown.count() < 5


@pytest.mark.slow
@pytest.mark.browser
def test_on_a_narrow_screen_errors_stand_beside_their_fields(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#prescription a.button")
    page.click("#add-hip_abduction_standing")
    page.wait_for_selector(".item")
    page.fill("[name$=reps]", "9999")
    page.click("#do-sign")
    page.wait_for_function("document.activeElement.id === 'wrong'")
    assert "choose left or right" in page.inner_text(".item .error >> nth=0")
    assert page.input_value("[name$=reps]") == "9999"
    page.screenshot(path=tmp_path / "narrow.png", full_page=True)
    sound(page)
    page.click("#wrong a >> nth=0")
    assert page.evaluate("document.activeElement.name").endswith("-side")


@pytest.mark.slow
@pytest.mark.browser
def test_a_second_window_is_told_of_and_overwrites_only_by_a_button(page: Page) -> None:
    page.click("#prescription a.button")
    page.click("#add-squat_mini")
    page.wait_for_selector(".item")
    second = page.context.new_page()
    second.set_default_timeout(8000)
    second.goto(page.url)
    second.fill("[name$=reps]", "7")
    second.wait_for_function("document.getElementById('kept').innerText === 'Draft kept'")
    page.fill("[name$=reps]", "9")
    page.wait_for_selector("[data-conflict=windows]")
    assert "7 → 9" in page.inner_text("[data-conflict]")
    page.fill("[name$=sets]", "5")
    assert "Not kept" in page.inner_text("#kept")
    second.reload()
    assert second.input_value("[name$=reps]") == "7"
    page.click("#do-save")
    page.wait_for_selector("[data-conflict]", state="detached")
    second.reload()
    assert (second.input_value("[name$=reps]"), second.input_value("[name$=sets]")) == ("9", "5")
