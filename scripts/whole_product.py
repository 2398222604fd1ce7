"""Starts the whole product on this machine: broker, bridge and device; ends it all on Ctrl-C.

It launches the two packages' own commands and speaks with the portal over HTTP, as a person would.
"""

import argparse
import ctypes
import html
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PREFERRED_PORTS = {"broker": 18830, "portal": 8090, "kiosk": 8080}
READY_WITHIN_S = 60.0
SESSION_WITHIN_S = 240.0
ENDS_WITHIN_S = 12.0
DEMO_DEVICE = "demo-device"
_PR_SET_PDEATHSIG = 1
_Result = TypeVar("_Result")


class ProductError(Exception):
    """Something did not start or did not happen; the message says what to do."""


def say(text: str) -> None:
    """To the person at the terminal; standard output is for the one JSON line of --check."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Addresses:
    """Where the parts listen."""

    broker_port: int
    portal_port: int
    kiosk_port: int

    @property
    def portal(self) -> str:
        """The doctors' pages."""
        return f"http://127.0.0.1:{self.portal_port}"

    @property
    def kiosk(self) -> str:
        """The patient's page."""
        return f"http://127.0.0.1:{self.kiosk_port}"


class Product:
    """The running parts; each is a child that dies with us, however we end."""

    def __init__(self, state: Path, stack: ExitStack) -> None:
        self.state = state
        self.log_folder = state / "log"
        self._children: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._logs: dict[str, IO[bytes]] = {}
        for folder in (state, self.log_folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stack.callback(self.stop)

    def start(self, name: str, *command: str | Path) -> None:
        """Start a part; what it says goes to its log."""
        log = self._logs.setdefault(name, (self.log_folder / f"{name}.log").open("wb"))
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509  this program has one thread
        )
        self._children.append((name, child))

    def check_alive(self) -> None:
        """Raises :class:`ProductError` with the end of the log of a part that has ended."""
        for name, child in self._children:
            if child.poll() is not None:
                raise ProductError(
                    f"the {name} has ended with status {child.returncode}:\n{self.log_tail(name)}"
                )

    def log_tail(self, name: str) -> str:
        """The last lines of a part's log."""
        lines = (self.log_folder / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-8:])

    def stop(self) -> None:
        """End everything, the last started first."""
        for _, child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
        deadline_s = time.monotonic() + ENDS_WITHIN_S
        for _, child in reversed(self._children):
            try:
                child.wait(max(0.1, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for log in self._logs.values():
            log.close()


def _die_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port(preferred: int) -> int:
    """The preferred port, or any free one where that is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise ProductError("no free port on this machine")


def write_configuration(state: Path, addresses: Addresses) -> tuple[Path, Path]:
    """bridge.toml and device.toml for this machine."""
    broker = state / "broker"
    bridge, device = state / "bridge.toml", state / "device.toml"
    bridge.write_text(
        f"""data_folder = {json.dumps(str(state / "bridge"))}
[broker]
port = {addresses.broker_port}
password_file = {json.dumps(str(broker / "secrets" / "physiopi-bridge"))}
[portal]
port = {addresses.portal_port}
"""
    )
    runtime = Path(tempfile.mkdtemp(prefix="physiopi-run-", dir="/dev/shm"))
    device.write_text(
        f"""device_id = "{DEMO_DEVICE}"
data_folder = {json.dumps(str(state / "device"))}
runtime_folder = {json.dumps(str(runtime))}
[broker]
port = {addresses.broker_port}
password_file = {json.dumps(str(broker / "secrets" / DEMO_DEVICE))}
[kiosk]
port = {addresses.kiosk_port}
"""
    )
    return bridge, device


def run_command(*command: str | Path) -> str:
    """A command's output; raises :class:`ProductError` with its own words when it fails."""
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if result.returncode != 0:
        raise ProductError((result.stderr.strip() or result.stdout.strip()).splitlines()[-1])
    return result.stdout


def wait_for(
    what: str, happened: Callable[[], _Result], product: Product, within_s: float
) -> _Result:
    """The first true value of ``happened``; raises :class:`ProductError` when it never comes."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        product.check_alive()
        try:
            if value := happened():
                return value
        except OSError:
            pass
        time.sleep(0.2)
    raise ProductError(f"{what} did not happen within {within_s:.0f} s; logs: {product.log_folder}")


def _answers(address: str) -> bool:
    with urllib.request.urlopen(address, timeout=2) as response:
        return bool(response.status == 200)


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


class Doctor:
    """A doctor at the portal: signs in, prescribes by the form, reads what came."""

    def __init__(self, portal: str) -> None:
        self._portal = portal
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._browser = urllib.request.build_opener(cookies)

    def sign_in(self, address: str) -> None:
        """By the one-time link."""
        form = _fields(self._get(address))
        page = self._post(address, {"csrf_token": form["csrf_token"]})
        if "Sign out" not in page:
            raise ProductError("the one-time sign-in was not accepted")

    def prescribe(self, patient_id: int, dose: dict[str, str]) -> None:
        """By the patient page's form."""
        address = f"{self._portal}/patients/{patient_id}"
        page = self._get(address)
        fields = _fields(page[page.index("novalidate") :])
        page = self._post(address, fields | dose)
        if "Prescribed." not in page:
            errors = re.findall(r'class="error"[^>]*>([^<]+)<', page)
            raise ProductError(f"the portal did not take the prescription: {', '.join(errors)}")

    def sessions(self, patient_id: int) -> list[dict[str, Any]]:
        """What the portal has of a patient, newest first."""
        address = f"{self._portal}/api/v1/patients/{patient_id}/sessions"
        found: list[dict[str, Any]] = json.loads(self._get(address))["sessions"]
        return found

    def _get(self, address: str) -> str:
        with self._browser.open(address, timeout=10) as response:
            text: str = response.read().decode()
            return text

    def _post(self, address: str, fields: dict[str, str]) -> str:
        request = urllib.request.Request(
            address, urllib.parse.urlencode(fields).encode(), {"Referer": address}
        )
        with self._browser.open(request, timeout=10) as response:
            text: str = response.read().decode()
            return text


def _fields(page: str) -> dict[str, str]:
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = html.unescape(value[1]) if value else ""
    return found


def start_product(
    options: argparse.Namespace, stack: ExitStack
) -> tuple[Product, Addresses, dict[str, Any]]:
    """Start all parts and wait until they answer."""
    if options.check:
        state = Path(tempfile.mkdtemp(prefix="physiopi-check-"))
        stack.callback(shutil.rmtree, state, ignore_errors=True)
    else:
        state = ROOT / ".physiopi"
    product = Product(state, stack)
    addresses = Addresses(*(free_port(port) for port in PREFERRED_PORTS.values()))
    bridge, device = write_configuration(state, addresses)
    runtime = re.search(r'runtime_folder = "([^"]+)"', device.read_text())
    if runtime:
        stack.callback(shutil.rmtree, runtime[1], ignore_errors=True)
    broker = ("broker-config", "--folder", state / "broker", "--port", str(addresses.broker_port))
    configuration = run_command(BIN / "physiopi-bridge", *broker).strip()
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if mosquitto is None:
        raise ProductError("mosquitto is not installed: run 'apt install mosquitto'")
    product.start("broker", mosquitto, "-c", configuration)
    wait_for("the broker's start", lambda: _listens(addresses.broker_port), product, 15)
    demo = ["demo", "--json", "--config", bridge]
    if not options.check:
        demo += ["--prescribe", options.exercise]
    made = json.loads(run_command(BIN / "physiopi-bridge", *demo))
    product.start("bridge", BIN / "physiopi-bridge", "run", "--config", bridge)
    run = [BIN / "physiopi-device", "run", "--config", device, "--camera", options.camera]
    if options.clip:
        run += ["--clip", options.clip.resolve()]
    if options.check or (options.camera == "simulated" and not options.clip):
        run.append("--autostart")
    product.start("device", *run)
    wait_for(
        "the portal's start",
        lambda: _answers(addresses.portal + "/sign-in"),
        product,
        READY_WITHIN_S,
    )
    wait_for("the kiosk's start", lambda: _answers(addresses.kiosk), product, READY_WITHIN_S)
    return product, addresses, made


def check(
    product: Product, addresses: Addresses, made: dict[str, Any], options: argparse.Namespace
) -> None:
    """Act as the doctor, wait for the session, print what the bridge stored."""
    doctor = Doctor(addresses.portal)
    doctor.sign_in(made["sign_in_address"])
    one_sided = options.exercise in ("knee_extension_seated", "hip_abduction_standing")
    dose = {
        "exercise_id": options.exercise,
        "side": "left" if one_sided else "both",
        "sets": "1",
        "reps": str(options.reps),
        "rest_s": "5",
    }
    doctor.prescribe(made["patient_id"], dose)
    say(f"check: {options.reps} x {options.exercise} prescribed; waiting for the session")
    found = wait_for(
        "the session's arrival at the portal",
        lambda: doctor.sessions(made["patient_id"]),
        product,
        SESSION_WITHIN_S,
    )
    stored = found[0]["session"]
    item = stored["items"][0]
    report = {
        "exercise_id": item["exercise_id"],
        "reps_counted": sum(each["reps_counted"] for each in item["sets"]),
        "reps_target": sum(each["reps_target"] for each in item["sets"]),
        "rom_peak_deg": found[0]["best_rom_peak_deg"],
        "delivered": True,
        "network": stored["networks"][0]["name"],
        "camera": stored["camera"],
        "status": stored["status"],
        "session_id": stored["id"],
    }
    print(json.dumps(report), flush=True)


def announce(addresses: Addresses, made: dict[str, Any], product: Product) -> None:
    """The addresses, for the person at the terminal."""
    print(
        f"""
  PhysioPi is running. Ctrl-C ends everything.

  Patient's kiosk   {addresses.kiosk}
  Doctor's portal   {addresses.portal}
  One-time sign-in  {made["sign_in_address"]}

  Logs              {product.log_folder}
""",
        flush=True,
    )


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line of scripts/run."""
    parser = argparse.ArgumentParser(
        prog="scripts/run",
        description="Start broker, bridge and device on this machine, until Ctrl-C.",
    )
    parser.add_argument(
        "--camera", default="simulated", help="simulated (default), csi, or a number such as 0"
    )
    parser.add_argument("--clip", type=Path, help="use a video file as the camera")
    parser.add_argument(
        "--check",
        action="store_true",
        help="play one whole session by itself, print what the bridge stored, and end",
    )
    parser.add_argument("--exercise", default="shoulder_abduction", help="what is prescribed first")
    parser.add_argument("--reps", type=int, default=3, help="repetitions that --check prescribes")
    return parser.parse_args(arguments)


def main() -> int:
    """Exit status 0 when all went well."""
    options = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with ExitStack() as stack:
        try:
            product, addresses, made = start_product(options, stack)
            if options.check:
                check(product, addresses, made, options)
                return 0
            announce(addresses, made, product)
            while True:
                product.check_alive()
                time.sleep(0.5)
        except KeyboardInterrupt:
            say("ending")
            return 0
        except (ProductError, urllib.error.URLError) as error:
            say(f"scripts/run: {error}")
            return 1


if __name__ == "__main__":
    sys.exit(main())
