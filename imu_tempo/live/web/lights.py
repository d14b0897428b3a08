"""The three lights of a bar: its link, its battery, the quality of its signal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from firmware_bridge.errors import BridgeError
from firmware_bridge.link import Link
from firmware_bridge.stream import StreamStats
from imu_tempo.live.web.hub import Json, now_ms

BATTERY_S = 60.0
SIGNAL_S = 1.0
WARN_LOST_PCT = 0.5
BAD_LOST_PCT = 3.0
"""Samples lost in the last stretch that make the light yellow, and red: reps lose a few mm/s at the one, and
phases go missing at the other."""


class Put(Protocol):
    """Tells the page parts of a bar."""

    def __call__(self, **parts: Json) -> None:
        """Replace these parts."""


class Lights:
    """What the lights of one bar show.

    Parameters
    ----------
    put
        Tells the page.
    remarks
        Returns what was last remarked on the signal.

    Attributes
    ----------
    link_state
        What the link's light said last; None before it said anything.
    """

    def __init__(self, put: Put, remarks: Callable[[], dict[str, Json]]) -> None:
        self.link_state: str | None = None
        self._put = put
        self._remarks = remarks
        self._counted = (0, 0)
        self._level = "none"

    def link(self, state: str, words: str, **sensor: Json) -> None:
        """Show how the link is, in one word for the light and a sentence for people, and to which sensor."""
        self.link_state = state
        if state != "streaming":
            self._level = "none"
        self._put(link={"state": state, "words": words, **sensor, "since_ms": now_ms()})
        self.signal()

    def signal(self) -> None:
        """Show how the signal is, with what was remarked on it."""
        self._put(signal={"level": self._level, **self._remarks()})

    async def watch_battery(self, link: Link) -> None:
        """Show the battery, until cancelled."""
        while True:
            with suppress(BridgeError):
                pct = await link.battery_pct()
                self._put(battery=None if pct is None else {"pct": pct})
            await asyncio.sleep(BATTERY_S)

    async def watch_signal(self, stats_now: Callable[[], StreamStats | None]) -> None:
        """Show the signal by what was lost of late, until cancelled."""
        while True:
            await asyncio.sleep(SIGNAL_S)
            if (stats := stats_now()) is not None:
                self._weigh(stats.received, stats.lost + stats.missed)

    def _weigh(self, had: int, lost: int) -> None:
        new_had, new_lost = had - self._counted[0], lost - self._counted[1]
        self._counted = (had, lost)
        if new_had < 0 or new_lost < 0:  # another recording has begun
            return
        pct = 100.0 * new_lost / max(1, new_had + new_lost)
        level = "bad" if pct > BAD_LOST_PCT else "warn" if pct > WARN_LOST_PCT else "ok"
        if level != self._level:
            self._level = level
            self.signal()
