"""How cost grows with the length of a recording, its rate, and the number of sessions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.batch import SEASON, sessions
from benchmarks.speed.clocks import Row, best, exponent, timed, verdict
from benchmarks.speed.made import HOUR_S, recording, session
from firmware_bridge.virtual import Simulation
from firmware_bridge.virtual.season import record_season
from imu_tempo import analyze, analyze_many

RATES_HZ = (50.0, 100.0, 200.0, 400.0, 800.0)
RATE_HOURS = 0.25
LARGEST_EXPONENT = 1.1
"""Linear growth, with some room for caches that overflow."""
_REPEATS = 3


def rows(simulation: Simulation, hours: Sequence[float], counts: Sequence[int]) -> Iterator[Row]:
    """Yield a row for each kind of growth."""
    if len(hours) > 1:
        costs_s = [_cost_s(simulation, h) for h in hours]
        per_hour = [f"{c / h * 1e3:.0f}" for h, c in zip(hours, costs_s, strict=True)]
        text = f"{' '.join(per_hour)} ms an hour"
        yield _row(f"growth, {_list(hours)} h of recording", text, hours, costs_s)
        by_rate_s = [_cost_s(session(rate_hz), RATE_HOURS) for rate_hz in RATES_HZ]
        text = f"{' '.join(f'{c / RATE_HOURS * 1e3:.0f}' for c in by_rate_s)} ms an hour"
        yield _row(f"growth, {_list(RATES_HZ)} Hz", text, RATES_HZ, by_rate_s)
    if len(counts) > 1:
        yield _sessions_row(counts)


def _row(label: str, measured: str, sizes: Sequence[float], costs_s: Sequence[float]) -> Row:
    power = exponent(sizes, costs_s)
    target = f"at most size^{LARGEST_EXPONENT:g}"
    return [label, f"{measured}: size^{power:.2f}", target, verdict(power <= LARGEST_EXPONENT)]


def _cost_s(simulation: Simulation, hours: float) -> float:
    with TemporaryDirectory() as folder:
        path = recording(simulation, hours * HOUR_S, Path(folder))
        return best(lambda: analyze(path, "squat"), _REPEATS)


def _sessions_row(counts: Sequence[int]) -> Row:
    with TemporaryDirectory() as name:
        home = Path(name)
        made = list(record_season(SEASON, home / "made"))
        costs_s = []
        for count in counts:
            folder = sessions(made, home / f"{count}", count)
            out = home / f"{count}-out"
            costs_s.append(timed(lambda: analyze_many(folder, out=out, progress=False)))  # noqa: B023 - at once
    each = [f"{c / n * 1e3:.0f}" for n, c in zip(counts, costs_s, strict=True)]
    label = f"growth, {_list(counts)} sessions of a few minutes"
    return _row(label, f"{' '.join(each)} ms a session", counts, costs_s)


def _list(sizes: Sequence[float]) -> str:
    return " ".join(f"{size:g}" for size in sizes)
