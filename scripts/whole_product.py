"""Starts the whole product on this machine: broker, bridge and device; ends it all on Ctrl-C.

It launches the two packages' own commands and speaks with the portal over HTTP, as a person would.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from doctor import Doctor
from running_parts import ProductError, RunningParts

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".physiopi"
BIN = Path(sys.executable).parent
PREFERRED_PORTS = (18830, 8090, 8080)
FIRST_EXERCISE = "shoulder_abduction"
READY_WITHIN_S = 90.0
DEMO_DEVICE = "demo-device"
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EndedError(Exception):
    """Somebody asked us to end, by a signal."""


def say(text: str) -> None:
    """To the person at the terminal; standard output is for the one JSON line of --check."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Addresses:
    """Where the parts listen, all on the loopback address."""

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


@dataclass(frozen=True)
class Product:
    """The whole product, running."""

    parts: RunningParts
    addresses: Addresses
    bridge_config: Path
    patient_id: int
    sign_in_address: str


def free_ports(preferred: tuple[int, ...]) -> list[int]:
    """The preferred ports, with any free one in the place of each that is taken."""
    with ExitStack() as held:
        return [_free_port(port, held) for port in preferred]


def _free_port(preferred: int, held: ExitStack) -> int:
    for port in (preferred, 0):
        probe = held.enter_context(socket.socket())
        # As servers do: connections of an earlier run that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        # Until all are found, so that none is found twice.
        probe.listen(1)
        found: int = probe.getsockname()[1]
        return found
    raise ProductError("there is no free port on this machine")


def take_state_folder(state: Path, stack: ExitStack) -> None:
    """Make the folder, for this user and this run alone; raises :class:`ProductError`."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.chmod(0o700)
    lock = stack.enter_context((state / "lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ProductError(
            f"PhysioPi is running from this folder already ({state}): end that with Ctrl-C first"
        ) from None


def _runtime_folder(state: Path, stack: ExitStack) -> Path:
    """A private folder in memory for sockets, whose paths must be short; left by nobody for long.

    Its name comes from the state folder's, so that the next run clears what a killed one left.
    """
    name = hashlib.sha256(str(state).encode()).hexdigest()[:12]
    folder = Path("/dev/shm") / f"physiopi-run-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


def write_configuration(state: Path, runtime: Path, addresses: Addresses) -> tuple[Path, Path]:
    """bridge.toml and device.toml for this machine."""
    secrets = state / "broker" / "secrets"
    bridge, device = state / "bridge.toml", state / "device.toml"
    bridge.write_text(
        f"""data_folder = {_quoted(state / "bridge")}
[broker]
port = {addresses.broker_port}
password_file = {_quoted(secrets / "physiopi-bridge")}
[portal]
port = {addresses.portal_port}
""",
        encoding="utf-8",
    )
    device.write_text(
        f"""device_id = "{DEMO_DEVICE}"
data_folder = {_quoted(state / "device")}
runtime_folder = {_quoted(runtime)}
[broker]
port = {addresses.broker_port}
password_file = {_quoted(secrets / DEMO_DEVICE)}
[kiosk]
port = {addresses.kiosk_port}
""",
        encoding="utf-8",
    )
    return bridge, device


def _quoted(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def run_command(*command: str | Path) -> str:
    """A command's output; raises :class:`ProductError` with its own words when it fails."""
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip() or "it gave no reason").splitlines()
        raise ProductError(said[-1])
    return result.stdout


def _answers(address: str) -> bool:
    with urllib.request.urlopen(address, timeout=2) as response:
        return bool(response.status == 200)


def _coaches(kiosk: str) -> bool:
    with urllib.request.urlopen(f"{kiosk}/health", timeout=2) as response:
        return json.load(response)["coach_age_s"] is not None


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def start_product(options: argparse.Namespace, state: Path, stack: ExitStack) -> Product:
    """Start all parts and wait until they answer; raises :class:`ProductError`."""
    warn_of_stand_in(options.stand_in)
    take_state_folder(state, stack)
    addresses = Addresses(*free_ports(PREFERRED_PORTS))
    runtime = _runtime_folder(state, stack)
    bridge, device = write_configuration(state, runtime, addresses)
    parts = RunningParts(state / "log", ROOT, stack)
    _start_broker(state / "broker", addresses.broker_port, parts)
    demo: list[str | Path] = ["demo", "--json", "--config", bridge]
    if not options.check and options.exercise is None:
        demo += ["--prescribe", FIRST_EXERCISE]
    made = json.loads(run_command(BIN / "physiopi-bridge", *demo))
    parts.start("bridge", BIN / "physiopi-bridge", "run", "--config", bridge)
    parts.start("device", BIN / "physiopi-device", *_device_arguments(options, device))
    sign_in_page = f"{addresses.portal}/sign-in"
    parts.wait_for("the portal's start", lambda: _answers(sign_in_page), READY_WITHIN_S)
    parts.wait_for("the coach's start", lambda: _coaches(addresses.kiosk), READY_WITHIN_S)
    return Product(parts, addresses, bridge, made["patient_id"], made["sign_in_address"])


def warn_of_stand_in(asked_for: bool) -> None:
    """Say so where the device does without MoveNet; raises :class:`ProductError` for a bad file."""
    # Here and not above: --help works before anything is installed.
    from models.errors import NetworkNotFoundError, NetworkVerificationError  # noqa: PLC0415
    from models.networks.find import find_network  # noqa: PLC0415

    if not asked_for:
        try:
            find_network(download=False)
        except NetworkNotFoundError:
            pass
        except NetworkVerificationError as error:
            raise ProductError(str(error)) from error
        else:
            return
    say("WARNING: without MoveNet, by its stand-in alone: NOT FOR USE WITH PEOPLE")


def _start_broker(folder: Path, port: int, parts: RunningParts) -> None:
    configuration = run_command(
        BIN / "physiopi-bridge", "broker-config", "--folder", folder, "--port", str(port)
    ).strip()
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if mosquitto is None:
        raise ProductError("mosquitto is not installed: run 'apt-get install mosquitto' as root")
    parts.start("broker", mosquitto, "-c", configuration)
    parts.wait_for("the broker's start", lambda: _listens(port), 15)


def _device_arguments(options: argparse.Namespace, config: Path) -> list[str | Path]:
    arguments: list[str | Path] = ["run", "--config", config, "--camera", options.camera]
    if options.clip is not None:
        arguments += ["--clip", options.clip.resolve()]
    if options.stand_in:
        arguments.append("--stand-in")
    if options.check or (options.camera == "simulated" and options.clip is None):
        arguments.append("--autostart")
    return arguments


def dose_of(exercise_id: str, sets: int, reps: int) -> dict[str, str]:
    """What a doctor would type into the form; raises :class:`ProductError`."""
    # Here and not above: --help works before anything is installed.
    from models.errors import ExerciseNotFoundError  # noqa: PLC0415
    from models.exercises.library import load_library  # noqa: PLC0415

    try:
        exercise = load_library().measured(exercise_id)
    except ExerciseNotFoundError as error:
        raise ProductError(str(error)) from error
    side = "left" if exercise.side == "unilateral" else "both"
    return {
        "exercise_id": exercise.id,
        "side": side,
        "sets": str(sets),
        "reps": str(reps),
        "rest_s": "20",
    }


def check(product: Product, dose: dict[str, str]) -> None:
    """Act as the doctor, wait for the session, print what the bridge stored."""
    doctor = Doctor(product.addresses.portal, product.sign_in_address)
    if doctor.sessions(product.patient_id):
        raise ProductError("the bridge has a session before one was done")
    doctor.prescribe(product.patient_id, dose)
    say(f"check: {dose['reps']} x {dose['exercise_id']} prescribed; waiting for the session")
    longest_s = 120.0 + 20.0 * int(dose["reps"])
    found = product.parts.wait_for(
        "the session's arrival at the portal",
        lambda: doctor.sessions(product.patient_id),
        longest_s,
    )
    print(json.dumps(_report(found[0])), flush=True)


def _report(document: dict[str, Any]) -> dict[str, Any]:
    session = document["session"]
    if not session["items"]:
        raise ProductError("the bridge has the session, but no set was done in it")
    item = session["items"][0]
    return {
        "exercise_id": item["exercise_id"],
        "side": item["side"],
        "reps_counted": sum(each["reps_counted"] for each in item["sets"]),
        "reps_target": sum(each["reps_target"] for each in item["sets"]),
        "reps_full_rom": sum(each["reps_full_rom"] for each in item["sets"]),
        "rom_peak_deg": document["best_rom_peak_deg"],
        "delivered": True,
        "status": session["status"],
        "network": session["networks"][0]["name"],
        "camera": session["camera"],
        "session_id": session["id"],
        "received_at": document["received_at"],
    }


def announce(product: Product) -> None:
    """The addresses, for the person at the terminal."""
    print(
        f"""
  PhysioPi is running. Ctrl-C ends everything.

  Patient's kiosk   {product.addresses.kiosk}
  Doctor's portal   {product.addresses.portal}
  One-time sign-in  {product.sign_in_address}
                    (as the demonstration doctor; works once, within the hour)

  Logs              {product.parts.log_folder}
""",
        flush=True,
    )


def run_until_told(product: Product, options: argparse.Namespace) -> NoReturn:
    """Prescribe what was asked for, say where everything is, and watch over it."""
    if options.exercise is not None:
        # A sign-in of its own: the person's works only once.
        demo = run_command(
            BIN / "physiopi-bridge", "demo", "--json", "--config", product.bridge_config
        )
        doctor = Doctor(product.addresses.portal, json.loads(demo)["sign_in_address"])
        doctor.prescribe(product.patient_id, dose_of(options.exercise, 1, options.reps))
    announce(product)
    while True:
        product.parts.check_alive()
        time.sleep(0.5)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line of scripts/run."""
    parser = argparse.ArgumentParser(
        prog="scripts/run",
        description="Start broker, bridge and device on this machine, until Ctrl-C.",
        epilog="Nothing is listening beyond this machine. Delete the state folder to begin afresh.",
    )
    parser.add_argument(
        "--camera", default="simulated", help="simulated (default), csi, or a number such as 0"
    )
    parser.add_argument(
        "--clip", type=Path, metavar="FILE", help="a video file in the camera's place"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="play one whole session by itself in a fresh state, print what the bridge stored as"
        " one line of JSON, and end; exit status 0 only when the doctor's side has the session",
    )
    parser.add_argument(
        "--stand-in",
        action="store_true",
        help="use the small stand-in network, not MoveNet: before the simulated patient only",
    )
    parser.add_argument(
        "--exercise", metavar="ID", help=f"what is prescribed, {FIRST_EXERCISE} at first"
    )
    parser.add_argument(
        "--reps", type=int, default=3, help="how many repetitions of it (default 3)"
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=STATE,
        metavar="FOLDER",
        help="where databases, passwords and logs are kept (.physiopi beside this script's folder)",
    )
    parser.add_argument("--options-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if not 1 <= options.reps <= 100:
        parser.error("--reps takes 1 to 100")
    if options.clip is not None and not options.clip.is_file():
        parser.error(f"--clip {options.clip}: there is no such file")
    return options


def _end(*_: object) -> NoReturn:
    # Ending takes a few seconds; a second Ctrl-C meanwhile would leave it half done.
    for number in _ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise EndedError


def _run(options: argparse.Namespace, state: Path) -> int:
    with ExitStack() as stack:
        try:
            dose = dose_of(options.exercise or FIRST_EXERCISE, 1, options.reps)
            product = start_product(options, state, stack)
            if options.check:
                check(product, dose)
                return 0
            run_until_told(product, options)
        except EndedError:
            say("ending")
            return 1 if options.check else 0
        except (ProductError, OSError) as error:
            say(f"scripts/run: {error}")
            return 1


def main() -> int:
    """Exit status 0 when all went well, also after Ctrl-C, except in a check that it cut short."""
    options = parse()
    if options.options_only:
        return 0
    for number in _ENDING_SIGNALS:
        signal.signal(number, _end)
    if not options.check:
        return _run(options, options.state.resolve())
    state = Path(tempfile.mkdtemp(prefix="physiopi-check-"))
    status = _run(options, state)
    if status == 0:
        shutil.rmtree(state)
    else:
        say(f"scripts/run: what there was is kept in {state}")
    return status


if __name__ == "__main__":
    sys.exit(main())
