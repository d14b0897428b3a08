"""An event loop whose time passes in its timers alone: hours of radio in minutes, second for second."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import mock

T = TypeVar("T")

NS_PER_S = 1e9
ROUND_S = 1e-6
"""What a round of the loop takes: without it a timer that is due a rounding error from now would be set again
for the same time, for ever."""

CLOCKED_MODULES = (
    "firmware_bridge.link.connection",
    "firmware_bridge.link.stream",
    "firmware_bridge.virtual.air",
)
"""What reads the monotonic clock beside the loop: the link's watchdog, and the virtual air."""


class _Skipping(selectors.DefaultSelector):
    """A selector that does not wait: where nothing is to be read, time jumps to the next timer."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(None if timeout is None else 0)
        self.now_s += ROUND_S if events or not timeout else max(timeout, ROUND_S)
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time, from 0. Threads run on the wall clock, and would find it racing ahead."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return virtual seconds."""
        return self._skipping.now_s


@contextmanager
def _clocks_of(loop: VirtualTimeLoop) -> Iterator[None]:
    clock = SimpleNamespace(monotonic=loop.time, monotonic_ns=lambda: round(loop.time() * NS_PER_S))
    patches = [mock.patch(f"{module}.time", clock) for module in CLOCKED_MODULES]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine as ``asyncio.run`` does, on virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualTimeLoop)
        with _clocks_of(loop):
            return runner.run(main)
