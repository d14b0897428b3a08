"""Accelerometer and gyro of one sensor that stream apart, paired on the sensor's own clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BRIDGED_PERIODS = 3.5
"""Gyro samples up to this many periods apart are joined by a straight line: two lost ones turn the bar by an
angle that no velocity shows. A longer hole is a loss, and the accelerometer's samples in it go with it."""

NEAR_PERIODS = 0.5
"""An accelerometer sample half a period from a gyro sample may take its rate as it is, where there is none on
its far side: the two are read out of one chip, and the other is soon to come or was lost."""

WAIT_S = 10.0
"""How long accelerometer samples wait for the gyro's: at 26 Hz and rest one packed packet takes some 4 s."""

MOST_WAITING = 5000
"""10 s at 416 Hz, and some: samples of either that are held, whatever a clock says that stands still."""


@dataclass(frozen=True, slots=True, eq=False)
class Timed:
    """Samples of one of the two, from one packet.

    Attributes
    ----------
    index
        Number of the first in its stream.
    t_s
        (n,) device time, rising; both streams count from the same instant.
    values
        (n, 3) in SI units.
    host_ns
        Arrival of the packet.
    """

    index: int
    t_s: NDArray[np.float64]
    values: NDArray[np.float64]
    host_ns: int

    def __len__(self) -> int:
        return int(self.t_s.shape[0])

    def part(self, start: int, end: int) -> Timed:
        """Return samples ``start`` to ``end``."""
        return Timed(self.index + start, self.t_s[start:end], self.values[start:end], self.host_ns)


class PairByTime:
    """Give each accelerometer sample the angular rate at its time, by a straight line between gyro samples.

    The accelerometer's samples stay as they are: they are what is integrated. Those that lie before the
    gyro's first sample, or in a hole of the gyro's stream, are left out; their numbers are missing then.

    Parameters
    ----------
    period_s
        Nominal sample period of the gyro.
    """

    def __init__(self, period_s: float) -> None:
        self._bridge_s = BRIDGED_PERIODS * period_s
        self._near_s = NEAR_PERIODS * period_s
        self._waiting: deque[Timed] = deque()
        self._t_s = np.empty(0)
        self._gyr = np.empty((0, 3))

    def gyr(self, samples: Timed) -> list[tuple[Timed, NDArray[np.float64]]]:
        """Take in gyro samples; give the accelerometer samples that are complete by now, with their rates."""
        if self._t_s.size and samples.t_s[-1] < self._t_s[-1] - WAIT_S:  # the sensor's clock was set back
            self._t_s, self._gyr = np.empty(0), np.empty((0, 3))
        new = samples.t_s > (self._t_s[-1] if self._t_s.size else -np.inf)
        self._t_s = np.concatenate([self._t_s, samples.t_s[new]])
        self._gyr = np.concatenate([self._gyr, samples.values[new]])
        return self._join()

    def acc(self, samples: Timed) -> list[tuple[Timed, NDArray[np.float64]]]:
        """Take in accelerometer samples; give those that are complete by now, with their rates."""
        self._waiting.append(samples)
        return self._join()

    def give_up(self) -> int:
        """Drop what has waited too long, and return how many samples that were."""
        dropped = 0
        while self._waiting and self._too_long():
            dropped += len(self._waiting.popleft())
        return dropped

    def _too_long(self) -> bool:
        waited_s = abs(self._waiting[-1].t_s[-1] - self._waiting[0].t_s[0])
        return bool(waited_s > WAIT_S) or sum(map(len, self._waiting)) > MOST_WAITING

    def _join(self) -> list[tuple[Timed, NDArray[np.float64]]]:
        joined: list[tuple[Timed, NDArray[np.float64]]] = []
        while self._waiting and self._t_s.size:
            samples = self._waiting.popleft()
            known = int(np.searchsorted(samples.t_s, self._t_s[-1] + self._near_s, side="right"))
            joined += self._complete(samples.part(0, known)) if known else []
            if known < len(samples):
                self._waiting.appendleft(samples.part(known, len(samples)))
                break
        self._forget()
        return joined

    def _complete(self, samples: Timed) -> list[tuple[Timed, NDArray[np.float64]]]:
        after = np.minimum(np.searchsorted(self._t_s, samples.t_s), len(self._t_s) - 1)
        before = np.maximum(after - 1, 0)
        to_next_s, to_last_s = self._t_s[after] - samples.t_s, samples.t_s - self._t_s[before]
        near = np.minimum(abs(to_next_s), abs(to_last_s)) <= self._near_s
        between = (to_last_s >= 0) & (self._t_s[after] - self._t_s[before] <= self._bridge_s)
        gyr = np.stack([np.interp(samples.t_s, self._t_s, axis) for axis in self._gyr.T], axis=1)
        edges = np.flatnonzero(np.diff(np.r_[False, near | between, False])).reshape(-1, 2)
        return [(samples.part(start, end), gyr[start:end]) for start, end in edges.tolist()]

    def _forget(self) -> None:
        """Drop gyro samples that no accelerometer sample to come can lie beside."""
        if not self._t_s.size:
            return
        since_s = self._waiting[0].t_s[0] if self._waiting else self._t_s[-1] - WAIT_S
        needed = int(np.searchsorted(self._t_s, max(since_s, self._t_s[-1] - WAIT_S))) - 1
        keep = max(0, needed, len(self._t_s) - MOST_WAITING)
        self._t_s, self._gyr = self._t_s[keep:], self._gyr[keep:]
