"""Warnings and errors outlive their process, bounded, and without personal data."""

from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest
import structlog

from device.kept_log import SAME_AGAIN_AFTER_S, _Keeper, keep_log, kept_lines


@pytest.fixture(autouse=True)
def _configuration_restored() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_warnings_and_errors_are_kept_newest_first_and_nothing_else_is(tmp_path: Path) -> None:
    keep_log(tmp_path, "coach")
    log = structlog.get_logger()
    log.info("coaching")
    log.warning("camera_lost", error="unplugged")
    log.error("draft_kept_aside", reason="unreadable")
    assert [
        (line.process, line.level, line.event, line.detail) for line in kept_lines(tmp_path, 9)
    ] == [
        ("coach", "error", "draft_kept_aside", "reason unreadable"),
        ("coach", "warning", "camera_lost", "error unplugged"),
    ]
    assert [line.event for line in kept_lines(tmp_path, 1)] == ["draft_kept_aside"]


def test_a_field_that_is_not_listed_is_never_written(tmp_path: Path) -> None:
    keep_log(tmp_path, "link")
    structlog.get_logger().warning("message_refused", patient_name="Erika", reason="no JSON")
    assert "Erika" not in (tmp_path / "link.jsonl").read_text()


def test_the_lines_of_all_processes_stand_in_the_order_of_their_times(tmp_path: Path) -> None:
    (tmp_path / "link.jsonl").write_text(
        '{"at": "2026-11-21T10:00:00+00:00", "level": "warning", "event": "first"}\n'
        '{"at": "2026-11-21T10:02:00+00:00", "level": "warning", "event": "third"}\n'
    )
    (tmp_path / "kiosk.jsonl.1").write_text(
        '{"at": "2026-11-21T10:01:00+00:00", "level": "error", "event": "second"}\n'
    )
    kept = kept_lines(tmp_path, 9)
    assert [(line.process, line.event) for line in kept] == [
        ("link", "third"), ("kiosk", "second"), ("link", "first"),
    ]  # fmt: skip


@pytest.mark.parametrize("broken", ['{"at": "2026-1', "[]", "7", '{"at": 5}', "", "\udcff"])
def test_half_a_line_left_by_a_power_cut_hides_no_other(tmp_path: Path, broken: str) -> None:
    whole = '{"at": "2026-11-21T10:00:00+00:00", "level": "error", "event": "whole"}'
    text = f"{whole}\n{broken}".encode("utf-8", "surrogateescape")
    (tmp_path / "coach.jsonl").write_bytes(text)
    assert [line.event for line in kept_lines(tmp_path, 9)] == ["whole"]


def test_a_flood_of_one_event_is_written_once_a_minute(tmp_path: Path) -> None:
    now_s = 0.0
    keeper = _Keeper(RotatingFileHandler(tmp_path / "coach.jsonl"), lambda: now_s)
    for _ in range(1000):
        keeper(None, "warning", {"event": "flood"})
    keeper(None, "warning", {"event": "another"})
    now_s = SAME_AGAIN_AFTER_S
    keeper(None, "warning", {"event": "flood"})
    events = sorted(line.event for line in kept_lines(tmp_path, 2000))
    assert events == ["another", "flood", "flood"]


def test_the_files_stay_small(tmp_path: Path) -> None:
    keep_log(tmp_path, "coach")
    log = structlog.get_logger()
    for number in range(2000):
        log.error(f"event_{number}", error="x" * 500)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 * 64 * 1024
    assert kept_lines(tmp_path, 1)[0].event == "event_1999"


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keep_log(tmp_path / "file" / "log", "coach")
    structlog.get_logger().warning("still_logged")
    assert kept_lines(tmp_path / "file" / "log", 9) == []
