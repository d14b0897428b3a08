"""The gyro's zero-rate offset of a live stream, which does not know yet when the bar will rest."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import REST_WINDOW_S
from imu_tempo.signal.vertical import RestWindows, gyro_bias_of, joined, rest_window, rest_windows

Array = NDArray[np.float64]

_OFFSET_MEMORY_S = 60.0
"""The gyro's offset drifts with temperature, over minutes; a set with its lead-in holds some rest."""
_WARM_UP_WINDOWS = 2
"""The warm-up has read as many."""


class GyroOffset:
    """The gyro's zero-rate offset, read again and again from the stillest moments of the last minute.

    A stream often begins while the sensor is clipped on or the bar is taken: what the warm-up reads then
    would tilt gravity for as long as the stream lasts. It is read at fixed samples: how they are packed
    changes nothing.

    Parameters
    ----------
    rate_hz
        Sample rate.
    bias_radps
        (3,) the offset that the warm-up gave, for the first window.
    """

    def __init__(self, rate_hz: float, bias_radps: Array) -> None:
        self._n = rest_window(rate_hz)
        self._bias = bias_radps
        self._acc, self._gyr = np.empty((self._n, 3)), np.empty((self._n, 3))
        self._held = 0
        self._windows: deque[RestWindows] = deque(maxlen=round(_OFFSET_MEMORY_S / REST_WINDOW_S))

    def removed(self, acc_mps2: Array, gyr_radps: Array) -> Array:
        """Take the next samples, (n, 3) each; return their angular rates without the offset."""
        parts, done = [], 0
        while done < len(gyr_radps):
            part = slice(done, done + self._n - self._held)
            taken = len(gyr_radps[part])
            parts.append(gyr_radps[part] - self._bias)
            self._acc[self._held : self._held + taken] = acc_mps2[part]
            self._gyr[self._held : self._held + taken] = gyr_radps[part]
            self._held, done = self._held + taken, done + taken
            if self._held == self._n:
                self._read()
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _read(self) -> None:
        self._held = 0
        self._windows.append(rest_windows(self._n, self._acc, self._gyr))
        if len(self._windows) > _WARM_UP_WINDOWS:
            found = gyro_bias_of(joined(self._windows))
            self._bias = self._bias if found is None else found
