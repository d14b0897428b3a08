"""From raw samples to what gets integrated: vertical acceleration by both estimators, and what masks need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import GRAVITY_MPS2
from imu_tempo.signal.frames import Channels
from imu_tempo.signal.orientation import up_of_recording
from imu_tempo.signal.vertical import RestFacts, norm, rest_facts

Array = NDArray[np.float64]

_STANDARD_RANGES_G = (2.0, 4.0, 8.0, 16.0, 32.0)
_AT_RANGE = 0.995
"""An axis this close to its range is clipped: the last half per cent is within the parts' scale error."""


def clipping_limit(acc_mps2: Array, acc_range_mps2: float | None) -> float:
    """Return the reading at which an axis is clipped; infinity where no axis ever is.

    Where the range is unknown, a ceiling is believed only if several readings sit on a standard range.
    """
    if acc_range_mps2 is not None:
        return acc_range_mps2 * _AT_RANGE
    highest = float(np.abs(acc_mps2).max(initial=0.0))
    for range_g in _STANDARD_RANGES_G:
        limit = range_g * GRAVITY_MPS2 * _AT_RANGE
        if limit <= highest <= limit / _AT_RANGE**2 and np.count_nonzero(np.abs(acc_mps2) >= limit) >= 3:
            return limit
    return float("inf")


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns one sensor's readings into channels: rest facts and the clipping limit."""

    rest: RestFacts
    clip_mps2: float


def calibration_of(
    period_s: float, acc_mps2: Array, gyr_radps: Array | None, acc_range_mps2: float | None = None
) -> Calibration:
    """Read a sensor's calibration from the still moments of some samples."""
    rest = rest_facts(1.0 / period_s, acc_mps2, gyr_radps)
    return Calibration(rest, clipping_limit(acc_mps2, acc_range_mps2))


def channels(
    t_s: Array, acc_mps2: Array, gyr_radps: Array | None, axis: Array | None, calibration: Calibration
) -> Channels:
    """Return the channels of samples.

    Parameters
    ----------
    t_s, acc_mps2, gyr_radps
        (n,), (n, 3), and (n, 3) or None where there is no gyro.
    axis
        (n, 3) unit vectors that point up in the sensor frame; None takes the norm of specific force.
    calibration
        What the sensor's readings mean.
    """
    gravity = calibration.rest.gravity_mps2
    scale = GRAVITY_MPS2 / gravity
    x, y, z = acc = np.ascontiguousarray(acc_mps2.T)
    force = np.sqrt(x * x + y * y + z * z)
    by_norm = (force - gravity) * scale
    if axis is None:
        axis = (acc / np.maximum(force, 0.1 * gravity)).T
        up = by_norm
    else:
        up = (axis[:, 0] * x + axis[:, 1] * y + axis[:, 2] * z) * scale - GRAVITY_MPS2
    vertical_force = up + GRAVITY_MPS2
    force_mps2 = force * scale
    side_sq = np.maximum(force_mps2 * force_mps2 - vertical_force * vertical_force, 0.0)
    if gyr_radps is None:
        turn_sq = np.zeros(len(t_s))
    else:
        a, b, c = np.ascontiguousarray((gyr_radps - calibration.rest.gyro_bias_radps).T)
        turn_sq = a * a + b * b + c * c
    largest = np.maximum(np.maximum(np.abs(x), np.abs(y)), np.abs(z))
    clipped = (largest >= calibration.clip_mps2).astype(np.float64)
    return Channels(t_s, up, by_norm, axis, side_sq, turn_sq, force_mps2, clipped)


def up_of_samples(t_s: Array, period_s: float, acc_mps2: Array, gyr_radps: Array) -> Array:
    """Return (n, 3) unit vectors that point up at the sample times of a whole recording.

    Holes and jitter are bridged on an even clock first. The gyro's offset has been taken off.
    """
    even_s = t_s[0] + period_s * np.arange(round((t_s[-1] - t_s[0]) / period_s) + 1)
    if len(even_s) == len(t_s) and np.abs(even_s - t_s).max() < 0.5 * period_s:
        return up_of_recording(1.0 / period_s, acc_mps2, gyr_radps)
    acc_even = np.column_stack([np.interp(even_s, t_s, column) for column in acc_mps2.T])
    gyr_even = np.column_stack([np.interp(even_s, t_s, column) for column in gyr_radps.T])
    up = up_of_recording(1.0 / period_s, acc_even, gyr_even)
    nearest = np.clip(np.round((t_s - t_s[0]) / period_s).astype(np.intp), 0, len(even_s) - 1)
    # Turn on from the nearest even time with the gyro's own rate: a quarter period of turning matters at 25
    # Hz.
    turn = gyr_radps * (t_s - even_s[nearest])[:, None]
    at_samples = up[nearest] - np.cross(turn, up[nearest])
    unit: Array = at_samples / norm(at_samples)[:, None]
    return unit
