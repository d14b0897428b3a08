"""The live engine: what a packet costs, how soon a rep is told, and what long sets do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from benchmarks.speed.clocks import Row, limit, stopwatch, timed, verdict
from benchmarks.speed.made import one_set
from firmware_bridge.virtual import Session, SetPlan, Simulation, simulate, surround
from imu_tempo.engine import Engine
from imu_tempo.events import Event, RepEvent

PACKET_TARGET_MS, PACKET_P99_TARGET_MS, SOLVE_TARGET_MS = 1.0, 5.0, 50.0
PLANS = {
    "squat": ("3-1-X-1", "4-0-1-0"),
    "bench_press": ("4-1-X-0", "2-0-X-1"),
    "deadlift": ("1-2-X-1", "3-1-X-1"),
    "biceps_curl": ("3-0-1-1", "2-0-1-0"),
}
REPS = 8
"""Sets whose reps are waited for: eight reps each."""


def rows(session: Simulation, set_reps: Sequence[int]) -> Iterator[Row]:
    """Yield what packets, reps and long sets cost."""
    yield from _packet_rows(session)
    yield _rep_row([ms for _, ms in _told()])
    if set_reps:
        yield _long_row(set_reps)


def _packet_rows(session: Simulation) -> Iterator[Row]:
    with (
        stopwatch("imu_tempo.engine", "solve") as solves,
        stopwatch("imu_tempo.engine", "solve_samples") as closes,
    ):
        ms = np.sort([ms for _, ms in _pushes(session)])
    p50, p99 = np.percentile(ms, [50, 99])
    yield limit("live, a packet: mean", ms.mean(), PACKET_TARGET_MS)
    yield ["live, a packet: median", f"{p50:.2f} ms", "", ""]
    yield limit("live, a packet: p99", p99, PACKET_P99_TARGET_MS)
    yield ["live, a packet: longest", f"{ms[-1]:.1f} ms", "", ""]
    if solves:
        yield limit("live, solving at a rep's end: mean", 1e3 * float(np.mean(solves)), SOLVE_TARGET_MS)
        yield limit("live, solving at a rep's end: longest", 1e3 * max(solves), SOLVE_TARGET_MS)
    if closes:
        yield ["live, the pass at a set's end: longest", f"{1e3 * max(closes):.0f} ms", "", ""]


def _pushes(session: Simulation) -> Iterator[tuple[list[Event], float]]:
    """Yield what each packet made known, and the milliseconds it took; the end of the stream last."""
    engine = Engine(session.exercise, info=session.info)
    for block in session.blocks():
        yield _push(lambda block=block: engine.push(block))  # type: ignore[misc]
    yield _push(engine.finish)


def _push(work: Callable[[], list[Event]]) -> tuple[list[Event], float]:
    events: list[Event] = []
    took_s = timed(lambda: events.extend(work()))
    return events, 1e3 * took_s


def _told() -> Iterator[tuple[str, float]]:
    """Yield each packet that had a rep told while its set went on: which exercise, and milliseconds."""
    for number, (exercise, tempos) in enumerate(PLANS.items()):
        for tempo in tempos:
            parts = surround(exercise, SetPlan(reps=REPS, tempo=tempo))
            session = simulate(Session(exercise=exercise, parts=parts), seed=number)
            for events, ms in _pushes(session):
                if any(isinstance(event, RepEvent) and event.revision != "revised" for event in events):
                    yield exercise, ms


def _rep_row(waits_ms: Sequence[float]) -> Row:
    label = f"live, from the packet that completes a rep to its event ({len(waits_ms)} packets)"
    if not waits_ms:
        return [label, "none was told", "", ""]
    p50, p95, p99 = np.percentile(waits_ms, [50, 95, 99])
    text = f"p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f}, longest {max(waits_ms):.0f} ms"
    return [label, text, f"p95 {SOLVE_TARGET_MS:g} ms", verdict(p95 <= SOLVE_TARGET_MS)]


def _long_row(set_reps: Sequence[int]) -> Row:
    """Return the cost of a rep's look late in sets of so many reps."""
    found = []
    for reps in set_reps:
        looks = [
            ms
            for events, ms in _pushes(one_set(reps))
            if any(isinstance(event, RepEvent) for event in events)
        ]
        found.append(float(np.median(looks[-6:-1])) if len(looks) > 1 else float("nan"))
    label = f"live, telling one of the last reps of {' '.join(map(str, set_reps))}"
    text = " ".join(f"{ms:.0f}" for ms in found) + " ms"
    return [label, text, f"{SOLVE_TARGET_MS:g} ms", verdict(max(found) <= SOLVE_TARGET_MS)]
