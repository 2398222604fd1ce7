"""The documented table of exercises is the library's."""

from pathlib import Path

import pytest

from models.exercises.library import load_library
from models.exercises.overview import BEGIN, overview, with_overview

PAGE = Path(__file__).parents[3] / "docs" / "exercises.md"


def test_the_documented_table_is_not_out_of_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_overview(page, load_library()), f"run: {BEGIN[len('<!-- made by: ') : -5]}"


def test_every_exercise_has_one_row() -> None:
    rows = overview(load_library()).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(load_library())
    assert len({row.count("|") for row in rows}) == 1


def test_a_page_without_its_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="made by"):
        with_overview("# Exercises\n", load_library())
