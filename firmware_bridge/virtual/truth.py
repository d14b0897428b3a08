"""What really happened: every rep's edges, durations and velocities, read from the exact motion.

Definitions
-----------
- *Which point*: the sensor's (``Simulation.truth_reps``), because that is what a sensor can know; and the
  bar's axis (``Simulation.bar_reps``) for those who care about the bar.
- *Which velocity*: the stroke's. Tremor, whip and ringing move the bar by a fraction of a millimetre and
  cross any small threshold many times a second, so edges, ROM and mean velocities are read without them.
  Peaks are read from the full velocity, vibration included, low-passed at 10 Hz as the metric is defined
  (zero-phase Butterworth).
- *Edges*: a stroke runs from the first crossing of 0.02 m/s to the last one between its two turnarounds,
  interpolated; a sticking region where the bar nearly stops does not end it.
- *Reps*: eccentric then concentric for lifts that start with lowering, the other way round for the others.
  ``bottom_s`` is the pause from an eccentric's end to the concentric that follows, ``top_s`` from a
  concentric's end to the eccentric that follows; NaN where no rep follows in the set or the weight was put
  down in between.
- A failed attempt, and a rep cut by the edge of the recording, is no rep: it is kept apart, in ``uncounted``.
- Times and durations are on the sensor's own clock; heights and velocities are true.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from firmware_bridge.virtual.lifts import Phase
from firmware_bridge.virtual.motion import Derivatives
from firmware_bridge.virtual.shapes import Floats
from firmware_bridge.virtual.stage import Event, Stroke

NAN = float("nan")
EDGE_VELOCITY_MPS = 0.02
PEAK_BANDWIDTH_HZ = 10.0
GRAVITY_MPS2 = 9.81
SEARCH_S = (
    0.3  # how far beyond its planned ends a stroke is looked for: a sensor off the axis turns a little later
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthRep:
    """One rep as it was; names, units and signs as in the reps table of the analysis.

    ``rep_no`` counts from 1 in its set; it is 0 for what is not counted (failed, cut).
    """

    set_no: int
    rep_no: int
    ecc_start_s: float = NAN
    ecc_end_s: float = NAN
    con_start_s: float = NAN
    con_end_s: float = NAN
    ecc_s: float = NAN
    bottom_s: float = NAN
    con_s: float = NAN
    top_s: float = NAN
    tut_s: float = NAN
    rom_m: float = NAN
    mcv_mps: float = NAN
    mpv_mps: float = NAN
    pcv_mps: float = NAN
    mev_mps: float = NAN
    pev_mps: float = NAN
    partial: bool = False
    failed: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TruthSamples:
    """The sensor point's true motion at the simulation's fine rate; world frame, z up, device clock.

    ``world_from_sensor`` (n, 3, 3) is the orientation; ``phase`` is ecc, bottom, con, top or rest.
    """

    t_s: Floats
    pos_m: Floats
    vel_mps: Floats
    acc_mps2: Floats
    world_from_sensor: Floats
    phase: NDArray[np.str_]

    def columns(self) -> dict[str, NDArray[np.float64] | NDArray[np.str_]]:
        """Return the vertical motion as columns named like the samples table of the analysis."""
        return {
            "t_s": self.t_s,
            "acc_up_mps2": self.acc_mps2[:, 2],
            "vel_up_mps": self.vel_mps[:, 2],
            "pos_up_m": self.pos_m[:, 2],
            "phase": self.phase,
        }


@dataclass(frozen=True, slots=True)
class _Edges:
    """A stroke as measured: true time span, travel and velocities, positive in the stroke's direction."""

    start_s: float
    end_s: float
    travel_m: float
    peak_mps: float
    propulsive_mps: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


class Rulers:
    """The vertical motion that strokes are measured on.

    Parameters
    ----------
    t_s
        True time, evenly spaced.
    stroke_up
        Vertical motion without vibration.
    velocity_up
        Vertical velocity with it.
    """

    def __init__(self, t_s: Floats, stroke_up: Derivatives, velocity_up: Floats) -> None:
        self.t_s = t_s
        self.up = stroke_up
        rate = 1.0 / float(t_s[1] - t_s[0])
        sos = butter(2, PEAK_BANDWIDTH_HZ, fs=rate, output="sos")
        self.peaks = np.asarray(sosfiltfilt(sos, velocity_up))

    def measure(self, stroke: Stroke, *, after_s: float, before_s: float) -> _Edges | None:
        """Return a stroke's edges between two limits (true time); None if it is never faster than an edge."""
        low = max(after_s, stroke.start_s - SEARCH_S)
        high = min(before_s, stroke.end_s + SEARCH_S)
        i, j = np.searchsorted(self.t_s, [low, high])
        sign = 1.0 if stroke.phase == "con" else -1.0
        velocity = sign * self.up.rate[i:j]
        moving = np.flatnonzero(velocity >= EDGE_VELOCITY_MPS)
        if moving.size == 0:
            return None
        first, last = int(moving[0]) + i, int(moving[-1]) + i
        start, end = self._cross(first - 1, sign), self._cross(last, sign)
        travel = sign * (self._height(end) - self._height(start))
        inside = slice(first, last + 1)
        propulsive = self.up.acceleration[inside] >= -GRAVITY_MPS2
        return _Edges(
            start_s=start,
            end_s=end,
            travel_m=travel,
            peak_mps=float(np.max(sign * self.peaks[inside])),
            propulsive_mps=float(np.mean(sign * self.up.rate[inside][propulsive]))
            if propulsive.any()
            else NAN,
        )

    def _cross(self, i: int, sign: float) -> float:
        """Return when the speed crosses the edge velocity between samples i and i + 1."""
        if i < 0 or i + 1 >= self.t_s.size:
            return float(self.t_s[max(0, min(i, self.t_s.size - 1))])
        a, b = sign * self.up.rate[i] - EDGE_VELOCITY_MPS, sign * self.up.rate[i + 1] - EDGE_VELOCITY_MPS
        share = a / (a - b) if a * b < 0.0 else 0.0
        return float(self.t_s[i] + share * (self.t_s[i + 1] - self.t_s[i]))

    def _height(self, t_s: float) -> float:
        return float(np.interp(t_s, self.t_s, self.up.value))


@dataclass(frozen=True, slots=True)
class Clock:
    """From true seconds to the device's, which recorded from 0 to ``end_s`` of its own."""

    origin_s: float
    ratio: float
    end_s: float

    def device_s(self, true_s: float) -> float:
        """Return the device time of a true time."""
        return (true_s - self.origin_s) * self.ratio


def measure_reps(
    rulers: Rulers, strokes: Sequence[Stroke], breaks: Sequence[Event], clock: Clock
) -> tuple[tuple[TruthRep, ...], tuple[TruthRep, ...]]:
    """Return (counted reps, failed and cut ones) of planned strokes.

    ``breaks`` are events that interrupt a set (the weight put down between reps): no pause runs across one.
    A cut rep keeps all its times, also those outside the recording; one wholly outside is left out.
    """
    parts: dict[int, list[tuple[Stroke, _Edges]]] = {}
    for stroke, edges in zip(strokes, _measure_strokes(rulers, strokes), strict=True):
        if edges is not None:
            parts.setdefault(stroke.attempt, []).append((stroke, edges))
    rows = [row for part in parts.values() if (row := _row(part, clock)) is not None]
    rows = [_with_pause(row, nxt, breaks, clock) for row, nxt in zip_longest(rows, rows[1:])]
    counted: list[TruthRep] = []
    numbers: dict[int, int] = {}
    for row in rows:
        if not row.failed and not row.cut:
            numbers[row.set_no] = numbers.get(row.set_no, 0) + 1
            counted.append(dataclasses.replace(row, rep_no=numbers[row.set_no]))
    return tuple(counted), tuple(r for r in rows if r.failed or r.cut)


def _measure_strokes(rulers: Rulers, strokes: Sequence[Stroke]) -> list[_Edges | None]:
    edges = []
    for i, stroke in enumerate(strokes):
        after = (strokes[i - 1].end_s + stroke.start_s) / 2.0 if i else -np.inf
        before = (stroke.end_s + strokes[i + 1].start_s) / 2.0 if i + 1 < len(strokes) else np.inf
        edges.append(rulers.measure(stroke, after_s=after, before_s=before))
    return edges


def _row(parts: Sequence[tuple[Stroke, _Edges]], clock: Clock) -> TruthRep | None:
    """Return a rep from its measured strokes; None if all of it is outside the recording."""
    stroke = parts[0][0]
    failed = any(part.failed for part, _ in parts)
    row = TruthRep(set_no=stroke.set_no, rep_no=0, partial=stroke.partial, failed=failed)
    for part, edges in parts:
        row = _with_phase(row, part.phase, edges, clock)
    first, last = _span(row)
    if last <= 0.0 or first >= clock.end_s:
        return None
    row = dataclasses.replace(row, tut_s=last - first, cut=first < 0.0 or last > clock.end_s)
    if row.con_start_s >= row.ecc_end_s:
        return dataclasses.replace(row, bottom_s=row.con_start_s - row.ecc_end_s)
    if row.ecc_start_s >= row.con_end_s:
        return dataclasses.replace(row, top_s=row.ecc_start_s - row.con_end_s)
    return row


def _span(row: TruthRep) -> tuple[float, float]:
    edges = (row.ecc_start_s, row.ecc_end_s, row.con_start_s, row.con_end_s)
    return float(np.nanmin(edges)), float(np.nanmax(edges))


def _with_phase(row: TruthRep, phase: Phase, edges: _Edges, clock: Clock) -> TruthRep:
    start, end = clock.device_s(edges.start_s), clock.device_s(edges.end_s)
    mean = edges.travel_m / edges.seconds
    if phase == "ecc":
        return dataclasses.replace(
            row, ecc_start_s=start, ecc_end_s=end, ecc_s=end - start, mev_mps=mean, pev_mps=edges.peak_mps
        )
    return dataclasses.replace(
        row,
        con_start_s=start,
        con_end_s=end,
        con_s=end - start,
        rom_m=edges.travel_m,
        mcv_mps=mean,
        mpv_mps=edges.propulsive_mps,
        pcv_mps=edges.peak_mps,
    )


def _with_pause(row: TruthRep, following: TruthRep | None, breaks: Sequence[Event], clock: Clock) -> TruthRep:
    """Return the row with the pause to the rep that follows in its set, if that one is counted."""
    if following is None or following.set_no != row.set_no or following.failed or following.cut:
        return row
    lower_first = row.con_end_s > row.ecc_start_s
    end = row.con_end_s if lower_first else row.ecc_end_s
    start = following.ecc_start_s if lower_first else following.con_start_s
    if any(end <= clock.device_s(event.start_s) <= start for event in breaks):
        return row
    if lower_first:
        return dataclasses.replace(row, top_s=start - end)
    return dataclasses.replace(row, bottom_s=start - end)


def phases(t_s: Floats, reps: Sequence[TruthRep]) -> NDArray[np.str_]:
    """Return the phase of every instant of the device clock."""
    out = np.full(t_s.size, "rest", dtype="<U6")

    def paint(start_s: float, end_s: float, name: str) -> None:
        if np.isfinite(start_s) and np.isfinite(end_s):
            i, j = np.searchsorted(t_s, [start_s, end_s])
            out[i:j] = name

    for r in reps:
        paint(r.ecc_start_s, r.ecc_end_s, "ecc")
        paint(r.con_start_s, r.con_end_s, "con")
        paint(r.ecc_end_s, r.ecc_end_s + r.bottom_s, "bottom")
        paint(r.con_end_s, r.con_end_s + r.top_s, "top")
    return out
