"""Figures of the motion itself: velocity and height over time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from imu_tempo.plots import style
from imu_tempo.plots.spans import Span, spans
from imu_tempo.schema import RepRow, rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

MAX_POINTS = 2400
"""Samples drawn at most; more are not seen at any width that a page or a print has."""

_NUMBER_EM = 1.6
"""Room that a rep's number needs, in the size of its letters."""


def velocity_time(samples: pd.DataFrame, reps: pd.DataFrame | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw vertical velocity over time, with phases shaded and reps numbered.

    Parameters
    ----------
    samples
        Table with the columns of :class:`imu_tempo.schema.SampleRow`; cut it to the set that is to be shown.
    reps
        Table of reps inside that window.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes(style.WIDE_IN)
    if samples.empty:
        return style.say_empty(ax, "No motion was solved.")
    t_s, v_mps = thinned(samples, "vel_up_mps")
    found = _spans(reps)
    _shade(ax, found)
    for span in found:
        if span.phase in ("ecc", "con"):
            inside = (t_s >= span.start_s) & (t_s <= span.end_s)
            colour = style.LIGHT.phase(span.phase)
            ax.fill_between(t_s[inside], v_mps[inside], color=colour, alpha=0.75, linewidth=0)
    ax.plot(t_s, v_mps, color=style.LIGHT.ink, linewidth=1.1)
    ax.axhline(0, color=style.LIGHT.muted, linewidth=0.9)
    style.dress(ax)
    style.name_axes(ax, x="time (s)", y="vertical velocity (m/s)")
    ax.set_xlim(float(t_s[0]), float(t_s[-1]))
    style.headroom(ax, v_mps)
    _number_reps(ax, found)
    if found:
        style.phase_legend(ax, {span.phase for span in found})
    return ax


def bar_path_vertical(
    samples: pd.DataFrame, reps: pd.DataFrame | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the bar's height over time, each phase in its colour.

    Parameters and returns are those of :func:`velocity_time`. Height counts from the set's turnaround.
    """
    ax = ax or style.new_axes(style.WIDE_IN)
    if samples.empty:
        return style.say_empty(ax, "No motion was solved.")
    t_s, height_cm = thinned(samples, "pos_up_m")
    height_cm = height_cm * 100
    found = _spans(reps)
    _shade(ax, found)
    ax.plot(t_s, height_cm, color=style.LIGHT.muted, linewidth=1.0)
    for span in found:
        inside = (t_s >= span.start_s) & (t_s <= span.end_s)
        colour = style.LIGHT.phase(span.phase)
        ax.plot(t_s[inside], height_cm[inside], color=colour, linewidth=2.6, solid_capstyle="round")
    style.dress(ax)
    style.name_axes(ax, x="time (s)", y="height (cm)")
    ax.set_xlim(float(t_s[0]), float(t_s[-1]))
    style.headroom(ax, height_cm)
    _number_reps(ax, found)
    if found:
        style.phase_legend(ax, {span.phase for span in found})
    return ax


def _spans(reps: pd.DataFrame | None) -> list[Span]:
    return [] if reps is None else spans(rows(reps, RepRow))


def thinned(samples: pd.DataFrame, column: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return time and a column, every so many samples."""
    step = max(1, len(samples) // MAX_POINTS)
    part = samples.iloc[::step]
    return part["t_s"].to_numpy(dtype=np.float64), part[column].to_numpy(dtype=np.float64)


def _shade(ax: Axes, found: Sequence[Span]) -> None:
    for span in found:
        ax.axvspan(
            span.start_s, span.end_s, color=style.LIGHT.phase(span.phase), alpha=0.14, linewidth=0, zorder=0
        )


def _number_reps(ax: Axes, found: Sequence[Span]) -> None:
    """Write the reps' numbers inside the top of the axes, each over the middle of its moving phases."""
    moving: dict[tuple[int, int], list[Span]] = {}
    for span in found:
        if span.phase in ("ecc", "con"):
            moving.setdefault((span.set_no, span.rep_no), []).append(span)
    size = style.font_pt(ax)
    slot_pt = _narrowest(ax, list(moving.values()))
    names = style.every([str(rep_no) for _, rep_no in moving], slot_pt, _NUMBER_EM * size)
    for name, parts in zip(names, moving.values(), strict=True):
        if name:
            ax.annotate(
                name,
                ((parts[0].start_s + parts[-1].end_s) / 2, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, -4),
                textcoords="offset points",
                ha="center",
                va="top",
                size=size,
                weight="bold",
                color=style.LIGHT.ink,
            )


def _narrowest(ax: Axes, reps: Sequence[Sequence[Span]]) -> float:
    """Return the distance between the two reps that are nearest to each other, in points."""
    width_pt = style.extent_pt(ax)[0]
    middles = sorted((parts[0].start_s + parts[-1].end_s) / 2 for parts in reps)
    low, high = ax.get_xlim()
    steps = [b - a for a, b in pairwise(middles)]
    return width_pt * min(steps, default=high - low) / (high - low)
