"""Which turning points come back to one height: tops and bottoms of the strokes that carry a lift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.exercises import Exercise
from imu_tempo.reps.candidates import Lift
from imu_tempo.reps.strokes import Stroke, stroke_edges
from imu_tempo.signal.smooth import Path

Array = NDArray[np.float64]

_CLOSURE_SD_M = 0.015
"""How well a lifter comes back to lockout, or the bar to the floor."""
_TURN_SD_M = 0.04
"""The same for the other end of the lift: depth varies."""
_FIRST_LOOK_SD_M = 0.05
EDGE_MPS = 0.02
"""Speed at which a lowering counts as begun or ended, for closures."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Turning points that should be at one height."""

    edges: tuple[int, ...]
    sd_m: float


def first_closures(trains: list[list[Lift]], exercise: Exercise) -> list[Closure]:
    """Return the levels of the first look: where its lifts end, or begin."""
    level_at_top = exercise.level == "top"
    return [
        Closure(tuple(x.end if level_at_top else x.start for x in train), _FIRST_LOOK_SD_M)
        for train in trains
        if len(train) > 1
    ]


def closures_of(
    path: Path, moves: list[Stroke], trains: list[list[Lift]], exercise: Exercise
) -> list[Closure]:
    """Tops and bottoms of the strokes that carry a candidate lift, train by train.

    The first lowering's start and the last one's end belong to them: there the bar stands before and after,
    and the point is where it departs or arrives, not the extreme of what a walk-out or the rack adds.
    """
    top_sd, bottom_sd = (
        (_CLOSURE_SD_M, _TURN_SD_M) if exercise.level == "top" else (_TURN_SD_M, _CLOSURE_SD_M)
    )
    out = []
    for train in trains:
        own = lifted(moves, train)
        if not own:
            continue
        tops, bottoms = [moves[i].end for i in own], [moves[i].start for i in own]
        first, last = own[0] - 1, own[-1] + 1
        if first >= 0 and moves[first].travel_m > 0.5 * moves[own[0]].travel_m:
            departs, _ = stroke_edges(path.h_m, path.v_mps, moves[first], EDGE_MPS)
            tops.insert(0, round(departs))
        if last < len(moves) and moves[last].travel_m > 0.5 * moves[own[-1]].travel_m:
            _, arrives = stroke_edges(path.h_m, path.v_mps, moves[last], EDGE_MPS)
            bottoms.append(round(arrives))
        for edges, sd in ((tops, top_sd), (bottoms, bottom_sd)):
            if len(edges) > 1:
                out.append(Closure(tuple(edges), sd))
    return out


def observe(closures: list[Closure], path: Path | None, h_obs: Array, h_info: Array) -> None:
    """Enter closures as heights: the level is the median of where they are now, outliers count for less."""
    for closure in closures:
        edges = np.array(closure.edges)
        if path is None:
            h_info[edges] = closure.sd_m**-2
            continue
        heights = path.h_m[edges]
        level = float(np.median(heights))
        miss = (heights - level) / max(closure.sd_m, 1.4826 * float(np.median(np.abs(heights - level))))
        h_obs[edges] = level
        h_info[edges] = closure.sd_m**-2 / (1.0 + (0.5 * miss) ** 2) ** 2


def lifted(moves: list[Stroke], train: list[Lift]) -> list[int]:
    """Return which strokes carry a lift of a train."""
    peaks = np.array([x.peak for x in train])
    return [i for i, m in enumerate(moves) if m.up and ((peaks >= m.start) & (peaks <= m.end)).any()]


def hysteresis(path: Path, trains: list[list[Lift]], exercise: Exercise) -> float:
    """Height a turn must have to count: part of the typical lift, never less than half the shortest."""
    travel = [abs(path.h_m[x.end] - path.h_m[x.start]) for train in trains for x in train]
    typical = float(np.median(travel)) if travel else exercise.rom_min_m
    return float(np.clip(0.3 * typical, 0.4 * exercise.rom_min_m, 0.25 * exercise.rom_max_m + 0.05))
