"""Stretches in which nothing accelerates or turns: rest or steady movement; which one is not seen here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter1d

from imu_tempo.signal.constants import FRAME_S, IMPACT_HIGH_MPS2, IMPACT_RING_S, SHARP_MPS2
from imu_tempo.signal.frames import Frames

Array = NDArray[np.float64]

_WINDOW_S = 0.4
"""Half a top pause at least; long enough that sway and tremor average out."""
_SPREAD_MPS2 = 0.15
"""Spread of vertical acceleration below which nothing is being accelerated on purpose: 1.5 % of g."""
_MEAN_MPS2 = 0.08
"""A mean beyond this, after the offset, is a movement gathering speed: a third of what starts a 4 s
lowering."""
_CHANGE_MPS = 0.012
"""A stretch over which velocity changes by more than this is no constant velocity: it is cut."""
_SLOPE_MPS2 = 0.015
"""A piece that gains velocity faster than this is the gentle start of a slow lowering; sway comes back."""
LONG_S = 14.0
"""Nobody lowers at constant velocity for longer: the slowest prescriptions are 10 s, and some run late."""
_OFFSET_MPS2 = 0.1
"""Slope of velocity that an offset of the sensor may make: 10 mg before it is known."""
_TURN_RADPS = 0.35
"""RMS angular rate (20 deg/s) of a bar that is being handled."""
_JOLT_MPS2 = 4.0
_JOLT_FRAMES = 3
_SHORTEST_S = 0.3
"""Shorter stretches are turnarounds."""
_SETTLE_S = 0.3
"""A stretch that begins within this time of a hit or a jolt comes after it."""
_WIDTH = max(3, round(_WINDOW_S / FRAME_S))
_TRIM, _SETTLE = round(0.25 * _WINDOW_S / FRAME_S), round(_SETTLE_S / FRAME_S)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A quiet stretch, frames ``start`` to ``end`` (half-open), trimmed of its shoulders."""

    start: int
    end: int
    after_impact: bool

    @property
    def duration_s(self) -> float:
        """Length of the stretch, s."""
        return (self.end - self.start) * FRAME_S


def struck(frames: Frames) -> NDArray[np.bool_]:
    """Return frames in which something collides."""
    collided = frames.force_max > IMPACT_HIGH_MPS2
    stopped = np.abs(frames.dv_mps) > SHARP_MPS2 * FRAME_S
    hit: NDArray[np.bool_] = collided | stopped
    return hit


def jolts(dv_mps: Array) -> NDArray[np.bool_]:
    """Return frames whose acceleration stands out of what is a few frames before and after: steps, landings.

    No muscle turns acceleration on and off within a tenth of a second. At 50 Hz a hit looks no different.
    """
    size = np.abs(dv_mps) / FRAME_S
    padded = np.pad(size, _JOLT_FRAMES, mode="edge")
    beside = np.maximum(padded[: -2 * _JOLT_FRAMES], padded[2 * _JOLT_FRAMES :])
    standing_out: NDArray[np.bool_] = size - beside > _JOLT_MPS2
    return standing_out


def impact_mask(frames: Frames) -> NDArray[np.bool_]:
    """Return frames that a collision has touched: its own frame, the one before, and the ringing after."""
    hit = struck(frames)
    if not hit.any():
        return hit
    ring = round(IMPACT_RING_S / FRAME_S)
    around = np.zeros(2 * ring + 1, dtype=bool)
    around[ring - 1 :] = True  # one frame back, `ring` frames on
    mask: NDArray[np.bool_] = binary_dilation(hit, structure=around)
    return mask


class Stillness:
    """What tells the quiet stretches of some frames, whatever the offset of vertical acceleration.

    Parameters
    ----------
    dv_mps
        (N,) velocity gained in each frame.
    frames, masked
        For what else they tell: turning, holes, impacts.
    """

    def __init__(self, dv_mps: Array, frames: Frames, masked: NDArray[np.bool_]) -> None:
        self._acc = dv_mps / FRAME_S
        turn_sq = uniform_filter1d(frames.turn_sq, _WIDTH, mode="nearest")
        self._may_be = (turn_sq < _TURN_RADPS**2) & ~masked & (frames.unseen == 0.0)
        self._jolts = np.concatenate([[0], np.cumsum(masked | jolts(dv_mps))])

    def stretches(self, bias_mps2: Array) -> list[Quiet]:
        """Return every quiet stretch, in order.

        Parameters
        ----------
        bias_mps2
            (N,) offset of vertical acceleration, as far as it is known.
        """
        smooth = uniform_filter1d(self._acc - bias_mps2, 5, mode="nearest")
        mean = uniform_filter1d(smooth, _WIDTH, mode="nearest")
        spread_sq = uniform_filter1d(smooth * smooth, _WIDTH, mode="nearest") - mean * mean
        still = self._may_be & (spread_sq < _SPREAD_MPS2**2) & (np.abs(mean) < _MEAN_MPS2)
        starts, ends = runs(still)
        long = ends - starts >= round(_SHORTEST_S / FRAME_S)
        starts, ends = starts[long], ends[long]
        after_hit = self._jolts[starts] > self._jolts[np.maximum(starts - _SETTLE, 0)]
        gained = np.cumsum(smooth) * FRAME_S
        found = []
        for start, end, hit in zip(
            (starts + _TRIM).tolist(), (ends - _TRIM).tolist(), after_hit.tolist(), strict=True
        ):
            for a, b in _pieces(gained[start:end]):
                if b - a >= _TRIM:
                    found.append(Quiet(start + a, start + b, hit and a == 0))
        return found


def quiet_stretches(
    dv_mps: Array, frames: Frames, masked: NDArray[np.bool_], bias_mps2: Array
) -> list[Quiet]:
    """Return every quiet stretch under one offset, in order; see :class:`Stillness`."""
    return Stillness(dv_mps, frames, masked).stretches(bias_mps2)


def _pieces(velocity: Array) -> list[tuple[int, int]]:
    """Cut a run into pieces of constant velocity: whole long stretches, the rest where it has changed."""
    parts = max(1, round(len(velocity) * FRAME_S / LONG_S))
    if parts == 1 and len(velocity) * FRAME_S < 0.7 * LONG_S:
        return _level_pieces(velocity)
    cuts = [round(len(velocity) * i / parts) for i in range(parts + 1)]
    out = []
    for a, b in pairwise(cuts):
        part = velocity[a:b]
        if (b - a) * FRAME_S >= 0.7 * LONG_S and _is_straight(part):
            out.append((a, b))
        else:
            out.extend((a + c, a + d) for c, d in _level_pieces(part))
    return out


def _is_straight(velocity: Array) -> bool:
    """Whether velocity changes by nothing but an offset of the sensor over a long stretch."""
    t = (np.arange(len(velocity)) - 0.5 * (len(velocity) - 1)) * FRAME_S
    slope = float(t @ velocity) / float(t @ t)
    return abs(slope) < _OFFSET_MPS2 and float(np.ptp(velocity - slope * t)) < _CHANGE_MPS


def _level_pieces(velocity: Array) -> list[tuple[int, int]]:
    """Cut a run into the longest pieces, from the left, over which velocity stays within ``_CHANGE_MPS``."""
    values: list[float] = velocity.tolist()
    pieces, start = [], 0
    while start < len(values):
        low = high = values[start]
        end = start + 1
        for value in values[end:]:
            if value < low:
                low = value
            elif value > high:
                high = value
            if high - low > _CHANGE_MPS:
                break
            end += 1
        if abs(values[end - 1] - values[start]) < _SLOPE_MPS2 * (end - start) * FRAME_S:
            pieces.append((start, end))
        start = end
    return pieces


def runs(flags: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return half-open starts and ends of the runs of True."""
    change = np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8))
    return np.flatnonzero(change == 1), np.flatnonzero(change == -1)
