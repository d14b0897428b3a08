"""What acceleration may be wrong by: the local noise of each frame, and shapes of error that last."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from imu_tempo.signal.constants import (
    CLIP_ACC_SD_MPS2,
    FRAME_S,
    GAP_ACC_SD_MPS2,
    GRAVITY_MPS2,
    IMPACT_RING_S,
)
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.quiet import jolts, runs, struck

Array = NDArray[np.float64]

_MG = 1e-3 * GRAVITY_MPS2

_FLOOR_SD = 0.4 * _MG
"""Error of vertical acceleration that is always there: offset wander, scale, quantisation."""
_TILT_SD_RAD = 0.004
"""Error of the vertical during a lift; it leaks this part of the dynamics into vertical acceleration."""
_NORM_FLOOR_SD = 1.5 * _MG
"""The same without orientation: an axis' offset seen through a bar that rolls by a few degrees."""
_ERROR_TIME_S = 0.3
"""Correlation time of those errors: that of the movement itself."""
BIAS_WALK_DENSITY = (0.3 * _MG) ** 2 / 60.0
"""Bias may wander by 0.3 mg in a minute: cheap parts warming up."""
AXIS_SD_MPS2 = 30 * _MG
"""Offset of one axis: a turning sensor shows it as an error of the vertical that comes and goes with the
turn."""
_SCALE_RATIO = 0.006
"""Scale error of an axis, and lean of one towards another: datasheets say 0.5 to 1 %."""
_WARMING_MPS2_MIN = 5 * _MG
"""Steady drift of the offset, m/s^2 a minute (sd): parts drift by 10 mg a minute coming from the cold."""
_TURN_LEAST = 0.03
"""Change of direction (rad) below which no axis' offset can be told from the common one."""
_IMPACT_DV_SD_MPS = 0.5
"""Velocity that a hit may give or take unseen, in the frame or two of the hit itself: it is shorter than a
sample."""
_JOLT_RATIO = 0.25
"""Part of a jolt's change of velocity that a slow or filtered sensor may get wrong."""
_RINGING_DV_SD_MPS = 0.05
"""The same for the ringing after it, which goes both ways."""
_HOLE_MEMORY_S = 0.5
"""Time in which the acceleration of a lift turns into another: a quarter of a fast one."""


def acceleration_density(frames: Frames, dv: Array, hit: NDArray[np.bool_], *, by_norm: bool) -> Array:
    """Density of acceleration error in each frame, (m/s^2)^2 s."""
    acc = dv / FRAME_S
    width = round(0.5 / FRAME_S)
    if by_norm or not frames.has_gyro:
        # |f| - g is too large by a_h^2 / 2g. Without a gyro a_h shows in how the direction of force wavers.
        waver = frames.up_axis - uniform_filter1d(
            frames.up_axis, round(2.0 / FRAME_S), axis=0, mode="nearest"
        )
        side_sq = frames.side_sq + GRAVITY_MPS2**2 * (waver * waver).sum(axis=1)
        side_sq = uniform_filter1d(side_sq, width, mode="nearest")
        error = _NORM_FLOOR_SD + side_sq / (2.0 * GRAVITY_MPS2)
    else:
        energy = uniform_filter1d(acc * acc + frames.side_sq, width, mode="nearest")
        error = _FLOOR_SD + _TILT_SD_RAD * np.sqrt(np.maximum(energy, 0.0))
    density: Array = 2.0 * error * error * _ERROR_TIME_S
    density[hit] += _RINGING_DV_SD_MPS**2 / IMPACT_RING_S
    jolted = jolts(dv)
    density[jolted] += (_JOLT_RATIO * dv[jolted]) ** 2 / FRAME_S
    density[struck(frames)] += _IMPACT_DV_SD_MPS**2 / (2.0 * FRAME_S)
    density += _hole_density(frames.unseen)
    density[frames.clipped > 0.0] += CLIP_ACC_SD_MPS2**2 * 2.0 * FRAME_S
    return density


def _hole_density(unseen: Array) -> Array:
    """Density of what a straight line over a hole gets wrong: little over a short one, all over a second.

    A movement with a memory of ``_HOLE_MEMORY_S`` departs from the line with the square of the hole's length.
    """
    density = np.zeros(len(unseen))
    for start, end in zip(*runs(unseen > 0.0), strict=True):
        hole_s = float(unseen[start:end].sum()) * FRAME_S
        acc_sd = GAP_ACC_SD_MPS2 * min(1.0, (hole_s / _HOLE_MEMORY_S) ** 2)
        density[start:end] = acc_sd**2 * hole_s**2 / ((end - start) * FRAME_S)
    return density


def warming_error(frames: Frames) -> Array:
    """Shape of a steady drift of the offset, (N, 1): a cheap part that warms up, or cools."""
    minutes = np.arange(len(frames)) * (FRAME_S / 60.0)
    shape: Array = (minutes - minutes.mean()) * (_WARMING_MPS2_MIN / AXIS_SD_MPS2)
    return shape[:, None]


def axis_errors(frames: Frames) -> Array:
    """Shapes of the errors that an offset of each axis makes, (N, 3); (N, 0) where the sensor does not turn.

    The mean direction is left out: an offset seen from there is the common bias.
    """
    # Without a gyro the direction of force stands in for up: its slow part does.
    window_s = 0.2 if frames.has_gyro else 1.0
    axis = uniform_filter1d(frames.up_axis, round(window_s / FRAME_S), axis=0, mode="nearest")
    x, y, z = offsets = np.ascontiguousarray(axis.T)
    shapes = offsets - np.median(offsets, axis=1, keepdims=True)
    if math.sqrt(float(np.square(shapes).sum(axis=0).mean())) < _TURN_LEAST:
        return np.zeros((len(frames), 0))
    bent = np.array([x * x, y * y, x * y, y * z, z * x]) * (_SCALE_RATIO * GRAVITY_MPS2 / AXIS_SD_MPS2)
    bent -= np.median(bent, axis=1, keepdims=True)
    return np.concatenate([shapes, bent]).T
