"""Numbers of a rep: from phase edges on a solved path to a row of the reps table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imu_tempo.reps.strokes import height_at
from imu_tempo.reps.verdict import Phase
from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2
from imu_tempo.signal.smooth import Path

Array = NDArray[np.float64]

_EDGE_SD_MOST_S = 2.0
"""An edge nobody can place better than this is not placed at all."""


def mean_speed(height_m: Array, velocity_mps: Array, phase: Phase) -> tuple[float, float]:
    """Return height travelled (m) and mean speed (m/s) of a phase between its edges."""
    travel = abs(
        height_at(height_m, velocity_mps, phase.end) - height_at(height_m, velocity_mps, phase.start)
    )
    return travel, travel / max((phase.end - phase.start) * FRAME_S, FRAME_S)


def peak_speed(velocity_mps: Array, phase: Phase) -> float:
    """Return the highest speed in a phase, by a parabola through the three edges around it."""
    lo, hi = int(phase.start), min(int(phase.end) + 2, len(velocity_mps))
    speed = velocity_mps if phase.stroke.up else -velocity_mps
    k = lo + int(np.argmax(speed[lo:hi]))
    if k == 0 or k == len(speed) - 1:
        return float(speed[k])
    left, mid, right = speed[k - 1], speed[k], speed[k + 1]
    bend = left - 2.0 * mid + right
    return float(mid - 0.125 * (right - left) ** 2 / bend) if bend < 0.0 else float(mid)


def mean_propulsive_speed(
    height_m: Array, velocity_mps: Array, phase: Phase, braking_mps2: float = GRAVITY_MPS2
) -> float:
    """Return mean velocity up to where the lifter starts to brake: acceleration below ``-braking_mps2``.

    Source: Sanchez-Medina, Perez & Gonzalez-Badillo 2010. Equals the mean concentric velocity for a lift
    that never brakes harder than gravity would.
    """
    lo, hi = int(np.ceil(phase.start)), int(np.floor(phase.end))
    acc = np.diff(velocity_mps[lo : hi + 1]) / FRAME_S
    peak = int(np.argmax(velocity_mps[lo : hi + 1]))
    braking = np.flatnonzero(acc[peak:] < -braking_mps2)
    if len(braking) == 0:
        return mean_speed(height_m, velocity_mps, phase)[1]
    return mean_speed(
        height_m, velocity_mps, Phase(phase.start, float(lo + peak + braking[0]), phase.stroke)
    )[1]


def mean_speed_sd(path: Path, phase: Phase) -> float:
    """Return the standard deviation of the mean speed of a phase, its edges taken as they are."""
    return path.rise_sd(phase.start, phase.end) / ((phase.end - phase.start) * FRAME_S)


def edge_sd_s(path: Path, velocity_mps: Array, edge: float) -> float:
    """Return the standard deviation of an edge's time: velocity's, over the acceleration at the edge."""
    k = min(max(round(edge), 1), len(velocity_mps) - 2)
    slope = abs(float(velocity_mps[k + 1] - velocity_mps[k - 1])) / (2.0 * FRAME_S)
    return min(path.v_sd(k) / max(slope, 1e-3), _EDGE_SD_MOST_S)


def edge_travel_sd_s(path: Path, phase: Phase) -> tuple[float, float]:
    """Return the same for edges at a part of the travel: that of the height gained there, over the speed."""

    def sd_s(turn: int, edge: float) -> float:
        speed = abs(float(np.interp(edge, np.arange(len(path.v_mps)), path.v_mps)))
        return min(path.rise_sd(min(turn, edge), max(turn, edge)) / max(speed, 1e-3), _EDGE_SD_MOST_S)

    return sd_s(phase.stroke.start, phase.start), sd_s(phase.stroke.end, phase.end)


def second_mean_speed(dv_norm_mps: Array, velocity_mps: Array, phase: Phase) -> float:
    """Return the mean speed of a phase by the second estimator of vertical acceleration, |f| - g.

    It shares only the velocities at the phase's ends, which take its drift away in a straight line.
    """
    lo, hi = int(phase.start), min(int(np.ceil(phase.end)), len(dv_norm_mps))
    inside = np.concatenate([[0.0], np.cumsum(dv_norm_mps[lo:hi])]) + velocity_mps[lo]
    drift = inside[-1] - velocity_mps[hi]
    inside -= drift * np.linspace(0.0, 1.0, len(inside))
    mean = abs(float(np.trapezoid(inside, dx=1.0)))
    return mean / max(len(inside) - 1, 1)
