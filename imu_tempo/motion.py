"""One stretch of bar motion solved: height and velocity without drift, slow lowering included.

Steps (SCIENCE notes, section 3; the numbers stand in the code):
1. Noise: what each frame's acceleration may be wrong by, from the local dynamics; huge inside impacts,
   holes, clipping.
2. First look: concentric lifts in band-passed velocity, in trains.
3. Solve height, velocity and bias with two kinds of pseudo-measurement:
   a. closure: the turning points of a train come back to the same height (robust);
   b. rest: a quiet stretch is rest or slow steady movement. It counts as rest only if the *solved* velocity,
      without the stretch's own evidence, says so by a Bayes factor; otherwise only the distance it can have
      covered is bounded.
4. Take new turning points and new rest verdicts from the solution; repeat until the path stands still. Where
   something speaks against the outcome, start again from other verdicts and keep the most probable.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from imu_tempo.exercises import Exercise
from imu_tempo.reps.candidates import Lift, alike, find_lifts, groups
from imu_tempo.reps.roll import repeating, rest_by_roll, roll_of, turning_alike
from imu_tempo.reps.strokes import Stroke, split_at_pauses, stroke_edges, strokes
from imu_tempo.signal.constants import (
    CLIP_ACC_SD_MPS2,
    FRAME_S,
    GAP_ACC_SD_MPS2,
    GRAVITY_MPS2,
    IMPACT_RING_S,
    OFFSET_SD_RESTED_MPS2,
)
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.quiet import LONG_S, Quiet, Stillness, impact_mask, jolts, runs, struck
from imu_tempo.signal.smooth import Evidence, Path, Prior, Smoother

Array = NDArray[np.float64]

_MG = 1e-3 * GRAVITY_MPS2

_FLOOR_SD = 0.4 * _MG
"""Error of vertical acceleration that is always there: offset wander, scale, quantisation."""
_TILT_SD_RAD = 0.004
"""Error of the vertical during a lift; it leaks this part of the dynamics into vertical acceleration."""
_NORM_FLOOR_SD = 1.5 * _MG
"""The same without orientation: an axis' offset seen through a bar that rolls by a few degrees."""
_ERROR_TIME_S = 0.3
"""Correlation time of those errors: that of the movement itself."""
_BIAS_WALK_DENSITY = (0.3 * _MG) ** 2 / 60.0
"""Bias may wander by 0.3 mg in a minute: cheap parts warming up."""
_AXIS_SD_MPS2 = 30 * _MG
"""Offset of one axis: a turning sensor shows it as an error of the vertical that comes and goes with the
turn."""
_SCALE_RATIO = 0.006
"""Scale error of an axis, and lean of one towards another: datasheets say 0.5 to 1 %."""
_LEVEL_S = 0.5
_NOT_ON_ITS_WAY = 0.03
"""A weight that rolls by less than this part of a lift a second is held: a 10 s lowering does thrice that."""
_WARMING_MPS2_MIN = 5 * _MG
"""Steady drift of the offset, m/s^2 a minute (sd): parts drift by 10 mg a minute coming from the cold."""
_TURN_LEAST = 0.03
"""Change of direction (rad) below which no axis' offset can be told from the common one."""
_IMPACT_DV_SD_MPS = 0.5
"""Velocity that a hit may give or take unseen, in the frame or two of the hit itself: it is shorter than a
sample."""
_JOLT_RATIO = 0.25
"""Part of a jolt's change of velocity that a slow or filtered sensor may get wrong."""
_RINGING_DV_SD_MPS = 0.05
"""The same for the ringing after it, which goes both ways."""
_HOLE_MEMORY_S = 0.5
"""Time in which the acceleration of a lift turns into another: a quarter of a fast one."""

_CLOSURE_SD_M = 0.015
"""How well a lifter comes back to lockout, or the bar to the floor."""
_TURN_SD_M = 0.04
"""The same for the other end of the lift: depth varies."""
_FIRST_LOOK_SD_M = 0.05
_EDGE_MPS = 0.02
"""Speed at which a lowering counts as begun or ended, for closures."""

_REST_SD_MPS = 0.005
"""Sway of a bar held still."""
_REST_CORRELATION_S = 0.2
_MOVING_SD_MPS = 0.25
"""Velocity prior of a movement that looks quiet: the slow lowerings, 0.05 to 0.4 m/s."""
_REACH_SD_M = 0.7
"""Spread of a bar's height, between floor and overhead: all that holds the path of a recording without any
rest."""
_REACH_S = 0.5
_REACH_RESTED_S = 2.0
"""How often that counts, s: in a recording with rests seldom enough to leave what they tell alone."""
_LIKELIEST = 0.3
"""Speed of the most likely movement, in spreads of its prior: fast enough to be surely down."""
_DOWN_SHARE = 0.9
"""Part of quiet movements that go down."""
_REST_ODDS = 4.0
"""Odds of rest to movement that let a quiet stretch count as rest."""
_AFTER_IMPACT_ODDS = 20.0
"""Prior odds of rest right after a collision: floors and racks stop bars."""
_AT_ENDS_ODDS = 6.0
"""Prior odds of rest at the first and last quiet second of a stretch: recordings mostly begin and end
still."""
_LONG_ODDS = 100.0
"""Prior odds of rest for a quiet stretch longer than any steady lowering."""
_CLIMB_ODDS = 1000.0
"""Odds against a lift that begins where the one before it ended: only a pick-up and the curl after it do."""
_IDLE_LIFT_ODDS = 10.0
"""Odds against a lift that was felt, as others were before and after it, while the bar did not rise."""
_REPEATED = 3
_TRAIN_GAP_S = 20.0
"""Longest way from lift to lift inside a train: a 10 s lowering with pauses."""
_CONSISTENT_SD = 2.5
_MOVING_LEAST_MPS = 0.05
"""Speed from which a steady lowering is no doubtful rest."""
_MOST_ROUNDS = 9
_SETTLED_MPS = 1e-3
"""A path that moves by less from round to round has settled: a tenth of the accuracy aimed at."""
_OFFSET_STEP_MPS2 = 0.003
"""Change of the sensor's error that makes quiet stretches worth looking for again: a slope of 0.3 mg."""


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
    density = _acceleration_density(frames, dv, hit, by_norm=by_norm)
    lifts = find_lifts(dv)
    felt = [alike(group) for group in groups(lifts, _TRAIN_GAP_S)]
    trains = [turning_alike(train, frames.up_axis) for train in felt]
    errors = _warming_error(frames) if by_norm else np.hstack([_axis_errors(frames), _warming_error(frames)])
    roll = roll_of(trains, frames.up_axis)
    prior = Prior(b_sd_mps2=offset_sd_mps2)
    smoother = Smoother(dv, dh, density, _BIAS_WALK_DENSITY, prior, errors, _AXIS_SD_MPS2)
    stillness = Stillness(dv, frames, masked)
    problem = _Problem(
        frames, exercise, dv, stillness, smoother, errors, offset_sd_mps2, masked, trains, roll
    )
    quiet = problem.stillness.stretches(np.zeros(len(frames)))
    blank = _State(None, quiet, np.zeros(len(frames)), [False] * len(quiet), [], [])
    likely = [odds > math.log(_REST_ODDS) for odds in problem.prior_log_odds(quiet)]
    best = _settle(problem, _settle(problem, replace(blank, resting=likely), close=False))
    if not _is_consistent(best):
        closed_first = _settle(problem, replace(blank, closures=_first_closures(trains, exercise)))
        all_rest = _settle(
            problem, _settle(problem, replace(blank, resting=[True] * len(quiet)), close=False)
        )
        best = min((best, closed_first, all_rest), key=lambda state: _cost(problem, state))
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


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
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
class _State:
    """What is sought: a path, which quiet stretches are rest, which turning points close, and the strokes.

    The quiet stretches are those under an ``offset`` of vertical acceleration.
    """

    path: Path | None
    quiet: list[Quiet]
    offset: Array
    resting: list[bool]
    closures: list[_Closure]
    moves: list[Stroke]

    def judges_as(self, other: _State) -> bool:
        """Whether both judge the same stretches and turning points alike."""
        return (self.quiet, self.resting, self.closures) == (other.quiet, other.resting, other.closures)


def _settle(problem: _Problem, state: _State, *, close: bool = True) -> _State:
    """Solve and judge in turn until the path stands; ``close`` False leaves the turning points alone.

    Where it goes round between judgements instead, the most probable state of the round is taken.
    """
    quiet, offset = state.quiet, state.offset
    visited: list[_State] = []
    for _ in range(_MOST_ROUNDS):
        path, v_info = _solve(problem, state)
        now = problem.offset(path)
        if np.abs(now - offset).max() > _OFFSET_STEP_MPS2:
            quiet, offset = _quiet_either_way(problem, path, now), now
        resting, moves = _judged(problem, path, quiet, v_info)
        closures = _closures(path, moves, problem.trains, problem.exercise) if close else []
        before, state = state.path, _State(path, quiet, offset, resting, closures, moves)
        if before is not None and float(np.abs(path.v_mps - before.v_mps).max()) < _SETTLED_MPS:
            return state
        alike = [i for i, earlier in enumerate(visited) if state.judges_as(earlier)]
        visited.append(state)
        if alike and alike[-1] < len(visited) - 2:
            visited = visited[alike[-1] + 1 :]
            break
    return min(visited, key=lambda state: _cost(problem, state))


def _judged(
    problem: _Problem, path: Path, quiet: list[Quiet], v_info: Array
) -> tuple[list[bool], list[Stroke]]:
    """Return which quiet stretches are rest by a path, and its strokes."""
    key = path, tuple(quiet)
    if key not in problem.verdicts:
        least_m = _hysteresis(path, problem.trains, problem.exercise)
        moves = split_at_pauses(strokes(path.h_m, least_m), path.h_m, path.v_mps, _EDGE_MPS, least_m)
        problem.verdicts[key] = _judge_rest(path, quiet, v_info, problem), moves
    return problem.verdicts[key]


def _quiet_either_way(problem: _Problem, path: Path, offset: Array) -> list[Quiet]:
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
        own = np.clip(level, offset - _AXIS_SD_MPS2, offset + _AXIS_SD_MPS2)
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


def _is_held(problem: _Problem, stretch: Quiet) -> bool:
    return abs(problem.turned_ratio(stretch)) < _NOT_ON_ITS_WAY * stretch.duration_s


def _solve(problem: _Problem, state: _State) -> tuple[Path, Array]:
    """Return the path under a state's judgements, and the information on zero velocity that was used."""
    n = len(problem.frames) + 1
    v_info = _rest_information(state.quiet, state.resting, n, problem.exercise.rom_max_m)
    h_obs, h_info = np.zeros(n), np.zeros(n)
    if state.closures:
        _observe(state.closures, state.path, h_obs, h_info)
        evidence = Evidence(h_obs, h_info, v_info, problem.reach_info)
        return problem.smoother.path(evidence, state.path), v_info
    asked = v_info.tobytes()
    if asked not in problem.paths:  # judgements often come back to what they were
        problem.paths[asked] = problem.smoother.path(Evidence(h_obs, h_info, v_info, problem.reach_info))
    return problem.paths[asked], v_info


def _is_consistent(state: _State) -> bool:
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
        rests or float(path.v_mps[q.start : q.end].mean()) < -_MOVING_LEAST_MPS
        for q, rests in zip(state.quiet, state.resting, strict=True)
    )


def _cost(problem: _Problem, state: _State) -> float:
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
    means = _means(v, state.quiet)
    for stretch, rests, prior, mean in zip(state.quiet, state.resting, odds, means, strict=True):
        moving_sd = _moving_sd(stretch, problem.exercise.rom_max_m)
        # Against a movement as likely as can be: cutting a stretch in two is no evidence.
        total += _log_moving(-moving_sd * _LIKELIEST, _REST_SD_MPS, moving_sd)
        if rests:
            total -= _log_normal(mean, 2.0 * _REST_SD_MPS) + prior
        else:
            total -= _log_moving(mean, _REST_SD_MPS, moving_sd)
    return total


def _climbs(problem: _Problem, state: _State) -> int:
    """Count lifts that begin nearer the end of the lift before than its start, a pick-up left out."""
    path = state.path
    assert path is not None
    count = 0
    for train in problem.trains:
        lifts = _lifted(state.moves, train)
        climbs = [
            path.h_m[before.end] - path.h_m[lift.start] < 0.5 * min(before.travel_m, lift.travel_m)
            for before, lift in pairwise(state.moves[i] for i in lifts)
        ]
        picked_up = problem.exercise.starts_with == "con" and any(climbs[:1])
        count += sum(climbs) - picked_up
    return count


def _idle_lifts(problem: _Problem, state: _State) -> int:
    """Count lifts of repeated ones that were felt while the bar, by this state, did not rise."""
    rising = np.zeros(len(problem.frames) + 1, dtype=bool)
    for move in state.moves:
        rising[move.start : move.end + 1] |= move.up
    peaks = [lift.peak for train in problem.trains if len(train) >= _REPEATED for lift in train]
    return len(peaks) - int(rising[peaks].sum())


def _lifted(moves: list[Stroke], train: list[Lift]) -> list[int]:
    """Return which strokes carry a lift of a train."""
    peaks = np.array([x.peak for x in train])
    return [i for i, m in enumerate(moves) if m.up and ((peaks >= m.start) & (peaks <= m.end)).any()]


def _acceleration_density(frames: Frames, dv: Array, hit: NDArray[np.bool_], *, by_norm: bool) -> Array:
    """Density of acceleration error in each frame, (m/s^2)^2 s."""
    acc = dv / FRAME_S
    width = round(0.5 / FRAME_S)
    if by_norm or not frames.has_gyro:
        # |f| - g is too large by a_h^2 / 2g. Without a gyro a_h shows in how the direction of force wavers.
        waver = frames.up_axis - uniform_filter1d(
            frames.up_axis, round(2.0 / FRAME_S), axis=0, mode="nearest"
        )
        side_sq = frames.side_sq + GRAVITY_MPS2**2 * (waver * waver).sum(axis=1)
        side_sq = uniform_filter1d(side_sq, width, mode="nearest")
        error = _NORM_FLOOR_SD + side_sq / (2.0 * GRAVITY_MPS2)
    else:
        energy = uniform_filter1d(acc * acc + frames.side_sq, width, mode="nearest")
        error = _FLOOR_SD + _TILT_SD_RAD * np.sqrt(np.maximum(energy, 0.0))
    density: Array = 2.0 * error * error * _ERROR_TIME_S
    density[hit] += _RINGING_DV_SD_MPS**2 / IMPACT_RING_S
    jolted = jolts(dv)
    density[jolted] += (_JOLT_RATIO * dv[jolted]) ** 2 / FRAME_S
    density[struck(frames)] += _IMPACT_DV_SD_MPS**2 / (2.0 * FRAME_S)
    density += _hole_density(frames.unseen)
    density[frames.clipped > 0.0] += CLIP_ACC_SD_MPS2**2 * 2.0 * FRAME_S
    return density


def _hole_density(unseen: Array) -> Array:
    """Density of what a straight line over a hole gets wrong: little over a short one, all over a second.

    A movement with a memory of ``_HOLE_MEMORY_S`` departs from the line with the square of the hole's length.
    """
    density = np.zeros(len(unseen))
    for start, end in zip(*runs(unseen > 0.0), strict=True):
        hole_s = float(unseen[start:end].sum()) * FRAME_S
        acc_sd = GAP_ACC_SD_MPS2 * min(1.0, (hole_s / _HOLE_MEMORY_S) ** 2)
        density[start:end] = acc_sd**2 * hole_s**2 / ((end - start) * FRAME_S)
    return density


def _warming_error(frames: Frames) -> Array:
    """Shape of a steady drift of the offset, (N, 1): a cheap part that warms up, or cools."""
    minutes = np.arange(len(frames)) * (FRAME_S / 60.0)
    shape: Array = (minutes - minutes.mean()) * (_WARMING_MPS2_MIN / _AXIS_SD_MPS2)
    return shape[:, None]


def _axis_errors(frames: Frames) -> Array:
    """Shapes of the errors that an offset of each axis makes, (N, 3); (N, 0) where the sensor does not turn.

    The mean direction is left out: an offset seen from there is the common bias.
    """
    # Without a gyro the direction of force stands in for up: its slow part does.
    window_s = 0.2 if frames.has_gyro else 1.0
    axis = uniform_filter1d(frames.up_axis, round(window_s / FRAME_S), axis=0, mode="nearest")
    x, y, z = offsets = np.ascontiguousarray(axis.T)
    shapes = offsets - np.median(offsets, axis=1, keepdims=True)
    if math.sqrt(float(np.square(shapes).sum(axis=0).mean())) < _TURN_LEAST:
        return np.zeros((len(frames), 0))
    bent = np.array([x * x, y * y, x * y, y * z, z * x]) * (_SCALE_RATIO * GRAVITY_MPS2 / _AXIS_SD_MPS2)
    bent -= np.median(bent, axis=1, keepdims=True)
    return np.concatenate([shapes, bent]).T


@dataclass(frozen=True, slots=True)
class _Closure:
    """Turning points that should be at one height."""

    edges: tuple[int, ...]
    sd_m: float


def _first_closures(trains: list[list[Lift]], exercise: Exercise) -> list[_Closure]:
    level_at_top = exercise.level == "top"
    return [
        _Closure(tuple(x.end if level_at_top else x.start for x in train), _FIRST_LOOK_SD_M)
        for train in trains
        if len(train) > 1
    ]


def _closures(
    path: Path, moves: list[Stroke], trains: list[list[Lift]], exercise: Exercise
) -> list[_Closure]:
    """Tops and bottoms of the strokes that carry a candidate lift, train by train.

    The first lowering's start and the last one's end belong to them: there the bar stands before and after,
    and the point is where it departs or arrives, not the extreme of what a walk-out or the rack adds.
    """
    top_sd, bottom_sd = (
        (_CLOSURE_SD_M, _TURN_SD_M) if exercise.level == "top" else (_TURN_SD_M, _CLOSURE_SD_M)
    )
    out = []
    for train in trains:
        own = _lifted(moves, train)
        if not own:
            continue
        tops, bottoms = [moves[i].end for i in own], [moves[i].start for i in own]
        first, last = own[0] - 1, own[-1] + 1
        if first >= 0 and moves[first].travel_m > 0.5 * moves[own[0]].travel_m:
            departs, _ = stroke_edges(path.h_m, path.v_mps, moves[first], _EDGE_MPS)
            tops.insert(0, round(departs))
        if last < len(moves) and moves[last].travel_m > 0.5 * moves[own[-1]].travel_m:
            _, arrives = stroke_edges(path.h_m, path.v_mps, moves[last], _EDGE_MPS)
            bottoms.append(round(arrives))
        for edges, sd in ((tops, top_sd), (bottoms, bottom_sd)):
            if len(edges) > 1:
                out.append(_Closure(tuple(edges), sd))
    return out


def _observe(closures: list[_Closure], path: Path | None, h_obs: Array, h_info: Array) -> None:
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


def _rest_information(quiet: list[Quiet], resting: list[bool], n: int, rom_max_m: float) -> Array:
    """Information, edge by edge, on velocity being zero."""
    info = np.zeros(n)
    for stretch, rests in zip(quiet, resting, strict=True):
        size = stretch.end - stretch.start
        if rests:
            info[stretch.start : stretch.end] = FRAME_S / (_REST_SD_MPS**2 * _REST_CORRELATION_S)
        else:
            info[stretch.start : stretch.end] = 1.0 / (_moving_sd(stretch, rom_max_m) ** 2 * size)
    return info


def _moving_sd(stretch: Quiet, rom_max_m: float) -> float:
    """Spread of the velocity a quiet stretch may have if it moves: it stays inside the lift's travel."""
    return min(_MOVING_SD_MPS, 0.6 * rom_max_m / stretch.duration_s)


def _judge_rest(path: Path, quiet: list[Quiet], v_info: Array, problem: _Problem) -> list[bool]:
    """Weigh rest against slow movement for each quiet stretch, leaving out the stretch's own evidence."""
    verdicts = []
    means, informed = _means(path.v_mps, quiet), _means(v_info, quiet)
    for q, prior, mean, info in zip(quiet, problem.prior_log_odds(quiet), means, informed, strict=True):
        var = path.v_sd(q.start, q.end) ** 2
        rest_of_it = 1.0 / var - info * (q.end - q.start)
        others = 1.0 / rest_of_it if rest_of_it > 1e-3 else 1e3
        v = mean * others / var
        rest = _log_normal(v, math.hypot(2.0 * _REST_SD_MPS, math.sqrt(others)))
        move = _log_moving(v, math.sqrt(others), _moving_sd(q, problem.exercise.rom_max_m))
        verdicts.append(rest - move + prior > math.log(_REST_ODDS))
    return verdicts


def _means(values: Array, quiet: list[Quiet]) -> list[float]:
    """Return the mean of values at the frame edges over each quiet stretch."""
    if not quiet:
        return []
    ends = np.array([(q.start, q.end) for q in quiet])
    means: list[float] = (np.add.reduceat(values, ends.ravel())[::2] / (ends[:, 1] - ends[:, 0])).tolist()
    return means


def _log_normal(v: float, sd: float) -> float:
    return -math.log(sd) - 0.5 * (v / sd) ** 2


def _log_moving(v: float, v_sd: float, moving_sd: float) -> float:
    """Log density of a quiet movement's velocity: weights are lowered steadily and lifted in one go."""
    down = 0.5 * math.erfc(v / (math.sqrt(2.0) * max(v_sd, 1e-4)))
    share = 2.0 * (_DOWN_SHARE * down + (1.0 - _DOWN_SHARE) * (1.0 - down))
    return math.log(share) + _log_normal(v, math.hypot(moving_sd, v_sd))


def _hysteresis(path: Path, trains: list[list[Lift]], exercise: Exercise) -> float:
    """Height a turn must have to count: part of the typical lift, never less than half the shortest."""
    travel = [abs(path.h_m[x.end] - path.h_m[x.start]) for train in trains for x in train]
    typical = float(np.median(travel)) if travel else exercise.rom_min_m
    return float(np.clip(0.3 * typical, 0.4 * exercise.rom_min_m, 0.25 * exercise.rom_max_m + 0.05))
