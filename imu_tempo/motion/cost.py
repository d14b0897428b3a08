"""How probable a solution is, and whether anything speaks against it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imu_tempo.motion.closures import lifted
from imu_tempo.motion.problem import Problem, State
from imu_tempo.motion.rest import REST_SD_MPS, log_moving, log_normal, means_over, sd_if_moving

Array = NDArray[np.float64]

LIKELIEST = 0.3
"""Speed of the most likely movement, in spreads of its prior: fast enough to be surely down."""
_CLIMB_ODDS = 1000.0
"""Odds against a lift that begins where the one before it ended: only a pick-up and the curl after it do."""
_IDLE_LIFT_ODDS = 10.0
"""Odds against a lift that was felt, as others were before and after it, while the bar did not rise."""
_REPEATED = 3
"""So many alike are repeated."""
_CONSISTENT_SD = 2.5
MOVING_LEAST_MPS = 0.05
"""Speed from which a steady lowering is no doubtful rest."""


def is_consistent(state: State) -> bool:
    """Whether nothing speaks against a state, so that no other can be better.

    It closes, and whatever moves steadily moves down.
    """
    path = state.path
    assert path is not None
    if not state.closures:
        return False
    for closure in state.closures:
        heights = path.h_m[np.array(closure.edges)]
        if np.abs(heights - np.median(heights)).max() > _CONSISTENT_SD * closure.sd_m:
            return False
    return all(
        rests or float(path.v_mps[q.start : q.end].mean()) < -MOVING_LEAST_MPS
        for q, rests in zip(state.quiet, state.resting, strict=True)
    )


def cost(problem: Problem, state: State) -> float:
    """Negative log probability of a state, up to a constant: sensor, closures and quiet stretches together.

    Of two starts that settle differently, the more probable is right: a pick-up closed onto a curl bends
    every rest, a slow lowering taken for rest makes the bar climb with every rep.
    """
    path = state.path
    assert path is not None
    h, v = path.h_m, path.v_mps
    reach = h - h.mean()
    total = 0.5 * path.misfit + 0.5 * float(reach @ reach) * problem.reach_info
    for closure in state.closures:
        heights = h[np.array(closure.edges)]
        off = (heights - np.median(heights)) / closure.sd_m
        total += 0.5 * float((off**2 / (1.0 + (0.5 * off) ** 2)).sum())
    total += math.log(_CLIMB_ODDS) * _climbs(problem, state)
    total += math.log(_IDLE_LIFT_ODDS) * _idle_lifts(problem, state)
    odds = problem.prior_log_odds(state.quiet)
    means = means_over(v, state.quiet)
    for stretch, rests, prior, mean in zip(state.quiet, state.resting, odds, means, strict=True):
        moving_sd = sd_if_moving(stretch, problem.exercise.rom_max_m)
        # Against a movement as likely as can be: cutting a stretch in two is no evidence.
        total += log_moving(-moving_sd * LIKELIEST, REST_SD_MPS, moving_sd)
        if rests:
            total -= log_normal(mean, 2.0 * REST_SD_MPS) + prior
        else:
            total -= log_moving(mean, REST_SD_MPS, moving_sd)
    return total


def _climbs(problem: Problem, state: State) -> int:
    """Count lifts that begin nearer the end of the lift before than its start, a pick-up left out."""
    path = state.path
    assert path is not None
    count = 0
    for train in problem.trains:
        lifts = lifted(state.moves, train)
        climbs = [
            path.h_m[before.end] - path.h_m[lift.start] < 0.5 * min(before.travel_m, lift.travel_m)
            for before, lift in pairwise(state.moves[i] for i in lifts)
        ]
        picked_up = problem.exercise.starts_with == "con" and any(climbs[:1])
        count += sum(climbs) - picked_up
    return count


def _idle_lifts(problem: Problem, state: State) -> int:
    """Count lifts of repeated ones that were felt while the bar, by this state, did not rise."""
    rising = np.zeros(len(problem.frames) + 1, dtype=bool)
    for move in state.moves:
        rising[move.start : move.end + 1] |= move.up
    peaks = [lift.peak for train in problem.trains if len(train) >= _REPEATED for lift in train]
    return len(peaks) - int(rising[peaks].sum())
