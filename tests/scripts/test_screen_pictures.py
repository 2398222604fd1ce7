"""docs/screens has a picture of every screen: where one is missing, run scripts/screenshots."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "docs" / "screens"
TAKEN = (
    "en/1024x600", "en/1280x800", "en/1920x1080", "en/1080x1920", "de/1920x1080", "fr/1024x600",
)  # fmt: skip
MOST_BYTES = 4_000_000


def test_every_screen_has_its_picture_in_every_size_and_the_index_shows_it() -> None:
    made_up = (ROOT / "tests" / "device" / "kiosk" / "made_up_screens.toml").read_text("utf-8")
    names = [name.replace(" ", "_").replace("-", "_") for name in tomllib.loads(made_up)["screens"]]
    index = (SCREENS / "README.md").read_text("utf-8")
    wanted = {f"{folder}/{name}.webp" for folder in TAKEN for name in names}
    there = {str(path.relative_to(SCREENS)) for path in SCREENS.glob("*/*/*.webp")}
    assert there == wanted
    assert [path for path in sorted(wanted) if f'src="{path}"' not in index] == []


def test_the_pictures_are_small_enough_for_a_repository() -> None:
    assert sum(path.stat().st_size for path in SCREENS.rglob("*.webp")) < MOST_BYTES
