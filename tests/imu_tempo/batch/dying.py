"""Work that kills whoever does it, told by the path of what it is given; importable by other processes."""

from __future__ import annotations

import os
import signal

from imu_tempo.batch.work import Outcome, Task, work

FATAL = "fatal.tempo"


def fatal(task: Task) -> Outcome:
    """Analyse, but for a recording that nobody survives."""
    if task.path.name == FATAL:
        die()
    return work(task)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def process_id() -> int:
    return os.getpid()


def fails() -> None:
    raise ValueError("as asked")
