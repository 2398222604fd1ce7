"""The replay in real Chromium: it shows a skeleton, turns it, plays it, and says what it shows."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from cloud_bridge.ingest.acceptance import Acceptance
from cloud_bridge.portal.app import create_app
from cloud_bridge.settings import BridgeSettings
from cloud_bridge.store.database import Database
from cloud_bridge.store.demo import make_demonstration
from device.coaching.set_recording import RecordedSet, RepetitionTimes
from device.quality.pipeline import QualityPipeline
from device.quality.set_motion import set_motion
from device.quality.stages import available_stages
from models.exercises.library import load_library
from models.messages import Channel, Session, topic
from models.motion import Motion, SetMotion, motion_id
from models.motion_track import Track, packed, track_of
from tests.cloud_bridge.test_motion import clinic_of_demo
from tests.device.quality.conftest import filmed  # noqa: F401

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
DEVICE = "demo-device"
# After the consent, however long it takes the tests before these to come to an end.
BEGAN = datetime.now(UTC) + timedelta(hours=6)


@pytest.fixture(scope="module")
def squats(filmed) -> SetMotion:  # noqa: F811
    """The simulated patient's squats through the real stages, with scores made up."""
    recording = filmed("squat_mini", "both")
    spans = [(1.0, 4.0, 0.8), (4.5, 8.0, 2.6)]
    end_s = float(recording.times_s[-1])
    times = tuple(
        RepetitionTimes(begins_s, (begins_s + ends_s) / 2, min(ends_s, end_s), "both")
        for begins_s, ends_s, _ in spans
    )
    recorded = RecordedSet("squat_mini", "both", recording, times)
    motion = set_motion(recorded, QualityPipeline(available_stages()).analyse(recorded))
    assert motion.joints == "depth"
    said = [
        each.model_copy(update={"score": span[2], "deviation": 0.4, "good": span[2] < 2})
        for each, span in zip(motion.repetitions, spans, strict=True)
    ]
    worst = {"begins_s": said[1].begins_s, "ends_s": said[1].ends_s, "by": "score"}
    return SetMotion.model_validate(
        motion.model_dump() | {
            "repetitions": [each.model_dump() for each in said], "worst": worst,
            "trimmed": {"begins_s": 0.9, "ends_s": min(8.1, end_s)},
        }
    )  # fmt: skip


def flat() -> SetMotion:
    keypoints = np.full((3, 17, 3), 0.5, np.float32)
    track = packed(Track(np.array([0.0, 0.5, 1.0]), keypoints))
    return SetMotion(
        frames=3, recorded_frames_per_s=2, width=640, height=480, joints="none", track=track
    )


@pytest.fixture(scope="module")
def address(squats: SetMotion, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A session's page: one set with joints in space, one without; signed in by the path."""
    folder: Path = tmp_path_factory.mktemp("portal")
    database = Database(f"sqlite:///{folder / 'bridge.sqlite'}")
    database.upgrade()
    with database.transaction() as transaction:
        token = make_demonstration(transaction).sign_in_token
        view, patient, doctor = clinic_of_demo(transaction)
        consent_id = view.give_motion_consent(patient, doctor, BEGAN.date(), "I agree").id
    session_id = uuid4()
    begins = [BEGAN, BEGAN + timedelta(minutes=2)]
    session = Session.model_validate({
        "id": session_id, "prescription_id": uuid4(), "prescription_version": 1,
        "patient_id": "demo-patient", "device_id": DEVICE, "software_version": "1",
        "camera": "simulated", "started_at": BEGAN, "ended_at": begins[1], "status": "completed",
        "items": [{"exercise_id": "squat_mini", "side": "both", "sets": [{
            "reps_target": 2, "reps_counted": 2, "reps_full_rom": 0, "attempts": 0,
            "valid_frame_pct": 90, "started_at": each, "ended_at": each} for each in begins],
        }],
    })  # fmt: skip
    acceptance = Acceptance(database, load_library())
    acceptance.take(topic(DEVICE, Channel.SESSION), session.to_bytes())
    for began, motion in zip(begins, (squats, flat()), strict=True):
        message = Motion(
            id=motion_id(session_id, began), session_id=session_id, set_started_at=began,
            device_id=DEVICE, patient_id="demo-patient", prescription_id=uuid4(),
            consent_id=consent_id, exercise_id="squat_mini", motion=motion,
        )  # fmt: skip
        answer = acceptance.take(topic(DEVICE, Channel.MOTION), message.to_bytes())
        assert answer is not None
        assert answer.receipt.outcome == "stored", answer.receipt.reason
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(BridgeSettings(data_folder=folder), database)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port} {token} {session_id}"
    server.shutdown()
    database.close()


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The session's page with the replay of its first set open."""
    server, token, session_id = address.split()
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    each = context.new_page()
    problems: list[str] = []
    each.on("console", lambda said: problems.append(f"{said.text} {said.location}"))
    each.on("pageerror", lambda error: problems.append(str(error)))
    each.goto(f"{server}/sign-in/one-time/{token}")
    each.click("main button")
    each.goto(f"{server}/sessions/{session_id}")
    each.click("text=Show the movement of set 1")
    each.wait_for_selector("[data-shown=yes]")
    yield each
    assert [said for said in problems if "favicon" not in said] == []
    context.close()


def pixels(page: Page, part: str) -> bytes:
    """What a canvas shows."""
    return page.evaluate(
        "part => document.querySelector(`[data-shown] [data-part=${part}]`).toDataURL()", part
    )


def colours(page: Page, part: str) -> int:
    """How many different colours a canvas shows; a blank one has one."""
    return page.evaluate(
        """part => {
          const canvas = document.querySelector(`[data-shown] [data-part=${part}]`);
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          return new Set(new Uint32Array(data.buffer)).size;
        }""",
        part,
    )


def test_both_views_show_a_skeleton_and_say_what_they_are(page: Page) -> None:
    assert colours(page, "space") > 20
    assert colours(page, "picture") > 20
    text = page.inner_text(".replays")
    for said in (
        "Computed from one camera; depth is estimated", "± 0.08 m", "As seen by the camera",
        "No picture was sent", "Seen from the camera, 7° from above.",
        "Repetition 1, 1.0 to 4.0 s, good, score 0.8 ± 0.4",
        "not good, score 2.6 ± 0.4, least good of the set by its score",
        "what is hatched lies outside it", "15.0 frames a second, all that were recorded",
    ):  # fmt: skip
        assert said in text, said


def test_the_page_reads_the_very_numbers_that_were_sent(page: Page, squats: SetMotion) -> None:
    read = page.evaluate(
        """async motion => {
          const { readTrack } = await import("/static/replay/track.js");
          const track = await readTrack(motion);
          return Object.fromEntries(["timesS", "places", "scores", "jointsM"].map(
            name => [name, Array.from(track[name])]));
        }""",
        squats.model_dump(mode="json"),
    )
    sent = track_of(squats)
    assert np.allclose(read["timesS"], sent.times_s)
    assert np.allclose(read["places"], sent.keypoints[..., :2].ravel(), atol=1e-6)
    assert np.allclose(read["scores"], sent.keypoints[..., 2].ravel(), atol=1e-6)
    assert np.allclose(read["jointsM"], sent.joints_m.ravel(), atol=1e-6)


def test_dragging_arrow_keys_and_buttons_turn_the_skeleton(page: Page) -> None:
    seen = {pixels(page, "space")}
    picture = pixels(page, "picture")
    canvas = page.locator("[data-shown] [data-part=space]")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] - 60, middle[1])
    page.mouse.up()
    expect(page.locator("[data-shown] [data-part=seen-from]")).to_have_text(
        "Seen 34° to the right of the camera, 7° from above."
    )
    seen.add(pixels(page, "space"))
    # Moving on without the button turns nothing.
    page.mouse.move(*middle)
    seen.add(pixels(page, "space"))
    assert len(seen) == 2
    page.focus("[data-shown] [data-part=space]")
    for key in ("ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        seen.add(pixels(page, "space"))
    page.click("[data-shown] >> text=From above")
    seen.add(pixels(page, "space"))
    assert len(seen) == 5
    assert pixels(page, "picture") == picture
    page.click("[data-shown] >> text=From the camera")


def test_a_finger_turns_it_too(page: Page) -> None:
    before = pixels(page, "space")
    page.evaluate("""() => {
      const canvas = document.querySelector("[data-shown] [data-part=space]");
      canvas.setPointerCapture = () => {};
      const send = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind, {
        pointerId: 7, pointerType: "touch", clientX: x, clientY: 100, bubbles: true }));
      send("pointerdown", 100); send("pointermove", 160); send("pointerup", 160);
    }""")
    assert pixels(page, "space") != before
    page.click("[data-shown] >> text=From the camera")


def test_play_moves_it_and_pause_holds_it(page: Page) -> None:
    before = pixels(page, "space"), pixels(page, "picture")
    page.click("[data-shown] [data-part=play]")
    slider = page.locator("[data-shown] [data-part=time]")
    page.wait_for_function(
        "() => Number(document.querySelector('[data-shown] [data-part=time]').value) > 12"
    )
    page.click("[data-shown] >> text=Pause")
    held = slider.input_value()
    after = pixels(page, "space"), pixels(page, "picture")
    assert before[0] != after[0]
    assert before[1] != after[1]
    page.wait_for_timeout(150)
    assert slider.input_value() == held
    assert pixels(page, "space") == after[0]


def test_the_slider_and_the_list_go_to_a_moment_and_say_what_stands_there(page: Page) -> None:
    slider = page.locator("[data-shown] [data-part=time]")
    slider.focus()
    page.keyboard.press("Home")
    assert "outside the movement" in slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "1"
    page.click("[data-shown] >> text=Repetition 2,")
    said = page.inner_text("[data-shown] [data-part=now]")
    assert "4.5 s of" in said
    assert "repetition 2, least good stretch" in said


def test_parts_of_the_bar_differ_by_shape_and_words_not_by_colour_alone(page: Page) -> None:
    bar = page.locator("[data-shown] [data-part=bar]")
    assert bar.locator(".repetition").count() == 2
    assert bar.locator(".worst").inner_text() == "▼ 2"
    assert "▼ in a double frame" in page.inner_text("[data-shown] [data-part=worst]")
    styles = bar.evaluate(
        """bar => ["worst", "outside"].map(each => {
          const style = getComputedStyle(bar.querySelector(`.${each}`));
          return each === "worst" ? style.borderTopStyle : style.backgroundImage;
        })"""
    )
    assert styles[0] == "double"
    assert "repeating-linear-gradient" in styles[1]


def test_a_set_without_joints_in_space_shows_what_the_camera_saw_and_says_why(page: Page) -> None:
    page.click("text=Show the movement of set 2")
    second = page.locator("[data-replay]").nth(1)
    second.locator("[data-part=picture]").wait_for()
    assert not second.locator("[data-part=space]").is_visible()
    assert "They were not put into space" in second.inner_text()
    assert "Where the movement begins and ends was not found" in second.inner_text()


def test_everything_can_be_reached_by_the_keyboard_and_has_a_name(page: Page) -> None:
    unnamed = page.evaluate("""() => [...document.querySelectorAll(
        ".replays button, .replays input, .replays select, .replays canvas")]
      .filter(each => each.offsetParent !== null)
      .filter(each => !(each.textContent.trim() || each.getAttribute("aria-label")
        || (each.labels && each.labels.length)))
      .map(each => each.outerHTML)""")
    assert unnamed == []
    page.focus("[data-shown] [data-part=space]")
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => document.activeElement.dataset.part || document.activeElement.dataset.view"
            )
        )
    for part in ("camera", "left", "right", "above", "time", "play", "speed"):
        assert part in reached, part


def test_axe_finds_nothing_with_the_replay_open_nor_at_the_consent(page: Page) -> None:
    other = page.context.new_page()
    for address in (page.url, f"{page.url.partition('/sessions')[0]}/patients/1"):
        other.goto(address)
        if "sessions" in address:
            other.click("text=Show the movement of set 1")
            other.wait_for_selector("[data-shown=yes]")
        # By the debugger and not as a script of the page, which its policy would forbid.
        other.evaluate(AXE.read_text())
        found = other.evaluate("() => axe.run()")["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    other.close()


def test_a_browser_too_old_and_a_set_that_was_erased_meanwhile_are_said(page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    state = other.locator("[data-replay] [data-part=state]").first
    other.route("**/motion/*", lambda route: route.fulfill(status=404))
    other.click("text=Show the movement of set 1")
    expect(state).to_have_text(
        "The movement could not be loaded: the bridge answered 404. Load the page again."
    )
    other.add_init_script("delete window.DecompressionStream")
    other.reload()
    other.click("text=Show the movement of set 1")
    expect(state).to_contain_text("This browser is too old")
    other.close()
