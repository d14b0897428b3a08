"""Accelerometer and gyro of one chip that send separate packets, without time or number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SETTLED_S = 1.0
"""One stream that runs ahead of the other for a second is not early: the other has lost packets."""


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """Samples of both sensors, row by row.

    Attributes
    ----------
    acc, gyr
        (n, 3) each, n >= 1.
    lost_before
        Samples of one sensor that had to go because the other's were missing.
    """

    acc: NDArray[np.float64]
    gyr: NDArray[np.float64]
    lost_before: int


class PairInOrder:
    """Pair two streams of one chip at one rate: the first with the first, and so on.

    1. The gyro takes some 50 ms longer to start: of the accelerometer's early rows only those are kept that
       came just before the gyro's first (and the other way round).
    2. From then on each row waits for its partner, so that the stream which comes first is ahead by between
       nothing and a packet.
    3. Where it is ahead by more (or behind) throughout a second, the other one (or itself) has lost as much:
       the oldest waiting rows go, and the next pair says how many. Rows in between, for up to 2 s, were
       paired that much off.

    Parameters
    ----------
    rate_hz
        Sample rate of both.
    """

    def __init__(self, rate_hz: float) -> None:
        self._window = 2 * max(1, round(SETTLED_S * rate_hz))  # rows of both streams
        self._acc: list[NDArray[np.float64]] = []
        self._gyr: list[NDArray[np.float64]] = []
        self._usual: tuple[int, int] | None = None
        self._dropped = 0
        self._least, self._most, self._watched = self._window, -self._window, 0

    def acc(self, rows: NDArray[np.float64]) -> Paired | None:
        """Take in (n, 3) accelerometer rows; give what is complete by now, or None."""
        return self._add(self._acc, self._gyr, rows)

    def gyr(self, rows: NDArray[np.float64]) -> Paired | None:
        """Take in (n, 3) gyro rows; give what is complete by now, or None."""
        return self._add(self._gyr, self._acc, rows)

    def _add(
        self,
        mine: list[NDArray[np.float64]],
        others: list[NDArray[np.float64]],
        rows: NDArray[np.float64],
    ) -> Paired | None:
        mine += list(rows)
        if self._usual is None:
            if not others:
                del mine[: -self._window]
                return None
            del others[: -len(rows)]  # 1
            self._usual = (0, len(rows)) if others is self._acc else (-len(rows), 0)
        pair = self._take(min(len(self._acc), len(self._gyr)))  # 2
        self._watch(len(rows), *self._usual)  # 3
        return pair

    def _take(self, count: int) -> Paired | None:
        if count == 0:
            return None
        acc, gyr = np.array(self._acc[:count]), np.array(self._gyr[:count])
        del self._acc[:count], self._gyr[:count]
        lost, self._dropped = self._dropped, 0
        return Paired(acc, gyr, lost)

    def _watch(self, rows: int, low: int, high: int) -> None:
        """Follow by how much the accelerometer is ahead, at least and at most; act when a second is over."""
        ahead = len(self._acc) - len(self._gyr)
        self._least, self._most = min(self._least, ahead), max(self._most, ahead)
        self._watched += rows
        if self._watched < self._window:
            return
        surplus = max(0, min(self._least - low, self._most - high))
        deficit = max(0, min(low - self._least, high - self._most))
        for waiting, count in ((self._acc, surplus), (self._gyr, deficit)):
            self._dropped += len(waiting[:count])
            del waiting[:count]
        self._least, self._most, self._watched = self._window, -self._window, 0
