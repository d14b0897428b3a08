"""The signs of fatigue of a set at a glance: how far each went the wrong way, and what it is worth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from imu_tempo.metrics.signs import SIGNS
from imu_tempo.plots import style
from imu_tempo.schema import FatigueRow, rows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

HEADLINE_MEASURES = (
    "velocity_loss_fastest_last",
    "peak_velocity_loss",
    "lowering_time_drift",
    "pause_growth",
    "control_drift",
    "sticking_growth",
    "tremor_growth",
    "rom_loss",
)
"""Of the measures that say nearly the same, the one that a coach knows."""

_SHADES = {"strong": 1.0, "moderate": 0.6, "exploratory": 0.3}
"""How dark a bar is, by how well the measure is known to mean fatigue."""
_FARTHEST_PCT = 100.0
"""A change beyond this ends in an arrow: a pause that doubled tells no more than one that grew by half."""
_ROW_IN = 0.42
_WORSE = {sign.measure: sign.worse for sign in SIGNS}
_BAR = 0.7
_ROOMY_PT = 240.0
"""Axes so wide have room for the values and for long names."""
_MINUS = "\N{MINUS SIGN}"


def fatigue_panel(
    fatigue: pd.DataFrame, *, measures: Sequence[str] = HEADLINE_MEASURES, ax: Axes | None = None
) -> Axes:
    """Draw each sign of fatigue as a bar: change from the start of the set to its end, to the right if worse.

    Parameters
    ----------
    fatigue
        Table with the columns of :class:`imu_tempo.schema.FatigueRow`; each set has its own bar. A sign that
        may not be read as fatigue, as the velocity of a paced set, is hollow.
    measures
        Which signs, in this order; those without a number are left out.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    given = [row for row in rows(fatigue, FatigueRow) if row.measure in measures]
    known = [row for row in given if math.isfinite(_worse_pct(row))]
    lines = [name for name in measures if any(row.measure == name for row in known)]
    ax = ax or style.new_axes((7.2, 1.2 + _ROW_IN * max(3, len(lines))))
    if not lines:
        return style.say_empty(ax, "Too few reps to tell how the set went.")
    sets = sorted({row.set_no for row in known})
    roomy = style.extent_pt(ax)[0] > _ROOMY_PT
    for place, name in enumerate(lines):
        for row in (row for row in known if row.measure == name):
            width = _BAR / len(sets)
            y = place - _BAR / 2 + (sets.index(row.set_no) + 0.5) * width
            _bar(ax, y, width * (1.0 if len(sets) == 1 else 0.8), row, tell=roomy and len(sets) == 1)
    ax.axvline(0.0, color=style.LIGHT.muted, linewidth=0.9)
    style.dress(ax, grid="x")
    titles = {row.measure: _title(row) for row in known}
    ax.set_yticks(range(len(lines)), [titles[name] for name in lines])
    ax.set_ylim(len(lines) - 0.45, -0.55)
    ax.set_xlim(*_limits([_worse_pct(row) for row in known]))
    style.name_axes(ax, x="change over the set, worse to the right (%)")
    _legend(ax, known, roomy=roomy)
    return ax


def _worse_pct(row: FatigueRow) -> float:
    """Return a sign's change in percent of where it started, positive for the worse; NaN for none."""
    if row.unit == "%":
        return row.value
    if not abs(row.first) > 0:
        return math.nan
    return 100 * _WORSE.get(row.measure, 1) * row.value / abs(row.first)


def _title(row: FatigueRow) -> str:
    """Return the sign's name, without what the axis says already."""
    title = row.title.split(",")[0]
    for start in ("Loss of ", "Growth of the ", "Drift of the ", "Growth of ", "Drift of "):
        title = title.removeprefix(start)
    return title.removeprefix("the ").replace(" loss", "").capitalize()


def _limits(changes: Sequence[float]) -> tuple[float, float]:
    low = max(-_FARTHEST_PCT, min(0.0, *changes, -5.0))
    high = min(_FARTHEST_PCT, max(0.0, *changes, 10.0))
    room = 0.08 * (high - low)
    return low - room, high + room


def _bar(ax: Axes, y: float, height: float, row: FatigueRow, *, tell: bool) -> None:
    from matplotlib.colors import to_rgba

    change = _worse_pct(row)
    shown = math.copysign(min(abs(change), _FARTHEST_PCT), change)
    face = to_rgba(style.LIGHT.ink, _SHADES[row.evidence]) if row.valid else style.LIGHT.paper
    edge = style.LIGHT.ink if row.valid else style.LIGHT.muted
    dashes = "solid" if row.valid else (0, (2.5, 2.0))
    ax.barh(y, shown, height, color=face, edgecolor=edge, linewidth=1.0, linestyle=dashes)
    if abs(change) > _FARTHEST_PCT:
        ax.plot(shown, y, ">" if change > 0 else "<", color=style.LIGHT.ink, markersize=6)
    if tell:
        ax.annotate(
            _values(row),
            (1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            size=style.small_pt(ax),
            color=style.LIGHT.ink if row.valid else style.LIGHT.muted,
        )


def _values(row: FatigueRow) -> str:
    """Return where a quantity started and ended."""
    unit = row.quantity_unit.replace("^2", "\N{SUPERSCRIPT TWO}")
    decimals = 0 if row.quantity_unit == "points" else 1 if row.quantity_unit == "s" else 2
    first, last = (f"{v:.{decimals}f}".replace("-", _MINUS) for v in (row.first, row.last))
    return f"{first} \N{RIGHTWARDS ARROW} {last} {unit}".rstrip()


def _legend(ax: Axes, known: Sequence[FatigueRow], *, roomy: bool) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Patch

    handles = [
        Patch(
            facecolor=to_rgba(style.LIGHT.ink, shade),
            edgecolor=style.LIGHT.ink,
            label=f"{name} evidence" if roomy else name,
        )
        for name, shade in _SHADES.items()
        if any(row.evidence == name and row.valid for row in known)
    ]
    if not all(row.valid for row in known):
        handles.append(
            Patch(facecolor=style.LIGHT.paper, edgecolor=style.LIGHT.muted, label="not valid here")
        )
    style.legend_above(ax, handles)
