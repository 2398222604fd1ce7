"""What the set-up does on machines that lack something, and after it was cut short.

The Debian tools (dpkg-query, apt-get, sudo, id) are fakes here, because the real ones would change
the machine; Python, venv and pip are real.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).resolve().parents[2] / "scripts" / "setup_environment.sh"
LOCK = SETUP.parents[1] / "requirements.lock"


def fake(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


class Checkout:
    """A folder that looks like a checkout, with a small project and the real set-up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tools = folder.parent / "tools"
        (folder / "scripts").mkdir(parents=True)
        (folder / "small").mkdir()
        (folder / "small" / "__init__.py").touch()
        shutil.copy(SETUP, folder / "scripts")
        (folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"\n'
            '[project]\nname = "small"\nversion = "1"\n'
        )
        (folder / "requirements.lock").write_text(locked("click"))

    @property
    def python(self) -> Path:
        return self.folder / ".venv" / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / ".venv" / ".physiopi-stamp"

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.tools}:/usr/bin:/bin"
        return subprocess.run(
            ["bash", "-c", f'. "$1"/scripts/setup_environment.sh; {command}', "-", self.folder],
            env=os.environ | {"PATH": path} | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def has(self, module: str) -> bool:
        found = subprocess.run([self.python, "-c", f"import {module}"], check=False, cwd="/")
        return found.returncode == 0


def locked(name: str) -> str:
    """A package's lines in the real lock file."""
    lines = LOCK.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].startswith("    --hash"))
    return "\n".join(lines[start:end]) + "\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path / "a folder with spaces")
    fake(made.tools, "python3", f'exec "{sys.executable}" "$@"')
    return made


def test_the_systems_python_is_taken_where_it_fits(checkout: Checkout) -> None:
    assert checkout.run("choose_python").stdout.strip() == str(checkout.tools / "python3")


def test_another_python_is_taken_where_the_systems_is_too_old_or_too_new(
    checkout: Checkout,
) -> None:
    fake(checkout.tools, "python3", "exit 1")
    fake(checkout.tools, "python3.13", "exit 1")
    fake(checkout.tools, "python3.12", f'exec "{sys.executable}" "$@"')
    assert checkout.run("choose_python").stdout.strip() == str(checkout.tools / "python3.12")


def test_the_named_python_goes_first(checkout: Checkout) -> None:
    chosen = checkout.run("choose_python", PHYSIOPI_PYTHON=sys.executable)
    assert chosen.stdout.strip() == sys.executable


def test_no_python_that_fits_is_said_in_words(checkout: Checkout) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        fake(checkout.tools, name, "exit 1")
    result = checkout.run("python=$(choose_python); echo went on")
    assert result.returncode == 1
    assert "Python 3.11, 3.12 or 3.13 (64-bit) is needed" in result.stderr
    assert "went on" not in result.stdout


def test_packages_that_are_there_are_left_alone(checkout: Checkout) -> None:
    fake(checkout.tools, "dpkg-query", "echo install ok installed")
    fake(checkout.tools, "apt-get", "echo called; exit 1")
    result = checkout.run("install_packages mosquitto chromium")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_missing_packages_are_installed_through_sudo(checkout: Checkout, tmp_path: Path) -> None:
    fake(checkout.tools, "dpkg-query", '[ "${@: -1}" = chromium ] && echo install ok installed')
    fake(checkout.tools, "id", "echo 1000")
    fake(checkout.tools, "sudo", f'echo "$@" >>"{tmp_path}/calls"')
    fake(checkout.tools, "apt-get", "exit 9")
    result = checkout.run("install_packages mosquitto chromium postgresql")
    assert result.returncode == 0, result.stderr
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update.startswith("apt-get update")
    assert install.startswith("env DEBIAN_FRONTEND=noninteractive apt-get install")
    assert install.endswith(" mosquitto postgresql")


def test_a_refused_installation_names_the_packages(checkout: Checkout) -> None:
    fake(checkout.tools, "dpkg-query", "exit 1")
    fake(checkout.tools, "id", "echo 1000")
    fake(checkout.tools, "sudo", "exit 1")
    fake(checkout.tools, "apt-get", "exit 9")
    result = checkout.run("install_packages mosquitto; echo went on")
    assert result.returncode == 1
    assert "apt-get install mosquitto" in result.stderr
    assert result.stdout == ""


def test_without_debian_the_person_is_told_what_to_install(
    checkout: Checkout, tmp_path: Path
) -> None:
    only = tmp_path / "only"
    only.mkdir()
    for name in ("bash", "dirname", "grep"):
        (only / name).symlink_to(shutil.which(name, path="/usr/bin:/bin"))
    result = checkout.run(f"PATH='{only}'; install_packages mosquitto")
    assert result.returncode == 1
    assert "install mosquitto first" in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_environment_is_made_once_and_mended_when_it_must_be(checkout: Checkout) -> None:
    first = checkout.run("setup_environment")
    assert first.returncode == 0, first.stderr
    assert checkout.has("click")
    assert checkout.has("small")

    second = checkout.run("setup_environment")
    assert (second.returncode, second.stderr) == (0, "")

    # Cut short: half a package, and the mark of an unfinished installation.
    checkout.stamp.write_text("unfinished\n")
    (package,) = checkout.folder.glob(".venv/lib/python3.*/site-packages/click/core.py")
    package.unlink()
    assert not checkout.has("click.core")
    assert checkout.run("setup_environment").returncode == 0
    assert checkout.has("click.core")

    # Cut short even earlier: no pip yet.
    shutil.rmtree(checkout.folder / ".venv")
    (checkout.folder / ".venv" / "bin").mkdir(parents=True)
    assert checkout.run("setup_environment").returncode == 0
    assert checkout.has("click.core")

    # Another lock file.
    lock = checkout.folder / "requirements.lock"
    lock.write_text(lock.read_text() + locked("structlog"))
    assert checkout.run("setup_environment").returncode == 0
    assert checkout.has("structlog")

    # Moved to another place.
    moved = checkout.folder.with_name("moved")
    checkout.folder.rename(moved)
    checkout.folder = moved
    assert checkout.run("setup_environment").returncode == 0
    assert checkout.has("small")


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_wheel_whose_hash_differs_is_not_installed(checkout: Checkout) -> None:
    lock = checkout.folder / "requirements.lock"
    name = lock.read_text().split(" ")[0]
    lock.write_text(f"{name} --hash=sha256:{'0' * 64}\n")
    result = checkout.run("setup_environment")
    assert result.returncode == 1
    assert "could not be installed" in result.stderr
    assert not checkout.has("click")
    assert not checkout.stamp.exists()
