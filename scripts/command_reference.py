"""Writes docs/commands.md from the commands' own help, so that it cannot go stale unseen."""

import argparse
import sys
from importlib.metadata import entry_points
from pathlib import Path

import click

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
PROGRAMS = ("physiopi-device", "physiopi-bridge")
_WIDTH = 92
_HEAD = """# Commands

Written by `scripts/write_command_reference` from what `--help` says; a test fails when they differ.
"""


def reference() -> str:
    """The whole page."""
    sections = [_HEAD]
    for program in PROGRAMS:
        (found,) = entry_points(group="console_scripts", name=program)
        command = found.load()
        context = click.Context(command, info_name=program, max_content_width=_WIDTH)
        context.terminal_width = _WIDTH
        sections.append(_section("##", command, context))
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            inner = click.Context(below, parent=context, info_name=name)
            inner.terminal_width = _WIDTH
            sections.append(_section("###", below, inner))
    return "\n".join(sections)


def _section(level: str, command: click.Command, context: click.Context) -> str:
    return f"{level} {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"


def main() -> int:
    """Exit status 1 with --check when the page differs from the help."""
    parser = argparse.ArgumentParser(prog="scripts/write_command_reference", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, say whether it differs"
    )
    options = parser.parse_args()
    page = reference()
    if not options.check:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(f"{PAGE} differs from the commands' help: run {parser.prog}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
