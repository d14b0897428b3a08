"""Sample times of a sensor that has a clock."""

from __future__ import annotations

MEMORY_PACKETS = 250
"""The line of device time over sample index forgets after this many packets (10 s at 25 a second): long
against the jitter of an interrupt, short against the drift of an oscillator that warms up on a bar."""

PERIOD_TOLERANCE = 0.2
"""An IMU's own oscillator is off by a few percent, never more than this share of the nominal period."""

JUMP_S = 0.1
JUMP_RATIO = 0.05
"""Device time that leaves its line by more than 0.1 s and 5 % of the step is no jitter: the sensor slept, or
its clock was set."""


class DeviceLine:
    """A straight line of device time over sample index, followed packet by packet.

    The first packets are fitted with equal weight (the expanding-memory polynomial filter of degree 1, which
    equals a least-squares line on evenly spaced points); from ``MEMORY_PACKETS`` on the gains stay put and
    old packets fade. Device stamps that lie on a line are reproduced; jittery ones are evened out.
    See N. Morrison, *Introduction to Sequential Smoothing and Prediction*, McGraw-Hill 1969.

    Parameters
    ----------
    nominal_s
        Nominal sample period.
    period_s
        A better guess where there is one; two stamps replace it.
    """

    def __init__(self, nominal_s: float, period_s: float | None = None) -> None:
        self.nominal_s = nominal_s
        self._offset_s = 0.0
        self._index = 0
        self._time_s = 0.0
        self._points = 0
        self.period_s = nominal_s if period_s is None else period_s

    def time_s(self, index: int, stamp_s: float | None) -> tuple[float, bool]:
        """Return the time of a sample, and whether the device's clock jumped ahead just before it.

        Parameters
        ----------
        index
            Larger than at the call before.
        stamp_s
            Device time; None where this packet carries none: then the rate so far tells.
        """
        step = index - self._index
        expected_s = self._time_s + step * self.period_s
        self._index = index
        if stamp_s is None:
            self._time_s = expected_s
            return expected_s, False
        residual_s = stamp_s + self._offset_s - expected_s
        jumped = False
        if self._points == 0:
            self._time_s, self._points = stamp_s, 1
        elif abs(residual_s) > JUMP_S + JUMP_RATIO * step * self.period_s:
            jumped = residual_s > 0
            if not jumped:  # a clock set back: carry on from where we are
                self._offset_s -= residual_s
            self._time_s, self._points = stamp_s + self._offset_s, 1
        else:
            self._follow(expected_s, residual_s, step)
        return self._time_s, jumped

    def _follow(self, expected_s: float, residual_s: float, step: int) -> None:
        self._points = k = min(self._points + 1, MEMORY_PACKETS)
        self._time_s = expected_s + 2 * (2 * k - 1) / (k * (k + 1)) * residual_s
        period_s = self.period_s + 6 / (k * (k + 1)) * residual_s / step
        low, high = (1 - PERIOD_TOLERANCE) * self.nominal_s, (1 + PERIOD_TOLERANCE) * self.nominal_s
        self.period_s = min(max(period_s, low), high)
