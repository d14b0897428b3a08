"""Rest or slow steady movement: what speaks for which, and what each says of velocity."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imu_tempo.motion.problem import Problem
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.quiet import Quiet
from imu_tempo.signal.smooth import Path

Array = NDArray[np.float64]

REST_SD_MPS = 0.005
"""Sway of a bar held still."""
_REST_CORRELATION_S = 0.2
_MOVING_SD_MPS = 0.25
"""Velocity prior of a movement that looks quiet: the slow lowerings, 0.05 to 0.4 m/s."""
_DOWN_SHARE = 0.9
"""Part of quiet movements that go down."""
REST_ODDS = 4.0
"""Odds of rest to movement that let a quiet stretch count as rest."""


def rest_information(quiet: list[Quiet], resting: list[bool], n: int, rom_max_m: float) -> Array:
    """Information, edge by edge, on velocity being zero."""
    info = np.zeros(n)
    for stretch, rests in zip(quiet, resting, strict=True):
        size = stretch.end - stretch.start
        if rests:
            info[stretch.start : stretch.end] = FRAME_S / (REST_SD_MPS**2 * _REST_CORRELATION_S)
        else:
            info[stretch.start : stretch.end] = 1.0 / (sd_if_moving(stretch, rom_max_m) ** 2 * size)
    return info


def sd_if_moving(stretch: Quiet, rom_max_m: float) -> float:
    """Spread of the velocity a quiet stretch may have if it moves: it stays inside the lift's travel."""
    return min(_MOVING_SD_MPS, 0.6 * rom_max_m / stretch.duration_s)


def judge_rest(path: Path, quiet: list[Quiet], v_info: Array, problem: Problem) -> list[bool]:
    """Weigh rest against slow movement for each quiet stretch, leaving out the stretch's own evidence."""
    verdicts = []
    means, informed = means_over(path.v_mps, quiet), means_over(v_info, quiet)
    for q, prior, mean, info in zip(quiet, problem.prior_log_odds(quiet), means, informed, strict=True):
        var = path.v_sd(q.start, q.end) ** 2
        rest_of_it = 1.0 / var - info * (q.end - q.start)
        others = 1.0 / rest_of_it if rest_of_it > 1e-3 else 1e3
        v = mean * others / var
        rest = log_normal(v, math.hypot(2.0 * REST_SD_MPS, math.sqrt(others)))
        move = log_moving(v, math.sqrt(others), sd_if_moving(q, problem.exercise.rom_max_m))
        verdicts.append(rest - move + prior > math.log(REST_ODDS))
    return verdicts


def means_over(values: Array, quiet: list[Quiet]) -> list[float]:
    """Return the mean of values at the frame edges over each quiet stretch."""
    if not quiet:
        return []
    ends = np.array([(q.start, q.end) for q in quiet])
    means: list[float] = (np.add.reduceat(values, ends.ravel())[::2] / (ends[:, 1] - ends[:, 0])).tolist()
    return means


def log_normal(v: float, sd: float) -> float:
    """Log density of a velocity about zero, up to a constant."""
    return -math.log(sd) - 0.5 * (v / sd) ** 2


def log_moving(v: float, v_sd: float, moving_sd: float) -> float:
    """Log density of a quiet movement's velocity: weights are lowered steadily and lifted in one go."""
    down = 0.5 * math.erfc(v / (math.sqrt(2.0) * max(v_sd, 1e-4)))
    share = 2.0 * (_DOWN_SHARE * down + (1.0 - _DOWN_SHARE) * (1.0 - down))
    return math.log(share) + log_normal(v, math.hypot(moving_sd, v_sd))
