"""How weeks compare: one measure of the trend table over time, a line an athlete and exercise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, get_args

from imu_tempo.plots import style
from imu_tempo.schema import rows
from imu_tempo.schema.history import TrendRow

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Measure = Literal["mcv_mps", "e1rm_kg", "tut_ecc_s", "rom_m", "compliance_pct"]
"""Columns of the trend table that can be drawn."""


@dataclass(frozen=True, slots=True)
class _Look:
    label: str
    scale: float = 1.0
    from_zero: bool = False


_LOOKS: dict[Measure, _Look] = {
    "mcv_mps": _Look("lifting velocity (m/s)"),
    "e1rm_kg": _Look("1RM (kg; filled: tested)"),
    "tut_ecc_s": _Look("eccentric TUT (s per week)", from_zero=True),
    "rom_m": _Look("range of motion (cm)", scale=100.0),
    "compliance_pct": _Look("tempo kept (%)", from_zero=True),
}
# Okabe and Ito's (2008) colours, darkened until they are read on white; each line has a mark of its own too.
_LINES = (
    ("#0072b2", "o"),
    ("#c85200", "s"),
    ("#007d5a", "^"),
    ("#8f4a78", "D"),
    ("#57606a", "v"),
    ("#1b1f24", "P"),
)
_MARK_PT = 5.5
_WEEK_DAYS = 7
_DAY_LABEL_PT = 44.0
"""Room that ``12 Mar`` needs."""
_PANEL_IN = (5.4, 2.5)
_COLUMNS = 2


def session_trend(trend: pd.DataFrame, measure: Measure = "mcv_mps", *, ax: Axes | None = None) -> Axes:
    """Draw one measure week by week, with a line for each athlete and exercise.

    Parameters
    ----------
    trend
        Table with the columns of :class:`imu_tempo.schema.history.TrendRow`. Weeks without a value are left
        out, and the line is broken where a week lies between; one-rep maxes that were tested are filled,
        estimated ones hollow.
    measure
        Column to draw.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    look = _LOOKS[measure]
    ax = ax or style.new_axes(style.WIDE_IN)
    done = [row for row in rows(trend, TrendRow) if math.isfinite(getattr(row, measure))]
    if not done:
        return style.say_empty(ax, f"No week has a {look.label.split(' (')[0]}.")
    groups = _groups(done)
    for place, (name, weeks) in enumerate(groups.items()):
        _draw(ax, weeks, measure, name, *_LINES[place % len(_LINES)])
    style.dress(ax)
    _weeks_axis(ax, [date.fromisoformat(row.week) for row in done])
    ax.set_ylabel(look.label)
    highest = max(getattr(row, measure) for row in done) * look.scale
    if look.from_zero:
        ax.set_ylim(0, 105 if measure == "compliance_pct" else 1.1 * highest or 1.0)
    else:
        ax.margins(y=0.2)
    if len(groups) > 1 or measure == "mcv_mps":
        style.legend_above(ax, ax.get_legend_handles_labels()[0])
    return ax


def trend_figure(trend: pd.DataFrame) -> Figure:
    """Draw every measure that the table has a value of, one below and beside the other."""
    from matplotlib.figure import Figure

    measures = [m for m in get_args(Measure) if trend[m].notna().any()] or ["mcv_mps"]
    lines = math.ceil(len(measures) / _COLUMNS)
    columns = min(_COLUMNS, len(measures))
    size = (_PANEL_IN[0] * columns, _PANEL_IN[1] * lines)
    figure = Figure(figsize=size, layout="constrained", facecolor=style.LIGHT.paper)
    for place, measure in enumerate(measures, start=1):
        session_trend(trend, measure, ax=figure.add_subplot(lines, columns, place))
    return figure


def _groups(done: list[TrendRow]) -> dict[str, list[TrendRow]]:
    """Return the weeks of each line, by what the legend calls it: no more than tells the lines apart."""
    athletes, exercises = {row.athlete for row in done}, {row.exercise for row in done}
    groups: dict[str, list[TrendRow]] = {}
    for row in done:
        parts = [row.athlete or "nobody"] if len(athletes) > 1 else []
        if len(exercises) > 1 or not parts:
            parts.append(row.exercise.replace("_", " "))
        groups.setdefault(" ".join(parts), []).append(row)
    return groups


def _draw(ax: Axes, weeks: list[TrendRow], measure: Measure, name: str, colour: str, mark: str) -> None:
    if measure == "mcv_mps":
        name = f"{name}, {weeks[0].load_kg:g} kg"
    days: list[float] = []
    values: list[float] = []
    for row in sorted(weeks, key=lambda row: row.week):
        day = date.fromisoformat(row.week).toordinal()
        if days and day - days[-1] > _WEEK_DAYS:
            days.append(days[-1] + _WEEK_DAYS)
            values.append(math.nan)
        days.append(day)
        values.append(getattr(row, measure) * _LOOKS[measure].scale)
    hollow = measure == "e1rm_kg"
    face = style.LIGHT.paper if hollow else colour
    ax.plot(
        days, values, color=colour, marker=mark, markersize=_MARK_PT, markerfacecolor=face, linewidth=1.8,
        label=name,
    )  # fmt: skip
    if hollow:
        tested = [row for row in weeks if row.e1rm_kind == "tested"]
        at = [date.fromisoformat(row.week).toordinal() for row in tested]
        ax.plot(
            at, [row.e1rm_kg for row in tested], linestyle="", marker=mark, markersize=_MARK_PT, color=colour
        )


def _weeks_axis(ax: Axes, days: list[date]) -> None:
    """Name as many Mondays as there is room for."""
    first, last = min(days), max(days)
    mondays = range(first.toordinal(), last.toordinal() + 1, _WEEK_DAYS)
    shown = mondays[:: max(1, math.ceil(len(mondays) * _DAY_LABEL_PT / style.extent_pt(ax)[0]))]
    ax.set_xticks(list(shown), [f"{day.day} {day:%b}" for day in map(date.fromordinal, shown)])
    ax.set_xlim(first.toordinal() - _WEEK_DAYS / 2, last.toordinal() + _WEEK_DAYS / 2)
    years = f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    ax.set_xlabel(f"week of ({years})")
