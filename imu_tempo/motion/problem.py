"""What is given of a stretch, what is sought, and what has been answered already."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from imu_tempo.exercises import Exercise
from imu_tempo.motion.closures import Closure
from imu_tempo.reps.candidates import Lift
from imu_tempo.reps.roll import rest_by_roll
from imu_tempo.reps.strokes import Stroke
from imu_tempo.signal.constants import FRAME_S, OFFSET_SD_RESTED_MPS2
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.quiet import LONG_S, Quiet, Stillness
from imu_tempo.signal.smooth import Path, Smoother

Array = NDArray[np.float64]

_REACH_SD_M = 0.7
"""Spread of a bar's height, between floor and overhead: all that holds the path of a recording without any
rest."""
_REACH_S = 0.5
_REACH_RESTED_S = 2.0
"""How often that counts, s: in a recording with rests seldom enough to leave what they tell alone."""
_AFTER_IMPACT_ODDS = 20.0
"""Prior odds of rest right after a collision: floors and racks stop bars."""
_AT_ENDS_ODDS = 6.0
"""Prior odds of rest at the first and last quiet second of a stretch: recordings mostly begin and end
still."""
_LONG_ODDS = 100.0
"""Prior odds of rest for a quiet stretch longer than any steady lowering."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is given: integrals with their noise, the first look, and what has been answered already."""

    frames: Frames
    exercise: Exercise
    dv: Array
    stillness: Stillness
    smoother: Smoother
    errors: Array
    offset_sd: float
    masked: NDArray[np.bool_]
    trains: list[list[Lift]]
    roll: Array | None
    paths: dict[bytes, Path] = field(default_factory=dict)
    quiet: dict[Path, list[Quiet]] = field(default_factory=dict)
    verdicts: dict[tuple[Path, tuple[Quiet, ...]], tuple[list[bool], list[Stroke]]] = field(
        default_factory=dict
    )

    @property
    def reach_info(self) -> float:
        """Information of each edge on height, from the bar's reach; more where no rest has told gravity."""
        unrested = self.offset_sd > OFFSET_SD_RESTED_MPS2
        return FRAME_S / (_REACH_SD_M**2 * (_REACH_S if unrested else _REACH_RESTED_S))

    def prior_log_odds(self, quiet: list[Quiet]) -> list[float]:
        """Return the log odds of rest to movement of quiet stretches, before their velocity is looked at."""
        return [self._prior_log_odds(q, at_end=j in (0, len(quiet) - 1)) for j, q in enumerate(quiet)]

    def _prior_log_odds(self, stretch: Quiet, *, at_end: bool) -> float:
        odds = _AFTER_IMPACT_ODDS if stretch.after_impact else 1.0
        if at_end and stretch.duration_s > 1.0:
            odds *= _AT_ENDS_ODDS
        if stretch.duration_s > 0.7 * LONG_S:
            odds *= _LONG_ODDS
        told_by_roll = 0.0
        if self.roll is not None:
            told_by_roll = rest_by_roll(self.turned_ratio(stretch))
        return math.log(odds) + told_by_roll

    def turned_ratio(self, stretch: Quiet) -> float:
        """Return the part of a lift's roll by which a quiet stretch turns."""
        assert self.roll is not None
        turned = self.frames.up_axis[stretch.end - 1] - self.frames.up_axis[stretch.start]
        return float(turned @ self.roll)

    def offset(self, path: Path) -> Array:
        """(N,) error of vertical acceleration as a path has it."""
        return path.b_mps2[:-1] + self.errors @ path.constants


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is sought: a path, which quiet stretches are rest, which turning points close, and the strokes.

    The quiet stretches are those under an ``offset`` of vertical acceleration.
    """

    path: Path | None
    quiet: list[Quiet]
    offset: Array
    resting: list[bool]
    closures: list[Closure]
    moves: list[Stroke]

    def judges_as(self, other: State) -> bool:
        """Whether both judge the same stretches and turning points alike."""
        return (self.quiet, self.resting, self.closures) == (other.quiet, other.resting, other.closures)
