"""Accelerometer and gyro of one chip that send separate packets, without time or number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SETTLED_S = 1.0
"""One stream that stays ahead of the other for a second is not early: the other has lost packets."""


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

    1. The gyro takes some 50 ms longer to start: of the accelerometer's early samples only those are kept
       that came with the first of the gyro (and the other way round).
    2. From then on each row waits for its partner.
    3. Where one stream stays ahead by a packet or more for a second, the other has lost as much: the oldest
       waiting rows go, and the next pair says how many. Rows in between were paired that much off.

    Parameters
    ----------
    rate_hz
        Sample rate of both.
    """

    def __init__(self, rate_hz: float) -> None:
        self._window = max(1, round(SETTLED_S * rate_hz))
        self._waiting: dict[str, list[NDArray[np.float64]]] = {"acc": [], "gyr": []}
        self._begun = False
        self._dropped = 0
        self._ahead = ""
        self._least = 0
        self._watched = 0

    def acc(self, rows: NDArray[np.float64]) -> Paired | None:
        """Take in (n, 3) accelerometer rows; give what is complete by now, or None."""
        return self._add("acc", rows)

    def gyr(self, rows: NDArray[np.float64]) -> Paired | None:
        """Take in (n, 3) gyro rows; give what is complete by now, or None."""
        return self._add("gyr", rows)

    def _add(self, which: str, rows: NDArray[np.float64]) -> Paired | None:
        other = "gyr" if which == "acc" else "acc"
        self._waiting[which] += list(rows)
        if not self._begun:
            if not self._waiting[other]:
                del self._waiting[which][: -self._window]
                return None
            self._begun = True
            del self._waiting[other][: -len(rows)]  # 1
        count = min(len(self._waiting["acc"]), len(self._waiting["gyr"]))
        pair = self._take(count) if count else None  # 2
        self._watch(len(rows))  # 3
        return pair

    def _take(self, count: int) -> Paired:
        acc, gyr = (np.array(self._waiting[which][:count]) for which in ("acc", "gyr"))
        for which in ("acc", "gyr"):
            del self._waiting[which][:count]
        lost, self._dropped = self._dropped, 0
        return Paired(acc, gyr, lost)

    def _watch(self, packet: int) -> None:
        """Follow which stream is ahead, and by how much at least; act when that lasted a second."""
        ahead = max(self._waiting, key=lambda which: len(self._waiting[which]))
        surplus = len(self._waiting[ahead])
        if ahead != self._ahead or surplus == 0:
            self._ahead, self._least, self._watched = ahead, surplus, 0
        self._least = min(self._least, surplus)
        self._watched += packet
        if self._watched < 2 * self._window:  # both streams' rows are counted here
            return
        if self._least >= packet:
            del self._waiting[ahead][: self._least]
            self._dropped += self._least
        self._least, self._watched = len(self._waiting[ahead]), 0
