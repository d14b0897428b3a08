"""Print how fast many sessions are analysed: ``python -m benchmarks.batch``.

- Sessions a second: in this process, on a pool of processes, on a local Dask cluster; and when nothing has
  changed.
- Peak memory against the number of sessions, each in a process of its own: it must stay flat.

The sessions are some simulated days, over and over under other dates: simulating a thousand takes longer than
analysing them. Times are by the clock, so other programs count.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.tables import markdown_table, text_table
from firmware_bridge.virtual.season import SeasonPlan, record_season
from imu_tempo import analyze_many
from imu_tempo.batch import BatchResult, ProcessPool

SEASON = SeasonPlan(athletes=4, weeks=1, days_a_week=2, sets=3, reps=5)
MEMORY_TARGET_MB = 20.0
"""What the peak may grow by from the fewest sessions to the most."""
_KB_PER_MB = 1024

Row = list[str]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    options = _options(argv)
    with TemporaryDirectory() as name:
        home = Path(name)
        made = list(record_season(SEASON, home / "made"))
        rows = [*_speed_rows(made, home, options.sessions, options.workers)]
        rows += _memory_rows(made, home, options.memory)
    heads = ["", "measured", "target", "verdict"]
    print((markdown_table if options.markdown else text_table)(heads, rows))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("--sessions", type=int, default=100, help="sessions for the speed (100)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (one a core)")
    parser.add_argument(
        "--memory", type=int, nargs="+", default=[50, 200, 800], help="sessions for the memory (50 200 800)"
    )
    parser.add_argument("--markdown", action="store_true", help="print a Markdown table")
    return parser.parse_args(argv)


def sessions(made: Sequence[Path], folder: Path, count: int) -> Path:
    """Lay out as many recordings as wanted; all but their manifests are shared on the disk."""
    for number in range(count):
        source = made[number % len(made)]
        target = folder / f"{number:06d}.tempo"
        target.mkdir(parents=True)
        for file in source.iterdir():
            if file.name == "manifest.json":
                told = json.loads(file.read_bytes())
                started = datetime.fromisoformat(told["started"]) + timedelta(days=number)
                told["started"] = started.isoformat(timespec="milliseconds")
                (target / file.name).write_text(json.dumps(told))
            elif not file.name.startswith("truth"):
                (target / file.name).hardlink_to(file)
    return folder


# -- speed


def _speed_rows(made: Sequence[Path], home: Path, count: int, workers: int) -> Iterator[Row]:
    folder = sessions(made, home / "many", count)
    here_s, done = _timed(lambda: analyze_many(folder, out=home / "here", progress=False))
    minutes = float(done.sessions.duration_s.mean()) / 60.0
    label = f"{count} sessions of {minutes:.1f} min, {len(done.reps)} reps"
    yield _rate(f"{label}: in this process", count, here_s)
    again_s, _ = _timed(lambda: analyze_many(folder, out=home / "here", progress=False))
    yield _rate("the same again, nothing changed", count, again_s)
    for name, executor in ((f"{workers} processes", _pool), (f"Dask, {workers} workers", _cluster)):
        with executor(workers) as started:
            if started is None:
                yield [name, "not measured: needs dask[distributed]", "", ""]
                continue
            list(started.map(_warm, range(2 * workers)))
            took_s, _ = _timed(
                lambda: analyze_many(folder, started, out=home / name, progress=False)  # noqa: B023 - called at once
            )
        yield _rate(name, count, took_s, here_s)
        same = _parts(home / name) == _parts(home / "here")
        yield [
            f"{name}: the same as in this process",
            "to the bit" if same else "NO",
            "to the bit",
            _verdict(same),
        ]


def _timed(work: Callable[[], BatchResult]) -> tuple[float, BatchResult]:
    start_s = time.perf_counter()
    result = work()
    return time.perf_counter() - start_s, result


def _rate(label: str, count: int, took_s: float, here_s: float | None = None) -> Row:
    times = f", {here_s / took_s:.1f} x" if here_s else ""
    return [label, f"{count / took_s:.1f} sessions/s ({took_s:.1f} s{times})", "", ""]


def _verdict(ok: bool) -> str:
    return "ok" if ok else "NOT MET"


def _warm(number: int) -> int:
    """Import what the analysis needs, so that start-up does not count; one a process, or about so."""
    import imu_tempo.batch.work
    import imu_tempo.offline  # noqa: F401

    time.sleep(0.1)
    return number


def _parts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


@contextmanager
def _pool(workers: int) -> Iterator[Executor | None]:
    with ProcessPool(workers) as pool:
        yield pool


@contextmanager
def _cluster(workers: int) -> Iterator[Executor | None]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        yield None
        return
    quiet = {"host": "127.0.0.1", "dashboard_address": None, "threads_per_worker": 1, "silence_logs": 50}
    with LocalCluster(n_workers=workers, **quiet) as cluster, Client(cluster) as client:
        yield client.get_executor()


# -- memory


def _memory_rows(made: Sequence[Path], home: Path, counts: Sequence[int]) -> Iterator[Row]:
    peaks: list[float] = []
    for count in counts:
        folder = sessions(made, home / f"memory-{count}", count)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            peak = process.submit(_peak_mb, folder, home / f"memory-{count}-out").result()
        if peak is None:
            yield ["memory", "not measured: needs /proc", "", ""]
            return
        peaks.append(peak)
        grown = peak - peaks[0]
        target = f"+{MEMORY_TARGET_MB:.0f} MB" if len(peaks) > 1 else ""
        verdict = _verdict(grown <= MEMORY_TARGET_MB) if len(peaks) > 1 else ""
        yield [f"peak memory, {count} sessions", f"{peak:.0f} MB ({grown:+.1f})", target, verdict]


def _peak_mb(folder: Path, out: Path) -> float | None:
    """Return this process's largest resident size over a run, in MB."""
    analyze_many(folder, out=out, progress=False)
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / _KB_PER_MB


if __name__ == "__main__":
    main()
