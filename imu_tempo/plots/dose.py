"""The eccentric dose as a calendar: a cell a day, with the days on which soreness is likely."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from imu_tempo.metrics.days import parse_day
from imu_tempo.plots import style
from imu_tempo.schema import NAN, rows
from imu_tempo.schema.dose import DoseDayRow

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WEEKS = 9
"""Weeks shown: as many as a dose is held against."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LIGHTEST = 0.18
_DARK = 0.55
"""Shade of the smallest dose, and from which on white text reads."""
_GAP = 0.06


@dataclass(frozen=True, slots=True)
class _Cell:
    """One day: its dose (NaN for none), whether it was novel, whether soreness is likely, and the answer."""

    dose: float
    novel: bool
    window: bool
    soreness: float


def dose_calendar(
    days: pd.DataFrame, *, weeks: int = WEEKS, until: str | date | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the eccentric dose of each day, a week a row.

    Darker is more; a frame marks a dose that was new, a bar below a day on which soreness is likely after
    one, and a number in brackets what the athlete answered. Several exercises are added up; their windows
    are all shown.

    Parameters
    ----------
    days
        Table with the columns of :class:`imu_tempo.schema.dose.DoseDayRow`, of one athlete.
    weeks
        Rows of the calendar.
    until
        Day in its last row; by default the last day with a dose, or the end of its soreness window.
    ax
        Axes to draw on; a new figure's by default.

    Returns
    -------
    Axes
    """
    given = rows(days, DoseDayRow)
    ax = ax or style.new_axes((style.NARROW_IN[0] * 1.2, 1.1 + 0.48 * weeks))
    if not given:
        return style.say_empty(ax, "No lowering under load is on record.")
    last = parse_day(until) if until is not None else _last_day(given)
    first = last - timedelta(days=last.weekday(), weeks=weeks - 1)
    cells, unit = _cells(given)
    roomy = _roomy(ax, weeks)
    most = max((c.dose for when, c in cells.items() if first <= when and math.isfinite(c.dose)), default=NAN)
    for week in range(weeks):
        for weekday in range(len(_DAYS)):
            when = first + timedelta(days=weekday, weeks=week)
            _draw_cell(ax, weekday, week, when, cells.get(when), most, roomy=roomy)
    _dress(ax, first, weeks)
    _legend(ax, unit, cells.values(), roomy=roomy)
    return ax


def _roomy(ax: Axes, weeks: int) -> bool:
    """Say whether a cell has room for its day, its dose and an answer."""
    width_pt, height_pt = style.extent_pt(ax)
    letters_pt = style.small_pt(ax)
    return width_pt / len(_DAYS) >= 3.6 * letters_pt and height_pt / weeks >= 2.6 * letters_pt


def _last_day(given: Iterable[DoseDayRow]) -> date:
    return max(parse_day(row.soreness_to or row.day) for row in given)


def _cells(given: Sequence[DoseDayRow]) -> tuple[dict[date, _Cell], str]:
    """Add up each day's doses; by eccentric seconds where the mass of one is not known."""
    by_mass = all(math.isfinite(row.ecc_exposure_kgs) and row.ecc_exposure_kgs > 0 for row in given)
    doses: dict[date, float] = {}
    novel: set[date] = set()
    window: set[date] = set()
    soreness: dict[date, float] = {}
    for row in given:
        when = parse_day(row.day)
        doses[when] = doses.get(when, 0.0) + (row.ecc_exposure_kgs if by_mass else row.tut_ecc_s)
        if row.novel:
            novel.add(when)
        after = [when + timedelta(days=d) for d in (1, 2, 3)]
        window.update(day for day in after if row.novel)
        for day, answer in zip(after, (row.soreness_24h, row.soreness_48h, row.soreness_72h), strict=True):
            if math.isfinite(answer):
                soreness[day] = max(answer, soreness.get(day, 0.0))
    every = doses.keys() | window | soreness.keys()
    cells = {
        day: _Cell(doses.get(day, NAN), day in novel, day in window, soreness.get(day, NAN)) for day in every
    }
    return cells, "kg s" if by_mass else "s"


def _draw_cell(ax: Axes, x: int, y: int, when: date, cell: _Cell | None, most: float, *, roomy: bool) -> None:
    from matplotlib.patches import Rectangle

    corner, side = (x - 0.5 + _GAP / 2, y - 0.5 + _GAP / 2), 1 - _GAP
    shade = 0.0
    if cell is not None and math.isfinite(cell.dose):
        shade = min(1.0, _LIGHTEST + (1 - _LIGHTEST) * cell.dose / most)
    frame = style.LIGHT.ink if cell is not None and cell.novel else style.LIGHT.line
    ax.add_patch(Rectangle(corner, side, side, facecolor=style.LIGHT.paper, edgecolor="none"))
    ax.add_patch(Rectangle(corner, side, side, facecolor=style.LIGHT.ecc, alpha=shade, edgecolor="none"))
    ax.add_patch(
        Rectangle(
            corner, side, side, fill=False, edgecolor=frame, linewidth=1.8 if cell and cell.novel else 0.8
        )
    )
    if cell is not None and cell.window:
        ax.add_patch(Rectangle((corner[0], y + 0.5 - _GAP / 2 - 0.14), side, 0.14, color=style.LIGHT.alarm))
    if not roomy:
        return
    ink = style.LIGHT.paper if shade > _DARK else style.LIGHT.ink if shade else style.LIGHT.muted
    ax.text(
        x - 0.41, y - 0.32, f"{when.day}", size=style.small_pt(ax) - 1.5, color=ink, ha="left", va="center"
    )
    if cell is not None:
        _write(ax, x, y, cell, style.LIGHT.paper if shade > _DARK else style.LIGHT.ink)


def _write(ax: Axes, x: int, y: int, cell: _Cell, ink: str) -> None:
    if math.isfinite(cell.dose):
        ax.text(
            x, y + 0.04, f"{cell.dose:,.0f}", size=style.small_pt(ax), color=ink, ha="center", va="center"
        )
    if math.isfinite(cell.soreness):
        ax.text(
            x + 0.41, y - 0.32, f"({cell.soreness:g})", size=style.small_pt(ax) - 0.5,
            color=ink if math.isfinite(cell.dose) else style.LIGHT.alarm, ha="right", va="center",
            weight="bold",
        )  # fmt: skip


def _dress(ax: Axes, first: date, weeks: int) -> None:
    ax.set_facecolor(style.LIGHT.paper)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlim(-0.52, len(_DAYS) - 0.48)
    ax.set_ylim(weeks - 0.48, -0.52)
    ax.set_xticks(range(len(_DAYS)), _DAYS)
    starts = [first + timedelta(weeks=w) for w in range(weeks)]
    row_pt = style.extent_pt(ax)[1] / weeks
    names = style.every([f"{d.day} {d:%b}" for d in starts], row_pt, 1.3 * style.small_pt(ax))
    ax.set_yticks(range(weeks), names)
    ax.tick_params(colors=style.LIGHT.muted, labelsize=style.small_pt(ax), length=0, pad=4)
    ax.set(xlabel="", ylabel="week from")
    ax.yaxis.label.set(color=style.LIGHT.muted, size=style.font_pt(ax))


def _legend(ax: Axes, unit: str, cells: Iterable[_Cell], *, roomy: bool) -> None:
    from matplotlib.patches import Patch

    told = list(cells)
    handles = [Patch(facecolor=style.LIGHT.ecc, alpha=0.7, label=f"lowering ({unit})")]
    if any(cell.novel for cell in told):
        handles.append(
            Patch(facecolor=style.LIGHT.paper, edgecolor=style.LIGHT.ink, linewidth=1.8, label="new")
        )
    if any(cell.window for cell in told):
        handles.append(Patch(facecolor=style.LIGHT.alarm, label="soreness likely"))
    if roomy and any(math.isfinite(cell.soreness) for cell in told):
        handles.append(Patch(facecolor="none", label="(0-10) as told"))
    style.legend_above(ax, handles)
