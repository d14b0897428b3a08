"""The gyro's zero-rate offset of a live stream, which does not know yet when the bar will rest."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import REST_SPREAD_MPS2, REST_TURN_MAX_RAD, REST_WINDOW_S
from imu_tempo.signal.vertical import RestWindows, gyro_bias_of, joined, rest_window, rest_windows

Array = NDArray[np.float64]

_MOST = 12
"""So many of the stillest windows are kept: 6 s of rest."""
_LEAST = 2
_TENTH = 10
"""The stillest tenth stands for rest, as in a whole recording."""
_HALF_LIFE_S = 300.0
"""A window this much older has to be twice as still: the offset drifts with temperature, over minutes."""
_STILLEST = 1e-2
"""Below this part of what still counts as rest, noise alone tells windows apart."""


class GyroOffset:
    """The gyro's zero-rate offset, read again and again from the stillest moments so far.

    A stream often begins while the sensor is clipped on or the bar is taken: what the warm-up reads then
    would tilt gravity for as long as the stream lasts. And a long set may hold no rest at all: what was read
    before it stands. It is read at fixed samples: how they are packed changes nothing.

    Parameters
    ----------
    rate_hz
        Sample rate.
    bias_radps
        (3,) the offset that the warm-up gave, for the first windows.
    """

    def __init__(self, rate_hz: float, bias_radps: Array) -> None:
        self._n = rest_window(rate_hz)
        self._bias = bias_radps
        self._acc, self._gyr = np.empty((self._n, 3)), np.empty((self._n, 3))
        self._held = self._seen = 0
        self._best: list[tuple[float, int, RestWindows]] = []

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
                self._held = 0
                self._read(rest_windows(self._n, self._acc, self._gyr))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _read(self, window: RestWindows) -> None:
        self._seen += 1
        restless = window.spread_mps2[0] / REST_SPREAD_MPS2 + window.turn_rad[0] / REST_TURN_MAX_RAD
        age = self._seen * REST_WINDOW_S / _HALF_LIFE_S
        rank = math.log2(max(float(restless), _STILLEST)) - age
        self._best = sorted([*self._best, (rank, self._seen, window)], key=lambda kept: kept[:2])[:_MOST]
        if self._seen > _LEAST:  # the warm-up has read as many
            count = max(_LEAST, self._seen // _TENTH)
            found = gyro_bias_of(joined(window for _, _, window in self._best[:count]))
            self._bias = self._bias if found is None else found
