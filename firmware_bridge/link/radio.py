"""Which radio to use, and the clock that goes with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

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
    """

    scanner: type[BaseBleakScanner] | None = None
    client: type[BaseBleakClient] | None = None
    clock_ns: Clock = time.monotonic_ns


THIS_COMPUTER = Backend()
