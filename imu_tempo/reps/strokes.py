"""Turning points, strokes and phase edges of a solved path."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.quiet import runs

Array = NDArray[np.float64]

_BESIDE = 2.5
"""Beside a stroke speed is below this multiple of the edge velocity."""
_LEVEL_S = 0.3
_LEVEL_MPS = 0.008
"""A standstill is level: over so long most of it stays within this. The start of a slow lowering does not."""
_DRIFT = 1.25
"""Drift of a solved velocity is below this multiple of the edge velocity; faster is a very slow lift."""
_SHARES = np.array([0.2, 0.5, 0.8])
"""Most of it: between these parts of its speeds in order."""
STICKING_S = 0.5
"""Longest standstill inside a lift: a grinding rep sticks for a few tenths; half a second is a pause on
purpose."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """Movement from one turning point to the next; frame edges, ``start`` lower than ``end`` when ``up``."""

    start: int
    end: int
    up: bool
    travel_m: float


def turning_points(height_m: Array, hysteresis_m: float) -> list[int]:
    """Return edges of alternating highest and lowest points, at least ``hysteresis_m`` apart in height."""
    inner = np.diff(height_m)
    ends = np.concatenate([[0], np.flatnonzero(inner[1:] * inner[:-1] <= 0.0) + 1, [len(height_m) - 1]])
    values = height_m[ends].tolist()
    points: list[int] = []
    high = low = 0
    rising: bool | None = None
    for j, value in enumerate(values):
        if value > values[high]:
            high = j
        if value < values[low]:
            low = j
        if rising is not False and values[high] - value > hysteresis_m:
            points.append(high)
            rising, low = False, j
        elif rising is not True and value - values[low] > hysteresis_m:
            points.append(low)
            rising, high = True, j
    # The last excursion has no return to confirm it: its extreme counts where it went far enough.
    if points:
        last = low if rising is False else high
        if last != points[-1] and abs(values[last] - values[points[-1]]) > hysteresis_m:
            points.append(last)
    return [int(ends[p]) for p in points]


def strokes(height_m: Array, hysteresis_m: float) -> list[Stroke]:
    """Return the strokes between successive turning points."""
    points = turning_points(height_m, hysteresis_m)
    return [
        Stroke(a, b, bool(height_m[b] > height_m[a]), float(abs(height_m[b] - height_m[a])))
        for a, b in pairwise(points)
    ]


def split_at_pauses(
    moves: list[Stroke], height_m: Array, velocity_mps: Array, threshold: float, least_m: float
) -> list[Stroke]:
    """Cut strokes where the bar pauses on the way: taking a dumbbell from the floor is no half of a curl.

    Parameters
    ----------
    threshold
        A pause is slower than this, m/s, for longer than ``STICKING_S``.
    least_m
        Both parts of a cut stroke travel at least this far.
    """
    starts, ends = runs(np.abs(velocity_mps) < threshold)
    long = ends - starts > round(STICKING_S / FRAME_S)
    middles = ((starts[long] + ends[long]) // 2).tolist()
    out = []
    for move in moves:
        start = move.start
        for middle in middles:
            if not start < middle < move.end:
                continue
            done, left = abs(height_m[middle] - height_m[start]), abs(height_m[move.end] - height_m[middle])
            if min(done, left) > least_m:
                out.append(Stroke(start, middle, move.up, float(done)))
                start = middle
        out.append(Stroke(start, move.end, move.up, float(abs(height_m[move.end] - height_m[start]))))
    return out


def stroke_edges(
    height_m: Array, velocity_mps: Array, stroke: Stroke, threshold: float
) -> tuple[float, float]:
    """Return departure and arrival of a stroke, as frame edges with fractions.

    The stroke is the stretch between its turning points in which the bar moves its way faster than
    ``threshold``. Where it falls below in the middle, a short while is a sticking point and belongs to the
    stroke; a longer one is a pause, and the part that travels furthest is the stroke: standing between a
    walk-out and a first lift is no part of the lift. A level standstill beside the stroke counts as zero
    speed: what it reads is drift.
    """
    sign = 1.0 if stroke.up else -1.0
    speed = _without_drift(sign * velocity_mps[stroke.start : stroke.end + 1], threshold)
    part = _furthest_part(speed, sign * height_m[stroke.start : stroke.end + 1], threshold)
    if part is None:
        return float(stroke.start), float(stroke.end)
    left, right = part.left, part.right
    return (
        stroke.start + (_crossing(speed, left - 1, threshold) if left > 0 else 0.0),
        stroke.start + (_crossing(speed, right, threshold) if right + 1 < len(speed) else float(right)),
    )


def _without_drift(speed: Array, threshold: float) -> Array:
    """Take off what a level standstill before or after the stroke reads."""
    peak = int(np.argmax(speed))
    slow = np.flatnonzero(speed < _BESIDE * threshold)
    before, after = slow[slow < peak], slow[slow > peak]
    out = speed.copy()
    longest = round(1.0 / FRAME_S)
    if len(before):
        out[:peak] -= _level_of(speed[max(0, int(before[-1]) + 1 - longest) : int(before[-1]) + 1], threshold)
    if len(after):
        out[peak:] -= _level_of(speed[int(after[0]) : int(after[0]) + longest], threshold)
    return out


def _level_of(speed: Array, threshold: float) -> float:
    """Return the speed of a level stretch, or 0 where it is too short, not level, or too fast to be drift."""
    if len(speed) < round(_LEVEL_S / FRAME_S):
        return 0.0
    ordered = np.sort(speed)
    low, middle, high = np.interp(_SHARES * (len(ordered) - 1), np.arange(len(ordered)), ordered)
    return float(middle) if high - low < _LEVEL_MPS and abs(middle) < _DRIFT * threshold else 0.0


def travel_edges(
    height_m: Array, velocity_mps: Array, stroke: Stroke, threshold: float, margin: float
) -> tuple[float, float]:
    """Return where a stroke has done ``margin`` of its travel and where all but ``margin``, as frame edges.

    The travel is that between the turning points. Where the bar pauses on the way it is that of the part that
    travels furthest, as in :func:`stroke_edges`, whose ``threshold`` tells the pause.
    """
    sign = 1.0 if stroke.up else -1.0
    speed = sign * velocity_mps[stroke.start : stroke.end + 1]
    way = sign * height_m[stroke.start : stroke.end + 1]
    part = _furthest_part(speed, way, threshold)
    left = part.left if part and not part.first else 0
    right = part.right if part and not part.last else len(way) - 1
    if way[right] <= way[left]:
        return float(stroke.start + left), float(stroke.start + right)
    done = (way[left : right + 1] - way[left]) / (way[right] - way[left])
    middle = int(np.argmax(done >= 0.5))
    # Seen from the middle: what creeps back and forth near an end does not count as done.
    start = int(np.flatnonzero(done[:middle] < margin)[-1])
    end = middle + int(np.flatnonzero(done[middle:] >= 1.0 - margin)[0]) - 1
    origin = stroke.start + left
    return origin + _crossing(done, start, margin), origin + _crossing(done, end, 1.0 - margin)


@dataclass(frozen=True, slots=True)
class _Part:
    """Frame edges of a part of a stroke, ``right`` included; whether it is the first and the last one."""

    left: int
    right: int
    first: bool
    last: bool


def _furthest_part(speed: Array, way: Array, threshold: float) -> _Part | None:
    """Return the part between two pauses that travels furthest; None where nothing reaches ``threshold``."""
    starts, ends = runs(speed >= threshold)
    if len(starts) == 0:
        return None
    pause = np.flatnonzero(starts[1:] - ends[:-1] > round(STICKING_S / FRAME_S))
    first, last = starts[np.concatenate([[0], pause + 1])], ends[np.concatenate([pause, [len(ends) - 1]])] - 1
    k = int(np.argmax(way[last] - way[first]))
    return _Part(int(first[k]), int(last[k]), k == 0, k == len(first) - 1)


def _crossing(values: Array, k: int, level: float) -> float:
    """Return where values cross ``level`` between edges k and k + 1."""
    return k + float((level - values[k]) / (values[k + 1] - values[k]))


def height_at(height_m: Array, velocity_mps: Array, edge: float) -> float:
    """Return height between two frame edges, by the cubic that has the right velocity at both."""
    k = min(int(edge), len(height_m) - 2)
    u = edge - k
    h0, h1 = height_m[k], height_m[k + 1]
    m0, m1 = velocity_mps[k] * FRAME_S, velocity_mps[k + 1] * FRAME_S
    u2, u3 = u * u, u * u * u
    return float(
        (2 * u3 - 3 * u2 + 1) * h0 + (u3 - 2 * u2 + u) * m0 + (3 * u2 - 2 * u3) * h1 + (u3 - u2) * m1
    )
