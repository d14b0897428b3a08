"""The cores of this machine, as an executor that goes on when one of its processes dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from imu_tempo.errors import TempoError

P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 2
"""A process may die for what its neighbours did, as when memory runs out; twice is no accident."""


class WorkerDiedError(TempoError):
    """The process that worked on a task died, each time that it was tried."""


@dataclass(frozen=True, slots=True)
class _Call:
    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class ProcessPool(Executor):
    """Processes of this machine, each with a task of its own, so that a death has one cause.

    The pool of the standard library is broken for good once a process dies, and does not say what killed it.

    Parameters
    ----------
    workers
        How many; None takes as many as there are cores.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._closed = False
        count = workers or len(_cores())
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called in one of the processes."""
        if self._closed:
            raise RuntimeError("the pool is closed")
        future: Future[T] = Future()
        self._calls.put(_Call(future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the processes end after what they are at, or after everything that was asked of them."""
        self._closed = True
        with suppress(Empty):
            while cancel_futures:
                if (call := self._calls.get_nowait()) is not None:
                    call.future.cancel()
        for _ in self._threads:
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        """Keep one process busy."""
        if hasattr(signal, "pthread_sigmask"):  # inherited by a process from its first moment
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        process = _process()
        while (call := self._calls.get()) is not None:
            if not call.future.set_running_or_notify_cancel():
                continue
            for _ in range(_TRIES):
                try:
                    call.future.set_result(process.submit(call.function, *call.args, **call.kwargs).result())
                except BrokenProcessPool:
                    process.shutdown()
                    process = _process()
                    continue
                except BaseException as error:
                    call.future.set_exception(error)
                break
            else:
                call.future.set_exception(
                    WorkerDiedError("the process that analysed it died twice, as when memory runs out")
                )
        process.shutdown()


def _cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _process() -> ProcessPoolExecutor:
    """Make a process that is started anew: a fork would copy locks that our threads may hold."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    from multiprocessing.connection import wait

    wait([sentinel])
    os._exit(1)
