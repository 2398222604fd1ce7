"""Who may import whom, read from the source of every module."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = {
    "models": {"device", "cloud_bridge"},
    "device": {"cloud_bridge"},
    "cloud_bridge": {"device"},
    "scripts": {"device", "cloud_bridge"},
}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def imported_packages(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported_packages(path.read_text(encoding="utf-8"))
        if name in FORBIDDEN[package]
    }
    assert not wrong


def test_the_rule_sees_an_import_inside_a_function() -> None:
    assert set(imported_packages("def f():\n    from device.store import Store\n")) == {"device"}


@pytest.mark.parametrize("package", ["models", "device", "cloud_bridge"])
def test_names_say_what_a_file_is_about(package: str) -> None:
    paths = (ROOT / package).rglob("*")
    assert not [path for path in paths if path.stem in VAGUE]


@pytest.mark.parametrize("package", ["models", "device", "cloud_bridge"])
def test_no_file_is_longer_than_four_screens(package: str) -> None:
    long = [
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 400
    ]
    # The session's state machine and the benchmark are one thing each.
    assert set(long) <= {"device/coaching/session.py", "device/bench.py"}
