"""Lengths of an average body as fractions of its stature.

Segments: Winter, Biomechanics and Motor Control of Human Movement (2009), figure 4.1, after Drillis
and Contini (1966). Joint centres lie inside the widths given there: hips after Bell, Brand and
Pedersen (1989), shoulders after Meskers et al. (1998).
"""

ANKLE_HEIGHT, SHANK, THIGH, TRUNK = 0.039, 0.246, 0.245, 0.288
UPPER_ARM, FOREARM, HAND, FOOT = 0.186, 0.146, 0.095, 0.110
HALF_SHOULDERS, HALF_HIPS = 0.112, 0.056
HEAD_CENTRE = 0.117

# How high joint centres are over the floor on which that part of the body lies.
LYING_HIP, LYING_KNEE, LYING_WRIST = 0.062, 0.030, 0.022
LYING_SIDE = 0.042

# Left, up and forward of the head's centre.
FACE: dict[str, tuple[float, float, float]] = {
    "nose": (0.0, -0.012, 0.066),
    "left_eye": (0.0185, 0.008, 0.050),
    "right_eye": (-0.0185, 0.008, 0.050),
    "left_ear": (0.043, -0.004, -0.004),
    "right_ear": (-0.043, -0.004, -0.004),
}
