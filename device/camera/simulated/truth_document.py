"""What is so in each frame of a simulated clip, as a document that explains itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from device.camera.simulated.movement import Movement
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.skeleton import SIDES
from device.camera.simulated.truth import Truth
from device.camera.simulated.view import COCO_JOINTS
from models.exercises.motion import JointAngles

FORMAT, VERSION = "physiopi-simulated-truth", 2

ABOUT = {
    "this": "What is really so in each frame of a clip of the simulated patient, who is no person:"
    " what is measured on it says nothing yet about people.",
    "frames": "Every list under 'frames' has one entry for each frame of the clip, in order.",
    "units": "Angles in degrees, lengths in metres, times in seconds from the clip's beginning.",
    "axes": "The patient's own, which do not turn with them: x to their left, y up, z forward; the"
    " floor is y = 0, the middle between the feet of the starting stance x = z = 0.",
    "camera": "azimuth_deg is where it stands round the patient, 0 in front, positive towards their"
    " left; distance_m is level, from above middle_m (x, z); tilt_deg is positive looking down;"
    " field_deg is the horizontal field of view.",
    "repetitions": "begins_s leaves the start, peaks_s is the middle of the hold, returned_s back"
    " at the start; peak_deg is the exercise's measure there; fault is what went wrong, or null."
    " One that does not count is an attempt.",
    "frames.time_s": "When the clip shows the frame.",
    "frames.captured_s": "When the picture was taken: earlier than time_s where a frame was lost,"
    " and the clip shows the one before it again. All else in 'frames' is of this moment.",
    "frames.keypoints": "y and x as fractions of the picture, in the order of keypoint_names"
    " (COCO); left and right are the patient's own. Below 0 or above 1 is outside the picture.",
    "frames.in_sight": "Whether each keypoint is in the picture and neither a thing nor another"
    " person is before it. What the body hides of itself counts as in sight.",
    "frames.joints_m": "Where each joint is, in the order of joint_names.",
    "frames.measure_deg": "The exercise's measure on the moving side, from the joints in space.",
    "frames.angles_deg": "All joint angles in clinical convention, in the order of angle_names.",
    "frames.bystander_keypoints": "A second person's keypoints as 'keypoints', or null.",
}


@dataclass(frozen=True, slots=True)
class ClipFrame:
    """One frame of a clip: when it is shown, and the truth of the picture that it shows."""

    time_s: float
    truth: Truth


def truth_document(patient: SimulatedPatient, frames: Sequence[ClipFrame]) -> dict[str, object]:
    """The truth of a clip of ``patient``, of what JSON can hold; see :data:`ABOUT`."""
    performance, view = patient.performance, patient.view
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": ABOUT,
        "exercise_id": performance.exercise.id,
        "measure": performance.exercise.measure,
        "side": performance.moving_side,
        "reps": len(performance.repetitions),
        "repetitions": _repetitions(performance),
        "fps": patient.conditions.fps,
        "size_px": {"width": view.width, "height": view.height},
        "camera": {
            "azimuth_deg": view.azimuth_deg,
            "distance_m": view.distance_m,
            "height_m": view.height_m,
            "tilt_deg": view.tilt_deg,
            "roll_deg": view.roll_deg,
            "field_deg": view.field_deg,
            "middle_m": view.middle_m,
        },
        "conditions": asdict(patient.conditions),
        "body": {"seed": patient.body_seed, **asdict(patient.body)},
        "keypoint_names": COCO_JOINTS,
        "joint_names": list(frames[0].truth.joints) if frames else [],
        "angle_names": list(_angles(performance.angles_at(0.0))),
        "frames": _frames(patient, frames),
    }


def _repetitions(performance: Movement) -> list[dict[str, object]]:
    return [
        {
            "number": each.number,
            "side": each.side,
            "begins_s": each.begins_s,
            "peaks_s": each.peaks_s,
            "returned_s": each.returned_s,
            "peak_deg": each.peak_deg,
            "counts": each.counts,
            "fault": each.fault,
        }
        for each in performance.repetitions
    ]


def _frames(patient: SimulatedPatient, frames: Sequence[ClipFrame]) -> dict[str, list[object]]:
    truths = [frame.truth for frame in frames]
    times_s = [truth.time_s for truth in truths]
    angles = [_angles(patient.performance.angles_at(time_s)) for time_s in times_s]
    others = [patient.bystander_keypoints_at(time_s) for time_s in times_s]
    return {
        "time_s": [round(frame.time_s, 4) for frame in frames],
        "captured_s": [round(time_s, 4) for time_s in times_s],
        "measure_deg": [round(truth.measure_deg, 3) for truth in truths],
        "phase": [truth.phase for truth in truths],
        "repetition": [truth.repetition for truth in truths],
        "reps_completed": [truth.reps_completed for truth in truths],
        "fault": [truth.fault for truth in truths],
        "keypoints": [truth.keypoints.round(5).tolist() for truth in truths],
        "in_sight": [patient.in_sight_at(time_s).tolist() for time_s in times_s],
        "joints_m": [
            [point.round(4).tolist() for point in truth.joints.values()] for truth in truths
        ],
        "angles_deg": [[round(angle, 2) for angle in each.values()] for each in angles],
        "bystander_keypoints": [
            None if other is None else other.round(5).tolist() for other in others
        ],
    }


def _angles(angles: JointAngles) -> dict[str, float]:
    """Every number of a pose by its name, such as ``left.knee_flexion_deg``."""
    whole = {name: value for name, value in angles.model_dump().items() if isinstance(value, float)}
    for side in SIDES:
        limbs = getattr(angles, side).model_dump()
        whole.update({f"{side}.{name}": value for name, value in limbs.items()})
    return whole
