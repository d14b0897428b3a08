"""Where the bar was lifted: the drift-immune first look that everything after refines.

High-passed velocity is no measure of slow lowering, but a lift stands out of it whatever the drift (SCIENCE
notes 1.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.filters import band_pass

Array = NDArray[np.float64]

_BAND_HZ = (0.25, 4.0)
"""Below: drift and slow lowering; above: impacts and tremor."""
_PADDING_S = 4.0
_SPEED_MPS = 0.07
"""Slowest lift that stands out of the band: a paced 3 s press of a short range still peaks above this."""
_SLOW_MPS = 0.035
"""The same where nothing is faster: a 2 s step of 0.2 m. The sway of a bar held still stays below."""
_GAP_S = 0.5
"""Two lifts cannot follow each other faster: the bar has to come down between them."""
_BRAKED_RATIO = 0.5
_BRAKE_S = 0.5
"""A lift is pushed and braked again: velocity gains and loses at least this part of its peak, from so long
before the lobe to so long after it. What only stops a lowering makes a lobe in the band too, but is followed
by nothing; and so does a bar let down fast, before it falls."""
_BRAKED_ALIKE = 0.28
"""A set's slowest lift is braked from this part of its faster ones' speed, at least."""
_TRAVEL = (0.4, 2.5)
"""Lifts of one set travel alike: between these multiples of their median height, in the band."""


@dataclass(frozen=True, slots=True)
class Lift:
    """One candidate: edges and peak of the lobe of upward velocity, travel in the band, speed lost after."""

    start: int
    peak: int
    end: int
    travel_m: float
    braked_mps: float


def band_velocity(dv_mps: Array) -> Array:
    """Return velocity between 0.25 and 4 Hz at the frame edges, (N + 1,)."""
    velocity = np.concatenate([[0.0], np.cumsum(dv_mps - np.median(dv_mps))])
    return band_pass(velocity, *_BAND_HZ, padding_s=_PADDING_S)


def find_lifts(dv_mps: Array) -> list[Lift]:
    """Return candidate lifts in order, before any judgement of their travel."""
    velocity = band_velocity(dv_mps)
    fast = _lifts(velocity, dv_mps, _SPEED_MPS)
    return fast or _lifts(velocity, dv_mps, _SLOW_MPS)


def _lifts(velocity: Array, dv_mps: Array, least_mps: float) -> list[Lift]:
    raw = np.concatenate([[0.0], np.cumsum(dv_mps - np.median(dv_mps))])
    peaks, _ = find_peaks(velocity, height=least_mps, prominence=least_mps, distance=round(_GAP_S / FRAME_S))
    down = np.flatnonzero(velocity <= 0.0)
    lifts = []
    for peak in peaks.tolist():
        k = int(np.searchsorted(down, peak))
        start = int(down[k - 1]) if k > 0 else 0
        end = int(down[k]) if k < len(down) else len(velocity) - 1
        braked = float(raw[peak] - raw[peak : end + round(_BRAKE_S / FRAME_S)].min())
        pushed = float(raw[peak] - raw[max(0, start - round(_BRAKE_S / FRAME_S)) : peak + 1].min())
        if min(pushed, braked) < _BRAKED_RATIO * velocity[peak]:
            continue
        travel = float(velocity[start : end + 1].sum() * FRAME_S)
        lifts.append(Lift(start, peak, end, travel, braked))
    return lifts


def alike(lifts: list[Lift]) -> list[Lift]:
    """Return the lifts whose travel is near that of the larger ones: bobs, steps and bounces fall out."""
    if not lifts:
        return []
    travel = np.sort([lift.travel_m for lift in lifts])
    # The median by distance travelled: one lift among many steps still counts for most of the way.
    weight = np.cumsum(travel * travel)
    middle = float(travel[np.searchsorted(weight, 0.5 * weight[-1])])
    return braked([x for x in lifts if _TRAVEL[0] * middle < x.travel_m < _TRAVEL[1] * middle])


def braked(lifts: list[Lift]) -> list[Lift]:
    """Return the lifts that are braked as the faster half of them is: echoes of a stop fall out."""
    if not lifts:
        return []
    fast = sorted(x.braked_mps for x in lifts)[-max(1, len(lifts) // 2) :]
    return [x for x in lifts if x.braked_mps > _BRAKED_ALIKE * float(np.median(fast))]


def groups(lifts: list[Lift], gap_s: float) -> list[list[Lift]]:
    """Split lifts where more than ``gap_s`` lies between two of them."""
    out: list[list[Lift]] = []
    for lift in lifts:
        if out and (lift.start - out[-1][-1].end) * FRAME_S <= gap_s:
            out[-1].append(lift)
        else:
            out.append([lift])
    return out
