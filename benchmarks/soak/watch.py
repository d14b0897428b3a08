"""What must not grow: memory, open files, threads, tasks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WATCH_S = 30.0
SETTLED = (0.2, 0.5)
"""What is held at the end is compared with the most that was held in this part of the session: until it
begins, buffers and caches fill."""
LAST = 0.8
LOOKS = 240
"""In less than two hours everything is still filling."""

_PAGE_BYTES = 4096
_MB = 1e6


@dataclass
class Held:
    """What the process held, twice a minute of the session.

    Attributes
    ----------
    memory_mb, files, threads, tasks
        Resident memory, open files, threads, and tasks of the loop. The first two are empty where the system
        does not tell.
    """

    memory_mb: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)

    def note(self) -> None:
        """Look now."""
        if Path("/proc/self/statm").exists():
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.memory_mb.append(pages * _PAGE_BYTES / _MB)
            self.files.append(len(list(Path("/proc/self/fd").iterdir())))
        self.threads.append(threading.active_count())
        self.tasks.append(len(asyncio.all_tasks()))


def growth(values: Sequence[float], of: Callable[[Sequence[float]], float] = max) -> float:
    """Return by how much more is held at the end than once it had settled; 0 after too few looks.

    ``of`` is what stands for a stretch of looks: the most of them, or their median where they go up and down.
    """
    if len(values) < LOOKS:
        return 0.0
    begin, end, last = (int(share * len(values)) for share in (*SETTLED, LAST))
    return of(values[last:]) - of(values[begin:end])


async def watch(seconds: float, held: Held, progress: Callable[[float], None]) -> None:
    """Look twice a minute of the session, for ever."""
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    while True:
        await asyncio.sleep(WATCH_S)
        held.note()
        progress((loop.time() - begun_s) / seconds)
