"""A stretch solved from several starts, of which the most probable is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from imu_tempo.exercises import Exercise
from imu_tempo.motion.closures import first_closures
from imu_tempo.motion.cost import cost, is_consistent
from imu_tempo.motion.errors import (
    AXIS_SD_MPS2,
    BIAS_WALK_DENSITY,
    acceleration_density,
    axis_errors,
    warming_error,
)
from imu_tempo.motion.problem import Problem, State
from imu_tempo.motion.rest import REST_ODDS
from imu_tempo.motion.settle import settle
from imu_tempo.reps.candidates import Lift, alike, find_lifts, groups
from imu_tempo.reps.roll import repeating, roll_of, turning_alike
from imu_tempo.reps.strokes import Stroke
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.quiet import Quiet, Stillness, impact_mask
from imu_tempo.signal.smooth import Path, Prior, Smoother

Array = NDArray[np.float64]

_TRAIN_GAP_S = 20.0
"""Longest way from lift to lift inside a train: a 10 s lowering with pauses."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A solved stretch.

    Attributes
    ----------
    frames
        What it was solved from.
    path
        Height, velocity, bias at the frame edges.
    offset_mps2
        (N,) error of vertical acceleration in each frame, all kinds together.
    hit, masked
        (N,) frames inside an impact; and those inside a hole or clipping as well, where acceleration is
        unknown.
    turns
        Whether the sensor turns in use: the norm is then off by what the turning itself accelerates.
    quiet, resting
        Quiet stretches, and for each whether it was taken as rest.
    lifts
        Candidate lifts of the first look.
    turning_alike
        Those of them that turn the sensor, all the same way.
    strokes
        Movements between turning points.
    """

    frames: Frames
    path: Path
    offset_mps2: Array
    hit: NDArray[np.bool_]
    masked: NDArray[np.bool_]
    turns: bool
    quiet: list[Quiet]
    resting: list[bool]
    lifts: list[Lift]
    turning_alike: list[Lift]
    strokes: list[Stroke]


def solve_motion(
    frames: Frames, exercise: Exercise, offset_sd_mps2: float, *, by_norm: bool = False
) -> Motion:
    """Solve one stretch of frames.

    Parameters
    ----------
    frames
        At least a second of them.
    exercise
        Gives the bounds of travel and the level that comes back.
    offset_sd_mps2
        How far vertical acceleration may be off as a whole.
    by_norm
        Solve the second estimator's acceleration, |f| - g, instead of the first.
    """
    dv = frames.dv_norm_mps if by_norm else frames.dv_mps
    dh = frames.dh_norm_m if by_norm else frames.dh_m
    hit = impact_mask(frames)
    masked = hit | (frames.unseen > 0.0) | (frames.clipped > 0.0)
    density = acceleration_density(frames, dv, hit, by_norm=by_norm)
    lifts = find_lifts(dv)
    felt = [alike(group) for group in groups(lifts, _TRAIN_GAP_S)]
    trains = [turning_alike(train, frames.up_axis) for train in felt]
    errors = warming_error(frames) if by_norm else np.hstack([axis_errors(frames), warming_error(frames)])
    roll = roll_of(trains, frames.up_axis)
    prior = Prior(b_sd_mps2=offset_sd_mps2)
    smoother = Smoother(dv, dh, density, BIAS_WALK_DENSITY, prior, errors, AXIS_SD_MPS2)
    stillness = Stillness(dv, frames, masked)
    problem = Problem(frames, exercise, dv, stillness, smoother, errors, offset_sd_mps2, masked, trains, roll)
    quiet = problem.stillness.stretches(np.zeros(len(frames)))
    blank = State(None, quiet, np.zeros(len(frames)), [False] * len(quiet), [], [])
    likely = [odds > math.log(REST_ODDS) for odds in problem.prior_log_odds(quiet)]
    best = settle(problem, settle(problem, replace(blank, resting=likely), close=False))
    if not is_consistent(best):
        closed_first = settle(problem, replace(blank, closures=first_closures(trains, exercise)))
        all_rest = settle(problem, settle(problem, replace(blank, resting=[True] * len(quiet)), close=False))
        best = min((best, closed_first, all_rest), key=lambda state: cost(problem, state))
    assert best.path is not None
    offset = problem.offset(best.path)
    turns = errors.shape[1] > 1
    repeated = [] if roll is None else repeating(felt, trains)
    return Motion(
        frames,
        best.path,
        offset,
        hit,
        masked,
        turns,
        best.quiet,
        best.resting,
        lifts,
        repeated,
        best.moves,
    )
