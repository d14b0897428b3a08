"""The load-velocity profile: points, line with its confidence band, and the one-rep max it points to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from imu_tempo.errors import TempoError
from imu_tempo.metrics.line import fit_line
from imu_tempo.metrics.load_velocity import Method, load_velocity
from imu_tempo.plots import style
from imu_tempo.schema import rows
from imu_tempo.schema.load_velocity import LoadPointRow, LoadVelocityRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

SIZE_IN = (7.0, 4.2)
_BAND_POINTS = 60
_MARGIN = 0.06
"""Room beside the loads and above the velocities, as a part of what is shown."""


def load_velocity_profile(
    points: pd.DataFrame,
    *,
    method: Method = "regression",
    mvt_mps: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the load-velocity profile of one athlete in one exercise.

    Reps that are not used are hollow. The band is where the true line lies, with 95 % confidence; where it
    meets the minimum velocity threshold (MVT) are the ends of e1RM's interval.

    Parameters
    ----------
    points
        Table with the columns of :class:`imu_tempo.schema.load_velocity.LoadPointRow`.
    method, mvt_mps
        As for :func:`imu_tempo.metrics.load_velocity.load_velocity`.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes

    Raises
    ------
    TempoError
        The points are of several athletes or exercises.
    """
    ax = ax or style.new_axes(SIZE_IN)
    given = rows(points, LoadPointRow)
    if not given:
        return style.say_empty(ax, "No lift with a load was found.")
    found = rows(load_velocity(points, method=method, mvt_mps=mvt_mps), LoadVelocityRow)
    if len(found) > 1:
        raise TempoError(
            f"The points are of {len(found)} athletes or exercises, and a profile is drawn for one: choose"
            " one."
        )
    [fit] = found
    if math.isnan(fit.slope_mps_per_kg):
        return style.say_empty(ax, "A profile needs two loads, each lifted as fast as possible.")
    used = [p for p in given if p.used]
    if method == "two-point":
        used = [p for p in used if p.load_kg in (fit.load_min_kg, fit.load_max_kg)]
    shown_kg = _range_kg(given, fit)
    _draw_line(ax, fit, used, shown_kg)
    _draw_points(ax, given, used)
    _draw_threshold(ax, fit, shown_kg[1])
    style.dress(ax)
    ax.set_xlim(*shown_kg)
    highest = max(p.mcv_mps for p in given if math.isfinite(p.mcv_mps))
    ax.set_ylim(0, max(highest, fit.mvt_mps) * (1 + 2 * _MARGIN))
    style.name_axes(ax, x="load (kg)", y="mean lifting velocity (m/s)")
    if ax.get_legend_handles_labels()[0]:
        style.legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def _range_kg(given: Sequence[LoadPointRow], fit: LoadVelocityRow) -> tuple[float, float]:
    """Return the loads to show: all points, and e1RM with its interval unless that runs far away."""
    loads = [p.load_kg for p in given if math.isfinite(p.load_kg)]
    ends = [v for v in (fit.e1rm_kg, fit.e1rm_high_kg) if v < 1.5 * max(loads)]
    low, high = min(loads), max([*loads, *ends])
    margin = _MARGIN * max(high - low, 1.0)
    return low - margin, high + margin


def _draw_line(
    ax: Axes, fit: LoadVelocityRow, used: Sequence[LoadPointRow], shown_kg: tuple[float, float]
) -> None:
    line = fit_line([p.load_kg for p in used], [p.mcv_mps for p in used])
    loads = np.linspace(*shown_kg, _BAND_POINTS)
    if math.isfinite(fit.see_mps):
        low, high = zip(*(line.band(float(x)) for x in loads), strict=True)
        ax.fill_between(
            loads, low, high, color=style.LIGHT.con, alpha=0.15, linewidth=0, label="95 % confidence"
        )
    ax.plot(
        loads,
        fit.intercept_mps + fit.slope_mps_per_kg * loads,
        color=style.LIGHT.con,
        linewidth=2.0,
        label=_fit_text(fit),
    )


def _draw_points(ax: Axes, given: Sequence[LoadPointRow], used: Sequence[LoadPointRow]) -> None:
    for chosen, face, label in (
        ([p for p in given if p not in used], style.LIGHT.paper, "not used"),
        (used, style.LIGHT.con, "fastest rep of a load"),
    ):
        if chosen:
            ax.scatter(
                [p.load_kg for p in chosen],
                [p.mcv_mps for p in chosen],
                s=34,
                facecolor=face,
                edgecolor=style.LIGHT.con,
                linewidth=1.2,
                zorder=3,
                label=label,
            )


def _draw_threshold(ax: Axes, fit: LoadVelocityRow, most_kg: float) -> None:
    """Draw the MVT and, where the line meets it, e1RM; one beyond ``most_kg`` is only told."""
    ax.axhline(fit.mvt_mps, color=style.LIGHT.muted, linewidth=1.2, linestyle=(0, (5, 3)))
    ax.annotate(
        f"MVT {fit.mvt_mps:.2f} m/s",
        (0.0, fit.mvt_mps),
        xycoords=("axes fraction", "data"),
        xytext=(4, 3),
        textcoords="offset points",
        size=style.small_pt(ax),
        color=style.LIGHT.muted,
    )
    if not math.isfinite(fit.e1rm_kg):
        return
    seen = fit.e1rm_kg <= most_kg
    if seen and math.isfinite(fit.e1rm_low_kg):
        ax.plot(
            [fit.e1rm_low_kg, fit.e1rm_high_kg],
            [fit.mvt_mps] * 2,
            color=style.LIGHT.ink,
            linewidth=3.0,
            solid_capstyle="butt",
            zorder=4,
        )
    if seen:
        ax.plot([fit.e1rm_kg], [fit.mvt_mps], "D", color=style.LIGHT.ink, markersize=7, zorder=5)
    ax.annotate(
        _e1rm_text(fit),
        (fit.e1rm_kg if seen else most_kg, fit.mvt_mps),
        xytext=(-8, -8),
        textcoords="offset points",
        ha="right",
        va="top",
        size=style.small_pt(ax),
        color=style.LIGHT.ink,
        weight="bold",
    )


def _fit_text(fit: LoadVelocityRow) -> str:
    """Return how well the line fits, as far as that is known."""
    if not math.isfinite(fit.see_mps):
        return "line through the points"
    return f"R\N{SUPERSCRIPT TWO} {fit.r2:.2f}, SEE {fit.see_mps:.2f} m/s"


def _e1rm_text(fit: LoadVelocityRow) -> str:
    said = f"e1RM {fit.e1rm_kg:.0f} kg"
    if math.isfinite(fit.e1rm_low_kg):
        return f"{said} ({fit.e1rm_low_kg:.0f} to {fit.e1rm_high_kg:.0f})"
    return f"{said} (interval unknown)"
