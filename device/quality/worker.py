"""``python -m device.quality.worker FD``: analyses the sets that come over a socket, one by one."""

import os
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Final

import structlog

NICENESS: Final = 15
"""Of 19: the analysis has what coaching leaves over."""

log = structlog.get_logger()


def main(arguments: Sequence[str]) -> int:
    """One answer for each set, until the other end is closed; 5 where there is no gate."""
    connection = Connection(int(arguments[0]))
    niceness = os.nice(NICENESS)
    # Only now, so that loading them costs coaching nothing either.
    from device.errors import DeviceError  # noqa: PLC0415
    from device.quality.pipeline import QualityPipeline  # noqa: PLC0415
    from device.quality.process import Analysed, Ready  # noqa: PLC0415
    from device.quality.set_motion import set_motion  # noqa: PLC0415
    from device.quality.stages import available_stages  # noqa: PLC0415
    from models.errors import ModelsError  # noqa: PLC0415

    stages = available_stages(research="--research" in arguments)
    try:
        pipeline = QualityPipeline(stages)
    except (DeviceError, ModelsError) as error:
        log.error("quality_not_available", reason=str(error))
        return 5
    versions = tuple(f"{each.name} {each.version}" for each in stages.versions.values())
    connection.send(Ready(os.getpid(), niceness, versions))
    while True:
        try:
            recorded = connection.recv()
        except (EOFError, OSError):
            return 0
        try:
            analysis = pipeline.analyse(recorded)
            answer: object = Analysed(analysis.quality)
            if recorded.keep_motion:
                try:
                    answer = Analysed(analysis.quality, set_motion(recorded, analysis))
                except (DeviceError, ModelsError) as error:
                    log.error("motion_not_made", reason=str(error))
        except Exception as error:
            # Whatever it is: the session is sent all the same, and the next set tried.
            log.exception("quality_analysis_error")
            answer = f"{type(error).__name__}: {error}"
        connection.send(answer)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
