"""Vertical acceleration from specific force: by orientation where there is a gyro, else by the norm.

Sources: VQF (Laidig & Seel 2023, doi:10.1016/j.inffus.2022.10.014). The norm |f| - g needs no orientation at
all and is wrong only by a_h^2 / 2g: the second estimator that the first one is held against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import (
    GYRO_BIAS_MAX_RADPS,
    OFFSET_SD_RESTED_MPS2,
    OFFSET_SD_UNRESTED_MPS2,
    REST_SPREAD_MPS2,
    REST_TURN_MAX_RAD,
    REST_WINDOW_S,
)

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RestFacts:
    """What the still moments of a recording say of its sensor.

    Attributes
    ----------
    gravity_mps2
        Norm of specific force at rest, as this sensor reads it.
    gyro_bias_radps
        (3,) zero-rate offset; zeros where no still moment shows it.
    spread_mps2
        Standard deviation of |f| in the stillest windows, one sample: noise where there was rest.
    """

    gravity_mps2: float
    gyro_bias_radps: Array
    spread_mps2: float

    @property
    def offset_sd_mps2(self) -> float:
        """How far vertical acceleration may be off without gravity: little, if rest was there to read it."""
        return OFFSET_SD_RESTED_MPS2 if self.spread_mps2 < REST_SPREAD_MPS2 else OFFSET_SD_UNRESTED_MPS2


def norm(vectors: Array) -> Array:
    """Return the Euclidean norm of (n, 3) vectors, in an order of operations that no chunking changes."""
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    return np.sqrt(x * x + y * y + z * z)


def rest_facts(rate_hz: float, acc_mps2: Array, gyr_radps: Array | None) -> RestFacts:
    """Find the stillest windows of a recording and read gravity and gyro offset from them.

    Parameters
    ----------
    rate_hz
        Sample rate.
    acc_mps2, gyr_radps
        (n, 3) samples.

    Notes
    -----
    1. Cut into windows of ``REST_WINDOW_S``; spread of |f| and turn of f inside each.
    2. The stillest tenth (at least two windows) stand for rest. Over a whole recording of movement they
       are the slowest moments, whose mean |f| is g as well.
    3. The gyro's offset is its median over those that do not turn; none where that is not credible as an
       offset.
    """
    n = max(4, round(REST_WINDOW_S * rate_hz))
    count = len(acc_mps2) // n
    if count == 0:
        return RestFacts(float(np.median(norm(acc_mps2))), np.zeros(3), 0.1)
    windows = acc_mps2[: count * n].reshape(count, n, 3)
    force = norm(windows.reshape(-1, 3)).reshape(count, n)
    spread = force.std(axis=1)
    half = n // 2
    first, last = windows[:, :half].mean(axis=1), windows[:, half:].mean(axis=1)
    turn = norm(np.cross(first, last)) / np.maximum(norm(first) * norm(last), 1.0)
    activity = spread / max(float(np.median(spread)), 1e-6) + turn / REST_TURN_MAX_RAD
    still = np.argsort(activity, kind="stable")[: min(count, max(2, count // 10))]
    gravity = float(np.median(force[still].mean(axis=1)))
    bias = np.zeros(3)
    if gyr_radps is not None:
        rate = gyr_radps[: count * n].reshape(count, n, 3)
        steady = still[turn[still] < REST_TURN_MAX_RAD]
        if len(steady):
            found = np.median(rate[steady].mean(axis=1), axis=0)
            if np.abs(found).max() < GYRO_BIAS_MAX_RADPS:
                bias = found
    return RestFacts(gravity, bias, float(np.median(spread[still])))


def up_axis(quat: Array) -> Array:
    """Return (n, 3) unit vectors that point up, in the sensor frame.

    Parameters
    ----------
    quat
        (n, 4) sensor-to-earth quaternions, scalar first, z up.
    """
    w, x, y, z = quat.T
    return np.column_stack([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), w * w - x * x - y * y + z * z])
