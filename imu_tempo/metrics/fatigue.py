"""Fatigue across the reps of a set. None of it is a diagnosis.

Strong evidence: loss of concentric velocity, effort index. Exploratory: ROM loss, drift of the lowering and
growth of the pauses, which are what is left to see where the concentric is paced.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from imu_tempo.schema import NAN

MIN_REPS_FOR_SLOPE = 3
"""Two points make a line, not a trend."""

ROM_LOSS_REPS = 2
"""Reps averaged at each end of the set for ROM loss."""

_Z_95 = 1.959964
"""Standard normal deviate that leaves 2.5 % on either side."""


class Slope(NamedTuple):
    """A slope over reps, in the quantity's unit per rep, and its 95 % interval; NaN where there is none."""

    per_rep: float
    low: float
    high: float


def robust_slope(rep_no: ArrayLike, values: ArrayLike) -> Slope:
    """Return the Theil-Sen slope of a quantity over rep numbers, with its interval.

    The median of the slopes between all pairs of reps (Theil 1950, Sen 1968): up to 29 % of the reps may be
    wildly wrong without moving it far, where a first-to-last difference is ruined by one. The interval is
    Sen's, from the ranks of those slopes by Kendall's variance, ties in the quantity taken account of; with
    three or four reps it is as wide as they are.

    Parameters
    ----------
    rep_no, values : array_like, shape (n,)
        Rep numbers, and the quantity; NaN values are left out.

    Returns
    -------
    Slope
        NaN with fewer than :data:`MIN_REPS_FOR_SLOPE` values.
    """
    x, y = np.asarray(rep_no, dtype=np.float64), np.asarray(values, dtype=np.float64)
    finite = np.isfinite(y)
    if finite.sum() < MIN_REPS_FOR_SLOPE:
        return Slope(NAN, NAN, NAN)
    x, y = x[finite], y[finite]
    i, j = np.triu_indices(len(x), 1)
    apart = x[i] != x[j]
    slopes = np.sort((y[j] - y[i])[apart] / (x[j] - x[i])[apart])
    n, pairs = len(y), len(slopes)
    ties = np.unique(y, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18.0
    reach = _Z_95 * math.sqrt(max(variance, 0.0))
    low = max(round((pairs - reach) / 2.0) - 1, 0)
    high = min(round((pairs + reach) / 2.0), pairs - 1)
    return Slope(float(np.median(slopes)), float(slopes[low]), float(slopes[high]))


def slope_per_rep(rep_no: ArrayLike, values: ArrayLike) -> float:
    """Return the slope of :func:`robust_slope` alone."""
    return robust_slope(rep_no, values).per_rep


def rom_loss_pct(rom_m: ArrayLike) -> float:
    """Return the loss of range of motion, mean of the first two reps to mean of the last two, in percent.

    NaN with fewer than four reps, where the two ends would share one. Weak evidence as a sign of fatigue:
    athletes also shorten and deepen reps at will.
    """
    values = np.asarray(rom_m, dtype=np.float64).ravel()
    values = values[np.isfinite(values)]
    if values.size < 2 * ROM_LOSS_REPS:
        return NAN
    first, last = values[:ROM_LOSS_REPS].mean(), values[-ROM_LOSS_REPS:].mean()
    return float((first - last) / first * 100) if first > 0 else NAN


def effort_index(first_mcv_mps: float, velocity_loss_pct: float) -> float:
    """Return the effort index: first rep's mean velocity times velocity loss, in m/s %.

    Rodriguez-Rosell et al. (2018) found it to follow blood lactate (r 0.91-0.98) in squat and bench press. It
    holds where velocity loss does: maximal intent in every rep.
    """
    return first_mcv_mps * velocity_loss_pct
