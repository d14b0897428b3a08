"""Orientation of the sensor against gravity: the one place that knows the fusion engine behind it.

VQF, six-axis (Laidig & Seel 2023, doi:10.1016/j.inffus.2022.10.014): quaternions sensor -> earth, z up. The
gyro's rest offset is removed first, because a 3 deg/s offset takes its own bias estimate many seconds to
learn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def orientation_of_recording(rate_hz: float, acc_mps2: Array, gyr_radps: Array) -> Array:
    """Return (n, 4) quaternions for a whole evenly sampled recording, looking both ways in time."""
    from vqf import offlineVQF

    acc, gyr = np.ascontiguousarray(acc_mps2), np.ascontiguousarray(gyr_radps)
    quat: Array = offlineVQF(gyr, acc, None, 1.0 / rate_hz)["quat6D"]
    return quat


class OrientationFilter:
    """The same, sample by sample: any chunking of the input gives the same quaternions.

    Parameters
    ----------
    rate_hz
        Sample rate.
    """

    def __init__(self, rate_hz: float) -> None:
        from vqf import VQF

        self._filter = VQF(1.0 / rate_hz)

    def update(self, acc_mps2: Array, gyr_radps: Array) -> Array:
        """Take (n, 3) samples, return (n, 4) quaternions."""
        acc, gyr = np.ascontiguousarray(acc_mps2), np.ascontiguousarray(gyr_radps)
        quat: Array = self._filter.updateBatch(gyr, acc)["quat6D"]
        return quat
