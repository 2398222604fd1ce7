"""The thirteen joints in space on which movement quality is judged, and their coordinates.

They are those of the Kinect that the clinical data sets share with MoveNet's keypoints. Places are
metres, relative to the middle of the hips: x to the right in the picture, y up, z towards the
camera (right-handed). "Left" is the person's own.
"""

from typing import Final

JOINTS: Final = (
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_hand",
    "right_hand",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_foot",
    "right_foot",
)
"""In this order along the second axis of every array [T, 13, ...]. A hand is the wrist, a foot the
ankle, the head the middle of the skull."""

JOINT_COUNT: Final = len(JOINTS)

MIRRORED: Final = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)
"""Index of each joint's counterpart on the other side."""

BONES: Final = (
    (1, 3),
    (3, 5),
    (2, 4),
    (4, 6),
    (7, 9),
    (9, 11),
    (8, 10),
    (10, 12),
    (1, 2),
    (7, 8),
    (1, 7),
    (2, 8),
)
"""Pairs of joints whose distance hardly changes; the last four are the trunk's."""
