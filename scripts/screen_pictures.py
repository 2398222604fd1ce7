"""Every screen of the patient's page as a picture: the real page, with made-up screens behind it.

The screens are those that the tests of geometry and accessibility look at
(``tests/device/kiosk/made_up_screens.toml``), each with the longest texts that it can have. With
the same Chromium and Pillow the same files come out.
"""

import argparse
import importlib.util
import io
import logging
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
QUALITY = 40
"""Of WebP: letters stay sharp to the eye, and all the pictures together small for a repository."""
LONGEST_SIDE = 1024
MOST_LOOKS = 40
LANGUAGE_NAMES = {"en": "English", "de": "German", "fr": "French"}


@dataclass(frozen=True)
class Display:
    """A screen: its pixels, its diagonal in inches, and from how far it is looked at, in metres."""

    width: int
    height: int
    diagonal_inches: float
    viewing_distance_m: float

    @property
    def name(self) -> str:
        """Such as 1280x800."""
        return f"{self.width}x{self.height}"

    @property
    def words(self) -> str:
        """Its pixels, its size and how far away it is."""
        where = f"{self.diagonal_inches:g}″ at {self.viewing_distance_m:g} m"
        return f"{self.name}, {where}"


SMALL, PANEL = Display(1024, 600, 10.1, 1.5), Display(1280, 800, 10.1, 1.5)
TELEVISION, UPRIGHT = Display(1920, 1080, 24, 3.0), Display(1080, 1920, 24, 3.0)
TAKEN: dict[str, tuple[Display, ...]] = {
    "en": (SMALL, PANEL, TELEVISION, UPRIGHT),
    "de": (TELEVISION,),
    "fr": (SMALL,),
}


def of_tests(path: str) -> ModuleType:
    """A module of the tests, which alone know how a screen is made up."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), ROOT / "tests" / path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def file_name(screen: str) -> str:
    """A screen's name in a file's name."""
    return f"{screen.replace(' ', '_').replace('-', '_')}.webp"


def settled(page: Page) -> bytes:
    """The page's picture once it no longer changes; raises :class:`TimeoutError` if it always does.

    The picture of the camera is drawn in a worker, which nobody else can wait for.
    """
    before = b""
    for _ in range(MOST_LOOKS):
        now = page.screenshot()
        if now == before:
            return now
        before = now
        page.wait_for_timeout(120)
    raise TimeoutError("the page never stands still")


def pictures(
    browser: Browser, made_up: ModuleType, display: Display, documents: dict[str, Any]
) -> Iterator[tuple[str, bytes]]:
    """Each screen's name and its picture as PNG."""
    settings = made_up.KioskSettings(
        diagonal_inches=display.diagonal_inches,
        viewing_distance_m=display.viewing_distance_m,
        reduced_motion=True,
    )
    kiosk = made_up.MadeUpKiosk(settings)
    kiosk.view.jpeg = made_up.room()
    try:
        page = kiosk.open(browser, display.width, display.height)
        page.evaluate("document.fonts.ready")
        for name, document in documents.items():
            kiosk.show(page, document)
            yield name, settled(page)
        page.close()
    finally:
        kiosk.close()


def keep(png: bytes, path: Path) -> None:
    """The picture as WebP, scaled down where it is larger than anybody reads in a browser."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "WEBP", quality=QUALITY, method=6)


def index(names: list[str]) -> str:
    """README.md of the folder: a table for each language."""
    lines = [
        "# Every screen of the patient's page",
        "",
        "Made by `scripts/screenshots`: the real page in Chromium before made-up screens"
        " ([made_up_screens.toml](../../tests/device/kiosk/made_up_screens.toml)), each with the"
        " longest texts it can have, a plain picture in the camera's place, and reduced motion (so"
        " the demonstration is two still poses here). Numbers and names in them are invented. How"
        " it is laid out, and why: [the patient's screen](../patient_screen.md).",
    ]
    for language, displays in TAKEN.items():
        heads = [f"{each.words}" for each in displays]
        lines += ["", f"## {LANGUAGE_NAMES[language]}", ""]
        lines += [f"| screen | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
        for name in names:
            cells = [_cell(name, language, each) for each in displays]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(name: str, language: str, display: Display) -> str:
    path = f"{language}/{display.name}/{file_name(name)}"
    width = math.floor(min(320, 320 * display.width / display.height))
    return f'<a href="{path}"><img src="{path}" width="{width}" alt="{name}, {display.name}"></a>'


def main() -> int:
    """Exit status 0 when all pictures are there."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="docs/screens by default")
    folder: Path = parser.parse_args().folder
    browsers, made_up = of_tests("conftest.py"), of_tests("device/kiosk/conftest.py")
    if browsers.CHROMIUM is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for old in folder.glob("*/*/*.webp"):
        old.unlink()
    taken: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browsers.CHROMIUM, args=browsers.CHROMIUM_ARGUMENTS
        )
        for language, displays in TAKEN.items():
            documents = made_up.screens_in(language)
            taken = list(documents)
            for display in displays:
                for name, png in pictures(browser, made_up, display, documents):
                    keep(png, folder / language / display.name / file_name(name))
        browser.close()
    (folder / "README.md").write_text(index(taken), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
