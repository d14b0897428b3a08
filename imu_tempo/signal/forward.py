"""The forward filter: velocity and height at this very frame. It drives the needle, not the numbers."""

from __future__ import annotations

import math
from collections import deque

from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2

_WINDOW = round(0.4 / FRAME_S)
_SPREAD_MPS2 = 0.15
_MEAN_MPS2 = 0.08
_GATE_MPS = 0.03
"""A quiet bar is taken as resting if its velocity is below this or twice its standard deviation: a slow
lowering is not."""
_GATE_MOST_MPS = 0.05
_ACC_DENSITY = 2.0 * (3e-3 * GRAVITY_MPS2) ** 2 * 0.3
"""Acceleration error of 3 mg with the memory of a movement (0.3 s), (m/s^2)^2 s."""
_BIAS_DENSITY = (0.3e-3 * GRAVITY_MPS2) ** 2 / 60.0
_REST_SD_MPS = 0.01


class ForwardFilter:
    """A Kalman filter on velocity and bias, frame by frame, with rest gated on the estimated velocity.

    Attributes
    ----------
    h_m, v_mps
        Height since the last anchor's zero, and vertical velocity, at the end of the last frame.
    quiet
        Whether the last 0.4 s were quiet.
    """

    def __init__(self) -> None:
        self.h_m = 0.0
        self.v_mps = 0.0
        self.quiet = False
        self._bias = 0.0
        self._pvv, self._pvb, self._pbb = 0.1**2, 0.0, (10e-3 * GRAVITY_MPS2) ** 2
        self._recent: deque[float] = deque(maxlen=_WINDOW)

    def anchor(
        self, h_m: float, v_mps: float, bias_mps2: float, v_sd_mps: float, bias_sd_mps2: float
    ) -> None:
        """Go on from a solved state."""
        self.h_m, self.v_mps, self._bias = h_m, v_mps, bias_mps2
        self._pvv, self._pvb, self._pbb = v_sd_mps**2, 0.0, bias_sd_mps2**2

    def step(self, dv_mps: float, dh_m: float, *, trusted: bool) -> None:
        """Take one frame's integrals; ``trusted`` is False inside impacts and holes."""
        dt = FRAME_S
        self.h_m += self.v_mps * dt + dh_m - 0.5 * self._bias * dt * dt
        self.v_mps += dv_mps - self._bias * dt
        density = _ACC_DENSITY if trusted else 2.5
        self._pvv += density * dt - 2.0 * dt * self._pvb + dt * dt * self._pbb
        self._pvb -= dt * self._pbb
        self._pbb += _BIAS_DENSITY * dt
        self._recent.append(dv_mps / dt)
        self.quiet = trusted and self._is_quiet()
        limit = max(_GATE_MPS, min(2.0 * math.sqrt(self._pvv), _GATE_MOST_MPS))
        if self.quiet and abs(self.v_mps) < limit:
            self._seem_resting()

    def rest(self) -> None:
        """Take the bar as resting, whatever velocity says."""
        self.v_mps = 0.0
        self._pvv, self._pvb = _REST_SD_MPS**2, 0.0

    def _is_quiet(self) -> bool:
        if len(self._recent) < _WINDOW:
            return False
        mean = sum(self._recent) / _WINDOW
        spread = sum((a - mean) ** 2 for a in self._recent) / _WINDOW
        return spread < _SPREAD_MPS2**2 and abs(mean - self._bias) < _MEAN_MPS2

    def _seem_resting(self) -> None:
        gain = 1.0 / (self._pvv + _REST_SD_MPS**2)
        kv, kb = self._pvv * gain, self._pvb * gain
        self._bias -= kb * self.v_mps
        self.v_mps -= kv * self.v_mps
        self._pbb -= kb * self._pvb
        self._pvb -= kv * self._pvb
        self._pvv -= kv * self._pvv
