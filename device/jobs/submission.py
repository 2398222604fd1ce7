"""The form with which a job is sent: one file and what it shows."""

from typing import Final, cast, get_args

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from device.jobs.file_kind import HEAD_BYTES, kind_of
from device.jobs.job import JobRequest
from device.jobs.problem import bad_request, not_analysable
from device.jobs.upload import JobsRequest, UploadFile
from models.errors import ExerciseNotFoundError, TimerExerciseError
from models.exercises.library import load_library
from models.messages import Side

UPLOAD_FIELD: Final = "video"
FORM_BYTES: Final = 512 * 1024
"""So many bytes of form beside the file, and of it while it is taken apart."""
MOST_PARTS: Final = 10
_FIELDS: Final = frozenset({"exercise_id", "side", "recording", "fps"})
_LONGEST_NAME: Final = 200
_SILENT_AFTER_S: Final = 30.0


def read_submission(upload: UploadFile) -> JobRequest:
    """What the request's form asks for, with its file written into ``upload``.

    Raises :class:`~device.jobs.problem.JobRefusedError` for a form that is not as docs/jobs.md
    says, for a file of an unknown kind, and for an exercise that is not known or not measured.
    """
    # A sender that stops in the middle must not hold the one place there is for ever.
    if (connection := request.environ.get("gunicorn.socket")) is not None:
        connection.settimeout(_SILENT_AFTER_S)
    cast("JobsRequest", request).upload = upload
    form, files = request.form, request.files
    file = _only_file(files)
    if unknown := sorted(set(form) - _FIELDS):
        raise bad_request(f"there is no field {unknown[0][:40]!r}: there are {_named(_FIELDS)}")
    upload.keep()
    upload.seek(0)
    return JobRequest(
        kind=kind_of(upload.read(HEAD_BYTES), (file.filename or "")[-_LONGEST_NAME:]),
        exercise_id=_exercise_id(form),
        side=_side(form),
        recording=form.get("recording", "")[:_LONGEST_NAME] or None,
        fps=_fps(form),
    )


def _only_file(files: MultiDict[str, FileStorage]) -> FileStorage:
    if set(files) != {UPLOAD_FIELD}:
        raise bad_request(f"send one file in the field {UPLOAD_FIELD!r}: a video or a recording")
    return files[UPLOAD_FIELD]


def _exercise_id(form: MultiDict[str, str]) -> str:
    asked = form.get("exercise_id", "")
    if not asked:
        raise bad_request("the field 'exercise_id' is missing: say which exercise the file shows")
    try:
        return load_library().measured(asked[:_LONGEST_NAME]).id
    except (ExerciseNotFoundError, TimerExerciseError) as error:
        raise not_analysable(str(error)) from error


def _side(form: MultiDict[str, str]) -> Side | None:
    asked = form.get("side")
    if not asked:
        return None
    for side in get_args(Side):
        if asked == side:
            return cast("Side", side)
    raise bad_request(f"the field 'side' is one of {_named(get_args(Side))}, or left out")


def _fps(form: MultiDict[str, str]) -> float | None:
    asked = form.get("fps")
    if not asked:
        return None
    try:
        fps = float(asked)
    except ValueError:
        fps = 0.0
    if not 1 <= fps <= 1000:
        raise bad_request("the field 'fps' is a number from 1 to 1000: frames per second")
    return fps


def _named(names: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(names))
