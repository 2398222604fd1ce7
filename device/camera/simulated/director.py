"""Tells the simulated patient to do what the coach asks for, as a willing patient would."""

from device.camera.simulated.camera import SimulatedCamera
from device.coaching.feedback import Feedback, Phase
from models.messages import PrescriptionItem


class Director:
    """Watches the coach's feedback and directs the simulated patient."""

    def __init__(self, camera: SimulatedCamera) -> None:
        self._camera = camera
        self._seen: tuple[Phase, str | None, int] | None = None

    def watch(self, feedback: Feedback, item: PrescriptionItem | None) -> None:
        """Take one feedback; ``item`` is what is being done."""
        now = (feedback.phase, feedback.exercise_id, feedback.set_number)
        if now == self._seen:
            return
        before, self._seen = self._seen, now
        if item is None or before is None or feedback.guided_by_clock:
            return
        if feedback.phase is Phase.FRAMING:
            self._camera.rest(item.exercise_id, item.side)
        elif feedback.phase is Phase.EXERCISING and before[0] is Phase.COUNTDOWN:
            self._camera.perform(
                item.exercise_id, item.side, item.reps, item.tempo, item.target_rom_deg
            )
