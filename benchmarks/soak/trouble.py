"""What goes wrong: the radio, the disk, and the wall clock."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

from benchmarks.soak.takes import HELD_UP_S
from benchmarks.virtual_time import NS_PER_S
from firmware_bridge.virtual.rig import VirtualRig

ERROR_RATIO = 0.02
CALM_S = (5.0, 80.0)
STALL_S = (0.2, 1.4)
"""A sensor's queue holds 0.64 s, the watchdog waits for 1 s: some stalls cost nothing, some samples, some
the link."""
ABSENT_S = (0.0, 10.0)
DROP_RATIO, REBOOT_RATIO = 0.2, 0.03
"""Of the troubles, so many are lost links, and sensors that start again; the others are stalls."""
LONG_RATIO, LONG_ABSENT_S = 0.05, (65.0, 120.0)
"""Of the lost links, so many are for longer than a link looks for its sensor: the recording ends, the next
one begins when the bar is back."""

SLOW_SYNC_S = (0.0, 1.0)
SLOW_WRITE_S = 0.2
SLOW_WRITE_RATIO = 0.002

FULL_AT = (0.25, 0.55, 0.85)
FULL_S = (20.0, 120.0)
"""Parts of the session after which the disk is full, and for how long: sets go by meanwhile."""
SETTLE_S = 60.0
"""A recording that has just ended is sealed by then."""

CLOCK_SETS = ((0.3, -3600.0), (0.5, 86_400.0), (0.6, -86_400.0), (0.75, 30 * 365.25 * 86_400.0))
"""Parts of the session after which the wall clock is set, and by how much: the last is a computer without a
battery for its clock that has at last heard from the network."""
WALL_EPOCH_S = 1_772_388_000.0
"""The wall clock at the session's beginning: 2026-03-01T18:00 UTC, so that eight hours go past midnight."""


@dataclass(slots=True)
class Troubles:
    """How often what went wrong.

    Attributes
    ----------
    stalls, drops, reboots, slow_disk, full_disk, clock_sets
        Times.
    disk_is_full
        Right now.
    no_room_to_end
        Held while no recording may end: what still waits for room when it does is lost, as it must be.
    """

    stalls: int = 0
    drops: int = 0
    reboots: int = 0
    slow_disk: int = 0
    full_disk: int = 0
    clock_sets: int = 0
    disk_is_full: bool = False
    no_room_to_end: asyncio.Lock = field(default_factory=asyncio.Lock)


async def disturb(rigs: Sequence[VirtualRig], chance: random.Random, seen: Troubles) -> None:
    """Disturb the radio, for ever: all of it, or the link of one bar."""
    while True:
        await asyncio.sleep(chance.uniform(*CALM_S))
        bar = chance.choice(rigs)
        if (kind := chance.random()) < REBOOT_RATIO:
            bar.sensor.reboot()
            seen.reboots += 1
        elif kind < REBOOT_RATIO + DROP_RATIO:
            away = LONG_ABSENT_S if chance.random() < LONG_RATIO else ABSENT_S
            absent_s = chance.uniform(*away)
            seen.drops += 1
            async with seen.no_room_to_end:
                bar.air.drop(absent_s, address=chance.choice([bar.address, None]))
                await asyncio.sleep(absent_s + (SETTLE_S if absent_s > ABSENT_S[1] else 0.0))
        else:
            bar.air.stall(chance.uniform(*STALL_S))
            seen.stalls += 1


async def fill_the_disk(seconds: float, chance: random.Random, seen: Troubles) -> None:
    """Fill the disk a few times in a session, and free it again."""
    begun_s = asyncio.get_running_loop().time()
    for share in FULL_AT:
        await _until(begun_s + share * seconds)
        async with seen.no_room_to_end:
            seen.disk_is_full = True
            seen.full_disk += 1
            await asyncio.sleep(chance.uniform(*FULL_S) * min(1.0, seconds / 3600.0))
            seen.disk_is_full = False
            await asyncio.sleep(FULL_S[0])


class VirtualWall(SimpleNamespace):
    """What stands for the module ``time`` where the wall clock is read."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.set_by_s = 0.0
        super().__init__(
            time=lambda: WALL_EPOCH_S + loop.time() + self.set_by_s,
            monotonic=loop.time,
            monotonic_ns=lambda: round(loop.time() * NS_PER_S),
        )

    async def be_set(self, seconds: float, seen: Troubles) -> None:
        """Be set forward and back a few times in a session."""
        begun_s = asyncio.get_running_loop().time()
        for share, by_s in CLOCK_SETS:
            await _until(begun_s + share * seconds)
            self.set_by_s += by_s
            seen.clock_sets += 1


async def _until(time_s: float) -> None:
    await asyncio.sleep(max(0.0, time_s - asyncio.get_running_loop().time()))


@contextmanager
def slow_disk(chance: random.Random, seen: Troubles) -> Iterator[None]:
    """Make the disk slow for threads, and full at times; nothing but a thread may wait for it."""
    stopped, loop_thread = threading.Event(), threading.get_ident()

    def slow(work: Callable[..., Any], how_long_s: Callable[[], float]) -> Callable[..., Any]:
        def work_slowly(*args: Any) -> Any:
            if threading.get_ident() != loop_thread and (seconds := how_long_s()):
                seen.slow_disk += seconds > HELD_UP_S
                stopped.wait(seconds)
            return work(*args)

        return work_slowly

    def hiccup_s() -> float:
        if seen.disk_is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return SLOW_WRITE_S if chance.random() < SLOW_WRITE_RATIO else 0.0

    with (
        mock.patch("os.fsync", slow(os.fsync, lambda: chance.uniform(*SLOW_SYNC_S))),
        mock.patch("os.write", slow(os.write, hiccup_s)),
    ):
        try:
            yield
        finally:
            stopped.set()
