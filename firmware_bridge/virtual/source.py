"""What a virtual sensor measures: raw samples on the device's clock."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class SampleSource(Protocol):
    """Raw samples for a virtual sensor to stream; a simulation is one.

    Attributes
    ----------
    rate_hz
        Nominal sample rate.
    acc_range_g, gyr_range_dps
        Value of a full-scale reading; 0 dps where there is no gyro.
    t_us
        (n,) device time of each sample in microseconds, increasing.
    acc_raw, gyr_raw
        (n, 3) readings in LSB of the ranges; ``gyr_raw`` is None where there is no gyro.
    lost
        (n,) True for samples that the sensor itself lost before it could send them.
    """

    @property
    def rate_hz(self) -> float: ...  # noqa: D102
    @property
    def acc_range_g(self) -> int: ...  # noqa: D102
    @property
    def gyr_range_dps(self) -> int: ...  # noqa: D102
    @property
    def t_us(self) -> NDArray[np.int64]: ...  # noqa: D102
    @property
    def acc_raw(self) -> NDArray[np.int16]: ...  # noqa: D102
    @property
    def gyr_raw(self) -> NDArray[np.int16] | None: ...  # noqa: D102
    @property
    def lost(self) -> NDArray[np.bool_]: ...  # noqa: D102
