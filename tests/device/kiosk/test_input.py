"""Touch, and a remote control's arrows and Enter: every action once, and none out of reach."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
Documents = Callable[[str], dict[str, Any]]
SETTLED_MS = 700


def sent(kiosk: Any, page: Page) -> list[dict[str, Any]]:
    """What has reached the coach; a request of the page's own after them has come back."""
    page.wait_for_timeout(100)
    page.evaluate("fetch('/health').then(() => true)")
    page.wait_for_timeout(100)
    return list(kiosk.coach.received)


@pytest.fixture
def page(browser: Browser, made_up_kiosk: Any) -> Any:
    made_up_kiosk.coach.received.clear()
    opened = made_up_kiosk.open(browser, 1280, 800)
    yield opened
    opened.close()


def test_a_double_touch_is_one_touch_also_when_the_screen_changes_between_the_two(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    documents = screens("en")
    made_up_kiosk.show(page, documents["plan"])
    page.dblclick("#action-start")
    assert len(sent(made_up_kiosk, page)) == 1
    made_up_kiosk.coach.received.clear()
    page.wait_for_timeout(SETTLED_MS)
    made_up_kiosk.show(page, documents["rest"])
    box = page.locator("#action-ready").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(x, y)
    made_up_kiosk.show(page, {**documents["rest"], "screen": "idle"})
    page.mouse.click(x, y)
    assert len(sent(made_up_kiosk, page)) == 1


def test_the_same_button_of_the_same_screen_sends_one_command_and_a_new_screen_another(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    document = screens("en")["live"]
    made_up_kiosk.show(page, document)
    page.click("#action-stop")
    page.wait_for_timeout(SETTLED_MS)
    page.click("#action-stop")
    assert [each["command"] for each in sent(made_up_kiosk, page)] == ["stop"]
    first = made_up_kiosk.coach.received[0]["moment"]
    made_up_kiosk.show(page, document)
    page.click("#action-stop")
    assert [each["moment"] for each in sent(made_up_kiosk, page)] == [first, first + 1]


def test_a_command_that_the_coach_did_not_take_can_be_given_again(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    made_up_kiosk.show(page, screens("en")["live"])
    made_up_kiosk.coach.is_there = False
    page.click("#action-stop")
    page.wait_for_timeout(SETTLED_MS)
    made_up_kiosk.coach.is_there = True
    page.click("#action-stop")
    assert len(sent(made_up_kiosk, page)) == 1


def test_arrows_reach_every_action_of_every_screen_and_enter_does_the_one_in_focus(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    for name, document in screens("en").items():
        wanted = {action["id"] for action in document.get("actions", [])}
        if not wanted:
            continue
        made_up_kiosk.show(page, document)
        # One call: through all the buttons with the right arrow, and again with up and down.
        reached = page.evaluate("""(count) => {
          const seen = [], press = (key) => {
            dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
            seen.push([key, document.activeElement.dataset.action]); };
          for (let i = 0; i < count; i++) press('ArrowRight');
          for (let i = 0; i < 3; i++) press('ArrowDown');
          for (let i = 0; i < 3; i++) press('ArrowUp');
          return seen; }""", len(wanted))  # fmt: skip
        assert {action for key, action in reached if key == "ArrowRight"} == wanted, name
        assert all(action in wanted for _, action in reached), name
    made_up_kiosk.show(page, screens("en")["question"])
    page.evaluate("document.activeElement.blur()")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    focused = page.evaluate("document.activeElement.dataset.action")
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(ring.removesuffix("px")) >= 5
    page.wait_for_timeout(SETTLED_MS)
    page.keyboard.press("Enter")
    assert focused == "rating-2"
    assert len(sent(made_up_kiosk, page)) == 1


def test_enter_alone_does_what_raising_a_hand_does_and_back_stops(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    made_up_kiosk.show(page, screens("en")["plan"])
    page.keyboard.press("Enter")
    assert [each["command"] for each in sent(made_up_kiosk, page)] == ["start"]
    page.wait_for_timeout(SETTLED_MS)
    made_up_kiosk.show(page, screens("en")["live"])
    page.keyboard.press("Escape")
    assert [each["command"] for each in sent(made_up_kiosk, page)] == ["start", "stop"]


def test_the_ring_fills_on_the_action_that_the_gesture_will_do(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    documents = screens("en")
    cases = [
        ({**documents["plan"], "gesture": {"kind": "yes", "share": 0.25}}, "start"),
        ({**documents["live"], "gesture": {"kind": "stop", "share": 0.25}}, "stop"),
        ({**documents["choosing"], "gesture": {"kind": "choose", "share": 0.25}}, "rating-4"),
        ({**documents["choosing"], "gesture": {"kind": "next", "share": 0.25}}, "rating-5"),
    ]
    for document, action in cases:
        made_up_kiosk.show(page, document)
        filling = page.eval_on_selector_all(
            "button.filling", "all => all.map(e => e.dataset.action)"
        )
        assert filling == [action]
        done = page.evaluate(
            "getComputedStyle(document.querySelector('.filling .done')).strokeDasharray"
        )
        assert float(done.split("px")[0].split(",")[0]) == 25
    made_up_kiosk.show(page, documents["choosing"] | {"gesture": None})
    assert page.locator("button.filling").count() == 0
    assert page.get_attribute("#action-rating-4", "class") == "choice focused"


def test_focus_stays_on_a_button_while_the_screen_goes_on(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    document = screens("en")["rest"]
    made_up_kiosk.show(page, document)
    page.keyboard.press("ArrowRight")
    held = page.evaluate("document.activeElement.dataset.action")
    made_up_kiosk.show(page, document | {"seconds": 9, "note": "Something new"})
    assert page.evaluate("document.activeElement.dataset.action") == held


def test_only_the_skeleton_is_drawn_for_who_does_not_want_to_see_themselves(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    import cv2
    import numpy as np

    shots = {}
    for name in ("live", "skeleton only"):
        made_up_kiosk.show(page, screens("en")[name])
        page.wait_for_timeout(250)
        png = np.frombuffer(page.locator("#picture").screenshot(), np.uint8)
        shots[name] = cv2.imdecode(png, cv2.IMREAD_COLOR).reshape(-1, 3)
    wall = np.array((150, 175, 190))

    def share_of_wall(shot: np.ndarray) -> float:
        return float((np.abs(shot - wall).max(axis=1) < 12).mean())

    assert share_of_wall(shots["live"]) > 0.2
    assert share_of_wall(shots["skeleton only"]) < 0.01
    assert len(np.unique(shots["skeleton only"], axis=0)) > 3


def test_stop_and_the_answer_to_whether_all_is_well_never_wait_for_an_earlier_press(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    documents = screens("en")
    made_up_kiosk.show(page, documents["rest"])
    page.evaluate("""() => {
      document.getElementById('action-ready').click();
      document.getElementById('action-stop').click();
      document.getElementById('action-stop').click(); }""")
    assert [each["command"] for each in sent(made_up_kiosk, page)] == ["start", "stop"]
    made_up_kiosk.show(page, documents["checking"])
    page.click("#action-all-right")
    assert len(sent(made_up_kiosk, page)) == 3


def test_french_signs_stay_on_the_line_of_their_word(
    made_up_kiosk: Any, page: Page, screens: Documents
) -> None:
    said = "On dirait « Lever la jambe » : continuer ?"
    made_up_kiosk.show(page, screens("fr")["live"] | {"instruction": said})
    shown = page.text_content("#instruction")
    assert shown == said.replace(" :", "\xa0:").replace(" ?", "\xa0?").replace(
        "« Lever la jambe »", "«\xa0Lever la jambe\xa0»"
    )
