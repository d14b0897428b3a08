"""Print how fast the analysis is: ``python -m benchmarks.speed``.

- Offline: an hour of six axes at 200 Hz (a simulated session of sets and rests, over and over) and one set,
  stage by stage.
- Live: the work of each packet, and of solving when a rep ends.
- Start-up: ``imu-tempo --help``.
- Memory: resident size over two hours of live stream.

Work is the process's own CPU time on one core, so that other programs do not count; start-up is by the clock.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.tables import markdown_table, text_table
from firmware_bridge.samples import SampleBlock
from firmware_bridge.virtual import Rest, Session, SetPlan, Simulation, simulate, surround
from imu_tempo import analyze
from imu_tempo.engine import Engine
from imu_tempo.formats import Source, load

RATE_HZ = 200.0
HOUR_S = 3600.0
SETS = 3
REST_S = 60.0
REPEATS = 5
OFFLINE_TARGET = 5000.0
PACKET_TARGET_MS, PACKET_P99_TARGET_MS, SOLVE_TARGET_MS = 1.0, 5.0, 50.0
HELP_TARGET_S = 0.5
MEMORY_TARGET_MB = 20.0
"""What the resident size may grow by between the first quarter hour and the end."""
_MARK_S = 900.0
_KB_PER_MB = 1024

STAGES = {
    "orientation, vertical acceleration": ("imu_tempo.offline", "channels_of_recording"),
    "frames": ("imu_tempo.offline", "FrameBuilder.push"),
    "cutting into stretches": ("imu_tempo.offline", "cut"),
    "solving": ("imu_tempo.offline", "solve"),
    "tables: samples": ("imu_tempo.offline", "samples_of"),
    "tables: the rest": ("imu_tempo.offline", "assemble"),
}
"""What is timed inside the offline pass; a name that is gone is shown as not measured."""

Row = list[str]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    options = _options(argv)
    _stay_on_one_core()
    session = _session()
    rows = [*_offline_rows(session, options.hours), *_live_rows(session), *_start_up_rows()]
    if options.live_hours > 0:
        rows += _memory_rows(options.live_hours)
    heads = ["", "measured", "target", "verdict"]
    print((markdown_table if options.markdown else text_table)(heads, rows))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--hours", type=float, default=1.0, help="length of the offline recording (1)")
    parser.add_argument(
        "--live-hours", type=float, default=2.0, help="live stream for the memory; 0 skips it (2)"
    )
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    return parser.parse_args(argv)


def _stay_on_one_core() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


# -- data


def _session() -> Simulation:
    """Return some minutes of squat sets with rests between them, as they are trained."""
    a_set = surround("squat", SetPlan(reps=6, tempo="3-1-X-1"))
    parts = [part for _ in range(SETS) for part in (*a_set, Rest(REST_S))]
    return simulate(Session(exercise="squat", parts=parts), seed=1)


def _one_set() -> Simulation:
    """Return a minute holding one set."""
    return simulate(
        Session(exercise="squat", parts=surround("squat", SetPlan(reps=7, tempo="3-1-X-1"))), seed=2
    )


def _tiled(simulation: Simulation, seconds: float) -> Iterator[SampleBlock]:
    """Yield the session's packets over and over, on one clock, for so long."""
    blocks = simulation.blocks()
    length_s = simulation.taken / RATE_HZ
    for tile in range(round(np.ceil(seconds / length_s))):
        for block in blocks:
            t_s = block.t_s + tile * length_s
            if t_s[0] >= seconds:
                return
            yield SampleBlock(t_s, block.acc_mps2, block.gyr_radps, block.lost_before)


def _recording(simulation: Simulation, seconds: float, folder: Path) -> Path:
    """Write the tiled session as a canonical Parquet table."""
    import pandas as pd

    blocks = list(_tiled(simulation, seconds))
    values = np.column_stack(
        [
            np.concatenate([b.t_s for b in blocks]),
            np.concatenate([b.acc_mps2 for b in blocks]),
            np.concatenate([b.gyr_radps for b in blocks if b.gyr_radps is not None]),
        ]
    )
    names = ["t_s", *(f"acc_{a}_mps2" for a in "xyz"), *(f"gyr_{a}_radps" for a in "xyz")]
    path = folder / "session.parquet"
    pd.DataFrame(values, columns=names).to_parquet(path)
    return path


# -- offline


def _offline_rows(session: Simulation, hours: float) -> Iterator[Row]:
    seconds = hours * HOUR_S
    with TemporaryDirectory() as folder:
        path = _recording(session, seconds, Path(folder))
        read_s = _best(lambda: load(path))
        source = load(path)
        analyze(source, "squat")
        whole_s = _best(lambda: analyze(path, "squat"))
        label = f"offline, {hours:g} h"
        yield _speed(f"{label}, reading included", seconds, whole_s)
        yield _speed(f"{label}, from memory", seconds, _best(lambda: analyze(source, "squat")))
        yield [f"{label}: reading (Parquet)", f"{read_s * 1e3:.0f} ms", "", ""]
        yield from _stage_rows(source, label)
    one = _one_set()
    source = Source("set", one.info, one.blocks())
    yield _speed(
        f"offline, one set of {source.duration_s:.0f} s",
        source.duration_s,
        _best(lambda: analyze(source, "squat")),
    )


def _speed(label: str, data_s: float, took_s: float) -> Row:
    times = data_s / took_s
    verdict = "ok" if times >= OFFLINE_TARGET else "NOT MET"
    return [label, f"{times:,.0f} x real time ({took_s * 1e3:.0f} ms)", f"{OFFLINE_TARGET:,.0f} x", verdict]


def _best(work: Callable[[], object]) -> float:
    """Return the shortest of several times: the one least disturbed."""
    return min(_timed(work) for _ in range(REPEATS))


def _timed(work: Callable[[], object]) -> float:
    start_s = time.process_time()
    work()
    return time.process_time() - start_s


def _stage_rows(source: Source, label: str) -> Iterator[Row]:
    with ExitStack() as stack:
        spent = {name: stack.enter_context(_stopwatch(*place)) for name, place in STAGES.items()}
        whole_s = _timed(lambda: analyze(source, "squat"))
    known_s = 0.0
    for name, laps in spent.items():
        known_s += sum(laps or [])
        yield [f"{label}: {name}", "not measured" if laps is None else f"{sum(laps) * 1e3:.0f} ms", "", ""]
    yield [f"{label}: what is left", f"{(whole_s - known_s) * 1e3:.0f} ms", "", ""]


@contextmanager
def _stopwatch(module: str, name: str) -> Iterator[list[float] | None]:
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


# -- live


def _live_rows(session: Simulation) -> Iterator[Row]:
    with (
        _stopwatch("imu_tempo.engine", "solve") as solves,
        _stopwatch("imu_tempo.engine", "solve_samples") as closes,
    ):
        packets = _packet_times_s(session)
    ms = np.sort(packets) * 1e3
    p50, p99 = np.percentile(ms, [50, 99])
    yield _limit("live, a packet: mean", ms.mean(), PACKET_TARGET_MS)
    yield ["live, a packet: median", f"{p50:.2f} ms", "", ""]
    yield _limit("live, a packet: p99", p99, PACKET_P99_TARGET_MS)
    yield ["live, a packet: longest", f"{ms[-1]:.1f} ms", "", ""]
    if solves:
        yield _limit("live, solving at a rep's end: mean", 1e3 * float(np.mean(solves)), SOLVE_TARGET_MS)
        yield _limit("live, solving at a rep's end: longest", 1e3 * max(solves), SOLVE_TARGET_MS)
    if closes:
        yield ["live, the pass at a set's end: longest", f"{1e3 * max(closes):.0f} ms", "", ""]


def _packet_times_s(session: Simulation) -> list[float]:
    engine = Engine(session.exercise, info=session.info)
    times = [_timed(lambda block=block: engine.push(block)) for block in session.blocks()]  # type: ignore[misc]
    return [*times, _timed(engine.finish)]


def _limit(label: str, value_ms: float, limit_ms: float) -> Row:
    return [label, f"{value_ms:.2f} ms", f"{limit_ms:g} ms", "ok" if value_ms <= limit_ms else "NOT MET"]


# -- start-up and memory


def _start_up_rows() -> Iterator[Row]:
    command = [sys.executable, "-m", "imu_tempo", "--help"]
    times = []
    for _ in range(REPEATS):
        start_s = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start_s)
    took_s = min(times)
    verdict = "ok" if took_s < HELP_TARGET_S else "NOT MET"
    yield ["imu-tempo --help", f"{took_s:.2f} s", f"{HELP_TARGET_S} s", verdict]


def _memory_rows(hours: float) -> Iterator[Row]:
    """Stream for hours in a process of its own, so that nothing else is in its memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        marks = pool.submit(_resident_over, hours * HOUR_S).result()
    if not marks:
        yield [f"live, {hours:g} h: memory", "not measured: needs /proc", "", ""]
        return
    grown = max(marks) - marks[0]
    text = f"{marks[0]:.0f} -> {marks[-1]:.0f} MB, highest {max(marks):.0f}"
    verdict = "ok" if grown <= MEMORY_TARGET_MB else "NOT MET"
    yield [f"live, {hours:g} h: resident memory", text, f"+{MEMORY_TARGET_MB:.0f} MB", verdict]


def _resident_over(seconds: float) -> list[float]:
    """Return the resident size in MB at each quarter hour of a live stream that keeps nothing."""
    session = _session()
    engine = Engine(session.exercise, info=session.info, keep=False)
    marks: list[float] = []
    for block in _tiled(session, seconds):
        engine.push(block)
        if block.t_s[-1] >= _MARK_S * (len(marks) + 1):
            marks.append(_resident_mb())
    engine.finish()
    return [*marks, _resident_mb()] if Path("/proc/self/status").exists() else []


def _resident_mb() -> float:
    """Return this process's resident size; NaN where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    return next(float(line.split()[1]) for line in lines if line.startswith("VmRSS")) / _KB_PER_MB


if __name__ == "__main__":
    main()
