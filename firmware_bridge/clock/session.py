"""Packets on one clock: that of the session, 0 at its first sample."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.clock.arrival import CountedLine
from firmware_bridge.clock.counters import S_PER_NS, S_PER_US
from firmware_bridge.clock.device import DeviceLine

MIN_STEP = 0.1
"""Shortest step between two samples, in periods, where a corrected line would run back into the past."""

BEHIND_S = 2.0
"""A counter that for 2 s gives nothing but numbers that were had, and rising ones, began again unannounced:
to refuse its samples for ever would lose them all."""

AHEAD_S = 3600.0
"""No sample was measured after it arrived: a counter or a clock that leaps ahead of that by more than an hour
is wrong, and what it counts as lost never was. (By less it is believed: the host's clock may have slept.)"""

HOST_DRIFT = 1e-4
"""Rate by which the smallest delay may grow: at most 100 ppm between the crystals of device and host."""


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
        self._line: DeviceLine | CountedLine = CountedLine(1.0)
        self._origin_us = 0
        self._origin_ns = 0
        self._shift_s = 0.0
        self._next_index = 0
        self._last_s = 0.0
        self._delay_s = 0.0
        self._arrived_s = 0.0
        self._behind: tuple[int, int] | None = None

    @property
    def rate_hz(self) -> float | None:
        """Samples a second, by the sensor's clock or, where it has none, by the host's; None before any."""
        if self._stream is None:
            return None
        return 1 / self._learnt_s

    @property
    def _learnt_s(self) -> float:
        return self._line.learnt_s if isinstance(self._line, CountedLine) else self._line.period_s

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
            if not self._began_again(index, count, host_ns):
                return None
            return self._begin(count, stream, index, device_us, host_ns, period_s, unseen=0)
        self._behind = None
        start_s, jumped = self._on_line(index, device_us)
        start_s = max(start_s + self._shift_s, self._last_s + MIN_STEP * self._line.period_s)
        if start_s > max(self._last_s, self._on_arrival_s(count, host_ns)) + AHEAD_S:
            return self._begin(count, stream, index, device_us, host_ns, period_s, unseen=0)
        elapsed = round((start_s - self._last_s) / self._line.period_s) - 1
        missed = max(1, elapsed - lost) if jumped else 0
        return self._placed(start_s, index, count, host_ns, lost, missed)

    def _began_again(self, index: int, count: int, host_ns: int) -> bool:
        """Tell a counter that began again without a word from packets that come twice or late."""
        if self._behind is None or index < self._behind[0]:
            self._behind = index + count, host_ns
        self._behind = index + count, self._behind[1]
        return (host_ns - self._behind[1]) * S_PER_NS > BEHIND_S

    def _begin(
        self,
        count: int,
        stream: int,
        index: int,
        device_us: int | None,
        host_ns: int,
        period_s: float,
        *,
        unseen: int | None = None,
    ) -> Placement:
        first = self._stream is None
        known = not first and self._line.nominal_s == period_s  # the same oscillator as before the reconnect
        guess_s = self._learnt_s if known else None
        if device_us is None:
            self._line = CountedLine(period_s, guess_s)
        else:
            self._line = DeviceLine(period_s, guess_s)
        self._stream, period_s, self._behind = stream, self._line.period_s, None
        self._origin_us = device_us or 0
        if first:
            self._origin_ns = host_ns
        on_line_s, _ = self._on_line(index, device_us)
        lost = index if unseen is None else unseen
        if lost * period_s > AHEAD_S:
            lost = 0
        start_s, missed = 0.0, 0
        if not first:
            start_s = max(self._on_arrival_s(count, host_ns), self._last_s + period_s)
            away = round((start_s - self._last_s) / period_s) - 1
            missed = max(0, away - lost, 1 - lost)
        self._shift_s = start_s - on_line_s
        self._delay_s = float("inf")
        return self._placed(start_s, index, count, host_ns, lost, missed)

    def _on_arrival_s(self, count: int, host_ns: int) -> float:
        """Return when a packet's first sample was measured if the packet came with the smallest delay."""
        arrived_s = (host_ns - self._origin_ns) * S_PER_NS
        return arrived_s - self._delay_s - (count - 1) * self._line.period_s

    def _on_line(self, index: int, device_us: int | None) -> tuple[float, bool]:
        if isinstance(self._line, CountedLine):
            return self._line.time_s(index), False
        stamp_s = None if device_us is None else (device_us - self._origin_us) * S_PER_US
        return self._line.time_s(index, stamp_s)

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
        if isinstance(self._line, CountedLine):
            self._line.arrived(index + count - 1, arrived_s)
        return Placement(start_s, period_s, lost, missed)
