"""From raw samples to what gets integrated: vertical acceleration by both estimators, and what masks need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import GRAVITY_MPS2
from imu_tempo.signal.frames import Channels, sample_period
from imu_tempo.signal.orientation import orientation_of_recording
from imu_tempo.signal.vertical import RestFacts, norm, rest_facts, up_axis

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


def channels(
    t_s: Array, acc_mps2: Array, gyr_radps: Array | None, quat: Array | None, calibration: Calibration
) -> Channels:
    """Return the channels of samples whose orientation is known (``quat``), or not (None: by the norm)."""
    gravity = calibration.rest.gravity_mps2
    scale = GRAVITY_MPS2 / gravity
    force = norm(acc_mps2)
    by_norm = (force - gravity) * scale
    if quat is None:
        axis = acc_mps2 / np.maximum(force, 0.1 * gravity)[:, None]
        up = by_norm
    else:
        axis = up_axis(quat)
        along = axis[:, 0] * acc_mps2[:, 0] + axis[:, 1] * acc_mps2[:, 1] + axis[:, 2] * acc_mps2[:, 2]
        up = along * scale - GRAVITY_MPS2
    vertical_force = up + GRAVITY_MPS2
    side_sq = np.maximum((force * scale) ** 2 - vertical_force * vertical_force, 0.0)
    if gyr_radps is None:
        turn_sq = np.zeros(len(t_s))
    else:
        turn = norm(gyr_radps - calibration.rest.gyro_bias_radps)
        turn_sq = turn * turn
    largest = np.maximum(np.maximum(np.abs(acc_mps2[:, 0]), np.abs(acc_mps2[:, 1])), np.abs(acc_mps2[:, 2]))
    clipped = (largest >= calibration.clip_mps2).astype(np.float64)
    return Channels(t_s, up, by_norm, axis, side_sq, turn_sq, force * scale, clipped)


def channels_of_recording(
    t_s: Array, acc_mps2: Array, gyr_radps: Array | None, acc_range_mps2: float | None = None
) -> tuple[Channels, Calibration]:
    """Return the channels of a whole recording, with the calibration read from its still moments."""
    period_s = sample_period(t_s)
    calibration = Calibration(
        rest_facts(1.0 / period_s, acc_mps2, gyr_radps), clipping_limit(acc_mps2, acc_range_mps2)
    )
    quat = None
    if gyr_radps is not None:
        centred = gyr_radps - calibration.rest.gyro_bias_radps
        quat = _orientation_at(t_s, period_s, acc_mps2, centred)
    return channels(t_s, acc_mps2, gyr_radps, quat, calibration), calibration


def _orientation_at(t_s: Array, period_s: float, acc_mps2: Array, gyr_radps: Array) -> Array:
    """Orientation at the sample times; holes and jitter are bridged on an even clock first."""
    even_s = t_s[0] + period_s * np.arange(round((t_s[-1] - t_s[0]) / period_s) + 1)
    if len(even_s) == len(t_s) and np.abs(even_s - t_s).max() < 0.5 * period_s:
        return orientation_of_recording(1.0 / period_s, acc_mps2, gyr_radps)
    acc_even = np.column_stack([np.interp(even_s, t_s, column) for column in acc_mps2.T])
    gyr_even = np.column_stack([np.interp(even_s, t_s, column) for column in gyr_radps.T])
    quat = orientation_of_recording(1.0 / period_s, acc_even, gyr_even)
    nearest = np.clip(np.round((t_s - t_s[0]) / period_s).astype(np.intp), 0, len(even_s) - 1)
    # Turn on from the nearest even time with the gyro's own rate: a quarter period of turning matters at 25
    # Hz.
    turn = 0.5 * gyr_radps * (t_s - even_s[nearest])[:, None]
    return _compose_small(quat[nearest], turn)


def _compose_small(quat: Array, half_angle: Array) -> Array:
    """Multiply quaternions by small turns in the sensor frame, and normalise."""
    w, x, y, z = quat.T
    a, b, c = half_angle.T
    out = np.column_stack(
        [
            w - x * a - y * b - z * c,
            x + w * a + y * c - z * b,
            y + w * b + z * a - x * c,
            z + w * c + x * b - y * a,
        ]
    )
    unit: Array = out / np.sqrt((out * out).sum(axis=1, keepdims=True))
    return unit
