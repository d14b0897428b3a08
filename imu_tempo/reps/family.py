"""Which lifts belong together: those that leave from one level, travel alike, and come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.exercises import Exercise
from imu_tempo.reps.strokes import Stroke

Array = NDArray[np.float64]

LEVEL_RATIO = 0.35
"""Share of the set's ROM by which a rep may miss the level it should return to."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lift and what stands beside it.

    ``lowering`` is the one that belongs to it (before it or after it, as the lift starts), ``level_m`` the
    height that its set has in common, ``returns`` whether the lowering and the lift together end where they
    began.
    """

    move: Stroke
    lowering: Stroke | None
    level_m: float
    returns: bool


def candidate(i: int, moves: list[Stroke], height_m: Array, exercise: Exercise) -> Candidate:
    """Return lift ``i`` of the strokes with what stands beside it."""
    move = moves[i]
    lowers_first = exercise.starts_with == "ecc"
    j = i - 1 if lowers_first else i + 1
    lowering = moves[j] if 0 <= j < len(moves) and not moves[j].up else None
    level = float(height_m[move.end if exercise.level == "top" else move.start])
    returns = False
    if lowering is not None:
        off = (
            height_m[lowering.start] - height_m[move.end]
            if lowers_first
            else height_m[lowering.end] - height_m[move.start]
        )
        returns = bool(abs(off) < LEVEL_RATIO * move.travel_m)
    return Candidate(move, lowering, level, returns)


def typical(found: list[Candidate], exercise: Exercise) -> list[Candidate]:
    """Return the largest family of lifts that share level and travel; those that return count for more.

    A pick-up travels as far as a curl but comes back to nothing; steps and bobs are a family of their own,
    but shorter.
    """
    best: list[Candidate] = []
    best_score = -1.0
    for c in found:
        if c.move.travel_m < exercise.rom_min_m:
            continue
        family = [
            d
            for d in found
            if abs(d.level_m - c.level_m) < LEVEL_RATIO * c.move.travel_m
            and 0.6 * c.move.travel_m <= d.move.travel_m <= 1.5 * c.move.travel_m
        ]
        score = sum((1.0 if d.returns else 0.25) * d.move.travel_m for d in family)
        if score > best_score:
            best, best_score = family, score
    return best
