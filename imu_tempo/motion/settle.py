"""Solve and judge in turn until the path stands still."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from imu_tempo.motion.closures import EDGE_MPS, closures_of, hysteresis, observe
from imu_tempo.motion.cost import cost
from imu_tempo.motion.errors import AXIS_SD_MPS2
from imu_tempo.motion.problem import Problem, State
from imu_tempo.motion.rest import judge_rest, rest_information
from imu_tempo.reps.strokes import Stroke, split_at_pauses, strokes
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.quiet import Quiet
from imu_tempo.signal.smooth import Evidence, Path

Array = NDArray[np.float64]

_LEVEL_S = 0.5
_NOT_ON_ITS_WAY = 0.03
"""A weight that rolls by less than this part of a lift a second is held: a 10 s lowering does thrice that."""
_MOST_ROUNDS = 9
_SETTLED_MPS = 1e-3
"""A path that moves by less from round to round has settled: a tenth of the accuracy aimed at."""
_OFFSET_STEP_MPS2 = 0.003
"""Change of the sensor's error that makes quiet stretches worth looking for again: a slope of 0.3 mg."""


def settle(problem: Problem, state: State, *, close: bool = True) -> State:
    """Solve and judge in turn until the path stands; ``close`` False leaves the turning points alone.

    Where it goes round between judgements instead, the most probable state of the round is taken.
    """
    quiet, offset = state.quiet, state.offset
    visited: list[State] = []
    for _ in range(_MOST_ROUNDS):
        path, v_info = _solve(problem, state)
        now = problem.offset(path)
        if np.abs(now - offset).max() > _OFFSET_STEP_MPS2:
            quiet, offset = _quiet_either_way(problem, path, now), now
        resting, moves = _judged(problem, path, quiet, v_info)
        closures = closures_of(path, moves, problem.trains, problem.exercise) if close else []
        before, state = state.path, State(path, quiet, offset, resting, closures, moves)
        if before is not None and float(np.abs(path.v_mps - before.v_mps).max()) < _SETTLED_MPS:
            return state
        alike = [i for i, earlier in enumerate(visited) if state.judges_as(earlier)]
        visited.append(state)
        if alike and alike[-1] < len(visited) - 2:
            visited = visited[alike[-1] + 1 :]
            break
    return min(visited, key=lambda state: cost(problem, state))


def _judged(
    problem: Problem, path: Path, quiet: list[Quiet], v_info: Array
) -> tuple[list[bool], list[Stroke]]:
    """Return which quiet stretches are rest by a path, and its strokes."""
    key = path, tuple(quiet)
    if key not in problem.verdicts:
        least_m = hysteresis(path, problem.trains, problem.exercise)
        moves = split_at_pauses(strokes(path.h_m, least_m), path.h_m, path.v_mps, EDGE_MPS, least_m)
        problem.verdicts[key] = judge_rest(path, quiet, v_info, problem), moves
    return problem.verdicts[key]


def _quiet_either_way(problem: Problem, path: Path, offset: Array) -> list[Quiet]:
    """Quiet stretches by the offset as solved, and by others where those leave room.

    A wrong offset hides rest, which would have corrected it. Other offsets are none, and where lifts turn the
    sensor whatever a stretch reads that does not turn: it is not on its way.
    """
    if path in problem.quiet:
        return problem.quiet[path]
    find = problem.stillness.stretches
    found = find(offset)
    found += _beside(found, find(np.zeros(len(offset))))
    if problem.roll is not None:
        level = uniform_filter1d(problem.dv, round(_LEVEL_S / FRAME_S), mode="nearest") / FRAME_S
        own = np.clip(level, offset - AXIS_SD_MPS2, offset + AXIS_SD_MPS2)
        found += _beside(found, [q for q in find(own) if all(_is_held(problem, half) for half in _halves(q))])
    problem.quiet[path] = sorted(found, key=lambda q: q.start)
    return problem.quiet[path]


def _beside(found: list[Quiet], more: list[Quiet]) -> list[Quiet]:
    """Return those of more stretches that overlap none of the found ones."""
    taken = sorted((q.start, q.end) for q in found)
    starts, ends = [start for start, _ in taken], [end for _, end in taken]
    # The stretches found overlap none of each other, so their ends are in order as well.
    return [q for q in more if bisect_right(ends, q.start) == bisect_left(starts, q.end)]


def _halves(stretch: Quiet) -> tuple[Quiet, Quiet]:
    middle = (stretch.start + stretch.end) // 2
    return replace(stretch, end=middle), replace(stretch, start=middle)


def _is_held(problem: Problem, stretch: Quiet) -> bool:
    return abs(problem.turned_ratio(stretch)) < _NOT_ON_ITS_WAY * stretch.duration_s


def _solve(problem: Problem, state: State) -> tuple[Path, Array]:
    """Return the path under a state's judgements, and the information on zero velocity that was used."""
    n = len(problem.frames) + 1
    v_info = rest_information(state.quiet, state.resting, n, problem.exercise.rom_max_m)
    h_obs, h_info = np.zeros(n), np.zeros(n)
    if state.closures:
        observe(state.closures, state.path, h_obs, h_info)
        evidence = Evidence(h_obs, h_info, v_info, problem.reach_info)
        return problem.smoother.path(evidence, state.path), v_info
    asked = v_info.tobytes()
    if asked not in problem.paths:  # judgements often come back to what they were
        problem.paths[asked] = problem.smoother.path(Evidence(h_obs, h_info, v_info, problem.reach_info))
    return problem.paths[asked], v_info
