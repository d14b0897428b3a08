"""Which radio to use, and the clock that goes with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import BaseBleakScanner

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Backend:
    """A radio.

    Attributes
    ----------
    scanner, client
        What bleak takes as ``backend=``; None is this computer's own Bluetooth.
    clock_ns
        Stamps packets on arrival. A virtual radio that runs faster than the wall clock brings its own, so
        that packets arrive as they would have in the gym.
    adapter
        As `scanner`: tells which devices the system is connected to. None beside a `scanner` cannot tell.
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    clock_ns: Clock = time.monotonic_ns
    adapter: type[BaseBleakAdapter] | None = None


THIS_COMPUTER = Backend()

_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def connecting() -> AsyncIterator[None]:
    """Wait for one's turn to connect: an adapter makes one connection at a time, and refuses a second."""
    async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        yield
