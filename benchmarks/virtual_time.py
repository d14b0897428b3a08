"""An event loop whose time passes in its timers alone: hours of radio in minutes, second for second.

Threads run on the wall clock. While one is at work for the loop, time passes ``THREAD_PACE`` times as fast as
on the wall; else a virtual day would go by while a recording is being sealed.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest import mock

T = TypeVar("T")

NS_PER_S = 1e9
ROUND_S = 1e-6
"""What a round of the loop takes: without it a timer that is due a rounding error from now would be set again
for the same time, for ever."""

THREAD_PACE = 20.0
"""Virtual seconds a second while a thread is at work: about as fast as the rest of the soak goes."""

HELD_UP_S = 0.1
"""What a user would feel."""

CLOCKED_MODULES = (
    "firmware_bridge.link.connection",
    "firmware_bridge.link.stream",
    "firmware_bridge.virtual.air",
)
"""What reads the monotonic clock beside the loop: the link's watchdog, and the virtual air."""


@dataclass(slots=True)
class Rounds:
    """How long the loop was away from its sockets and timers.

    Attributes
    ----------
    longest_s, longest_cpu_s
        The longest round of callbacks: by the wall clock, and by what this thread had of the processor.
    held_up
        Rounds that took longer than ``HELD_UP_S`` of processor time.
    """

    longest_s: float = 0.0
    longest_cpu_s: float = 0.0
    held_up: int = 0

    def note(self, wall_s: float, cpu_s: float) -> None:
        """Take in a round."""
        self.longest_s = max(self.longest_s, wall_s)
        self.longest_cpu_s = max(self.longest_cpu_s, cpu_s)
        self.held_up += cpu_s > HELD_UP_S


class _Skipping(selectors.DefaultSelector):
    """A selector that does not wait: where nothing is to be read, time jumps to the next timer."""

    now_s = 0.0
    at_work = 0  # threads that the loop waits for

    def __init__(self) -> None:
        super().__init__()
        self.rounds = Rounds()
        self._left: tuple[float, float] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._left is not None:
            self.rounds.note(time.perf_counter() - self._left[0], time.thread_time() - self._left[1])
        events = self._select(timeout)
        self._left = time.perf_counter(), time.thread_time()
        return events

    def _select(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.at_work and (timeout is None or timeout > 0):
            begun_s = time.perf_counter()
            events = super().select(None if timeout is None else timeout / THREAD_PACE)
            passed_s = max(ROUND_S, (time.perf_counter() - begun_s) * THREAD_PACE)
            self.now_s += passed_s if timeout is None else min(passed_s, max(timeout, ROUND_S))
            return events
        events = super().select(None if timeout is None else 0)
        self.now_s += ROUND_S if events or not timeout else max(timeout, ROUND_S)
        return events


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop on virtual time, from 0."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return virtual seconds."""
        return self._skipping.now_s

    @property
    def rounds(self) -> Rounds:
        """How long it was held up."""
        return self._skipping.rounds

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Let a thread work; time slows down meanwhile."""
        future = super().run_in_executor(executor, func, *args)
        self._skipping.at_work += 1
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: asyncio.Future[Any]) -> None:
        self._skipping.at_work -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads, on the wall clock."""
        self._skipping.at_work += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._skipping.at_work -= 1


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
