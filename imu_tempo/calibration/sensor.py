"""What one sensor gets wrong, and how to take it away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import SampleBlock
from imu_tempo.samples import Samples

Array = NDArray[np.float64]
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorCalibration:
    """The errors of one sensor, as they stand between a raw reading and the truth.

    True specific force is ``U (reading - offset)``, where U is upper triangular: ``scale`` on its diagonal,
    ``cross_axis`` (xy, xz, yz) above it. True angular rate is ``reading - gyro_offset``.

    Attributes
    ----------
    sensor
        Address or name of the sensor it belongs to.
    offset_mps2, scale, cross_axis
        Of the accelerometer.
    gyro_offset_radps
        Zero-rate offset; zeros where there was no gyro.
    made
        When, ISO 8601.
    residual_mg, condition, orientations
        How good the fit was; see :class:`imu_tempo.calibration.CalibrationFit`.
    """

    sensor: str
    offset_mps2: Vector = (0.0, 0.0, 0.0)
    scale: Vector = (1.0, 1.0, 1.0)
    cross_axis: Vector = (0.0, 0.0, 0.0)
    gyro_offset_radps: Vector = (0.0, 0.0, 0.0)
    made: str = ""
    residual_mg: float = 0.0
    condition: float = 1.0
    orientations: int = 0

    def apply(self, acc_mps2: Array, gyr_radps: Array | None = None) -> tuple[Array, Array | None]:
        """Return (n, 3) readings without the sensor's errors; the same to the bit however they are cut."""
        if self is UNCALIBRATED:
            return acc_mps2, gyr_radps
        x, y, z = (acc_mps2[:, i] - self.offset_mps2[i] for i in range(3))
        (sx, sy, sz), (xy, xz, yz) = self.scale, self.cross_axis
        acc = np.column_stack([sx * x + xy * y + xz * z, sy * y + yz * z, sz * z])
        return acc, None if gyr_radps is None else gyr_radps - np.asarray(self.gyro_offset_radps)

    def on_samples(self, samples: Samples) -> Samples:
        """Return samples without the sensor's errors."""
        return Samples(samples.t_s, *self.apply(samples.acc_mps2, samples.gyr_radps))

    def on_block(self, block: SampleBlock) -> SampleBlock:
        """Return a block without the sensor's errors."""
        if self is UNCALIBRATED:
            return block
        return SampleBlock(block.t_s, *self.apply(block.acc_mps2, block.gyr_radps), block.lost_before)

    def full_scale_mps2(self, acc_range_mps2: float | None) -> float | None:
        """Return the calibrated reading from which on an axis may be clipped, for a sensor of this range."""
        if acc_range_mps2 is None:
            return None
        return min(s * (acc_range_mps2 - abs(o)) for s, o in zip(self.scale, self.offset_mps2, strict=True))


UNCALIBRATED = SensorCalibration(sensor="none")
"""Takes readings as they are."""
