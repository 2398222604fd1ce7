"""What axe does not see: where things lie on every screen, and how large they are to the eye."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from device.settings import KioskSettings

pytestmark = pytest.mark.browser
Documents = Callable[[str], dict[str, Any]]
LANGUAGES = ("en", "de", "fr")
# Width, height, diagonal in inches, viewing distance in metres.
DISPLAYS = (
    (1024, 600, 10.1, 1.5),
    (1280, 800, 10.1, 1.5),
    (1920, 1080, 24, 3.0),
    (1080, 1920, 24, 3.0),
)
CAPITALS = 0.7  # of the font size, in the page's font
LEAST_ARC, BODY_ARC, CUE_ARC, COUNT_ARC = 16, 22, 44, 90
TOUCH_MM, BETWEEN_MM = 20, 6
FAULTS = Path(__file__).with_name("faults.js").read_text(encoding="utf-8")


def pixels_per_mm(width: int, height: int, diagonal_inches: float) -> float:
    return math.hypot(width, height) / (diagonal_inches * 25.4)


def font_size(arc_minutes: float, pixels_mm: float, distance_m: float) -> float:
    """The size whose capitals are that high to the eye, in pixels."""
    return distance_m * 1000 * math.tan(math.radians(arc_minutes / 60)) * pixels_mm / CAPITALS


def settings_of(diagonal_inches: float, distance_m: float) -> KioskSettings:
    return KioskSettings(diagonal_inches=diagonal_inches, viewing_distance_m=distance_m)


def size_of(page: Page, selector: str) -> float:
    size: float = page.evaluate(
        "(s) => parseFloat(getComputedStyle(document.querySelector(s)).fontSize)", selector
    )
    return size


def faults_on(
    page: Page, kiosk: Any, documents: dict[str, Any], limits: list[float]
) -> dict[str, list[str]]:
    found = {}
    for name, document in documents.items():
        kiosk.show(page, document)
        if faults := page.evaluate(FAULTS, limits):
            found[name] = faults
    return found


def faults_of(
    browser: Browser, make_kiosk: Any, display: tuple[int, int, float, float],
    documents: dict[str, Any],
) -> dict[str, list[str]]:  # fmt: skip
    width, height, inches, metres = display
    scale = pixels_per_mm(width, height, inches)
    limits = [font_size(LEAST_ARC, scale, metres), TOUCH_MM * scale, BETWEEN_MM * scale]
    kiosk = make_kiosk(settings_of(inches, metres))
    page = kiosk.open(browser, width, height)
    page.evaluate("document.fonts.ready")
    faults = faults_on(page, kiosk, documents, limits)
    page.close()
    return faults


@pytest.mark.parametrize(
    ("display", "language"), list(zip(DISPLAYS, ("de", "fr", "en", "de"), strict=True))
)
def test_everything_lies_on_the_screen_and_is_large_enough_to_read_and_touch(
    browser: Browser, make_kiosk: Any, screens: Documents,
    display: tuple[int, int, float, float], language: str,
) -> None:  # fmt: skip
    assert faults_of(browser, make_kiosk, display, screens(language)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("display", DISPLAYS)
def test_everything_lies_on_every_screen_in_every_language_also_with_texts_two_fifths_longer(
    browser: Browser, make_kiosk: Any, screens: Documents, lengthened: Callable[[Any], Any],
    display: tuple[int, int, float, float], language: str,
) -> None:  # fmt: skip
    documents = screens(language)
    longer = {f"{name}, longer": lengthened(each) for name, each in documents.items()}
    assert faults_of(browser, make_kiosk, display, documents | longer) == {}


def test_on_a_24_inch_screen_at_3_m_words_and_count_have_their_full_size_in_every_language(
    browser: Browser, make_kiosk: Any, screens: Documents
) -> None:
    kiosk = make_kiosk(settings_of(24, 3))
    page = kiosk.open(browser)
    scale = pixels_per_mm(1920, 1080, 24)
    # The longest cue is allowed a little less; see below for how many are that long.
    wanted = (
        ("cue", "#cue", 36), ("cue", "#count", 60), ("live", "#count", COUNT_ARC),
        ("live", "#instruction", BODY_ARC), ("framing", "#instruction", BODY_ARC),
        ("question", "#instruction", BODY_ARC), ("emergency", "#instruction", 36),
        ("checking", "#instruction", CUE_ARC), ("rest", "#seconds", COUNT_ARC),
    )  # fmt: skip
    for language in LANGUAGES:
        documents = screens(language)
        for name, selector, arc in wanted:
            kiosk.show(page, documents[name])
            size = size_of(page, selector)
            assert size >= font_size(arc, scale, 3) * 0.999, (language, name, selector, size)
    page.close()


def test_a_demonstration_keeps_its_picture_and_the_first_cautions(
    browser: Browser, make_kiosk: Any, screens: Documents
) -> None:
    for width, height, inches, metres in DISPLAYS:
        kiosk = make_kiosk(settings_of(inches, metres))
        page = kiosk.open(browser, width, height)
        for language in LANGUAGES:
            kiosk.show(page, screens(language)["many cautions"])
            assert page.is_visible("#stage")
            assert page.locator("#details .caution").first.is_visible()
        page.close()


@pytest.mark.slow
def test_on_24_inch_screens_at_3_m_nine_cues_in_ten_have_their_full_size(
    browser: Browser, make_kiosk: Any, screens: Documents, cues: Callable[[str], list[str]]
) -> None:
    for width, height, inches, metres in DISPLAYS[2:]:
        kiosk = make_kiosk(settings_of(inches, metres))
        page = kiosk.open(browser, width, height)
        least = font_size(CUE_ARC, pixels_per_mm(width, height, inches), metres) * 0.999
        sizes = []
        for language in LANGUAGES:
            for text in cues(language):
                kiosk.show(page, screens(language)["cue"] | {"cue": text})
                sizes.append(size_of(page, "#cue"))
        page.close()
        full = sum(size >= least for size in sizes)
        print(f"{width}x{height}: {full} of {len(sizes)} cues at {CUE_ARC} minutes of arc")
        assert full >= 0.9 * len(sizes)


def test_a_screen_too_small_for_its_distance_shows_a_number_and_few_words_and_stop(
    browser: Browser, make_kiosk: Any, screens: Documents
) -> None:
    kiosk = make_kiosk(settings_of(10.1, 3))
    page = kiosk.open(browser, 1280, 800)
    page.evaluate("document.fonts.ready")
    scale = pixels_per_mm(1280, 800, 10.1)
    limits = [font_size(LEAST_ARC, scale, 3), TOUCH_MM * scale, BETWEEN_MM * scale]
    document = {**screens("en")["cue"], "cue": "Slowly, take your time"}
    assert faults_on(page, kiosk, {"cue": document}, limits) == {}
    assert page.is_visible("#count")
    assert page.is_visible("#cue")
    assert page.is_visible("button.stop")
    for given_way in ("#exercise", "#set", "#tempo", "#count-of"):
        assert not page.is_visible(given_way), given_way
    page.close()


@pytest.mark.slow
def test_a_screen_far_too_small_for_its_distance_shrinks_its_words_rather_than_cut_them_off(
    browser: Browser, make_kiosk: Any, screens: Documents
) -> None:
    scale = pixels_per_mm(1280, 800, 10.1)
    limits = [font_size(LEAST_ARC * 0.4, scale, 3), TOUCH_MM * scale, BETWEEN_MM * scale]
    kiosk = make_kiosk(settings_of(10.1, 3))
    page = kiosk.open(browser, 1280, 800)
    page.evaluate("document.fonts.ready")
    assert faults_on(page, kiosk, screens("en"), limits) == {}
    page.close()


def test_the_sizes_rest_on_the_height_of_the_fonts_capitals(
    browser: Browser, made_up_kiosk: Any
) -> None:
    page = made_up_kiosk.open(browser)
    page.evaluate("document.fonts.ready")
    measured = page.evaluate("""() => {
      const context = document.createElement('canvas').getContext('2d');
      context.font = '600 1000px Barlow';
      return context.measureText('H').actualBoundingBoxAscent / 1000; }""")
    page.close()
    assert measured == pytest.approx(CAPITALS, abs=0.005)
