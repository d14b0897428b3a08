"""Straight lines between two methods that are both in error, and the error of estimate."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from imu_tempo.metrics.agreement.estimate import TAIL, UNKNOWN, Estimate, varies

Array = NDArray[np.float64]

_RESAMPLES = 2000
"""Of a bootstrap: the ends of a 95 % interval then stand to about a tenth of its width."""
_SEED = 20_210_613
"""Fixed, so that a study gives the same numbers to everybody who repeats it."""
_MIN_PAIRS = 4


@dataclass(frozen=True, slots=True)
class LineFit:
    """A line ``y = intercept + slope * x`` with 95 % confidence intervals.

    An interval of the intercept without 0 tells a fixed bias, one of the slope without 1 a proportional one
    (Ludbrook 1997).
    """

    slope: Estimate
    intercept: Estimate

    @property
    def fixed_bias(self) -> bool:
        """Whether the methods differ by a constant."""
        return self.intercept.excludes_zero

    @property
    def proportional_bias(self) -> bool:
        """Whether the methods differ by a factor."""
        return self.slope.excludes_one


NO_LINE = LineFit(UNKNOWN, UNKNOWN)


def least_products(x: ArrayLike, y: ArrayLike, subjects: Sequence[str] | None = None) -> LineFit:
    """Fit ordinary least products regression, also called reduced major axis or standardised major axis.

    It minimises the products of the horizontal and vertical distances, so that neither method is taken for
    free of error, and swapping them turns the line around exactly.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Reference, and device; pairs with a NaN are left out.
    subjects
        Who gave each pair. Where somebody gave several, intervals come from a bootstrap over subjects;
        otherwise from the formulas in Warton et al. 2006.
    """
    x, y, names = _finite(x, y, subjects)
    if len(x) < _MIN_PAIRS or not (varies(x) and varies(y)):
        return NO_LINE
    if names is not None and 1 < len(set(names)) < len(names):
        return _bootstrapped(x, y, names, _least_products)
    n, r = len(x), float(np.corrcoef(x, y)[0, 1])
    slope, intercept = _least_products(x, y)
    t = float(stats.t.ppf(TAIL, n - 2))
    b = t**2 * max(0.0, 1.0 - r**2) / (n - 2)
    ends = sorted(slope * (math.sqrt(b + 1.0) + sign * math.sqrt(b)) for sign in (-1.0, 1.0))
    residuals = y - intercept - slope * x
    slope_var = max(0.0, 1.0 - r**2) * float(y.var() / x.var()) / (n - 2)
    reach = t * math.sqrt(float(residuals @ residuals) / (n - 2) / n + float(x.mean()) ** 2 * slope_var)
    return LineFit(
        Estimate(slope, ends[0], ends[1]), Estimate(intercept, intercept - reach, intercept + reach)
    )


def deming(
    x: ArrayLike,
    y: ArrayLike,
    *,
    variance_ratio: float = 1.0,
) -> LineFit:
    """Fit Deming regression, with intervals by the jackknife (Linnet 1990).

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Reference, and device.
    variance_ratio
        Error variance of ``y`` over that of ``x``; 1 is orthogonal regression.
    """
    x, y, _ = _finite(x, y, None)
    n = len(x)
    if n < _MIN_PAIRS or not (varies(x) and varies(y)):
        return NO_LINE
    whole = np.array(_deming(x, y, variance_ratio))
    keep = ~np.eye(n, dtype=bool)
    without = np.array([_deming(x[k], y[k], variance_ratio) for k in keep])
    pseudo = n * whole - (n - 1) * without
    reach = float(stats.t.ppf(TAIL, n - 2)) * pseudo.std(axis=0, ddof=1) / math.sqrt(n)
    slope, intercept = (
        Estimate(float(v), float(v - d), float(v + d)) for v, d in zip(whole, reach, strict=True)
    )
    return LineFit(slope, intercept)


def standard_error_of_estimate(device: ArrayLike, reference: ArrayLike) -> Estimate:
    """Return the standard error of estimate of the reference from the device, with its 95 % interval.

    The scatter about the least-squares line of the reference on the device, so what is left once the device
    is calibrated. Also called the typical error of the estimate (Hopkins 2000).
    """
    x, y, _ = _finite(device, reference, None)
    if len(x) < _MIN_PAIRS or not varies(x):
        return UNKNOWN
    line = stats.linregress(x, y)
    residuals = y - line.intercept - line.slope * x
    spare = len(x) - 2
    sum_sq = float(residuals @ residuals)
    low, high = (math.sqrt(sum_sq / float(stats.chi2.ppf(p, spare))) for p in (TAIL, 1.0 - TAIL))
    return Estimate(math.sqrt(sum_sq / spare), low, high)


def _finite(
    x: ArrayLike, y: ArrayLike, subjects: Sequence[str] | None
) -> tuple[Array, Array, list[str] | None]:
    a, b = (np.asarray(v, dtype=np.float64).ravel() for v in (x, y))
    known = np.isfinite(a) & np.isfinite(b)
    names = None if subjects is None else [s for s, k in zip(subjects, known, strict=True) if k]
    return a[known], b[known], names


def _least_products(x: Array, y: Array) -> tuple[float, float]:
    sign = 1.0 if float(((x - x.mean()) * (y - y.mean())).sum()) >= 0.0 else -1.0
    slope = sign * float(y.std() / x.std())
    return slope, float(y.mean()) - slope * float(x.mean())


def _deming(x: Array, y: Array, ratio: float) -> tuple[float, float]:
    sxx, syy = float(x.var()), float(y.var())
    sxy = float(((x - x.mean()) * (y - y.mean())).mean())
    gap = syy - ratio * sxx
    slope = (gap + math.sqrt(gap**2 + 4.0 * ratio * sxy**2)) / (2.0 * sxy) if sxy else math.nan
    return slope, float(y.mean()) - slope * float(x.mean())


def _bootstrapped(
    x: Array, y: Array, names: list[str], fit: Callable[[Array, Array], tuple[float, float]]
) -> LineFit:
    """Return a fit with percentile intervals over resampled subjects."""
    rng = np.random.default_rng(_SEED)
    who = np.array(names, dtype=object)
    groups = [np.flatnonzero(who == name) for name in dict.fromkeys(names)]
    drawn = []
    for _ in range(_RESAMPLES):
        chosen = np.concatenate([groups[i] for i in rng.integers(0, len(groups), len(groups))])
        if varies(x[chosen]):
            drawn.append(fit(x[chosen], y[chosen]))
    low, high = np.percentile(np.array(drawn), [100 * (1 - TAIL), 100 * TAIL], axis=0)
    slope, intercept = fit(x, y)
    return LineFit(
        Estimate(slope, float(low[0]), float(high[0])), Estimate(intercept, float(low[1]), float(high[1]))
    )
