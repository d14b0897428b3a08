"""Memory, each in a process of its own: the peak of an analysis, and a live stream over hours."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.speed.clocks import Row, verdict
from benchmarks.speed.made import HOUR_S, recording, session, tiled
from firmware_bridge.virtual import Simulation

LIVE_TARGET_MB = 20.0
"""What the resident size may grow by between the first quarter hour and the end."""
_MARK_S = 900.0
_KB_PER_MB = 1024
_SHORT_H = 0.05
T = TypeVar("T")


def rows(simulation: Simulation, hours: float, live_hours: float) -> Iterator[Row]:
    """Yield the peak of a whole recording, and the growth of a live stream."""
    if not Path("/proc/self/status").exists():
        yield ["memory", "not measured: needs /proc", "", ""]
        return
    with TemporaryDirectory() as folder:
        short, long = (recording(simulation, h * HOUR_S, Path(folder)) for h in (_SHORT_H, hours))
        base_mb, peak_mb = _alone(_peak_mb, short), _alone(_peak_mb, long)
    per_hour = (peak_mb - base_mb) / (hours - _SHORT_H)
    text = f"{peak_mb:.0f} MB: {base_mb:.0f} and {per_hour:.0f} an hour"
    yield [f"offline, {hours:g} h: peak memory", text, "", ""]
    if live_hours > 0:
        yield _live_row(_alone(_resident_over, live_hours * HOUR_S), live_hours)


def _live_row(marks: list[float], hours: float) -> Row:
    grown = max(marks) - marks[0]
    text = f"{marks[0]:.0f} -> {marks[-1]:.0f} MB, highest {max(marks):.0f}"
    label = f"live, {hours:g} h: resident memory"
    return [label, text, f"+{LIVE_TARGET_MB:.0f} MB", verdict(grown <= LIVE_TARGET_MB)]


def _alone(work: Callable[..., T], argument: object) -> T:
    """Do work in a process of its own, so that nothing else is in its memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, argument).result()


def _peak_mb(path: Path) -> float:
    from imu_tempo import analyze

    analyze(path, "squat")
    return _status_mb("VmHWM")


def _resident_over(seconds: float) -> list[float]:
    """Return the resident size in MB at each quarter hour of a live stream that keeps nothing."""
    from imu_tempo.engine import Engine

    simulation = session()
    engine = Engine(simulation.exercise, info=simulation.info, keep=False)
    marks: list[float] = []
    for block in tiled(simulation, seconds):
        engine.push(block)
        if block.t_s[-1] >= _MARK_S * (len(marks) + 1):
            marks.append(_status_mb("VmRSS"))
    engine.finish()
    return [*marks, _status_mb("VmRSS")]


def _status_mb(what: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(what)) / _KB_PER_MB
