"""A number with its 95 % confidence interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imu_tempo.schema import NAN

CONFIDENCE = 0.95
TAIL = (1.0 + CONFIDENCE) / 2.0
"""Probability below the upper end of a two-sided interval."""


class Estimate(NamedTuple):
    """A value and its 95 % confidence interval; NaN where it cannot be told."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval; False where there is none."""
        return self.low > 0.0 or self.high < 0.0

    @property
    def excludes_one(self) -> bool:
        """Whether one lies outside the interval; False where there is none."""
        return self.low > 1.0 or self.high < 1.0


def varies(values: NDArray[np.float64]) -> bool:
    """Whether values differ by more than rounding; a spread of rounding alone has no correlation or line."""
    if len(values) == 0:
        return False
    return float(np.ptp(values)) > _ROUNDING * float(np.abs(values).max())


_ROUNDING = 1e-12

UNKNOWN = Estimate(NAN, NAN, NAN)
