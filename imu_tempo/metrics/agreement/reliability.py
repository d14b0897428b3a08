"""Intraclass and concordance correlation: agreement over the spread of what is measured.

All of them rise with that spread, whatever the errors: compare them between studies of like athletes only,
and read the limits of agreement first. Pairs are taken as independent: where athletes gave several each, the
intervals are somewhat too narrow, while the values stand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from imu_tempo.metrics.agreement.estimate import TAIL, UNKNOWN, Estimate, varies

Array = NDArray[np.float64]


class MeanSquares(NamedTuple):
    """Mean squares of a two-way table without replication: targets, methods, residual; and its size."""

    targets: float
    methods: float
    error: float
    n: int
    k: int


def mean_squares(table: ArrayLike) -> MeanSquares | None:
    """Return the mean squares of targets (rows) by methods (columns); None where they cannot be told.

    Rows with a NaN are left out.
    """
    values = np.asarray(table, dtype=np.float64)
    values = values[np.isfinite(values).all(axis=1)]
    n, k = values.shape
    if n < 3 or k < 2 or not varies(values.ravel()):
        return None
    grand = values.mean()
    rows, cols = values.mean(axis=1), values.mean(axis=0)
    residual = values - rows[:, None] - cols[None, :] + grand
    return MeanSquares(
        float(k * ((rows - grand) ** 2).sum() / (n - 1)),
        float(n * ((cols - grand) ** 2).sum() / (k - 1)),
        float((residual**2).sum() / ((n - 1) * (k - 1))),
        n,
        k,
    )


def icc_agreement(table: ArrayLike) -> Estimate:
    """Return ICC(2,1), absolute agreement of single measurements, with its 95 % confidence interval.

    Shrout & Fleiss 1979; interval as corrected by McGraw & Wong 1996
    (doi:10.1037/1082-989X.1.1.30).

    Parameters
    ----------
    table : array_like, shape (n, k)
        A row a target (rep), a column a method.
    """
    ms = mean_squares(table)
    if ms is None:
        return UNKNOWN
    n, k = ms.n, ms.k
    value = (ms.targets - ms.error) / (ms.targets + (k - 1) * ms.error + k * (ms.methods - ms.error) / n)
    if ms.error <= 0.0:
        return Estimate(value, math.nan, math.nan)
    a = k * value / (n * (1.0 - value)) if value < 1.0 else math.inf
    b = 1.0 + k * value * (n - 1) / (n * (1.0 - value)) if value < 1.0 else math.inf
    df = (a * ms.methods + b * ms.error) ** 2 / (
        (a * ms.methods) ** 2 / (k - 1) + (b * ms.error) ** 2 / ((n - 1) * (k - 1))
    )
    f_low, f_high = float(stats.f.ppf(TAIL, n - 1, df)), float(stats.f.ppf(TAIL, df, n - 1))
    spread = k * ms.methods + (k * n - k - n) * ms.error
    low = n * (ms.targets - f_low * ms.error) / (f_low * spread + n * ms.targets)
    high = n * (f_high * ms.targets - ms.error) / (spread + n * f_high * ms.targets)
    return Estimate(value, low, high)


def icc_consistency(table: ArrayLike) -> Estimate:
    """Return ICC(3,1), consistency of single measurements, with its 95 % confidence interval.

    As :func:`icc_agreement`, but a constant difference between the methods does not count.
    """
    ms = mean_squares(table)
    if ms is None:
        return UNKNOWN
    n, k = ms.n, ms.k

    def of(ratio: float) -> float:
        return (ratio - 1.0) / (ratio + k - 1.0)

    if ms.error <= 0.0:
        return Estimate(1.0, math.nan, math.nan)
    ratio = ms.targets / ms.error
    spare = (n - 1) * (k - 1)
    low = ratio / float(stats.f.ppf(TAIL, n - 1, spare))
    high = ratio * float(stats.f.ppf(TAIL, spare, n - 1))
    return Estimate(of(ratio), of(low), of(high))


def concordance(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Return Lin's concordance correlation coefficient with its 95 % confidence interval.

    Lin 1989, the interval by the inverse hyperbolic tangent, with the variance as
    corrected in 2000.
    """
    x, y = (np.asarray(v, dtype=np.float64).ravel() for v in (x, y))
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    n = len(x)
    if n < 3 or not (varies(x) and varies(y)):
        return UNKNOWN
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    shift = float(x.mean() - y.mean())
    value = 2.0 * covariance / (float(x.var()) + float(y.var()) + shift**2)
    r = covariance / float(x.std() * y.std())
    if abs(value) >= 1.0 or r == 0.0:
        return Estimate(value, math.nan, math.nan)
    u2 = shift**2 / float(x.std() * y.std())
    variance = (
        (1.0 - r**2) * value**2 * (1.0 - value**2) / r**2
        + 2.0 * value**3 * (1.0 - value) * u2 / r
        - value**4 * u2**2 / (2.0 * r**2)
    ) / (n - 2)
    reach = float(stats.norm.ppf(TAIL)) * math.sqrt(max(variance, 0.0)) / (1.0 - value**2)
    z = math.atanh(value)
    return Estimate(value, math.tanh(z - reach), math.tanh(z + reach))


def standard_error_of_measurement(table: ArrayLike) -> float:
    """Return the standard error of one measurement, s / sqrt(2) of the differences for two methods.

    It takes both methods to be equally noisy and leaves a constant difference out (de Vet et al. 2006: SEM of
    consistency). Against a reference that is far better, the device's own error is up to sqrt(2) times as
    large.
    """
    ms = mean_squares(table)
    return math.nan if ms is None else math.sqrt(ms.error)
