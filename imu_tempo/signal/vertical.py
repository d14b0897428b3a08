"""Vertical acceleration from specific force: by orientation where there is a gyro, else by the norm.

Sources: VQF (Laidig & Seel 2023, doi:10.1016/j.inffus.2022.10.014). The norm |f| - g needs no orientation at
all and is wrong only by a_h^2 / 2g: the second estimator that the first one is held against.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import (
    GRAVITY_MPS2,
    GYRO_BIAS_MAX_RADPS,
    OFFSET_SD_RESTED_MPS2,
    OFFSET_SD_UNRESTED_MPS2,
    REST_SPREAD_MPS2,
    REST_TURN_MAX_RAD,
    REST_WINDOW_S,
)

Array = NDArray[np.float64]

_LEAST_GRAVITY_MPS2 = 0.1 * GRAVITY_MPS2


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
    n = rest_window(rate_hz)
    if len(acc_mps2) < n:
        return RestFacts(float(np.median(norm(acc_mps2))), np.zeros(3), 0.1)
    return facts_of(rest_windows(n, acc_mps2, gyr_radps))


@dataclass(frozen=True, slots=True)
class RestWindows:
    """How still each of n windows is.

    Attributes
    ----------
    spread_mps2, force_mps2
        Standard deviation and mean of |f|, (n,).
    turn_rad
        By how much f turns from the first half to the second, (n,).
    rate_radps
        Mean angular rate, (n, 3); None without a gyro.
    """

    spread_mps2: Array
    force_mps2: Array
    turn_rad: Array
    rate_radps: Array | None

    def part(self, index: NDArray[np.intp]) -> RestWindows:
        """Return some of them."""
        rate = None if self.rate_radps is None else self.rate_radps[index]
        return RestWindows(self.spread_mps2[index], self.force_mps2[index], self.turn_rad[index], rate)


def rest_window(rate_hz: float) -> int:
    """Return the samples of a window."""
    return max(4, round(REST_WINDOW_S * rate_hz))


def rest_windows(n: int, acc_mps2: Array, gyr_radps: Array | None) -> RestWindows:
    """Cut samples into windows of n; what is left over at the end does not count."""
    count = len(acc_mps2) // n
    windows = acc_mps2[: count * n].reshape(count, n, 3)
    force = norm(windows.reshape(-1, 3)).reshape(count, n)
    half = n // 2
    first, last = windows[:, :half].mean(axis=1), windows[:, half:].mean(axis=1)
    turn = norm(np.cross(first, last)) / np.maximum(norm(first) * norm(last), 1.0)
    rate = None if gyr_radps is None else gyr_radps[: count * n].reshape(count, n, 3).mean(axis=1)
    return RestWindows(force.std(axis=1), force.mean(axis=1), turn, rate)


def joined(windows: Iterable[RestWindows]) -> RestWindows:
    """Return windows in a row."""
    every = list(windows)
    rates = [w.rate_radps for w in every if w.rate_radps is not None]
    return RestWindows(
        np.concatenate([w.spread_mps2 for w in every]),
        np.concatenate([w.force_mps2 for w in every]),
        np.concatenate([w.turn_rad for w in every]),
        np.concatenate(rates) if rates else None,
    )


def facts_of(windows: RestWindows) -> RestFacts:
    """Read gravity and gyro offset from the stillest of some windows."""
    still = windows.part(_stillest(windows))
    bias, gravity = gyro_bias_of(still), float(np.median(still.force_mps2))
    if gravity < _LEAST_GRAVITY_MPS2:  # a sensor that measures nothing has no scale to be read
        gravity = GRAVITY_MPS2
    return RestFacts(gravity, np.zeros(3) if bias is None else bias, float(np.median(still.spread_mps2)))


def gyro_bias_of(still: RestWindows) -> Array | None:
    """Return the gyro's offset (3,) as still windows have it; None where none is credible."""
    if still.rate_radps is None:
        return None
    steady = still.rate_radps[still.turn_rad < REST_TURN_MAX_RAD]
    bias: Array = np.median(steady, axis=0) if len(steady) else np.full(3, np.inf)
    return bias if np.abs(bias).max() < GYRO_BIAS_MAX_RADPS else None


def _stillest(windows: RestWindows) -> NDArray[np.intp]:
    count = len(windows.turn_rad)
    usual = max(float(np.median(windows.spread_mps2)), 1e-6)
    activity = windows.spread_mps2 / usual + windows.turn_rad / REST_TURN_MAX_RAD
    return np.argsort(activity, kind="stable")[: min(count, max(2, count // 10))]


def up_axis(quat: Array) -> Array:
    """Return (n, 3) unit vectors that point up, in the sensor frame.

    Parameters
    ----------
    quat
        (n, 4) sensor-to-earth quaternions, scalar first, z up.
    """
    w, x, y, z = quat.T
    return np.column_stack([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), w * w - x * x - y * y + z * z])
