"""Which movements are reps, and why the others are not.

A rep is told by what it shares with its set: it leaves from and returns to the set's levels, and travels
like the lift does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import Exercise
from imu_tempo.reps.candidates import Lift
from imu_tempo.reps.family import LEVEL_RATIO, Candidate, candidate, typical
from imu_tempo.reps.strokes import Stroke, stroke_edges, travel_edges
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.quiet import runs

Array = NDArray[np.float64]

_SHORT_RATIO = 0.3
"""A lift that travels less than this part of its set's is no partial rep but a bounce, a step or a hitch."""
_AT_EDGE_S = 1.0
"""A movement this near to the beginning or end of the recording may have its other half outside."""
_TUMBLE_S = 2.0
"""Time over which turning is looked at: a rep."""
_FAST_TURN_RADPS = 2.0
"""Turning faster than this counts as this: a sleeve spins at 20 rad/s, and its axis is never quite level."""
_TUMBLE_RADPS = {"bar": 0.12, "implement": 0.45, "body": 0.45}
"""Turning (rad/s) times sine of leaving the plane: real and simulated bars stay below 0.08, with a spinning
sleeve too, and handling them is above 0.13. Real curls reach 0.4, for the forearm twists."""
_BOB_MPS = 0.08
"""Vertical speed of a walker's bob (3 cm at 2 Hz is 0.2 m/s peak); tremor and sticking stay below."""
_BOBS = 3
"""So many bobs are steps."""
_SURE_SD = 4.0
"""A rise without a felt push is believed beyond this many standard deviations: gentle rehabilitation work."""
_FELT_RATIO = 0.2
"""A push was that of a rise if in the band it travels at least this part of it: lifts of up to 3 s keep a
quarter of theirs there, and a fidget is no push."""
_FAILED_RATIO = 0.6
"""A last partial lift slower than this part of the set's usual is a failed one; a chosen partial is not
slow."""
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
    """One accepted rep.

    Attributes
    ----------
    con, ecc
        Its phases; ``ecc`` is None where the lowering is missing.
    lowers_first
        Whether the lift starts with the lowering.
    partial
        Travels clearly less than its set.
    cut
        The recording begins or ends inside it.
    """

    con: Phase
    ecc: Phase | None
    lowers_first: bool
    partial: bool
    cut: bool

    @property
    def start(self) -> float:
        """First edge."""
        return min(self.con.start, self.ecc.start) if self.ecc else self.con.start

    @property
    def end(self) -> float:
        """Last edge."""
        return max(self.con.end, self.ecc.end) if self.ecc else self.con.end

    @property
    def mcv_mps(self) -> float:
        """Mean concentric velocity, by the stroke's whole travel: good enough to compare reps."""
        return self.con.stroke.travel_m / ((self.con.end - self.con.start) * FRAME_S)


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


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the verdicts are drawn from.

    Attributes
    ----------
    height_m, velocity_mps
        (N + 1,) solved path; velocity low-passed for edges.
    tumble_radps
        (N,) turning about more than one axis; see :func:`tumbling`.
    moves
        Strokes in order.
    pushes
        Lifts that were felt: seen in band-passed velocity, pushed and braked.
    repeated
        Frame edges of those that turn the sensor all the same way.
    rise_sd_m
        Standard deviation of the height gained between two edges.
    """

    height_m: Array
    velocity_mps: Array
    tumble_radps: Array
    moves: list[Stroke]
    pushes: Sequence[Lift]
    repeated: NDArray[np.intp]
    rise_sd_m: Callable[[int, int], float]
    exercise: Exercise
    definitions: Definitions


def tumbling(frames: Frames) -> Array:
    """Return (N,) the angular rate, weighted by how far the turn leaves one plane.

    A bar or a forearm turns about one level axis, so the direction of up stays in a plane of the sensor. A
    bar or dumbbell that is being handled turns about all of them: up leaves every plane.
    """
    x, y, z = uniform_filter1d(np.ascontiguousarray(frames.up_axis.T), 5, mode="nearest")
    window = round(_TUMBLE_S / FRAME_S)
    products = np.array([x * x, x * y, x * z, x * y, y * y, y * z, x * z, y * z, z * z])
    local = uniform_filter1d(products, window, mode="nearest")[:, ::5].T.reshape(-1, 3, 3)
    out_of_plane = np.sqrt(np.maximum(np.linalg.eigvalsh(local)[:, 0], 0.0))
    # A running sum may end a little below zero where the sensor did not turn at all.
    rate = np.sqrt(np.maximum(uniform_filter1d(frames.turn_sq, window, mode="nearest"), 0.0))
    tumble: Array = np.minimum(rate, _FAST_TURN_RADPS) * np.repeat(out_of_plane, 5)[: len(rate)]
    return tumble


def judge(scene: Scene) -> Verdict:
    """Sort strokes into reps and others."""
    rejected: list[NotRep] = []
    lifts: list[int] = []
    for i, move in enumerate(scene.moves):
        if not move.up:
            continue
        reason = _out_of_bounds(move, scene.exercise) or _drifted(move, scene) or _handled(move, scene)
        if reason:
            rejected.append(_not_rep(move, *reason))
        else:
            lifts.append(i)
    sets: list[list[Rep]] = []
    for group in _by_rest(lifts, scene):
        reps = _judge_set(group, scene, rejected)
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


def _drifted(move: Stroke, scene: Scene) -> tuple[str, str] | None:
    """Whether a rise is nothing that was felt: no push, and a height that may as well be drift."""
    pushed_m = max((p.travel_m for p in scene.pushes if move.start <= p.peak <= move.end), default=0.0)
    if pushed_m > _FELT_RATIO * move.travel_m:
        return None
    sd = scene.rise_sd_m(move.start, move.end)
    if move.travel_m > _SURE_SD * sd:
        return None
    return "drift", f"seemed to rise {move.travel_m:.2f} m (sd {sd:.2f} m) without a push"


def _handled(move: Stroke, scene: Scene) -> tuple[str, str] | None:
    """Whether the implement tumbled while it rose, and not as in the other lifts: wrists twist in a curl."""
    if ((scene.repeated >= move.start) & (scene.repeated <= move.end)).any():
        return None
    if _tumbled(move, scene):
        return "handling", f"turned about more than one axis while it rose {move.travel_m:.2f} m"
    return None


def _tumbled(move: Stroke, scene: Scene) -> bool:
    tumble = float(scene.tumble_radps[move.start : move.end + 1].mean())
    return tumble > _TUMBLE_RADPS[scene.exercise.mount]


def _not_rep(move: Stroke, reason: str, detail: str) -> NotRep:
    return NotRep(float(move.start), float(move.end), reason, detail)


def _by_rest(lifts: list[int], scene: Scene) -> list[list[int]]:
    """Split lifts into sets where the bar rests longer than a set allows between two movements."""
    out: list[list[int]] = []
    for i in lifts:
        if out and not _long_rest(scene.moves[out[-1][-1]], scene.moves[i], scene):
            out[-1].append(i)
        else:
            out.append([i])
    return out


def _long_rest(first: Stroke, second: Stroke, scene: Scene) -> bool:
    """Tell whether the bar stays still for a set's rest anywhere between two lifts.

    From where the first arrives to where the second departs: turning points may lie anywhere in a flat rest.
    """
    threshold = scene.definitions.edge_velocity_mps
    arrives = stroke_edges(scene.height_m, scene.velocity_mps, first, threshold)[1]
    departs = stroke_edges(scene.height_m, scene.velocity_mps, second, threshold)[0]
    between = np.abs(scene.velocity_mps[int(arrives) : int(departs) + 2])
    moving = np.flatnonzero(np.concatenate([[True], between >= 2.0 * threshold, [True]]))
    return bool(np.diff(moving).max() * FRAME_S > scene.definitions.set_rest_s)


def _judge_set(group: list[int], scene: Scene, rejected: list[NotRep]) -> list[Rep]:
    exercise = _resolved(group, scene)
    found = [candidate(i, scene.moves, scene.height_m, exercise) for i in group]
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
    for c in found:
        reason = _stranger(c, rom, level, exercise, scene)
        if reason:
            rejected.append(_not_rep(c.move, *reason))
            continue
        rep = _rep(c, rom, exercise, scene)
        other = _let_down(rep, scene) or _walked(rep, scene)
        if other:
            rejected.append(_not_rep(c.move, *other))
        else:
            reps.append(rep)
    return _without_failed(reps, rejected)


def _resolved(group: list[int], scene: Scene) -> Exercise:
    """Let the data say how a lift starts: with the lowering if one like it comes before the first rise."""
    if scene.exercise.starts_with != "auto":
        return scene.exercise
    first = group[0]
    rise = scene.moves[first]
    before = scene.moves[first - 1] if first > 0 else None
    lowers_first = before is not None and not before.up and before.travel_m > _PAIR_RATIO * rise.travel_m
    return replace(
        scene.exercise,
        starts_with="ecc" if lowers_first else "con",
        level="top" if lowers_first else "bottom",
    )


def _rep(c: Candidate, rom: float, exercise: Exercise, scene: Scene) -> Rep:
    last = len(scene.height_m) - 1

    def phase(stroke: Stroke) -> Phase:
        return Phase(*_edges(stroke, scene), stroke)

    con = phase(c.move)
    ecc = None
    if c.lowering is not None and c.lowering.travel_m >= _PAIR_RATIO * c.move.travel_m:
        ecc = phase(_to_the_level(c, rom, exercise, scene))
    lowers_first = exercise.starts_with == "ecc"
    phases = [con, ecc] if ecc else [con]
    cut = (
        any(_is_cut(p, scene) for p in phases)
        or (lowers_first and ecc is None)
        or (not lowers_first and ecc is None and last - con.end < _AT_EDGE_S / FRAME_S)
    )
    return Rep(con, ecc, lowers_first, c.move.travel_m < scene.definitions.partial_ratio * rom, cut)


def _to_the_level(c: Candidate, rom: float, exercise: Exercise, scene: Scene) -> Stroke:
    """Return a lift's lowering without what goes on below the level: the last one may end on the floor.

    It is cut where the bar is slowest near the level, if it all but stops there.
    """
    lowering = c.lowering
    assert lowering is not None
    height, speed = scene.height_m, np.abs(scene.velocity_mps)
    if exercise.starts_with == "ecc" or height[lowering.end] > height[c.move.start] - LEVEL_RATIO * rom:
        return lowering
    inside = np.arange(lowering.start, lowering.end)
    near = inside[np.abs(height[inside] - height[c.move.start]) < LEVEL_RATIO * rom]
    slowest = int(near[np.argmin(speed[near])]) if len(near) else lowering.end
    if speed[slowest] > scene.definitions.edge_velocity_mps:
        return lowering
    return replace(lowering, end=slowest, travel_m=float(height[lowering.start] - height[slowest]))


def _edges(stroke: Stroke, scene: Scene) -> tuple[float, float]:
    """Departure and arrival as defined."""
    height, velocity, by = scene.height_m, scene.velocity_mps, scene.definitions
    if by.travel_margin > 0.0:
        return travel_edges(height, velocity, stroke, by.edge_velocity_mps, by.travel_margin)
    return stroke_edges(height, velocity, stroke, by.edge_velocity_mps)


def _is_cut(phase: Phase, scene: Scene) -> bool:
    """Whether the recording begins or ends while the bar moves."""
    threshold = scene.definitions.edge_velocity_mps
    start, end = stroke_edges(scene.height_m, scene.velocity_mps, phase.stroke, threshold)
    return start <= 1.0 or end >= len(scene.height_m) - 2.0


def _stranger(
    c: Candidate, rom: float, level: float, exercise: Exercise, scene: Scene
) -> tuple[str, str] | None:
    """Why a lift inside the bounds is still not a rep of its set, or None."""
    if c.move.travel_m < _SHORT_RATIO * rom:
        return "short", f"rose {c.move.travel_m:.2f} m where the set's lifts rise {rom:.2f} m"
    miss = c.level_m - level
    if exercise.starts_with == "ecc":
        alone = c.lowering is None or c.lowering.travel_m < _PAIR_RATIO * c.move.travel_m
        if alone and not _begins_with(c.move, scene):
            return "unrack", f"rose {c.move.travel_m:.2f} m without a lowering before it"
        if abs(miss) > LEVEL_RATIO * rom:
            return "failed", f"ended {miss:+.2f} m from the set's lockout height"
    elif abs(miss) > LEVEL_RATIO * rom:
        return "pickup", f"began {miss:+.2f} m from the height the set's lifts begin at"
    return None


def _begins_with(move: Stroke, scene: Scene) -> bool:
    """Whether the recording begins inside this rep: in its lift or lowering, and the bar comes down again."""
    start = stroke_edges(scene.height_m, scene.velocity_mps, move, scene.definitions.edge_velocity_mps)[0]
    after = [m for m in scene.moves if m.start >= move.end][:1]
    returns = bool(after) and after[0].travel_m >= _PAIR_RATIO * move.travel_m
    return start * FRAME_S < _AT_EDGE_S and returns


def _let_down(rep: Rep, scene: Scene) -> tuple[str, str] | None:
    """Whether the implement tumbled in the lowering of a lift that did not."""
    lift = rep.con.stroke
    if ((scene.repeated >= lift.start) & (scene.repeated <= lift.end)).any():
        return None
    if rep.ecc and _tumbled(rep.ecc.stroke, scene):
        return "handling", "turned about more than one axis while it was lowered"
    return None


def _walked(rep: Rep, scene: Scene) -> tuple[str, str] | None:
    """Whether the bar bobbed with steps between the lift and the lowering, or during them."""
    phases = sorted([rep.con, *([rep.ecc] if rep.ecc else [])], key=lambda p: p.start)
    down, up = 0, 0
    for p in phases:
        along = scene.velocity_mps[round(p.start) : round(p.end)] * (1.0 if p.stroke.up else -1.0)
        down += len(runs(along < -_BOB_MPS)[0])
    if len(phases) == 2:
        pause = scene.velocity_mps[round(phases[0].end) : round(phases[1].start)]
        up = min(len(runs(pause > _BOB_MPS)[0]), len(runs(pause < -_BOB_MPS)[0]))
    if down + up >= _BOBS:
        return "carry", f"bobbed {down + up} times within one lift and lowering, as a bar that is walked with"
    return None


def _without_failed(reps: list[Rep], rejected: list[NotRep]) -> list[Rep]:
    """Take off a last attempt from the bottom that got part of the way, slowly, and came down again."""
    if len(reps) < 2 or reps[-1].lowers_first or not reps[-1].partial:
        return reps
    last = reps[-1]
    usual = float(np.median([r.mcv_mps for r in reps[:-1]]))
    if last.mcv_mps > _FAILED_RATIO * usual:
        return reps
    detail = f"rose {last.con.stroke.travel_m:.2f} m at {last.mcv_mps:.2f} m/s, stalled and came down"
    rejected.append(_not_rep(last.con.stroke, "failed", detail))
    return reps[:-1]
