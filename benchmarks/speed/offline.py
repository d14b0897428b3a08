"""Whole recordings: times real time, stage by stage, and against reading the file alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.clocks import Row, best, stopwatch, timed, verdict
from benchmarks.speed.made import HOUR_S, one_set, recording
from firmware_bridge.virtual import Simulation
from imu_tempo import analyze
from imu_tempo.formats import Source, load

TARGET = 5000.0
STAGES = {
    "orientation": ("imu_tempo.offline", "up_of_samples"),
    "vertical acceleration": ("imu_tempo.offline", "channels"),
    "frames": ("imu_tempo.offline", "FrameBuilder.push"),
    "cutting into stretches": ("imu_tempo.offline", "cut"),
    "solving: motion": ("imu_tempo.solve", "solve_motion"),
    "solving: verdicts": ("imu_tempo.solve", "judge"),
    "solving: numbers": ("imu_tempo.solve", "_rows"),
    "tables: samples": ("imu_tempo.offline", "samples_of"),
    "tables: the rest": ("imu_tempo.offline", "assemble"),
}
"""What is timed inside the offline pass, no two overlapping; a name that is gone is shown as not measured."""


def rows(session: Simulation, hours: float) -> Iterator[Row]:
    """Yield an hour, its stages, and one set."""
    seconds = hours * HOUR_S
    label = f"offline, {hours:g} h"
    with TemporaryDirectory() as folder:
        path = recording(session, seconds, Path(folder))
        read_s = best(lambda: load(path))
        source = load(path)
        analyze(source, "squat")
        whole_s = best(lambda: analyze(path, "squat"))
        yield _speed(f"{label}, reading included", seconds, whole_s)
        yield _speed(f"{label}, from memory", seconds, best(lambda: analyze(source, "squat")))
        yield [f"{label}: reading (Parquet)", f"{read_s * 1e3:.0f} ms", "", ""]
        yield from _stage_rows(source, label)
    yield [f"{label}: all of it against reading alone", f"{whole_s / read_s:.1f} x", "", ""]
    one = one_set()
    source = Source("set", one.info, one.blocks())
    yield _speed(
        f"offline, one set of {source.duration_s:.0f} s",
        source.duration_s,
        best(lambda: analyze(source, "squat")),
    )


def _speed(label: str, data_s: float, took_s: float) -> Row:
    times = data_s / took_s
    measured = f"{times:,.0f} x real time ({took_s * 1e3:.0f} ms)"
    return [label, measured, f"{TARGET:,.0f} x", verdict(times >= TARGET)]


def _stage_rows(source: Source, label: str) -> Iterator[Row]:
    with ExitStack() as stack:
        spent = {name: stack.enter_context(stopwatch(*place)) for name, place in STAGES.items()}
        whole_s = timed(lambda: analyze(source, "squat"))
    known_s = 0.0
    for name, laps in spent.items():
        known_s += sum(laps or [])
        yield [f"{label}: {name}", "not measured" if laps is None else f"{sum(laps) * 1e3:.0f} ms", "", ""]
    yield [f"{label}: what is left", f"{(whole_s - known_s) * 1e3:.0f} ms", "", ""]
