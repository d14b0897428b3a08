"""Bias and limits of agreement, after Bland and Altman.

Sources: Bland & Altman 1986 (doi:10.1016/S0140-6736(86)90837-8) for bias and limits; 1999 (Stat Methods Med
Res 8: 135-160) for limits that follow the magnitude; 2007 (J Biopharm Stat 17: 571-582) for several pairs per
subject while the true value changes. The intervals of the limits are exact by the noncentral t distribution
for single pairs (Carkeet 2015), and by the MOVER of Zou (2013) for several pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from imu_tempo.metrics.agreement.estimate import TAIL, UNKNOWN, Estimate, varies
from imu_tempo.schema import NAN

Array = NDArray[np.float64]

Z = float(stats.norm.ppf(TAIL))
"""Standard deviations on either side that hold 95 % of a normal distribution: 1.96."""
MIN_PAIRS = 3
"""Two differences have a spread of their own, and say nothing of the next one."""
_HALF_NORMAL = math.sqrt(math.pi / 2.0)
"""Standard deviation of a normal distribution over the mean of its absolute values."""
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bias and 95 % limits of agreement of differences, in their unit.

    Attributes
    ----------
    bias, low, high
        Mean difference and the two limits, each with its 95 % confidence interval.
    sd
        Standard deviation of a single difference, between and within subjects together.
    sd_within
        The part within a subject; NaN where each gave one pair, or nobody knows who gave which.
    n, subjects
        Pairs, and those who gave them; 0 subjects where not known.
    """

    bias: Estimate
    low: Estimate
    high: Estimate
    sd: float
    sd_within: float
    n: int
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendLimits:
    """Differences that change with the magnitude: a straight line for their mean and one for their spread.

    Attributes
    ----------
    intercept, slope
        Mean difference at a magnitude x is ``intercept + slope * x``.
    slope_p
        Probability of so steep a slope where there is none.
    sd_intercept, sd_slope
        Their standard deviation there is ``sd_intercept + sd_slope * x``; the slope is 0 where the spread
        does not change significantly.
    """

    intercept: float
    slope: Estimate
    slope_p: float
    sd_intercept: float
    sd_slope: float

    @property
    def proportional(self) -> bool:
        """Whether the differences change with the magnitude, at the 5 % level."""
        return self.slope_p < SIGNIFICANT

    def bias_at(self, x: ArrayLike) -> Array:
        """Return the mean difference at magnitudes."""
        return self.intercept + self.slope.value * np.asarray(x, dtype=np.float64)

    def limits_at(self, x: ArrayLike) -> tuple[Array, Array]:
        """Return the lower and upper limit at magnitudes."""
        sd = np.maximum(self.sd_intercept + self.sd_slope * np.asarray(x, dtype=np.float64), 0.0)
        return self.bias_at(x) - Z * sd, self.bias_at(x) + Z * sd


def limits_of_agreement(differences: ArrayLike, subjects: Sequence[str] | None = None) -> Limits:
    """Return bias and 95 % limits of agreement.

    Parameters
    ----------
    differences : array_like, shape (n,)
        One method minus the other; NaN are left out.
    subjects
        Who gave each pair. Where somebody gave several, variance is taken apart into that between and that
        within subjects, because pairs of one person are not independent (Bland & Altman 2007, section 3).

    Returns
    -------
    Limits
        NaN with fewer than :data:`MIN_PAIRS` pairs.
    """
    d = np.asarray(differences, dtype=np.float64).ravel()
    known = np.isfinite(d)
    names = None if subjects is None else np.asarray(subjects, dtype=object)[known]
    d = d[known]
    groups = [] if names is None else [d[names == name] for name in dict.fromkeys(names)]
    if len(d) < MIN_PAIRS:
        bias = Estimate(float(d.mean()) if len(d) else NAN, NAN, NAN)
        return Limits(
            bias=bias, low=UNKNOWN, high=UNKNOWN, sd=NAN, sd_within=NAN, n=len(d), subjects=len(groups)
        )
    if 1 < len(groups) < len(d):
        return _repeated(d, groups)
    return _single(d, len(groups))


def trend_limits(differences: ArrayLike, magnitudes: ArrayLike) -> TrendLimits | None:
    """Return limits of agreement that follow the magnitude, by two regressions (Bland & Altman 1999, 3.2).

    1. The differences on the magnitude give the mean difference.
    2. Absolute residuals on the magnitude, times sqrt(pi / 2), give its standard deviation; where that does
       not change significantly, the residuals' own standard deviation is used throughout.

    Parameters
    ----------
    differences, magnitudes : array_like, shape (n,)
        Differences, and the mean of both methods (not the reference alone, which would feign a trend).

    Returns
    -------
    TrendLimits or None
        None with fewer than four pairs, or where all magnitudes are one. Probabilities take pairs as
        independent.
    """
    d, x = (np.asarray(v, dtype=np.float64).ravel() for v in (differences, magnitudes))
    known = np.isfinite(d) & np.isfinite(x)
    d, x = d[known], x[known]
    if len(d) <= MIN_PAIRS or not (varies(x) and varies(d)):
        return None
    line = stats.linregress(x, d)  # 1
    reach = float(stats.t.ppf(TAIL, len(d) - 2)) * line.stderr
    residuals = d - line.intercept - line.slope * x
    if np.ptp(residuals) < 1e-12 * np.ptp(d):
        spread_intercept, spread_slope = 0.0, 0.0
    else:
        spread = stats.linregress(x, np.abs(residuals))  # 2
        if spread.pvalue < SIGNIFICANT:
            spread_intercept, spread_slope = _HALF_NORMAL * spread.intercept, _HALF_NORMAL * spread.slope
        else:
            spread_intercept, spread_slope = math.sqrt(residuals @ residuals / (len(d) - 2)), 0.0
    return TrendLimits(
        intercept=float(line.intercept),
        slope=Estimate(float(line.slope), float(line.slope - reach), float(line.slope + reach)),
        slope_p=float(line.pvalue),
        sd_intercept=float(spread_intercept),
        sd_slope=float(spread_slope),
    )


def _single(d: Array, subjects: int) -> Limits:
    n, mean, sd = len(d), float(d.mean()), float(d.std(ddof=1))
    reach = float(stats.t.ppf(TAIL, n - 1)) * sd / math.sqrt(n)
    # sqrt(n) (mean + z sd - true limit) / sd is a noncentral t, so both ends are exact.
    near, far = (
        (float(stats.nct.ppf(p, n - 1, Z * math.sqrt(n))) * sd / math.sqrt(n) for p in (1.0 - TAIL, TAIL))
        if sd > 0.0
        else (0.0, 0.0)
    )
    return Limits(
        bias=Estimate(mean, mean - reach, mean + reach),
        low=Estimate(mean - Z * sd, mean - far, mean - near),
        high=Estimate(mean + Z * sd, mean + near, mean + far),
        sd=sd,
        sd_within=NAN,
        n=n,
        subjects=subjects,
    )


def _repeated(d: Array, groups: list[Array]) -> Limits:
    """Return limits where subjects gave several pairs each, while what was measured changed."""
    sizes = np.array([len(g) for g in groups], dtype=np.float64)
    total, k = float(sizes.sum()), len(groups)
    means = np.array([g.mean() for g in groups])
    grand = float(d.mean())
    within = sum(float(((g - g.mean()) ** 2).sum()) for g in groups) / (total - k)
    between_ms = float((sizes * (means - grand) ** 2).sum()) / (k - 1)
    effective = (total**2 - float((sizes**2).sum())) / ((k - 1) * total)
    between = max(0.0, (between_ms - within) / effective)
    sd = math.sqrt(between + within)
    bias_sd = math.sqrt(between * float((sizes**2).sum()) / total**2 + within / total)
    bias_reach = float(stats.t.ppf(TAIL, k - 1)) * bias_sd
    lowest, highest = _total_sd_interval(means, within, sizes)
    down = math.hypot(bias_reach, Z * max(0.0, sd - lowest))
    up = math.hypot(bias_reach, Z * max(0.0, highest - sd))
    return Limits(
        bias=Estimate(grand, grand - bias_reach, grand + bias_reach),
        low=Estimate(grand - Z * sd, grand - Z * sd - up, grand - Z * sd + down),
        high=Estimate(grand + Z * sd, grand + Z * sd - down, grand + Z * sd + up),
        sd=sd,
        sd_within=math.sqrt(within),
        n=len(d),
        subjects=k,
    )


def _total_sd_interval(means: Array, within: float, sizes: Array) -> tuple[float, float]:
    """Return the interval of the standard deviation of one difference: its two parts joined by MOVER."""
    k, spare = len(means), float(sizes.sum()) - len(means)
    parts = (
        (float(means.var(ddof=1)), k - 1.0),
        ((1.0 - float((1.0 / sizes).mean())) * within, spare),
    )
    middle = sum(part for part, _ in parts)
    down = math.hypot(*(v * (1.0 - df / float(stats.chi2.ppf(TAIL, df))) for v, df in parts))
    up = math.hypot(*(v * (df / float(stats.chi2.ppf(1.0 - TAIL, df)) - 1.0) for v, df in parts))
    return math.sqrt(max(0.0, middle - down)), math.sqrt(middle + up)
