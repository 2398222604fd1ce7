"""``physiopi-device jobs``: video jobs, from the server to the one who sends a film."""

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

import click
from tqdm import tqdm

from device.errors import DeviceError
from device.jobs.access import read_token
from device.jobs.client import JobsClient
from device.settings import load_settings

_LOOK_EVERY_S: Final = 0.5
_ENDED: Final = ("done", "failed")

_config = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The device's configuration file (device.toml).",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def jobs() -> None:
    """Have films and recordings analysed by a running device, one after the other.

    Off unless device.toml says '[jobs] enabled = true'. Films stay on this machine and are deleted
    as soon as they are analysed. docs/jobs.md describes the HTTP interface.
    """


@jobs.command()
@_config
def serve(config: Path | None) -> None:
    """Take jobs in and work through them, until told to stop.

    On this machine's own address only, for programs that have the token. While a patient trains
    nothing is worked on.
    """
    from device.jobs.server import JobsServer  # noqa: PLC0415

    JobsServer(load_settings(config)).run()


@jobs.command()
@_config
def token(config: Path | None) -> None:
    """Print the token of the server that runs, for 'Authorization: Bearer TOKEN'."""
    click.echo(read_token(load_settings(config).runtime_folder))


@jobs.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--exercise", required=True, help="Which exercise it is, such as squat_deep.")
@click.option("--side", type=click.Choice(["left", "right", "both"]), help="Which side works.")
@click.option("--recording", help="Which recording, where a file holds several.")
@click.option("--fps", type=float, help="Frames per second of a recording that does not say.")
@click.option("--wait", is_flag=True, help="Wait until it is done, and print the result.")
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --wait: write the series here.",
)
@_config
def submit(
    file: Path,
    exercise: str,
    side: str | None,
    recording: str | None,
    fps: float | None,
    wait: bool,
    csv_folder: Path | None,
    config: Path | None,
) -> None:
    """Send FILE to the server; prints the job as JSON.

    FILE is a video, or a recording of keypoints (.npz or .json). With --wait the exit status is 1
    when the analysis failed.
    """
    if csv_folder is not None and not wait:
        raise click.UsageError("--csv needs the result: add --wait")
    client = JobsClient(load_settings(config))
    given = {"exercise_id": exercise, "side": side, "recording": recording, "fps": fps}
    fields = {name: str(value) for name, value in given.items() if value is not None}
    job = client.submit(file, fields)
    if wait:
        job = _awaited(client, job["id"])
    click.echo(json.dumps(job))
    if job["status"] == "failed":
        raise DeviceError(f"{job['problem']['title']}: {job['problem']['detail']}")
    if csv_folder is not None:
        _write_series(client, job, csv_folder)


@jobs.command("list")
@_config
@_json
def list_jobs(config: Path | None, as_json: bool) -> None:
    """List the jobs, the oldest first."""
    found = JobsClient(load_settings(config)).jobs()
    if as_json:
        click.echo(json.dumps({"jobs": found}))
        return
    for job in found:
        share = "" if job["progress"] is None else f"{job['progress']:.0%}"
        waits = "" if job["waits_for"] is None else f" (waits for {job['waits_for']})"
        click.echo(
            f"{job['id']}  {job['created_at']}  {job['exercise_id']:28} {job['status']:8}"
            f" {share:>4}{waits}"
        )


@jobs.command()
@click.argument("job_id")
@_config
def show(job_id: str, config: Path | None) -> None:
    """Print one job as JSON, with its result where it is done."""
    click.echo(json.dumps(JobsClient(load_settings(config)).job(job_id)))


@jobs.command()
@click.argument("job_id")
@_config
def remove(job_id: str, config: Path | None) -> None:
    """Remove a job, its film and its result; break it off where it runs."""
    JobsClient(load_settings(config)).remove(job_id)


def _awaited(client: JobsClient, job_id: str) -> dict[str, Any]:
    job = client.job(job_id)
    with tqdm(total=1.0, unit="", file=sys.stderr, bar_format="{l_bar}{bar}| {postfix}") as bar:
        while job["status"] not in _ENDED:
            bar.n = job["progress"] or 0.0
            bar.set_postfix_str(job["waits_for"] or job["status"])
            time.sleep(_LOOK_EVERY_S)
            job = client.job(job_id)
        bar.n = 1.0
        bar.set_postfix_str(job["status"])
    return job


def _write_series(client: JobsClient, job: dict[str, Any], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, address in job["series"].items():
            # The name is the server's: nothing but a name may become part of a path.
            (folder / f"{Path(name).name}.csv").write_bytes(client.series(address))
    except OSError as error:
        raise DeviceError(f"{folder}: the series cannot be written: {error.strerror}") from error
