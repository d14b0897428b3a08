"""What gravity says of a recording: how large it reads, and whether the gyro agrees with how it turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A window long enough to tell rest from the turn of a slow rep, short enough to fit a pause.
WINDOW_S = 0.4
# Rest: scatter below this share of the mean. A hand-held still bar shows 1-3 %, the slowest rep 4 % and more.
_REST_SCATTER_RATIO = 0.03
# Where gravity is in the signal a short window's mean vector is nearly as long as its samples; without it
# directions cancel, or the lengths fall to nothing between movements.
_COHERENT_RATIO = 0.8
_LOW_QUANTILE = 0.1
# Quantiles are taken of about so many samples, evenly spread: an hour has forty times as many.
_QUANTILE_SAMPLES = 20_000
_LOW_TO_MEDIAN = 0.4

# Turning is followed in steps of this length: a tenth of the fastest rep's.
_BIN_S = 0.05

# deg/s read as rad/s turn 57 times too far; noise and linear acceleration blur that, sensor scale never
# reaches 5. Below a quarter of a radian there is too little turning to judge.
_TURN_RATIO = 5.0
_LEAST_TURN_RAD = 0.25


@dataclass(frozen=True, slots=True)
class GravityLevel:
    """How large gravity reads.

    Attributes
    ----------
    norm
        Median |acc| of the windows at rest, or of the whole recording where there is no rest; in the
        unit of the data.
    at_rest
        Whether rest was found.
    has_gravity
        Whether the data behave as if a constant vector were in them.
    """

    norm: float
    at_rest: bool
    has_gravity: bool


def gravity_level(acc: NDArray[np.float64], rate_hz: float) -> GravityLevel:
    """Measure gravity in acceleration of any unit.

    Parameters
    ----------
    acc
        (n, 3) specific force, any frame and unit.
    rate_hz
        Sample rate.
    """
    n = min(max(int(WINDOW_S * rate_hz), 4), len(acc))
    norms = np.linalg.norm(acc, axis=1)
    mean = np.linalg.norm(_means(acc, n), axis=1)
    squares = _windows(norms**2, n).mean(axis=1)
    scatter = np.sqrt(np.maximum(squares - mean**2, 0.0))
    lengths = _windows(norms, n).mean(axis=1)
    low, median = np.quantile(norms[:: max(len(norms) // _QUANTILE_SAMPLES, 1)], [_LOW_QUANTILE, 0.5])
    coherent = float(np.median(mean / np.maximum(lengths, np.finfo(np.float64).tiny)))
    rest = scatter < _REST_SCATTER_RATIO * mean
    norm = float(np.median(mean[rest])) if rest.any() else float(median)
    return GravityLevel(
        norm, bool(rest.any()), bool(coherent > _COHERENT_RATIO and low > _LOW_TO_MEDIAN * median)
    )


def gyro_disagrees(
    t_s: NDArray[np.float64], acc: NDArray[np.float64], gyr: NDArray[np.float64]
) -> float | None:
    """Return how many times too far the gyro turns, or None where it fits the turning of gravity.

    Gravity is fixed in the room, so its direction u in the sensor frame turns by du/dt = u x w. Summed over
    a window that change cannot exceed what the accelerometer shows, blurred by linear acceleration.
    """
    period_s = float(np.median(np.diff(t_s[:_QUANTILE_SAMPLES])))
    bin_size = max(round(_BIN_S / period_s), 1)
    n = max(round(WINDOW_S / (bin_size * period_s)), 2)
    step = np.diff(t_s, append=t_s[-1])
    step[step > 2.0 * period_s] = 0.0
    smooth = _moving_mean(_means(acc, bin_size), n)
    u = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    w = _means(gyr, bin_size)
    w = w - np.median(w, axis=0)
    path = np.cumsum(np.cross(u, w) * _windows(step, bin_size).sum(axis=1)[:, None], axis=0)
    told = _rms(path[n::n] - path[:-n:n])
    seen = _rms(u[n::n] - u[:-n:n])
    if told < _LEAST_TURN_RAD or told < _TURN_RATIO * seen:
        return None
    return told / max(seen, 1e-3)


def _windows(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Cut rows into windows of ``n``; the rest at the end is left out."""
    count = len(values) // n
    return values[: count * n].reshape(count, n, *values.shape[1:])


def _means(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return the mean vector of each window of ``n`` rows."""
    # einsum keeps the order of memory: over windows of a few rows it takes a sixth of the time of mean().
    return np.asarray(np.einsum("ijk->ik", _windows(values, n))) / n


def _moving_mean(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Centred moving mean over ``n`` rows, shorter at the ends."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    index = np.arange(len(values))
    low = np.maximum(index - n // 2, 0)
    high = np.minimum(index + n // 2 + 1, len(values))
    return np.asarray((sums[high] - sums[low]) / (high - low)[:, None])


def _rms(vectors: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.sum(vectors**2, axis=1)))) if len(vectors) else 0.0
