"""Each drawn frame with its own skeleton, a picture that a busy page does not delay, no leaks."""

import json
import os
import statistics
import time
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from device.coaching.feedback import Phase

pytestmark = pytest.mark.browser
# In the worker: what each drawn frame's barcode says, how low its shoulders are drawn, and when.
WATCH = """() => {
  const context = OffscreenCanvasRenderingContext2D.prototype;
  const { drawImage, moveTo } = context;
  self.drawn = [];
  let barcode = null;
  context.drawImage = function (picture, ...place) {
    drawImage.call(this, picture, ...place);
    const { width } = this.canvas, row = this.getImageData(0, 40, width, 1).data;
    barcode = 0;
    for (let bit = 0; bit < 16; bit++) if (row[4 * (width - 1 - (bit * 40 + 20))] > 127) barcode |= 1 << bit;
  };
  context.moveTo = function (x, y) {
    if (barcode !== null) self.drawn.push([barcode, y / this.canvas.height, Date.now() / 1000]);
    barcode = null;
    moveTo.call(this, x, y);
  };
}"""  # noqa: E501
STALL = """() => setInterval(() => {
  const until = performance.now() + 70;
  while (performance.now() < until);
}, 100)"""
LOOKED_AT_S = 10.0
SOAK_S = float(os.environ.get("PHYSIOPI_SOAK_S", "600"))
SOAK_SAMPLES = 24


def frames_drawn(page: Page, seconds: float) -> list[tuple[int, float, float]]:
    worker = page.workers[0]
    worker.evaluate("self.drawn.length = 0")
    page.wait_for_timeout(seconds * 1000)
    frames: list[tuple[int, float, float]] = worker.evaluate("self.drawn.splice(0)")
    return frames


def watched(browser: Browser, kiosk: Any) -> Page:
    page: Page = kiosk.open(browser, 1280, 800)
    page.wait_for_selector("body[data-screen=live]")
    page.workers[0].evaluate(WATCH)
    return page


def test_every_drawn_frame_has_its_own_skeleton(
    browser: Browser, kiosk: Any, publisher: Any
) -> None:
    page = watched(browser, kiosk)
    frames = frames_drawn(page, 3)
    page.close()
    matching = [round(low * 1000) == barcode % 1000 for barcode, low, _ in frames]
    assert len(matching) >= 20
    assert sum(matching) / len(matching) >= 0.995


@pytest.mark.slow
def test_a_page_that_stalls_delays_the_picture_at_most_twofold_and_drops_one_in_a_hundred(
    browser: Browser, kiosk: Any, publisher: Any
) -> None:
    publisher.frames_per_s = 15
    page = watched(browser, kiosk)
    page.wait_for_timeout(1000)

    def age_and_dropped() -> tuple[float, float]:
        frames = frames_drawn(page, LOOKED_AT_S)
        ages = [at_s - publisher.published_at_s[barcode] for barcode, _, at_s in frames]
        seen = {barcode for barcode, _, _ in frames}
        published = range(min(seen), max(seen) + 1)
        return statistics.quantiles(ages, n=20)[-1], 1 - len(seen) / len(published)

    # Whatever else the machine does only adds to what is measured: the best of three.
    for _ in range(3):
        idle_p95_s, idle_dropped = age_and_dropped()
        stall = page.evaluate(STALL)
        stalled_p95_s, stalled_dropped = age_and_dropped()
        page.evaluate("(stall) => clearInterval(stall)", stall)
        print(f"p95 {idle_p95_s * 1000:.0f} ms idle, {stalled_p95_s * 1000:.0f} ms stalled;")
        print(f"dropped {idle_dropped:.3%} idle, {stalled_dropped:.3%} stalled")
        if stalled_p95_s <= 2 * idle_p95_s and stalled_dropped - idle_dropped <= 0.01:
            return
    pytest.fail("a page that stalls delays the picture")


class Memory:
    """What the page and its worker hold after garbage has been collected."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._worker = ""
        self._answers: dict[int, Any] = {}
        self._asked = 0
        self._session.on("Target.attachedToTarget", self._attached)
        self._session.on("Target.receivedMessageFromTarget", self._received)
        self._session.send(
            "Target.setAutoAttach",
            {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False},
        )
        while not self._worker:
            page.wait_for_timeout(50)

    def _attached(self, event: Any) -> None:
        if event["targetInfo"]["type"] == "worker":
            self._worker = event["sessionId"]

    def _received(self, event: Any) -> None:
        answer = json.loads(event["message"])
        if "id" in answer:
            self._answers[answer["id"]] = answer["result"]

    def _ask_worker(self, method: str) -> Any:
        self._asked += 1
        message = json.dumps({"id": self._asked, "method": method})
        self._session.send(
            "Target.sendMessageToTarget", {"sessionId": self._worker, "message": message}
        )
        while self._asked not in self._answers:
            self._page.wait_for_timeout(20)
        return self._answers.pop(self._asked)

    def now(self) -> tuple[float, float, int]:
        """Kilobytes of the page, kilobytes of the worker, DOM nodes."""
        for ask in (self._session.send, self._ask_worker):
            ask("HeapProfiler.collectGarbage")
        page = self._session.send("Runtime.getHeapUsage")["usedSize"]
        worker = self._ask_worker("Runtime.getHeapUsage")["usedSize"]
        nodes = self._session.send("Memory.getDOMCounters")["nodes"]
        return page / 1024, worker / 1024, nodes


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(SOAK_S + 120)
def test_ten_minutes_of_sessions_leave_no_slope_in_memory_and_nodes(
    browser: Browser, kiosk: Any, publisher: Any
) -> None:

    page = kiosk.open(browser, 1280, 800)
    page.wait_for_selector("body[data-screen=live]")
    memory, samples = Memory(page), []
    ends_s = time.monotonic() + SOAK_S
    sample_s, moment = time.monotonic(), 0
    phases = [Phase.EXERCISING] * 6 + [
        phase for phase in Phase if phase not in (Phase.QUESTIONS, Phase.DEMONSTRATION)
    ]
    while time.monotonic() < ends_s:
        moment += 1
        publisher.feedback = replace(
            publisher.feedback, moment=moment, phase=phases[moment % len(phases)],
            reps_counted=moment % 13, seconds_left=moment % 60,
            cue="cue-too-fast" if moment % 3 else None,
        )  # fmt: skip
        page.wait_for_timeout(250)
        if time.monotonic() >= sample_s:
            sample_s += SOAK_S / SOAK_SAMPLES
            samples.append(memory.now())
    page.close()
    quarter = len(samples) // 4
    for name, values, noise in zip(
        ("page, kB", "worker, kB", "nodes"), zip(*samples, strict=True), (64, 64, 40), strict=True
    ):
        early = statistics.median(values[quarter : 2 * quarter])
        late = statistics.median(values[-quarter:])
        print(f"{name}: {early:.0f} early, {late:.0f} late; {[round(each) for each in values]}")
        assert late - early <= noise, name
