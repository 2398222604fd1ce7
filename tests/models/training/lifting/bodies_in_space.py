"""A small movement for the tests: a person who lifts the left arm aside and leans forward."""

import numpy as np

from models.training.motion.motion import Motion

STANDING = np.array(
    [
        (0, 0.7, 0),
        (0.2, 0.5, 0),
        (-0.2, 0.5, 0),
        (0.22, 0.25, 0),
        (-0.22, 0.25, 0),
        (0.23, 0.0, 0.03),
        (-0.23, 0.0, 0.03),
        (0.1, 0, 0),
        (-0.1, 0, 0),
        (0.11, -0.4, 0.02),
        (-0.11, -0.4, 0.02),
        (0.12, -0.8, 0),
        (-0.12, -0.8, 0),
    ],
    float,
)


def movement(frames=40, subject="a", key="a_1", fps=30.0):
    """float [T, 13, 3] as a motion."""
    joints = np.repeat(STANDING[None], frames, axis=0)
    angle = np.linspace(0, 1.4, frames)
    for joint, length in ((3, 0.25), (5, 0.5)):
        joints[:, joint, 0] = 0.2 + length * np.sin(angle)
        joints[:, joint, 1] = 0.5 - length * np.cos(angle)
    return Motion(
        key=key,
        source="ui_prmd",
        subject=subject,
        exercise_id="shoulder_abduction",
        joints_m=joints.astype(np.float32),
        fps=fps,
    )
