"""How good the signal was: where samples are missing, clipped or hit, and how sure the velocity is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.plots import style
from imu_tempo.plots.motion import thinned
from imu_tempo.signal.channels import clipping_limit
from imu_tempo.signal.constants import GAP_FACTOR, IMPACT_HIGH_MPS2, IMPACT_RING_S

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

DOUBT_MPS = 0.03
"""Standard deviation of velocity beyond which a rep is to be doubted."""
_ACC_COLUMNS = ("acc_x_mps2", "acc_y_mps2", "acc_z_mps2")
_LANE = 0.11
"""Height of a lane, as a part of the axes."""
_THINNEST = 0.002
"""A mark is this part of the axes wide at least, or a lost packet in an hour would not be seen."""


@dataclass(frozen=True, slots=True)
class _Lane:
    """One kind of trouble: its name, what it comes to, its stretches in seconds, and its colour."""

    name: str
    sum: str
    stretches: list[tuple[float, float]]
    colour: str


def signal_quality(
    samples: pd.DataFrame,
    raw: pd.DataFrame | None = None,
    *,
    acc_range_mps2: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the uncertainty of velocity over time, under lanes that mark gaps, clipping and impacts.

    Parameters
    ----------
    samples
        Table with the columns of :class:`imu_tempo.schema.SampleRow`, for ``sigma_v_mps``.
    raw
        What the sensor said, with the columns ``t_s, acc_x_mps2, acc_y_mps2, acc_z_mps2``. Without it there
        are no lanes. A gap is a step of more than 1.5 sample periods, an impact more than 5 g and the ringing
        after it.
    acc_range_mps2
        Range of the accelerometer; without it clipping is told only where readings sit on a usual range.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes(style.WIDE_IN)
    lanes = [] if raw is None or raw.empty else _lanes(raw, acc_range_mps2)
    if samples.empty and not lanes:
        return style.say_empty(ax, "No signal was given.")
    times = [frame["t_s"] for frame in (samples, raw) if frame is not None and not frame.empty]
    start_s, end_s = min(t.min() for t in times), max(t.max() for t in times)
    highest = DOUBT_MPS
    if not samples.empty:
        t_s, sigma_mps = thinned(samples, "sigma_v_mps")
        ax.fill_between(t_s, sigma_mps, color=style.LIGHT.ecc, alpha=0.25, linewidth=0)
        ax.plot(t_s, sigma_mps, color=style.LIGHT.ecc, linewidth=1.3)
        highest = float(np.nanmax([highest, *sigma_mps]))
    ax.axhline(DOUBT_MPS, color=style.LIGHT.alarm, linewidth=1.2, linestyle=(0, (5, 3)))
    style.dress(ax)
    ax.set_xlim(start_s, max(end_s, start_s + 1e-3))
    ax.set_ylim(0, 1.12 * highest / (1 - _LANE * len(lanes)))
    style.name_axes(ax, x="time (s)", y="SD of velocity (m/s)")
    _name_limit(ax)
    for place, lane in enumerate(lanes):
        _draw(ax, 1 - _LANE * (place + 1), lane, end_s - start_s)
    return ax


def _lanes(raw: pd.DataFrame, acc_range_mps2: float | None) -> list[_Lane]:
    t_s = raw["t_s"].to_numpy(dtype=np.float64)
    acc = raw[list(_ACC_COLUMNS)].to_numpy(dtype=np.float64)
    period_s = float(np.median(np.diff(t_s))) if t_s.size > 1 else 0.0
    sound = np.isfinite(acc).all(axis=1)
    gaps = _gaps(t_s[sound], period_s)
    clipped = (np.abs(acc) >= clipping_limit(acc[sound], acc_range_mps2)).any(axis=1)
    hit = np.linalg.norm(acc, axis=1) > IMPACT_HIGH_MPS2
    impacts = _joined([(a, b + IMPACT_RING_S) for a, b in _stretches(t_s, hit, period_s)])
    return [
        _Lane("gaps", _sum(gaps), gaps, style.LIGHT.alarm),
        _lane("clipped", _stretches(t_s, clipped, period_s), style.LIGHT.con),
        _lane("impacts", impacts, style.LIGHT.ink),
    ]


def _lane(name: str, stretches: list[tuple[float, float]], colour: str) -> _Lane:
    return _Lane(name, _sum(stretches), stretches, colour)


def _gaps(t_s: Array, period_s: float) -> list[tuple[float, float]]:
    """Return the time between samples that are farther apart than they should be, less one period."""
    after = np.flatnonzero(np.diff(t_s) > GAP_FACTOR * period_s)
    return [(float(t_s[i]) + period_s, float(t_s[i + 1])) for i in after]


def _stretches(t_s: Array, marked: NDArray[np.bool_], period_s: float) -> list[tuple[float, float]]:
    """Return runs of marked samples as times, half-open."""
    edges = np.flatnonzero(np.diff(np.r_[False, marked, False].astype(np.int8)))
    return [
        (float(t_s[a]), float(t_s[b - 1]) + period_s) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def _joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return stretches with those that overlap made one."""
    found: list[tuple[float, float]] = []
    for start_s, end_s in stretches:
        if found and start_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(end_s, found[-1][1]))
        else:
            found.append((start_s, end_s))
    return found


def _sum(stretches: list[tuple[float, float]]) -> str:
    if not stretches:
        return "none"
    total_s = sum(end_s - start_s for start_s, end_s in stretches)
    return f"{len(stretches)}, {total_s:.2f} s"


def _draw(ax: Axes, foot: float, lane: _Lane, duration_s: float) -> None:
    """Draw a lane with its foot at a part of the axes' height, its name at the right."""
    across = ax.get_xaxis_transform()
    ax.axhspan(
        *(ax.get_ylim()[1] * y for y in (foot, foot + 0.8 * _LANE)),
        color=style.LIGHT.line,
        alpha=0.45,
        linewidth=0,
    )
    for start_s, end_s in lane.stretches:
        width_s = max(end_s - start_s, _THINNEST * duration_s)
        ax.fill_between(
            [start_s, start_s + width_s],
            foot,
            foot + 0.8 * _LANE,
            transform=across,
            color=lane.colour,
            linewidth=0,
        )
    ax.annotate(
        f"{lane.name}: {lane.sum}",
        (1.0, foot + 0.4 * _LANE),
        xycoords="axes fraction",
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        size=style.small_pt(ax),
        color=style.LIGHT.ink if lane.stretches else style.LIGHT.muted,
    )


def _name_limit(ax: Axes) -> None:
    ax.annotate(
        "doubtful above",
        (1.0, DOUBT_MPS),
        xycoords=("axes fraction", "data"),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        size=style.small_pt(ax),
        color=style.LIGHT.alarm,
    )
