"""The ground floor: samples in SI units on one clock, and what is known of the sensor they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

MOST_ACC_MPS2 = 1e6
MOST_GYR_RADPS = 1e4
MOST_TIME_S = 1e10
"""What no sensor on a bar measures, a hundred thousand g and 1600 turns a second, and no session lasts: three
hundred years. Larger numbers are damage or malice, and their squares need not be reckoned with."""

TimeSource = Literal["index", "device", "counted", "host"]


@dataclass(frozen=True, slots=True)
class SensorInfo:
    """What is known of the sensor behind a stream.

    Attributes
    ----------
    driver
        Key of the driver that decoded it (``"bip"``, ``"csv"`` ...).
    name, address, model, firmware
        As the sensor tells them; None where it does not.
    rate_hz
        Sample rate that the sensor was set to; None where only the timestamps tell.
    acc_range_mps2, gyr_range_radps
        Largest value an axis can hold; None where unknown.
    time_source
        Where sample times come from: a sample index, device timestamps, counting samples, or host arrival.
    """

    driver: str
    name: str | None = None
    address: str | None = None
    model: str | None = None
    firmware: str | None = None
    rate_hz: float | None = None
    acc_range_mps2: float | None = None
    gyr_range_radps: float | None = None
    time_source: TimeSource = "device"


@dataclass(frozen=True, slots=True, eq=False)
class SampleBlock:
    """One or more samples without a gap inside.

    Attributes
    ----------
    t_s
        (n,) session clock in seconds, strictly increasing.
    acc_mps2
        (n, 3) specific force in the sensor frame, m/s^2; the axis that points up reads +9.8 at rest.
    gyr_radps
        (n, 3) angular rate in the sensor frame, rad/s; None where the sensor has no gyro.
    lost_before
        Samples known to be missing between the block before and this one; 0 where none.
    """

    t_s: NDArray[np.float64]
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64] | None = None
    lost_before: int = 0

    def __post_init__(self) -> None:
        n = self.t_s.shape[0]
        if n == 0 or self.t_s.ndim != 1:
            raise ValueError(
                f"a SampleBlock holds at least one sample on a 1-D clock, got shape {self.t_s.shape}"
            )
        if self.acc_mps2.shape != (n, 3):
            raise ValueError(f"acc_mps2 must be ({n}, 3), got {self.acc_mps2.shape}")
        if self.gyr_radps is not None and self.gyr_radps.shape != (n, 3):
            raise ValueError(f"gyr_radps must be ({n}, 3), got {self.gyr_radps.shape}")
        if self.lost_before < 0:
            raise ValueError(f"lost_before cannot be negative, got {self.lost_before}")

    def __len__(self) -> int:
        return int(self.t_s.shape[0])
