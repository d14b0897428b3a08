"""Counters and clocks: from wrapping counters, device time and arrival times to seconds of one session.

Velocity is integrated on device time, so what makes sample times here (:class:`SessionClock`) uses arrival
times only to bridge a reconnect, and is causal: the same packets give the same floats, live or replayed.
Arrival times matter for lining up with other clocks (a video); :func:`fit_host_clock` does that afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

S_PER_US = 1e-6
S_PER_NS = 1e-9

MEMORY_PACKETS = 250
"""The line of device time over sample index forgets after this many packets (10 s at 25 a second): long
against the jitter of an interrupt, short against the drift of an oscillator that warms up on a bar."""

PERIOD_TOLERANCE = 0.2
"""An IMU's own oscillator is off by a few percent, never more than this share of the nominal period."""

JUMP_S = 0.1
JUMP_RATIO = 0.05
"""Device time that leaves its line by more than 0.1 s and 5 % of the step is no jitter: the sensor slept, or
its clock was set."""

MIN_STEP = 0.1
"""Shortest step between two samples, in periods, where a corrected line would run back into the past."""

HOST_DRIFT = 1e-4
"""Rate by which the smallest delay may grow: at most 100 ppm between the crystals of device and host."""

HULL_MIN_S = 60.0
"""Shorter sessions hold too few undelayed packets to fit a slope; two crystals part by 2 ms in that time."""


class Unwrapper:
    """Turn a wrapping counter into one that only grows, by modular difference.

    Values up to half the modulus behind the newest one are taken as late, not as a wrap.

    Parameters
    ----------
    modulus
        Where the counter starts again from 0.
    """

    def __init__(self, modulus: int) -> None:
        self._modulus = modulus
        self._newest: int | None = None

    def __call__(self, value: int) -> int:
        """Return the unwrapped counter; the first value is returned as it is."""
        if self._newest is None:
            self._newest = value
            return value
        step = (value - self._newest) % self._modulus
        if step >= self._modulus // 2:
            return self._newest + step - self._modulus
        self._newest += step
        return self._newest


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
            Device time; None where the sensor has no clock, then the nominal period is all there is.
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


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a packet's samples lie on the session clock.

    Attributes
    ----------
    start_s, period_s
        Sample ``i`` is at ``start_s + i * period_s``.
    lost
        Samples missing before it by the sensor's own count.
    missed
        Samples missing before it by the clock alone: while the link was away, or the sensor slept.
    """

    start_s: float
    period_s: float
    lost: int
    missed: int


class SessionClock:
    """Puts packets on the session clock: device time, 0 at the first sample.

    A new stream (after a reconnect the sensor's counters start again) is placed by arrival: its first packet
    is taken to have come with the smallest delay that the stream before it had. That is the best a causal
    rule can do here, and an error in it changes only the length of the gap.
    """

    def __init__(self) -> None:
        self._stream: int | None = None
        self._line = DeviceLine(1.0)
        self._origin_us = 0
        self._origin_ns = 0
        self._shift_s = 0.0
        self._next_index = 0
        self._last_s = 0.0
        self._delay_s = 0.0
        self._arrived_s = 0.0

    def place(
        self,
        count: int,
        *,
        stream: int,
        index: int | None,
        device_us: int | None,
        host_ns: int,
        period_s: float,
    ) -> Placement | None:
        """Place a packet of ``count`` samples; None if its samples were had before (or it comes too late)."""
        if stream != self._stream:
            return self._begin(count, stream, index or 0, device_us, host_ns, period_s)
        if index is None:
            index = self._next_index
        lost = index - self._next_index
        if lost < 0:
            return None
        start_s, jumped = self._line.time_s(index, self._stamp_s(device_us))
        start_s = max(start_s + self._shift_s, self._last_s + MIN_STEP * self._line.period_s)
        elapsed = round((start_s - self._last_s) / self._line.period_s) - 1
        missed = max(1, elapsed - lost) if jumped else 0
        return self._placed(start_s, index, count, host_ns, lost, missed)

    def _begin(
        self, count: int, stream: int, index: int, device_us: int | None, host_ns: int, period_s: float
    ) -> Placement:
        first = self._stream is None
        known = not first and self._line.nominal_s == period_s  # the same oscillator as before the reconnect
        self._line = DeviceLine(period_s, self._line.period_s if known else None)
        self._stream, period_s = stream, self._line.period_s
        self._origin_us = device_us or 0
        if first:
            self._origin_ns = host_ns
        on_line_s, _ = self._line.time_s(index, self._stamp_s(device_us))
        start_s, missed = 0.0, 0
        if not first:
            arrived_s = (host_ns - self._origin_ns) * S_PER_NS
            at_arrival_s = arrived_s - self._delay_s - (count - 1) * period_s
            start_s = max(at_arrival_s, self._last_s + period_s)
            away = round((start_s - self._last_s) / period_s) - 1
            missed = max(0, away - index, 1 - index)
        self._shift_s = start_s - on_line_s
        self._delay_s = float("inf")
        return self._placed(start_s, index, count, host_ns, index, missed)

    def _stamp_s(self, device_us: int | None) -> float | None:
        return None if device_us is None else (device_us - self._origin_us) * S_PER_US

    def _placed(
        self, start_s: float, index: int, count: int, host_ns: int, lost: int, missed: int
    ) -> Placement:
        period_s = self._line.period_s
        self._next_index = index + count
        self._last_s = start_s + (count - 1) * period_s
        arrived_s = (host_ns - self._origin_ns) * S_PER_NS
        grown_s = self._delay_s + HOST_DRIFT * (arrived_s - self._arrived_s)
        self._delay_s = min(grown_s, arrived_s - self._last_s)
        self._arrived_s = arrived_s
        return Placement(start_s, period_s, lost, missed)


@dataclass(frozen=True, slots=True)
class ClockFit:
    """``host_s = slope * t_s + offset_s``, with the smallest transport delay left in the offset."""

    slope: float
    offset_s: float


def fit_rate_hz(t_s: NDArray[np.float64]) -> float:
    """Fit the sample rate to the times of samples without a gap, by least squares; NaN below two samples."""
    if len(t_s) < 2:
        return float("nan")
    number = np.arange(len(t_s)) - (len(t_s) - 1) / 2
    return float(number @ number / (number @ (t_s - t_s.mean())))


def fit_host_clock(t_s: NDArray[np.float64], host_s: NDArray[np.float64]) -> ClockFit:
    """Fit the host clock to the session clock from arrival times.

    A packet can only come late, so the truth lies under all points: a line of slope 1 through the least
    delayed packet for up to a minute, the edge of the lower convex hull under the middle for longer.
    See L. Zhang, Z. Liu, C. H. Xia, "Clock synchronization algorithms for network measurements",
    Proc. IEEE INFOCOM 2002, vol. 1, pp. 160-169.

    Parameters
    ----------
    t_s
        (n,) session time of each packet's last sample, increasing; at least one.
    host_s
        (n,) its arrival.
    """
    if t_s[-1] - t_s[0] < HULL_MIN_S:
        return ClockFit(1.0, float((host_s - t_s).min()))
    hull = _lower_hull(t_s, host_s)
    middle_s = (t_s[0] + t_s[-1]) / 2
    right = next(number for number, (x, _) in enumerate(hull) if x > middle_s)
    (x0, y0), (x1, y1) = hull[right - 1], hull[right]
    slope = (y1 - y0) / (x1 - x0)
    return ClockFit(slope, y0 - slope * x0)


def _lower_hull(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    hull: list[tuple[float, float]] = []
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2:]
            if (x1 - x0) * (py - y0) > (px - x0) * (y1 - y0):
                break
            hull.pop()
        hull.append((px, py))
    return hull
