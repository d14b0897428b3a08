"""Figures that lay reps over each other: velocity on one clock, and the path of the bar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from imu_tempo.plots import style
from imu_tempo.plots.spans import rep_names, spans
from imu_tempo.schema import RepRow, rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

Alignment = Literal["lifting", "turnaround"]
"""What stands at time zero: the start of the lifting, or the end of the lowering, a pause earlier."""

ACROSS_COLUMN = "pos_across_m"
"""Horizontal place of the bar: a bar sensor does not know it; a camera's or encoder's table may."""

_ZERO: dict[Alignment, tuple[str, str]] = {
    "lifting": ("con_start_s", "time from the start of the lifting (s)"),
    "turnaround": ("ecc_end_s", "time from the end of the lowering (s)"),
}
_LIGHTEST = 0.12
"""Shade of the first rep: what is lighter is not seen on paper."""
_PATH_IN = (4.6, 4.4)


def rep_overlay(
    samples: pd.DataFrame, reps: pd.DataFrame, *, align: Alignment = "lifting", ax: Axes | None = None
) -> Axes:
    """Draw the velocity of every rep on one clock.

    Early reps are light, late ones dark, the first and last named: slowing and sticking points show as the
    lines moving apart.

    Parameters
    ----------
    samples
        Table with the columns of :class:`imu_tempo.schema.SampleRow`.
    reps
        Table with the columns of :class:`imu_tempo.schema.RepRow`. Reps without the edge that is put at zero
        are left out.
    align
        What is put at zero: ``"lifting"``, its start, or ``"turnaround"``, the end of the lowering.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    column, label = _ZERO[align]
    ax = ax or style.new_axes()
    every = rows(reps, RepRow)
    names = rep_names(every)[0]
    done = [
        (rep, name) for rep, name in zip(every, names, strict=True) if math.isfinite(getattr(rep, column))
    ]
    if samples.empty or not done:
        return style.say_empty(ax, "No rep to lay over another.")
    t_s = samples["t_s"].to_numpy(dtype=np.float64)
    v_mps = samples["vel_up_mps"].to_numpy(dtype=np.float64)
    ax.axhline(0, color=style.LIGHT.muted, linewidth=0.9)
    ax.axvline(0, color=style.LIGHT.line, linewidth=0.9)
    lines = []
    for (rep, name), shade in zip(done, _shades(len(done)), strict=True):
        inside = _inside(t_s, rep)
        lines += ax.plot(
            t_s[inside] - getattr(rep, column), v_mps[inside], color=shade, linewidth=1.8, label=f"rep {name}"
        )
    style.dress(ax)
    style.name_axes(ax, x=label, y="vertical velocity (m/s)")
    style.legend_above(ax, [lines[0], lines[-1]] if len(lines) > 1 else lines)
    return ax


def bar_path(samples: pd.DataFrame, reps: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the path of the bar, each phase in its colour: height over sideways place, or over velocity.

    A sensor on the bar does not know where the bar is sideways. Where the samples have no column
    ``pos_across_m`` (m), height is drawn over vertical velocity, the phase plane: each rep is a loop,
    lowering at the left and lifting at the right, and a loop that shrinks or dents shows fatigue and
    sticking points.

    Parameters
    ----------
    samples
        Table with the columns of :class:`imu_tempo.schema.SampleRow`, with or without ``pos_across_m``.
    reps
        Table with the columns of :class:`imu_tempo.schema.RepRow`.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = ax or style.new_axes(_PATH_IN)
    moving = [span for span in spans(rows(reps, RepRow)) if span.phase in ("ecc", "con")]
    if samples.empty or not moving:
        return style.say_empty(ax, "No rep, so no path of the bar.")
    t_s, height_m = (samples[c].to_numpy(dtype=np.float64) for c in ("t_s", "pos_up_m"))
    sideways = ACROSS_COLUMN in samples
    across = samples[ACROSS_COLUMN if sideways else "vel_up_mps"].to_numpy(dtype=np.float64)
    across = 100 * across if sideways else across
    ax.axvline(0, color=style.LIGHT.muted, linewidth=0.9)
    for span in moving:
        inside = (t_s >= span.start_s) & (t_s <= span.end_s)
        ax.plot(across[inside], 100 * height_m[inside], color=style.LIGHT.phase(span.phase), linewidth=1.4)
    style.dress(ax)
    ax.grid(visible=True, axis="x", color=style.LIGHT.line, linewidth=0.8)
    style.name_axes(ax, x="sideways (cm)" if sideways else "vertical velocity (m/s)", y="height (cm)")
    if sideways:
        ax.set_aspect("equal", adjustable="datalim")
    style.phase_legend(ax, {span.phase for span in moving})
    return ax


def _shades(reps: int) -> NDArray[np.float64]:
    from matplotlib import colormaps

    found: NDArray[np.float64] = colormaps["cividis_r"](np.linspace(_LIGHTEST, 1.0, reps))
    return found


def _inside(t_s: NDArray[np.float64], rep: RepRow) -> NDArray[np.bool_]:
    """Return which samples belong to a rep, its inner pause included."""
    edges = [e for e in (rep.ecc_start_s, rep.ecc_end_s, rep.con_start_s, rep.con_end_s) if math.isfinite(e)]
    found: NDArray[np.bool_] = (t_s >= min(edges)) & (t_s <= max(edges))
    return found
