"""A rep measured anew from the solved samples of an analysis, after a person has said where it is.

The numbers come from the same functions as those of the analysis. Two things are not in the samples table and
are bounded instead: the standard deviation of a mean velocity is taken as that of velocity itself, which it
never exceeds, and what a hit or a gap does to a rep is taken over from the reps it is made of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.definitions import Definitions
from imu_tempo.reps.measure import mean_propulsive_speed, mean_speed, peak_speed
from imu_tempo.reps.strokes import Stroke, stroke_edges, strokes, travel_edges
from imu_tempo.reps.verdict import Phase
from imu_tempo.schema import NAN, RepRow
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.filters import low_pass

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

_AROUND_S = 2.0
"""Motion looked at beyond the stretch in question, for the low-pass of peak velocity to settle."""
_TURN_RATIO = 0.25
"""Part of the stretch's whole travel that a turn needs to count as one: a bounce or a hitch has less."""
_PAIR_RATIO = 0.5
"""A lowering belongs to a lift if it travels at least this part of it."""
_EDGE_BANDWIDTH_HZ = 12.0
"""Edges are sought on velocity below this, as in the analysis: nothing above it moves an edge."""
_SAME_S = 1e-6
"""Two reckonings of one pause differ by rounding alone."""
_EDGE_SD_MOST_S = 2.0
"""An edge nobody can place better than this is not placed at all."""
_SLOPE_LEAST_MPS2 = 1e-3


@dataclass(frozen=True, slots=True)
class Lift:
    """Departure and arrival of a lift and of its lowering, s; the lowering None where there is none."""

    con: tuple[float, float]
    ecc: tuple[float, float] | None

    @property
    def start_s(self) -> float:
        """First edge."""
        return min(self.con[0], self.ecc[0]) if self.ecc else self.con[0]

    @property
    def end_s(self) -> float:
        """Last edge."""
        return max(self.con[1], self.ecc[1]) if self.ecc else self.con[1]


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Solved motion without a hole: height (m), velocity (m/s) and its standard deviation at even frames."""

    start_s: float
    height_m: Array
    velocity_mps: Array
    sigma_v_mps: Array

    @classmethod
    def around(cls, samples: pd.DataFrame, start_s: float, end_s: float) -> Track | None:
        """Return the motion of a stretch and a little around it; None where it was not solved throughout."""
        t_s = samples["t_s"].to_numpy()
        lo, hi = np.searchsorted(t_s, [start_s - _AROUND_S, end_s + _AROUND_S])
        names = ("t_s", "pos_up_m", "vel_up_mps", "sigma_v_mps")
        t_s, height, velocity, sigma = (samples[name].to_numpy()[lo:hi] for name in names)
        holes = ~np.isfinite(height + velocity)
        holes[1:] |= np.abs(np.diff(t_s) - FRAME_S) > 0.5 * FRAME_S
        inside = np.flatnonzero((t_s >= start_s) & (t_s < end_s))
        if len(inside) < 2 or holes[inside[1:]].any():
            return None
        before, after = np.flatnonzero(holes[: inside[1]]), np.flatnonzero(holes[inside[-1] + 1 :])
        first = int(before[-1]) if len(before) else 0
        last = int(inside[-1] + 1 + after[0]) if len(after) else len(t_s)
        part = slice(first, last)
        return cls(float(t_s[first]), height[part], velocity[part], sigma[part])

    def frame(self, t_s: float) -> float:
        """Return a time as a frame with its fraction."""
        return min(max((t_s - self.start_s) / FRAME_S, 0.0), len(self.height_m) - 1.0)

    def time_s(self, frame: float) -> float:
        """Return a frame's time."""
        return self.start_s + frame * FRAME_S

    def phase(self, span: tuple[float, float], *, up: bool) -> Phase:
        """Return a stretch of time as a phase."""
        start, end = self.frame(span[0]), self.frame(span[1])
        lo, hi = int(start), math.ceil(end)
        travel = float(abs(self.height_m[hi] - self.height_m[lo]))
        return Phase(start, end, Stroke(lo, hi, up, travel))


def find_lift(
    track: Track,
    window: tuple[float, float],
    definitions: Definitions,
    *,
    lowers_first: bool,
    inside: tuple[float, float] | None = None,
) -> Lift | None:
    """Return the highest rise in a window and the lowering that belongs to it; None where nothing rises.

    Parameters
    ----------
    window
        Stretch of time, s, outside which nothing is looked at.
    lowers_first
        Whether the lowering comes before the lift.
    inside
        The middle of the rise lies in here; in the window, by default.
    """
    lo, hi = round(track.frame(window[0])), round(track.frame(window[1]))
    height = track.height_m[lo : hi + 1]
    velocity = low_pass(track.velocity_mps, _EDGE_BANDWIDTH_HZ)[lo : hi + 1]
    if len(height) < 2:
        return None
    moves = strokes(height, _TURN_RATIO * float(np.ptp(height)))
    first, last = (0.0, math.inf) if inside is None else (track.frame(s) - lo for s in inside)
    rises = [i for i, m in enumerate(moves) if m.up and first <= (m.start + m.end) / 2 <= last]
    if not rises:
        return None
    k = max(rises, key=lambda i: moves[i].travel_m)
    j = k - 1 if lowers_first else k + 1

    def edges_s(move: Stroke) -> tuple[float, float]:
        start, end = _edges(height, velocity, move, definitions)
        return track.time_s(lo + start), track.time_s(lo + end)

    paired = 0 <= j < len(moves) and moves[j].travel_m >= _PAIR_RATIO * moves[k].travel_m
    return Lift(edges_s(moves[k]), edges_s(moves[j]) if paired else None)


def measured(track: Track, lift: Lift, definitions: Definitions) -> RepRow:
    """Return the numbers of a lift: all of a rep's row but its pauses and labels."""
    height, velocity = track.height_m, track.velocity_mps
    con = track.phase(lift.con, up=True)
    ecc = track.phase(lift.ecc, up=False) if lift.ecc else None
    smooth_v = low_pass(velocity, definitions.peak_bandwidth_hz)
    rom, mcv = mean_speed(height, velocity, con)
    con_sd_s = [_edge_sd_s(track, edge) for edge in (con.start, con.end)]
    ecc_sd_s = [_edge_sd_s(track, edge) for edge in (ecc.start, ecc.end)] if ecc else [NAN]
    ends = (
        con_sd_s
        if ecc is None
        else [ecc_sd_s[0], con_sd_s[1]]
        if ecc.start < con.start
        else [con_sd_s[0], ecc_sd_s[1]]
    )
    return RepRow(
        set_no=0,
        rep_no=0,
        ecc_start_s=lift.ecc[0] if lift.ecc else NAN,
        ecc_end_s=lift.ecc[1] if lift.ecc else NAN,
        con_start_s=lift.con[0],
        con_end_s=lift.con[1],
        ecc_s=lift.ecc[1] - lift.ecc[0] if lift.ecc else NAN,
        con_s=lift.con[1] - lift.con[0],
        tut_s=lift.end_s - lift.start_s,
        rom_m=rom / (1.0 - 2.0 * definitions.travel_margin),
        mcv_mps=mcv,
        mpv_mps=mean_propulsive_speed(height, velocity, con, definitions.mpv_braking_mps2),
        pcv_mps=peak_speed(smooth_v, con),
        mev_mps=mean_speed(height, velocity, ecc)[1] if ecc else NAN,
        pev_mps=peak_speed(smooth_v, ecc) if ecc else NAN,
        mcv_sd_mps=_mean_sigma(track, con),
        mev_sd_mps=_mean_sigma(track, ecc) if ecc else NAN,
        ecc_sd_s=math.hypot(*ecc_sd_s),
        con_sd_s=math.hypot(*con_sd_s),
        tut_sd_s=math.hypot(*ends),
    )


def with_pauses(row: RepRow, following: RepRow | None, *, lowers_first: bool) -> RepRow:
    """Return a rep with its pauses renewed: the last one of a set has none after it.

    Of a pause that is another than before, the standard deviation is not known.
    """
    after_s = NAN if following is None else start_of(following) - end_of(row)
    if lowers_first:
        bottom_s, top_s = row.con_start_s - row.ecc_end_s, after_s
    else:
        bottom_s, top_s = after_s if math.isfinite(row.ecc_s) else NAN, row.ecc_start_s - row.con_end_s
    return replace(
        row,
        bottom_s=bottom_s,
        top_s=top_s,
        bottom_sd_s=row.bottom_sd_s if _same(bottom_s, row.bottom_s) else NAN,
        top_sd_s=row.top_sd_s if _same(top_s, row.top_s) else NAN,
    )


def _same(a: float, b: float) -> bool:
    return abs(a - b) < _SAME_S


def start_of(row: RepRow) -> float:
    """Return the first edge of a rep."""
    return float(np.fmin(row.ecc_start_s, row.con_start_s))


def end_of(row: RepRow) -> float:
    """Return the last edge of a rep."""
    return float(np.fmax(row.ecc_end_s, row.con_end_s))


def phase_names(t_s: Array, sets: Sequence[Sequence[RepRow]]) -> NDArray[np.str_]:
    """Name the phase of each instant: moving phases of reps, the pauses inside a set, rest elsewhere."""
    names = np.full(len(t_s), "rest", dtype="<U6")
    for reps in sets:
        moving = [(r.con_start_s, r.con_end_s, "con", "top") for r in reps]
        moving += [
            (r.ecc_start_s, r.ecc_end_s, "ecc", "bottom") for r in reps if math.isfinite(r.ecc_start_s)
        ]
        moving.sort()
        for i, (start_s, end_s, name, pause) in enumerate(moving):
            start, end = np.searchsorted(t_s, [start_s, end_s])
            names[start:end] = name
            if i + 1 < len(moving):
                names[end : np.searchsorted(t_s, moving[i + 1][0])] = pause
    return names


def _edges(height: Array, velocity: Array, stroke: Stroke, definitions: Definitions) -> tuple[float, float]:
    threshold, margin = definitions.edge_velocity_mps, definitions.travel_margin
    if margin > 0.0:
        return travel_edges(height, velocity, stroke, threshold, margin)
    return stroke_edges(height, velocity, stroke, threshold)


def _mean_sigma(track: Track, phase: Phase) -> float:
    return float(track.sigma_v_mps[int(phase.start) : int(phase.end) + 1].mean())


def _edge_sd_s(track: Track, edge: float) -> float:
    """Return the standard deviation of an edge's time: velocity's, over the acceleration there."""
    k = min(max(round(edge), 1), len(track.velocity_mps) - 2)
    slope = abs(float(track.velocity_mps[k + 1] - track.velocity_mps[k - 1])) / (2.0 * FRAME_S)
    return min(float(track.sigma_v_mps[k]) / max(slope, _SLOPE_LEAST_MPS2), _EDGE_SD_MOST_S)
