"""Time taken, and how it is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from unittest import mock

import numpy as np

REPEATS = 5
Row = list[str]


def timed(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this process that work takes."""
    start_s = time.process_time()
    work()
    return time.process_time() - start_s


def best(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the shortest of several times: the one least disturbed."""
    return min(timed(work) for _ in range(repeats))


@contextmanager
def stopwatch(module: str, name: str) -> Iterator[list[float] | None]:
    """Time every call of a function or method; None where there is none of that name."""
    owner: Any = import_module(module)
    *path, last = name.split(".")
    for step in path:
        owner = getattr(owner, step, None)
    plain = getattr(owner, last, None)
    if plain is None:
        yield None
        return
    laps: list[float] = []

    def watched(*args: Any, **kwargs: Any) -> Any:
        start_s = time.process_time()
        try:
            return plain(*args, **kwargs)
        finally:
            laps.append(time.process_time() - start_s)

    with mock.patch.object(owner, last, watched):
        yield laps


def exponent(sizes: Sequence[float], costs_s: Sequence[float]) -> float:
    """Return p of the power law size ** p that costs follow best: 1 where twice the size costs twice."""
    return float(np.polyfit(np.log(sizes), np.log(costs_s), 1)[0])


def limit(label: str, value_ms: float, limit_ms: float) -> Row:
    """Return a row of milliseconds that should stay below a limit."""
    return [label, f"{value_ms:.2f} ms", f"{limit_ms:g} ms", verdict(value_ms <= limit_ms)]


def verdict(good: bool) -> str:
    """Return the word for whether a target is met."""
    return "ok" if good else "NOT MET"
