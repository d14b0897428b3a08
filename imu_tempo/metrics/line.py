"""A straight line through points, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from imu_tempo.errors import TempoError
from imu_tempo.schema import NAN

CONFIDENCE = 0.95
"""Of every interval that is given without saying otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight line y on x, fitted by ordinary least squares.

    Attributes
    ----------
    slope, intercept
        Of y on x.
    slope_se, intercept_se, see
        Standard errors of both, and the standard error of estimate; NaN for two points.
    r2
        Coefficient of determination; NaN for two points.
    n, x_mean, x_ss
        Number of points, their mean x, and the sum of squares about it.
    """

    slope: float
    intercept: float
    slope_se: float
    intercept_se: float
    see: float
    r2: float
    n: int
    x_mean: float
    x_ss: float

    @property
    def t(self) -> float:
        """Two-sided quantile of Student's t at :data:`CONFIDENCE`; NaN without a spare point."""
        return student_t(self.n - 2)

    def at(self, x: float) -> float:
        """Return y on the line."""
        return self.intercept + self.slope * x

    def x_at(self, y: float) -> float:
        """Return the x at which the line has this y; NaN for a level line."""
        return (y - self.intercept) / self.slope if self.slope else NAN

    def x_interval(self, y: float) -> tuple[float, float]:
        """Return the confidence interval of the x at which the true line has this y.

        By Fieller's theorem: its ends are where the line's own confidence band meets y.

        Returns
        -------
        tuple of float
            NaN without a spare point, or where the slope is so unsure that the interval has no end.
        """
        t = self.t
        g = (t * self.slope_se / self.slope) ** 2 if self.slope else NAN
        if not g < 1.0:
            return NAN, NAN
        away = self.x_at(y) - self.x_mean
        half = abs(t * self.see / self.slope) * math.sqrt((1 - g) / self.n + away**2 / self.x_ss)
        return self.x_mean + (away - half) / (1 - g), self.x_mean + (away + half) / (1 - g)

    def band(self, x: float) -> tuple[float, float]:
        """Return the confidence interval of the true line at x."""
        half = self.t * self.see * math.sqrt(1 / self.n + (x - self.x_mean) ** 2 / self.x_ss)
        return self.at(x) - half, self.at(x) + half

    def prediction(self, x: float) -> tuple[float, float]:
        """Return the interval in which one further point at x is expected."""
        half = self.t * self.see * math.sqrt(1 + 1 / self.n + (x - self.x_mean) ** 2 / self.x_ss)
        return self.at(x) - half, self.at(x) + half


def student_t(freedom: float) -> float:
    """Return the two-sided quantile of Student's t at :data:`CONFIDENCE`; NaN without a degree of freedom."""
    if freedom <= 0:
        return NAN
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2, freedom))


def fit_line(x: ArrayLike, y: ArrayLike) -> Line:
    """Fit y on x by ordinary least squares.

    Parameters
    ----------
    x, y : array_like, shape (n,)
        Points, at least two, of at least two different x.

    Raises
    ------
    TempoError
        There are no two different x to draw a line through.
    """
    across, up = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if across.size < 2 or np.ptp(across) == 0:
        raise TempoError(
            f"A line needs points at two different places, and got {np.unique(across).size}:"
            " add a lighter or a heavier load, or a slower or a faster rep."
        )
    mean, level, n = float(across.mean()), float(up.mean()), across.size
    ss = float(((across - mean) ** 2).sum())
    slope = float(((across - mean) * (up - level)).sum()) / ss
    see, r2 = NAN, NAN
    if n > 2:
        left = float(((up - level - slope * (across - mean)) ** 2).sum())
        spread = float(((up - level) ** 2).sum())
        see = math.sqrt(left / (n - 2))
        r2 = 1 - left / spread if spread > 0 else NAN
    return Line(
        slope=slope,
        intercept=level - slope * mean,
        slope_se=see / math.sqrt(ss),
        intercept_se=see * math.sqrt(1 / n + mean**2 / ss),
        see=see,
        r2=r2,
        n=n,
        x_mean=mean,
        x_ss=ss,
    )
