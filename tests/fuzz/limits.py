"""What one input may cost: processor time and memory, told apart from what a busy machine costs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

try:
    import resource
except ImportError:  # Windows: there only crashes count
    resource = None  # type: ignore[assignment]

PAGE_BYTES = resource.getpagesize() if resource else 0
BOMB_BYTES = 2 * 2**30
"""Address space that an input may ask for: well over any target's memory (libraries reserve more than they
use), and under what would make a small machine swap."""

_STATUS, _STATM, _CLEAR = (Path("/proc/self", name) for name in ("status", "statm", "clear_refs"))
_RESET_PEAK = "5"
_HAS_PROC = _CLEAR.exists()


class TooSlow(BaseException):
    """An input took more processor time than its target allows; no `except Exception` may swallow it."""


class TooBig(BaseException):
    """An input took more memory than its target allows."""


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Raise :class:`TooSlow` in the block after so many seconds of this process's processor time.

    Other programs on the machine do not count, nor does waiting: what waits for ever is for the caller's own
    clock (pytest's timeout, libFuzzer's). Only in the main thread.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds} s of processor time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def memory(peak_bytes: int) -> Iterator[None]:
    """Raise :class:`TooBig` after a block whose resident memory rose by more, at its peak.

    One allocation far beyond is refused by the system, and comes out of the block as a MemoryError.
    """
    if resource is None or not _HAS_PROC:
        yield
        return
    size_pages, resident_pages = map(int, _STATM.read_text().split()[:2])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size_pages * PAGE_BYTES + BOMB_BYTES, hard))
    _CLEAR.write_text(_RESET_PEAK)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    grown_bytes = _peak_bytes() - resident_pages * PAGE_BYTES
    if grown_bytes > peak_bytes:
        raise TooBig(f"{grown_bytes >> 20} MiB of memory; at most {peak_bytes >> 20} are allowed")


def _peak_bytes() -> int:
    status = _STATUS.read_text()
    return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
