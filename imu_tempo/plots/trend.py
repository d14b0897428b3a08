"""How weeks compare: one measure of the trend table over time, a line an athlete and exercise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, get_args

from imu_tempo.plots import style
from imu_tempo.schema import rows
from imu_tempo.schema.history import TrendRow

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
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
_LOOKS_OF_LINES = (
    ("#0072b2", "o"),
    ("#c85200", "s"),
    ("#007d5a", "^"),
    ("#8f4a78", "D"),
    ("#57606a", "v"),
    ("#1b1f24", "P"),
)
_AT_LOAD = " (velocity at "
_DASHES = ("solid", "dashed", "dotted")
_LEGEND_COLUMNS = 3
_LEGEND_LINE_IN = 0.25
_MARK_PT = 5.5
_WEEK_DAYS = 7
_BREAK_DAYS = 14  # who trains an exercise every other week still gets a line
_DAY_LABEL_PT = 44.0
"""Room that ``12 Mar`` needs."""
_PANEL_IN = (5.4, 2.5)
_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line is called and looks like, the same in every panel."""

    name: str
    colour: str
    mark: str
    dash: str


def session_trend(trend: pd.DataFrame, measure: Measure = "mcv_mps", *, ax: Axes | None = None) -> Axes:
    """Draw one measure week by week, with a line for each athlete and exercise.

    Parameters
    ----------
    trend
        Table with the columns of :class:`imu_tempo.schema.history.TrendRow`. The line is broken where more
        than a week without a value lies between; tested one-rep maxes are filled, estimated ones hollow.
    measure
        Column to draw.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    ax = _drawn(trend, measure, ax or style.new_axes(style.WIDE_IN))
    if handles := ax.get_legend_handles_labels()[0]:
        if measure != "mcv_mps":
            for handle in handles:
                handle.set_label(str(handle.get_label()).partition(_AT_LOAD)[0])
        style.legend_above(ax, handles)
    return ax


def trend_figure(trend: pd.DataFrame) -> Figure:
    """Draw every measure that the table has a value of, one below and beside the other, with one legend."""
    from matplotlib.figure import Figure

    measures = [m for m in get_args(Measure) if trend[m].notna().any()] or ["mcv_mps"]
    lines, columns = math.ceil(len(measures) / _COLUMNS), min(_COLUMNS, len(measures))
    names = len(_lines(rows(trend, TrendRow)))
    legend_in = _LEGEND_LINE_IN * math.ceil(names / _LEGEND_COLUMNS)
    size = (_PANEL_IN[0] * columns, _PANEL_IN[1] * lines + legend_in)
    figure = Figure(figsize=size, layout="constrained", facecolor=style.LIGHT.paper)
    found: dict[str, Artist] = {}
    for place, measure in enumerate(measures, start=1):
        ax = _drawn(trend, measure, figure.add_subplot(lines, columns, place))
        for handle, name in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(name, handle)
    if found:
        figure.legend(
            list(found.values()),
            list(found),
            loc="outside lower center",
            ncols=_LEGEND_COLUMNS,
            frameon=False,
            fontsize=style.SMALL_PT,
            labelcolor=style.LIGHT.muted,
        )
    return figure


def _drawn(trend: pd.DataFrame, measure: Measure, ax: Axes) -> Axes:
    """Draw a measure, without a legend."""
    look, every = _LOOKS[measure], rows(trend, TrendRow)
    done = [row for row in every if math.isfinite(getattr(row, measure))]
    if not done:
        return style.say_empty(ax, f"No week has a {look.label.split(' (')[0]}.")
    for key, line in _lines(every).items():
        weeks = [row for row in done if (row.athlete, row.exercise) == key]
        if weeks:
            _draw(ax, weeks, measure, line)
    style.dress(ax)
    _weeks_axis(ax, [date.fromisoformat(row.week) for row in done])
    style.name_axes(ax, x=_weeks_label(done), y=look.label)
    highest = max(getattr(row, measure) for row in done) * look.scale
    if look.from_zero:
        ax.set_ylim(0, 105 if measure == "compliance_pct" else 1.1 * highest or 1.0)
    else:
        ax.margins(y=0.2)
    return ax


def _lines(every: Sequence[TrendRow]) -> dict[tuple[str, str], _Line]:
    """Return how each athlete and exercise is drawn and called: no more words than tell the lines apart."""
    keys = dict.fromkeys((row.athlete, row.exercise) for row in every)
    loads = {(row.athlete, row.exercise): row.load_kg for row in every}
    athletes = len({athlete for athlete, _ in keys}) > 1
    exercises = len({exercise for _, exercise in keys}) > 1
    found = {}
    for place, (athlete, exercise) in enumerate(keys):
        parts = [athlete or "nobody"] if athletes else []
        parts += [exercise.replace("_", " ")] if exercises or not parts else []
        load_kg = loads[athlete, exercise]
        name = " ".join(parts) + (f"{_AT_LOAD}{load_kg:g} kg)" if math.isfinite(load_kg) else "")
        colour, mark = _LOOKS_OF_LINES[place % len(_LOOKS_OF_LINES)]
        found[athlete, exercise] = _Line(
            name, colour, mark, _DASHES[place // len(_LOOKS_OF_LINES) % len(_DASHES)]
        )
    return found


def _draw(ax: Axes, weeks: Sequence[TrendRow], measure: Measure, line: _Line) -> None:
    days: list[float] = []
    values: list[float] = []
    for row in sorted(weeks, key=lambda row: row.week):
        day = date.fromisoformat(row.week).toordinal()
        if days and day - days[-1] > _BREAK_DAYS:
            days.append(days[-1] + _WEEK_DAYS)
            values.append(math.nan)
        days.append(day)
        values.append(getattr(row, measure) * _LOOKS[measure].scale)
    hollow = measure == "e1rm_kg"
    ax.plot(
        days,
        values,
        color=line.colour,
        marker=line.mark,
        markersize=_MARK_PT * style.scale(ax),
        markevery=_between_marks(ax, len(days)),
        markerfacecolor=style.LIGHT.paper if hollow else line.colour,
        linewidth=1.8,
        linestyle=line.dash,
        label=line.name,
    )
    if hollow:
        tested = [row for row in weeks if row.e1rm_kind == "tested"]
        at = [date.fromisoformat(row.week).toordinal() for row in tested]
        best = [row.e1rm_kg for row in tested]
        ax.plot(at, best, linestyle="", marker=line.mark, markersize=_MARK_PT, color=line.colour)


def _between_marks(ax: Axes, points: int) -> int:
    """Return of how many points one is marked, so that marks do not hide their line."""
    return max(1, math.ceil(points * 2 * _MARK_PT / style.extent_pt(ax)[0]))


def _weeks_axis(ax: Axes, days: list[date]) -> None:
    """Name as many Mondays as there is room for."""
    first, last = min(days), max(days)
    mondays = range(first.toordinal(), last.toordinal() + 1, _WEEK_DAYS)
    shown = mondays[
        :: max(1, math.ceil(len(mondays) * _DAY_LABEL_PT * style.scale(ax) / style.extent_pt(ax)[0]))
    ]
    ax.set_xticks(list(shown), [f"{day.day} {day:%b}" for day in map(date.fromordinal, shown)])
    ax.set_xlim(first.toordinal() - _WEEK_DAYS / 2, last.toordinal() + _WEEK_DAYS / 2)


def _weeks_label(done: Sequence[TrendRow]) -> str:
    years = sorted({date.fromisoformat(row.week).year for row in done})
    return f"week of ({years[0]})" if len(years) == 1 else f"week of ({years[0]} to {years[-1]})"
