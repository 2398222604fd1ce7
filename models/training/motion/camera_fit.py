"""Where the camera of a clip stood, from points known in space and in its pictures."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROUNDS: Final = 60
_STEP: Final = 1e-5
_TURN, _SHIFT, _AWAY, _FOCAL = slice(0, 3), slice(3, 5), 5, 6
_USUAL_FOCAL, _USUAL_AWAY_M = 1.4, 2.5
_HELD: Final = 0.05
"""How firmly focal length and distance are held to the usual: from the front one of them is hardly
told from the other."""


def fitted(
    points_m: NDArray[np.float64], picture: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``points_m`` [T, N, 3] as the pinhole camera sees them that fits ``picture`` [T, N, 2] best.

    ``picture`` has x to the right and y up in any unit; ``weights`` [T, N]. The camera is the same
    in all frames; its turn, place and focal length are found by Levenberg and Marquardt's method
    with Huber's weights, so that gross errors count little. Returns [T, N, 2].
    """
    unit = float(np.abs(picture - picture.mean(axis=(0, 1))).max())
    seen = picture / unit
    middle = seen.mean(axis=(0, 1))
    values = np.array([0, 0, 0, 0, 0, np.log(_USUAL_AWAY_M), np.log(_USUAL_FOCAL)], np.float64)
    values[_SHIFT] = middle * _USUAL_AWAY_M / _USUAL_FOCAL
    usual = values[_AWAY:].copy()
    damping = 1e-2
    cost, residual, jacobian = _linearised(values, points_m, seen, weights, usual)
    for _ in range(_ROUNDS):
        normal = jacobian.T @ jacobian
        step = np.linalg.solve(
            normal + damping * np.diag(np.diag(normal) + 1e-9), jacobian.T @ residual
        )
        tried = values - step
        new_cost, new_residual, new_jacobian = _linearised(tried, points_m, seen, weights, usual)
        if new_cost < cost:
            done = cost - new_cost < 1e-7 * cost
            values, cost, residual, jacobian = tried, new_cost, new_residual, new_jacobian
            damping = max(damping / 4, 1e-9)
            if done:
                break
        else:
            damping *= 6
    return projected(values, points_m) * unit


def projected(values: NDArray[np.float64], points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """[..., 3] through the camera of these seven values (turn, shift, log distance, log focal)."""
    turned = points_m @ _rotation(values[_TURN]).T
    away = np.maximum(np.exp(values[_AWAY]) - turned[..., 2], 0.2)
    return np.asarray(np.exp(values[_FOCAL]) * (turned[..., :2] + values[_SHIFT]) / away[..., None])


def _linearised(
    values: NDArray[np.float64],
    points_m: NDArray[np.float64],
    seen: NDArray[np.float64],
    weights: NDArray[np.float64],
    usual: NDArray[np.float64],
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Huber's cost, and weighted residuals [M] with their derivatives [M, 7]."""

    def errors(at: NDArray[np.float64]) -> NDArray[np.float64]:
        plain = (projected(at, points_m) - seen) * weights[..., None]
        return np.concatenate([plain.ravel(), _HELD * (at[_AWAY:] - usual)])

    error = errors(values)
    scale = 1.5 * 1.48 * max(float(np.median(np.abs(error))), 1e-9)
    inside = np.abs(error) <= scale
    cost = float(np.where(inside, error**2, 2 * scale * np.abs(error) - scale**2).sum())
    trust = np.sqrt(np.where(inside, 1.0, scale / np.maximum(np.abs(error), 1e-12)))
    columns = [(errors(values + _STEP * axis) - error) / _STEP for axis in np.eye(len(values))]
    return cost, error * trust, np.stack(columns, axis=1) * trust[:, None]


def _rotation(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)
