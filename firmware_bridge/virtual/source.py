"""What a virtual sensor measures: raw samples at an even rate."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.virtual.simulate import Simulation

MAX_RANGE = 65535
"""The profile carries ranges as 16-bit integers."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SampleSource:
    """Raw samples for a virtual sensor to stream.

    Attributes
    ----------
    rate_hz
        Sample rate by the sensor's own clock.
    acc_range_g, gyr_range_dps
        Value of a full-scale reading.
    acc_raw, gyr_raw
        (n, 3) readings in LSB of the ranges; ``gyr_raw`` is None where there is no gyro.
    lost
        (n,) True for samples that the sensor loses before it can send them; None where it loses none.
    clock_ratio
        Seconds on the sensor's clock for one true second.
    """

    rate_hz: float
    acc_range_g: int
    gyr_range_dps: int
    acc_raw: NDArray[np.int16]
    gyr_raw: NDArray[np.int16] | None = None
    lost: NDArray[np.bool_] | None = field(default=None)
    clock_ratio: float = 1.0

    def __post_init__(self) -> None:
        for name in ("acc_range_g", "gyr_range_dps"):
            if getattr(self, name) > MAX_RANGE:
                raise ValueError(
                    f"{name} {getattr(self, name)}: the profile carries ranges up to {MAX_RANGE}"
                )

    def __len__(self) -> int:
        return int(self.acc_raw.shape[0])

    @classmethod
    def of(cls, simulation: Simulation) -> SampleSource:
        """Stream a simulation; samples that its loss model takes away are lost inside the sensor."""
        lost = np.ones(simulation.taken, dtype=bool)
        lost[simulation.index] = False
        imu = simulation.imu
        return cls(
            rate_hz=imu.rate_hz,
            acc_range_g=round(imu.acc_range_g),
            gyr_range_dps=round(imu.gyr_range_dps) if imu.gyro else 0,
            acc_raw=simulation.acc_raw,
            gyr_raw=simulation.gyr_raw,
            lost=lost if simulation.lost else None,
            clock_ratio=imu.clock_ratio,
        )
