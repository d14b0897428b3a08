"""The wall clock, which anybody may set: read once when a recording begins, and watched from then on."""

from __future__ import annotations

import time
from datetime import UTC, datetime

SET_S = 2.0
"""A clock that is kept right by the network runs a little faster or slower; one that leaves the monotonic
clock by more than this was set, or the computer slept."""


def local_now() -> tuple[str, int]:
    """Return local time with its offset from UTC, ISO 8601, and the monotonic clock in ns at that moment."""
    now = datetime.fromtimestamp(time.time(), UTC).astimezone()
    return now.isoformat(timespec="milliseconds"), time.monotonic_ns()


class WallWatch:
    """Tells by how much the wall clock was set since the last look."""

    def __init__(self) -> None:
        self._ahead_s = self._ahead()

    def moved_s(self) -> float:
        """Return by how many seconds it was set; 0 where it was not."""
        ahead_s = self._ahead()
        moved_s = ahead_s - self._ahead_s
        if abs(moved_s) < SET_S:
            return 0.0
        self._ahead_s = ahead_s
        return moved_s

    @staticmethod
    def _ahead() -> float:
        return time.time() - time.monotonic()
