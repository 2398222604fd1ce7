"""Which pose network the device uses: MoveNet, or its stand-in before the simulated patient only.

The stand-in was trained on renderings and has never seen a person. It must not judge one, so it is
refused wherever a person could be in the picture.
"""

from pathlib import Path

import structlog

from device.camera.simulated.clip_mark import is_simulated
from device.errors import PoseNetworkError
from models.errors import NetworkNotFoundError
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import ExerciseLibrary, load_library
from models.networks.find import NetworkFile, find_network, show_progress
from models.networks.manifest import DEFAULT_NETWORK, STAND_IN

log = structlog.get_logger()


class StandInRefusedError(PoseNetworkError):
    """Only the stand-in is at hand, and what it would look at may be a person."""


def shows_no_person(camera: str, clip: Path | None) -> bool:
    """Whether only the simulated patient can be seen: by its camera, or in a clip made of it."""
    return camera == "simulated" if clip is None else is_simulated(clip)


def choose_network(
    folder: Path | None = None, *, no_person: bool, stand_in: bool = False
) -> NetworkFile:
    """MoveNet, looked for in ``folder`` first; the stand-in where asked for, or all there is.

    Raises :class:`StandInRefusedError` when it would have to be the stand-in but a person could be
    seen, and :class:`~models.errors.NetworkVerificationError` for a file that is not what it should
    be, which is never replaced in silence.
    """
    missing: NetworkNotFoundError | None = None
    if not stand_in:
        try:
            return find_network(folder=folder, progress=show_progress)
        except NetworkNotFoundError as error:
            missing = error
    if not no_person:
        raise StandInRefusedError(_refusal(missing)) from missing
    network = find_network(STAND_IN)
    log.warning(
        "STAND-IN NETWORK, NOT FOR USE WITH PEOPLE",
        network=network.entry.name,
        instead_of=DEFAULT_NETWORK,
        because=str(missing or "asked for"),
        to_change="run scripts/fetch_models",
    )
    return network


def library_measured_by(stand_in: bool) -> ExerciseLibrary:
    """The exercises; with the stand-in no error is known, for those there are MoveNet's."""
    library = load_library()
    if not stand_in:
        return library
    return ExerciseLibrary(
        {
            name: exercise.model_copy(update={"accuracy": None})
            if isinstance(exercise, ExerciseDefinition)
            else exercise
            for name, exercise in library.items()
        }
    )


def _refusal(reason: Exception | None) -> str:
    missing = "" if reason is None else f"{reason}. "
    return (
        f"{missing}The stand-in for MoveNet must not be used with people, whom a camera or a video"
        " of unknown origin may show: run scripts/fetch_models, or use --camera simulated"
    )
