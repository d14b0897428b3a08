"""Start-up: the program's help, the package, and one set analysed from a standing start."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.clocks import REPEATS, Row, verdict
from benchmarks.speed.made import one_set, recording

HELP_TARGET_S = 0.5


def rows() -> Iterator[Row]:
    """Yield the three starts."""
    program = [sys.executable, "-m", "imu_tempo"]
    help_s = _shortest([*program, "--help"])
    yield ["imu-tempo --help", f"{help_s:.2f} s", f"{HELP_TARGET_S} s", verdict(help_s < HELP_TARGET_S)]
    yield ["import imu_tempo", f"{_shortest([sys.executable, '-c', 'import imu_tempo']):.2f} s", "", ""]
    bare_s = _shortest([sys.executable, "-c", "pass"])
    yield ["Python alone", f"{bare_s:.2f} s", "", ""]
    one = one_set()
    with TemporaryDirectory() as folder:
        path = recording(one, one.blocks()[-1].t_s[-1], Path(folder))
        took_s = _shortest([*program, "analyze", str(path), "--exercise", "squat"])
    yield ["imu-tempo analyze, one set", f"{took_s:.2f} s", "", ""]


def _shortest(command: Sequence[str]) -> float:
    times = []
    for _ in range(REPEATS):
        before_s = _children_s()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(_children_s() - before_s)
    return min(times)


def _children_s() -> float:
    """Return the CPU seconds of all programs started so far and ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
