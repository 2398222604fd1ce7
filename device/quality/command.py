"""``physiopi-device quality``: which stages of the quality analysis this release has."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from device.quality.stages import ORDER, RESEARCH_SCORE
from models.errors import ModelsError
from models.networks.find import find_stage
from models.networks.manifest import MANIFEST_FILE, RESEARCH_MANIFEST_FILE, load_stages


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage; ``state`` is ``ready``, ``missing`` or what is wrong with its file."""

    name: str
    version: str | None
    kind: str | None
    state: str
    research: bool
    card: str | None
    licence: str | None


def stage_lines() -> list[StageLine]:
    """All stages in the order of their work, the research ones last."""
    return [_line(name, MANIFEST_FILE) for name in ORDER] + [
        _line(RESEARCH_SCORE, RESEARCH_MANIFEST_FILE)
    ]


def _line(name: str, manifest: Path) -> StageLine:
    research = manifest == RESEARCH_MANIFEST_FILE
    entry = load_stages(manifest).get(name)
    if entry is None:
        return StageLine(name, None, None, "missing", research, None, None)
    try:
        find_stage(name, manifest)
        state = "ready"
    except ModelsError as error:
        state = str(error)
    card = str(manifest.parent / entry.card)
    return StageLine(name, entry.version, entry.kind, state, research, card, entry.licence)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
def quality(as_json: bool) -> None:
    """List the stages of the movement quality analysis, with their versions and model cards.

    'physiopi-device analyse FILE --exercise ID --quality' runs them.
    """
    lines = stage_lines()
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines]))
        return
    for line in lines:
        about = f"{line.kind} {line.version}" if line.version else "-"
        research = " (research: off until the clinic turns it on)" if line.research else ""
        click.echo(f"{line.name:18} {about:18} {line.state}{research}")
