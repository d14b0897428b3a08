"""One stretch solved into reps: motion, verdicts and measures put together, live and offline alike."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, maximum_filter1d, uniform_filter1d

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import Exercise
from imu_tempo.motion import Motion, solve_motion
from imu_tempo.reps.candidates import braked
from imu_tempo.reps.measure import mean_propulsive_speed, mean_speed, peak_speed, second_mean_speed
from imu_tempo.reps.spread import with_spreads
from imu_tempo.reps.verdict import NotRep, Rep, Scene, Verdict, judge, tumbling
from imu_tempo.schema import NAN, RejectedRow, RepRow
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.filters import low_pass
from imu_tempo.signal.frames import Frames

Array = NDArray[np.float64]

_EDGE_BANDWIDTH_HZ = 12.0
"""Edges are sought on velocity below this: a fast lift's first push has nothing above it that would move an
edge."""
_SHAKY_BANDWIDTH_HZ = 5.0
"""The same where the bar shakes: tremor (8-12 Hz) crosses a 0.02 m/s threshold many times."""
_SHAKY_MPS = 0.006
_SHAKE_S = 0.6
_SHAKE_TURNS = 5
"""Velocity above the lower bandwidth that goes back and forth so often in so long is shaking: tremor at 8 Hz
turns ten times, the push and the stop of a fast lift turn it three times."""
_STRUCK_S = 0.1
"""Next to an impact or a sharp stop velocity is taken as it is: a low-pass would smear the stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A stretch of frames, its motion, and what was found in it."""

    motion: Motion
    verdict: Verdict
    sets: list[list[RepRow]]
    rejected: list[RejectedRow]


def solve(
    frames: Frames,
    exercise: Exercise,
    definitions: Definitions,
    offset_sd_mps2: float,
    *,
    first_set: int = 1,
) -> Solved:
    """Solve a stretch of frames.

    Parameters
    ----------
    frames
        The stretch.
    exercise, definitions
        What may be assumed, and how quantities are defined.
    offset_sd_mps2
        How far vertical acceleration may be off as a whole, see :class:`imu_tempo.signal.vertical.RestFacts`.
    first_set
        Number of the first set found.
    """
    motion = solve_motion(frames, exercise, offset_sd_mps2)
    height = motion.path.h_m
    calm = _calm(motion)
    scene = Scene(
        height_m=height,
        velocity_mps=calm,
        tumble_radps=tumbling(frames),
        moves=motion.strokes,
        pushes=braked(motion.lifts),
        repeated=np.array([lift.peak for lift in motion.turning_alike], dtype=np.intp),
        rise_sd_m=motion.path.rise_sd,
        exercise=exercise,
        definitions=definitions,
    )
    verdict = judge(scene)
    sets = [_rows(reps, motion, exercise, definitions, first_set + i) for i, reps in enumerate(verdict.sets)]
    start_s = frames.start_s
    rejected = [
        RejectedRow(
            start_s=start_s + r.start * FRAME_S,
            end_s=start_s + r.end * FRAME_S,
            reason=r.reason,
            detail=r.detail,
        )
        for r in sorted([*verdict.rejected, *_small_lifts(motion, verdict)], key=lambda r: r.start)
    ]
    return Solved(motion, verdict, sets, rejected)


def _small_lifts(motion: Motion, verdict: Verdict) -> list[NotRep]:
    """Return lifts that were felt but rose too little to be looked at: an unrack, a step, a hitch."""
    spans = [(rep.start, rep.end) for reps in verdict.sets for rep in reps]
    spans += [(r.start, r.end) for r in verdict.rejected]
    small = []
    for lift in motion.lifts:
        if not any(start <= lift.peak <= end for start, end in spans):
            rise_m = float(np.ptp(motion.path.h_m[lift.start : lift.end + 1]))
            detail = f"rose {rise_m:.2f} m: an unrack, a step or a hitch rather than a lift"
            small.append(NotRep(float(lift.start), float(lift.end), "short", detail))
    return small


def _calm(motion: Motion) -> Array:
    """Velocity for finding edges: without tremor, but with the sharp stop of an impact left sharp."""
    velocity = motion.path.v_mps
    steady = low_pass(velocity, _SHAKY_BANDWIDTH_HZ)
    near = binary_dilation(np.append(motion.masked, False), iterations=round(_STRUCK_S / FRAME_S))
    calm = np.where(_shakes(velocity - steady), steady, low_pass(velocity, _EDGE_BANDWIDTH_HZ))
    return np.where(near, velocity, calm)


def _shakes(fast_mps: Array) -> NDArray[np.bool_]:
    """Return where velocity above the lower bandwidth goes back and forth; a push or a stop goes once."""
    seen = np.flatnonzero(np.abs(fast_mps) > _SHAKY_MPS)
    back = seen[1:][np.sign(fast_mps[seen[1:]]) != np.sign(fast_mps[seen[:-1]])]
    window = round(_SHAKE_S / FRAME_S)
    turned = np.zeros(len(fast_mps))
    turned[back] = 1.0
    often = uniform_filter1d(turned, window, mode="constant") * window > _SHAKE_TURNS - 0.5
    shaking: NDArray[np.bool_] = maximum_filter1d(often, window)
    return shaking


_SIGMA_STEP_S = 2.0
"""The standard deviation of velocity is worked out this often for the samples table, and drawn straight
between."""


def samples_of(solved: Solved) -> dict[str, NDArray[np.generic]]:
    """Return a solved stretch as columns of the samples table, one row a frame edge but the last."""
    motion, n = solved.motion, len(solved.motion.frames)
    path = motion.path
    step = round(_SIGMA_STEP_S / FRAME_S)
    marks = np.arange(0, n + step, step)
    sigma = np.array([path.v_sd(min(int(k), n)) for k in marks])
    return {
        "t_s": motion.frames.edges_s[:-1],
        "acc_up_mps2": motion.frames.dv_mps / FRAME_S - motion.offset_mps2,
        "vel_up_mps": path.v_mps[:-1],
        "pos_up_m": path.h_m[:-1] - _ground(solved),
        "phase": _phase_names(solved),
        "sigma_v_mps": np.interp(np.arange(n), marks, sigma),
    }


def _ground(solved: Solved) -> float:
    """Height of the lowest turnaround of the reps: zero of the samples table's heights."""
    height = solved.motion.path.h_m
    bottoms = [float(height[rep.con.stroke.start]) for reps in solved.verdict.sets for rep in reps]
    return float(np.median(bottoms)) if bottoms else float(height[0])


def _phase_names(solved: Solved) -> NDArray[np.str_]:
    """Name each frame edge: the moving phases of accepted reps, the pauses inside a set, rest elsewhere."""
    names = np.full(len(solved.motion.frames), "rest", dtype="<U6")
    for reps in solved.verdict.sets:
        moving = sorted(
            [(rep.con, "con", "top") for rep in reps]
            + [(rep.ecc, "ecc", "bottom") for rep in reps if rep.ecc],
            key=lambda item: item[0].start,
        )
        for i, (phase, name, pause) in enumerate(moving):
            start, end = math.ceil(phase.start), math.ceil(phase.end)
            names[start:end] = name
            if i + 1 < len(moving):
                names[end : math.ceil(moving[i + 1][0].start)] = pause
    return names


def _rows(
    reps: list[Rep], motion: Motion, exercise: Exercise, definitions: Definitions, set_no: int
) -> list[RepRow]:
    height, velocity = motion.path.h_m, motion.path.v_mps
    smooth_v = low_pass(velocity, definitions.peak_bandwidth_hz)
    at_top = exercise.level == "top"
    levels = np.array([height[r.con.stroke.end if at_top else r.con.stroke.start] for r in reps])
    level = float(np.median(levels))
    rows = []
    for i, rep in enumerate(reps):
        following = reps[i + 1] if i + 1 < len(reps) else None
        row = _row(rep, following, motion, smooth_v, definitions)
        rows.append(
            replace(
                row,
                set_no=set_no,
                rep_no=i + 1,
                closure_m=float(levels[i] - level),
                exercise=exercise.name,
            )
        )
    rows = with_spreads(rows, reps, motion.path, definitions)
    return [_with_quality(row, rep, motion) for row, rep in zip(rows, reps, strict=True)]


def _row(
    rep: Rep, following: Rep | None, motion: Motion, smooth_v: Array, definitions: Definitions
) -> RepRow:
    height, velocity = motion.path.h_m, motion.path.v_mps
    t0 = motion.frames.start_s

    def at_s(edge: float) -> float:
        return t0 + edge * FRAME_S

    con, ecc = rep.con, rep.ecc
    rom, mcv = mean_speed(height, velocity, con)
    mev = mean_speed(height, velocity, ecc)[1] if ecc else NAN
    bottom_s = top_s = NAN
    after_s = (following.start - rep.end) * FRAME_S if following else NAN
    if rep.lowers_first:
        top_s = after_s
        if ecc:
            bottom_s = (con.start - ecc.end) * FRAME_S
    elif ecc:
        top_s, bottom_s = (ecc.start - con.end) * FRAME_S, after_s
    return RepRow(
        set_no=0,
        rep_no=0,
        ecc_start_s=at_s(ecc.start) if ecc else NAN,
        ecc_end_s=at_s(ecc.end) if ecc else NAN,
        con_start_s=at_s(con.start),
        con_end_s=at_s(con.end),
        ecc_s=(ecc.end - ecc.start) * FRAME_S if ecc else NAN,
        bottom_s=bottom_s,
        con_s=(con.end - con.start) * FRAME_S,
        top_s=top_s,
        tut_s=(rep.end - rep.start) * FRAME_S,
        rom_m=rom / (1.0 - 2.0 * definitions.travel_margin),
        mcv_mps=mcv,
        mpv_mps=mean_propulsive_speed(height, velocity, con, definitions.mpv_braking_mps2),
        pcv_mps=peak_speed(smooth_v, con),
        mev_mps=mev,
        pev_mps=peak_speed(smooth_v, ecc) if ecc else NAN,
    )


def _with_quality(row: RepRow, rep: Rep, motion: Motion) -> RepRow:
    """Return a row with its flags, and the confidence that they leave."""
    phases = [p for p in (rep.ecc, rep.con) if p]
    lo, hi = int(rep.start), int(rep.end) + 1
    moving = np.zeros(len(motion.frames), dtype=bool)
    for p in phases:
        # The hit that ends a lowering on the floor belongs to the lift; one in the middle does not.
        moving[int(p.start) + 1 : max(int(p.end) - _LANDING, int(p.start) + 1)] = True
    frames, second = motion.frames, second_mean_speed(motion.frames.dv_norm_mps, motion.path.v_mps, rep.con)
    found = {
        "partial": rep.partial,
        "edge": rep.cut,
        "gap": bool((frames.unseen[lo:hi] > 0.0).any()),
        "clipped": bool((frames.clipped[lo:hi] > 0.0).any()),
        "impact": bool(motion.hit[moving].any()),
        "drift": row.mcv_sd_mps > _MCV_SD_MPS or abs(row.closure_m) > _CLOSURE_M,
        "disagree": abs(second - row.mcv_mps) > _DISAGREE_MPS and not motion.turns,
    }
    flags = [name for name, on in found.items() if on]
    confidence = math.prod(_TRUST[name] for name in flags)
    return replace(row, quality=" ".join(flags), confidence=confidence)


_LANDING = round(0.15 / FRAME_S)
_MCV_SD_MPS = 0.03
"""A mean velocity less certain than this cannot tell a tired rep from a fresh one."""
_CLOSURE_M = 0.08
"""A rep that ends this far from its set's level was not solved well, or was another movement."""
_DISAGREE_MPS = 0.08
"""Two estimators of one mean velocity that differ by more: one of them is wrong."""
_TRUST = {
    "partial": 1.0,
    "edge": 0.6,
    "gap": 0.5,
    "clipped": 0.6,
    "impact": 0.6,
    "drift": 0.4,
    "disagree": 0.4,
}
"""What each flag leaves of the confidence in a rep's velocity."""
