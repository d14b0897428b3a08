"""Which movements are reps, and why the others are not.

A rep is told by what it shares with its set: it leaves from and returns to the set's levels, and travels
like the lift does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import Exercise
from imu_tempo.reps.family import LEVEL_RATIO, Candidate, candidate, typical
from imu_tempo.reps.strokes import Stroke, stroke_edges
from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]

_SHORT_RATIO = 0.3
"""A lift that travels less than this part of its set's is no partial rep but a bounce, a step or a hitch."""
_PAIR_RATIO = 0.5
"""A lowering belongs to a lift if it travels at least this part of it (and the other way round)."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Departure and arrival of one moving phase, frame edges with fractions, and the stroke they bound."""

    start: float
    end: float
    stroke: Stroke


@dataclass(frozen=True, slots=True)
class Rep:
    """One accepted rep: its phases, None where one is missing."""

    con: Phase
    ecc: Phase | None
    partial: bool


@dataclass(frozen=True, slots=True)
class NotRep:
    """One rejected movement, frame edges half-open."""

    start: float
    end: float
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Sets of reps in order, and what was rejected."""

    sets: list[list[Rep]]
    rejected: list[NotRep]


def judge(
    height_m: Array,
    velocity_mps: Array,
    moves: list[Stroke],
    exercise: Exercise,
    definitions: Definitions,
) -> Verdict:
    """Sort strokes into reps and others.

    Parameters
    ----------
    height_m, velocity_mps
        (N + 1,) solved path; velocity low-passed for edges.
    moves
        Alternating strokes.
    """
    rejected: list[NotRep] = []
    lifts: list[int] = []
    for i, move in enumerate(moves):
        if not move.up:
            continue
        reason = _out_of_bounds(move, exercise)
        if reason:
            rejected.append(_not_rep(move, *reason))
        else:
            lifts.append(i)
    sets: list[list[Rep]] = []
    for group in _by_rest(lifts, moves, height_m, velocity_mps, definitions):
        reps = _judge_set(group, moves, height_m, velocity_mps, exercise, definitions, rejected)
        if reps:
            sets.append(reps)
    return Verdict(sets, sorted(rejected, key=lambda r: r.start))


def _out_of_bounds(move: Stroke, exercise: Exercise) -> tuple[str, str] | None:
    title = exercise.title.lower()
    if move.travel_m < 0.4 * exercise.rom_min_m:
        return (
            "short",
            f"rose {move.travel_m:.2f} m; a {title} rises {exercise.rom_min_m:.2f} m or more",
        )
    if move.travel_m > 1.15 * exercise.rom_max_m:
        return (
            "long",
            f"rose {move.travel_m:.2f} m; a {title} rises at most {exercise.rom_max_m:.2f} m",
        )
    speed = move.travel_m / max((move.end - move.start) * FRAME_S, FRAME_S)
    if speed > exercise.mcv_max_mps:
        return (
            "fast",
            f"rose at {speed:.2f} m/s; no lift of this kind is faster than {exercise.mcv_max_mps:.1f} m/s",
        )
    return None


def _not_rep(move: Stroke, reason: str, detail: str) -> NotRep:
    return NotRep(float(move.start), float(move.end), reason, detail)


def _by_rest(
    lifts: list[int], moves: list[Stroke], height_m: Array, velocity_mps: Array, definitions: Definitions
) -> list[list[int]]:
    """Split lifts into sets where the bar rests longer than a set allows between two movements."""
    out: list[list[int]] = []
    for i in lifts:
        if out and not _long_rest(out[-1][-1], i, moves, velocity_mps, definitions):
            out[-1].append(i)
        else:
            out.append([i])
    return out


def _long_rest(
    first: int, second: int, moves: list[Stroke], velocity_mps: Array, definitions: Definitions
) -> bool:
    """Tell whether the bar stays below the edge velocity for a set's rest anywhere between two lifts."""
    between = (
        np.abs(velocity_mps[moves[first].end - 1 : moves[second].start + 2])
        >= definitions.edge_velocity_mps * 2
    )
    moving = np.flatnonzero(np.concatenate([[True], between, [True]]))
    return bool(np.diff(moving).max() * FRAME_S > definitions.set_rest_s)


def _judge_set(
    group: list[int],
    moves: list[Stroke],
    height_m: Array,
    velocity_mps: Array,
    exercise: Exercise,
    definitions: Definitions,
    rejected: list[NotRep],
) -> list[Rep]:
    found = [candidate(i, moves, height_m, exercise) for i in group]
    if max(c.move.travel_m for c in found) < exercise.rom_min_m:
        rejected.extend(
            _not_rep(c.move, "short", f"rose {c.move.travel_m:.2f} m and no fuller lift is near")
            for c in found
        )
        return []
    family = typical(found, exercise)
    rom = float(np.median([c.move.travel_m for c in family]))
    level = float(np.median([c.level_m for c in family]))
    reps = []
    threshold = definitions.edge_velocity_mps
    for c in found:
        reason = _stranger(c, rom, level, exercise)
        if reason:
            rejected.append(_not_rep(c.move, *reason))
            continue
        con = Phase(*stroke_edges(height_m, velocity_mps, c.move, threshold), c.move)
        ecc = None
        if c.lowering is not None and c.lowering.travel_m >= _PAIR_RATIO * c.move.travel_m:
            ecc = Phase(*stroke_edges(height_m, velocity_mps, c.lowering, threshold), c.lowering)
        reps.append(Rep(con, ecc, partial=c.move.travel_m < definitions.partial_ratio * rom))
    return reps


def _stranger(c: Candidate, rom: float, level: float, exercise: Exercise) -> tuple[str, str] | None:
    """Why a lift inside the bounds is still not a rep of its set, or None."""
    if c.move.travel_m < _SHORT_RATIO * rom:
        return "short", f"rose {c.move.travel_m:.2f} m where the set's lifts rise {rom:.2f} m"
    miss = c.level_m - level
    if exercise.starts_with == "ecc":
        if c.lowering is None or c.lowering.travel_m < _PAIR_RATIO * c.move.travel_m:
            return "unrack", f"rose {c.move.travel_m:.2f} m without a lowering before it"
        if abs(miss) > LEVEL_RATIO * rom:
            return "failed", f"ended {miss:+.2f} m from the set's lockout height"
    elif abs(miss) > LEVEL_RATIO * rom:
        return "pickup", f"began {miss:+.2f} m from the height the set's lifts begin at"
    return None
