"""``python -m device.jobs.worker``: takes one order on its standard input, works, and ends.

Answers go to standard output, one JSON object a line. It runs at low priority, on one thread, and
dies with the process that started it.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

import structlog

from device.jobs.file_kind import RECORDINGS
from device.jobs.job_files import RESULT_FILE
from device.jobs.problem import (
    JobRefusedError,
    analysis_failed,
    disk_full,
    not_analysable,
    not_readable,
)
from device.jobs.work_order import Answer, WorkOrder
from device.pose.pose import Pose

NICENESS: Final = 19
_NICENESS_OF_SESSION: Final = 10
"""Linux weighs sessions alike whatever the priority of what is in them: about a tenth of a core
where others want it, too. While a patient trains the process is stopped altogether."""
_MOST_MEMORY_BYTES: Final = 3 * 2**30
MOST_UNPACKED_BYTES: Final = 256 * 2**20
"""A recording of twenty minutes has some 10 MB."""
_PROGRESS_EVERY_S: Final = 0.5
_DIE_WITH_PARENT: Final = 1  # PR_SET_PDEATHSIG of prctl(2)

log = structlog.get_logger()


def main() -> int:
    """0 after a last word; whatever else is a death."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever a library prints must not stand among the answers.
    os.dup2(2, 1)
    order = WorkOrder.model_validate_json(sys.stdin.buffer.readline())
    _be_humble()
    _answer(answers, last_word(order, answers))
    return 0


def last_word(order: WorkOrder, answers: IO[str]) -> Answer:
    """Do what is ordered, with progress on ``answers``; whatever goes wrong is an answer, too."""
    # Only now, so that loading them costs coaching nothing either.
    from device.errors import ClipError, DeviceError  # noqa: PLC0415
    from models.errors import ModelsError  # noqa: PLC0415

    path = f"{order.file}: "
    try:
        if order.task == "analyse":
            # Not only after the work was done.
            _check_room(order)
        frames = checked_file_frames(order)
        if order.task == "analyse":
            _analyse(order, answers)
        return Answer(word="done", frames=frames)
    except JobRefusedError as error:
        refused = error
    except ClipError as error:
        refused = not_readable(str(error).replace(path, ""))
    except MemoryError:
        refused = not_analysable("it needs more memory than it is given: send a smaller file")
    except (DeviceError, ModelsError) as error:
        refused = analysis_failed(str(error).replace(path, ""))
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = f"the result cannot be written: {error.strerror}"
        refused = disk_full(f"{why}: make room") if full else analysis_failed(why)
    except Exception as error:
        log.exception("job_analysis_error")
        refused = analysis_failed(f"{type(error).__name__}: see the log")
    return Answer(word="refused", problem=(refused.problem.kind, refused.problem.detail))


def _be_humble() -> None:
    """Low priority, bounded memory, no core dumps (they would hold pictures)."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    os.nice(NICENESS - os.nice(0))
    if os.getsid(0) == os.getpid():
        # In somebody else's session this would slow down everything that is in it.
        with contextlib.suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(_NICENESS_OF_SESSION))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))


def checked_file_frames(order: WorkOrder) -> int | None:
    """How many frames the file says it has, once it is known that it can be analysed.

    Raises :class:`~device.jobs.problem.JobRefusedError` and the errors of the exercise library.
    """
    if order.exercise_folder is not None:
        from models.exercises.clinic import choose_clinic_folder  # noqa: PLC0415

        choose_clinic_folder(order.exercise_folder)
    if order.file.suffix in RECORDINGS:
        return _checked_recording(order)
    return _checked_video(order)


def _checked_recording(order: WorkOrder) -> int:
    from device.errors import ClipError  # noqa: PLC0415
    from device.jobs.archive import unpacked_bytes  # noqa: PLC0415
    from device.recording import load_recording  # noqa: PLC0415

    if unpacked_bytes(order.file) > MOST_UNPACKED_BYTES:
        raise not_analysable("unpacked it is too large to be a recording of one set")
    try:
        recording = load_recording(order.file, order.recording, order.fps)
    except (ClipError, ValueError, TypeError, LookupError, OverflowError) as error:
        why = str(error).replace(f"{order.file}: ", "")
        raise not_readable(f"it is no recording of keypoints: {why}") from error
    if not len(recording):
        raise not_analysable("it has no frames: record the exercise again")
    _check_length(order, len(recording), float(recording.times_s[-1] - recording.times_s[0]))
    return len(recording)


def _checked_video(order: WorkOrder) -> int | None:
    import cv2  # noqa: PLC0415

    from device.camera.clip import ClipCamera  # noqa: PLC0415
    from device.errors import ClipError  # noqa: PLC0415

    cv2.setNumThreads(1)
    stated = cv2.VideoCapture(str(order.file), cv2.CAP_FFMPEG)
    width, height = (
        int(stated.get(each)) for each in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    stated.release()
    if width * height > order.most_megapixels * 1e6:
        raise not_analysable(
            f"its pictures are {width} x {height}: film or convert it with at most"
            f" {order.most_megapixels:g} megapixels, such as 1920 x 1080"
        )
    clip = ClipCamera(order.file, paced=False)
    try:
        fps = clip.open().fps
    except ClipError as error:
        raise not_readable(
            "no picture of it can be decoded (it is damaged, cut short, or of a codec that is not"
            " known here): convert it to MP4 with H.264 and send that"
        ) from error
    frames = clip.frame_count
    clip.close()
    if frames is not None:
        _check_length(order, frames, frames / fps)
    return frames


def _check_length(order: WorkOrder, frames: int, lasts_s: float) -> None:
    if lasts_s > order.longest_s:
        raise not_analysable(
            f"it is longer than {order.longest_s:g} s: send one set at a time, cut to it"
        )
    if frames > order.most_frames:
        raise not_analysable(
            f"it has more than {order.most_frames} frames: send one set at a time, cut to it"
        )


def _analyse(order: WorkOrder, answers: IO[str]) -> None:
    from device.file_analysis import FileToAnalyse, analyse_file  # noqa: PLC0415
    from device.quality.series import write_series  # noqa: PLC0415

    def watched(poses: Iterable[Pose], frames: int | None) -> Iterator[Pose]:
        told_s, began_s = float("-inf"), None
        for number, pose in enumerate(poses, start=1):
            yield pose
            began_s = pose.captured_at_s if began_s is None else began_s
            # What a file says of its length need not be so.
            _check_length(order, number, pose.captured_at_s - began_s)
            if time.monotonic() - told_s >= _PROGRESS_EVERY_S:
                told_s = time.monotonic()
                _answer(answers, Answer(word="progress", frames_done=number, frames=frames))

    to_analyse = FileToAnalyse(
        path=order.file,
        exercise_id=order.exercise_id,
        side=order.side,
        recording=order.recording,
        fps=order.fps,
        network_folder=order.network_folder,
        threads=1,
    )
    found = analyse_file(to_analyse, watched, quality=True, research=order.research)
    _check_room(order)
    (order.output / RESULT_FILE).write_text(json.dumps(found.as_document()), encoding="utf-8")
    if found.judged is not None:
        write_series(order.output, found.judged.analysis, found.judged.recorded)
    for path in order.output.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _check_room(order: WorkOrder) -> None:
    if shutil.disk_usage(order.output).free < order.keep_free_mb * 1e6:
        raise disk_full("there is no room for the result: make room, and send it again")


def _answer(answers: IO[str], answer: Answer) -> None:
    answers.write(answer.model_dump_json() + "\n")
    answers.flush()


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
