"""A clinic's own exercises: the folder where its files stand, beside those that come with PhysioPi.

The folder holds TOML files as ours, and in ``texts`` their words in every language. It is kept in
the environment, so that every process that is started from here reads the same library.
"""

import os
from pathlib import Path

FOLDER_VARIABLE = "PHYSIOPI_EXERCISE_FOLDER"
TEXTS = "texts"


def clinic_folder() -> Path | None:
    """The folder with the clinic's own exercises, ``None`` when it has none."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def choose_clinic_folder(folder: Path) -> None:
    """Read the clinic's exercises from there, in this process and those it starts."""
    os.environ[FOLDER_VARIABLE] = str(folder.absolute())
