"""One case with one seed: simulated, analysed whole and live, and scored. What the worker processes do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import starmap

from benchmarks.cases import cases
from benchmarks.scoring import SAME_LIFT_RATIO, Found, Outcome, overlap_ratio, score
from firmware_bridge.virtual import Simulation
from imu_tempo import analyze, schema
from imu_tempo.engine import Engine
from imu_tempo.events import Event, RepEvent
from imu_tempo.formats import Source


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to make and score. ``exercise`` overrides the profile the analysis is told."""

    case: str
    seed: int
    live: bool = True
    exercise: str | None = None


def run(task: Task) -> list[Outcome]:
    """Return the offline outcome and, if asked for, the live one."""
    simulation = cases()[task.case].scenario(seed=task.seed)
    exercise = task.exercise or simulation.exercise
    return [_scored(task, simulation, mode, exercise) for mode in ("offline", "live")[: 1 + task.live]]


def _scored(task: Task, simulation: Simulation, mode: str, exercise: str) -> Outcome:
    corrections = 0
    try:
        if mode == "live":
            found, corrections = first_finals(live_events(simulation, exercise))
        else:
            found = offline_reps(simulation, exercise)
    except Exception as error:  # a crash is a result to be shown, not the end of the benchmark
        return Outcome(
            case=task.case,
            seed=task.seed,
            mode=mode,
            missed=simulation.truth_reps,
            sets=len({rep.set_no for rep in simulation.truth_reps}),
            failure=f"{type(error).__name__}: {error}",
        )
    return score(
        simulation.truth_reps,
        found,
        simulation.uncounted,
        case=task.case,
        seed=task.seed,
        mode=mode,
        corrections=corrections,
    )


def offline_reps(simulation: Simulation, exercise: str) -> list[Found]:
    """Return the reps of the whole-recording pass."""
    source = Source("simulation", simulation.info, simulation.blocks())
    return [Found(rep) for rep in schema.rows(analyze(source, exercise, edits=False).reps, schema.RepRow)]


def live_events(simulation: Simulation, exercise: str) -> list[Event]:
    """Return everything the live engine said, packet by packet."""
    engine = Engine(exercise, info=simulation.info, keep=False)
    events = [event for block in simulation.blocks() for event in engine.push(block)]
    return events + engine.finish()


def first_finals(events: Sequence[Event]) -> tuple[list[Found], int]:
    """Return each rep as it was first told for good, and how many were revised or withdrawn afterwards.

    What was told stays told: a rep that is withdrawn later counts, and one told twice counts as at first. A
    rep counts as told from when it was first told with all the phases that it is told for good with, even if
    that was provisional.
    """
    told = [e for e in events if isinstance(e, RepEvent)]
    first: list[Found] = []
    for event in told:
        known = any(overlap_ratio(f.rep, event.rep) > SAME_LIFT_RATIO for f in first)
        if event.revision == "final" and not known:
            first.append(Found(event.rep, _whole_s(event, told), event.t_s))
    return first, sum(e.revision in ("revised", "withdrawn") for e in told)


def _whole_s(final: RepEvent, told: Sequence[RepEvent]) -> float:
    """Return when a rep was first told with all its phases."""
    lowered = not math.isnan(final.rep.ecc_s)
    return next(
        e.t_s
        for e in told
        if e.revision != "withdrawn"
        and overlap_ratio(e.rep, final.rep) > SAME_LIFT_RATIO
        and lowered == (not math.isnan(e.rep.ecc_s))
    )


def run_all(tasks: Sequence[Task], jobs: int, *, progress: bool) -> list[Outcome]:
    """Run every task, in processes of their own where there are several jobs."""
    done: list[Outcome] = []
    if jobs <= 1:
        for number, outcomes in enumerate(map(run, tasks), start=1):
            done += outcomes
            _show(number, len(tasks), progress)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            futures = list(starmap(pool.submit, ((run, task) for task in tasks)))
            for number, future in enumerate(as_completed(futures), start=1):
                done += future.result()
                _show(number, len(tasks), progress)
    order = {case: i for i, case in enumerate(cases())}
    return sorted(done, key=lambda o: (order[o.case], o.seed, o.mode != "offline"))


def _show(number: int, total: int, progress: bool) -> None:
    if progress:
        print(f"\r{number}/{total}", end="\n" if number == total else "", flush=True)
