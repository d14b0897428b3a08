"""Sample times of a sensor that has no clock: its samples counted, at a rate learnt from their arrival."""

from __future__ import annotations

from collections import deque

import numpy as np

WINDOW_S = 2.0
"""The least delayed packet of every 2 s stands for them: a stalled link delivers its backlog within that."""

MEMORY_WINDOWS = 60
"""The rate is that of the last two minutes: 5 ms of jitter are 40 ppm of them, and an oscillator that warms
up on a bar moves less than that in the time."""

FIRST_WINDOWS = 6
"""Before some 12 s are over, jitter of the delays would be taken for a rate: the nominal one is better."""

RATE_TOLERANCE = 0.05
"""No part's oscillator is off by more: what seems to be is a stream of losses."""

SETTLE_S = 30.0
MAX_SLEW = 1e-3
"""Time that has run off is brought back over half a minute, and by 1 ms in a second at most: no velocity
shows that. A sensor that is 0.6 % off has run off by 70 ms when its rate is known."""


class CountedLine:
    """A line of time over sample index for a sensor without a clock, steered by the host's clock.

    A sample's time is that of the one before and a period. The period is the nominal one at first, then:

    1. Of every ``WINDOW_S`` the least delayed packet is kept, for ``MEMORY_WINDOWS``.
    2. Their rate is the median of the slopes between any two of them (P. K. Sen, *J. Am. Stat. Assoc.* 63,
       1379-1389, 1968, doi 10.1080/01621459.1968.10480934), which neither a stall nor a loss that is not
       found yet can bend.
    3. From then on time is brought to their line, at the distance from it that the first sample had, and
       follows it.

    What has been given is never changed: the first 12 s of a session stay at the nominal rate.

    Parameters
    ----------
    nominal_s
        Nominal sample period.
    period_s
        A better guess where there is one, as from the connection before.

    Attributes
    ----------
    nominal_s
        As given.
    period_s
        Time from one sample to the next, now.
    learnt_s
        The sensor's period by the host's clock as far as it is known.
    """

    def __init__(self, nominal_s: float, period_s: float | None = None) -> None:
        self.nominal_s = nominal_s
        self.period_s = self.learnt_s = nominal_s if period_s is None else period_s
        self._index = 0
        self._time_s = 0.0
        self._first: tuple[int, float] | None = None
        self._least: deque[tuple[int, float]] = deque(maxlen=MEMORY_WINDOWS)
        self._window_s: float | None = None
        self._best: tuple[int, float] | None = None
        self._ahead_s: float | None = None

    def time_s(self, index: int) -> float:
        """Return the time of a sample; `index` must be larger than at the call before."""
        self._time_s += (index - self._index) * self.period_s
        self._index = index
        if self._first is None:
            self._first = index, self._time_s
        return self._time_s

    def arrived(self, index: int, host_s: float) -> None:
        """Take in when the packet came whose last sample has this index, the host's clock in seconds."""
        if self._window_s is None:
            self._window_s = host_s
        if self._best is None or self._late(index, host_s) < self._late(*self._best):
            self._best = index, host_s
        if host_s - self._window_s >= WINDOW_S:
            self._least.append(self._best)
            self._window_s, self._best = host_s, None
            if len(self._least) >= FIRST_WINDOWS:
                self._steer()

    def _late(self, index: int, host_s: float) -> float:
        return host_s - index * self.learnt_s

    def _steer(self) -> None:
        index, host_s = np.array(self._least).T
        low, high = np.triu_indices(len(index), 1)
        apart = index[high] - index[low]
        slopes = (host_s[high] - host_s[low])[apart > 0] / apart[apart > 0]
        if not slopes.size:
            return
        error = float(np.median(slopes)) / self.nominal_s - 1
        self.learnt_s = self.nominal_s * (1 + min(max(error, -RATE_TOLERANCE), RATE_TOLERANCE))
        on_line_s = float(np.median(host_s - (index - self._index) * self.learnt_s))
        if self._ahead_s is None:
            first, first_s = self._first or (self._index, self._time_s)
            self._ahead_s = on_line_s - (self._index - first) * self.learnt_s - first_s
        behind = (on_line_s - self._ahead_s - self._time_s) / SETTLE_S
        self.period_s = self.learnt_s * (1 + min(max(behind, -MAX_SLEW), MAX_SLEW))
