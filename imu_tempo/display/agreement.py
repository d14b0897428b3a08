"""An agreement study in a notebook: counts, and the measures that a paper's table has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from imu_tempo.display.markup import Cell, Heading, heading, number, page, table, text
from imu_tempo.schema import columns, rows
from imu_tempo.schema.agreement import AgreementRow, CountRow

if TYPE_CHECKING:
    import pandas as pd

_COUNTS = ("session", "device_reps", "reference_reps", "matched", "missed", "ghosts", "f1", "clock_s")
_HEADINGS = (
    Heading("device \N{MINUS SIGN} reference", kind="text"),
    Heading("n", "pairs"),
    Heading("bias", "mean difference and its 95 % confidence interval"),
    Heading("95 % limits", "limits of agreement"),
    Heading("SEE", "standard error of estimate of the reference"),
    Heading("ICC(2,1)", "absolute agreement, single measures"),
    Heading("CCC", "Lin's concordance correlation coefficient"),
    Heading("slope", "least products slope of device on reference; its interval under the pointer"),
)
_MILLI = 1e3


def agreement_html(counts: pd.DataFrame, quantities: pd.DataFrame) -> str:
    """Return the HTML of a study's tables of :class:`CountRow` and :class:`AgreementRow`.

    Differences are shown in thousandths (mm/s, mm, ms): they are small, and their decimals are what matters.
    """
    found = rows(counts, CountRow)
    shown = [name for name in _COUNTS if name != "session" or len(found) > 1]
    headings = [heading(column) for column in columns(CountRow) if column.name in shown]
    kept = [row for place, row in enumerate(found) if place == 0 or _is_odd(row)]
    counted = ([_count(row, name) for name in shown] for row in kept)
    measured = (_line(row) for row in rows(quantities, AgreementRow))
    note = '<p class="quiet">All measures: <code>.quantities</code>; paired values: <code>.pairs</code></p>'
    return page(
        [table(headings, counted), _left_out(len(found) - len(kept)), table(_HEADINGS, measured), note]
    )


def _is_odd(row: CountRow) -> bool:
    """Whether a session deserves a line of its own: a rep without its partner, or a doubtful clock."""
    return bool(row.missed or row.ghosts or row.clock_ambiguous)


def _left_out(sessions: int) -> str:
    what = "session" if sessions == 1 else "sessions"
    words = f"{sessions} {what} in which every rep was matched: <code>.counts</code>"
    return f'<p class="quiet">{words}</p>' if sessions else ""


def _count(row: CountRow, name: str) -> Cell:
    value = getattr(row, name)
    if isinstance(value, str):
        return text(value or "all")
    return number(float(value), 0 if isinstance(value, int) else 3)


def _line(row: AgreementRow) -> list[Cell]:
    return [
        text(f"{row.title}, m{row.unit}"),
        number(row.n, 0),
        _with_interval(row.bias, row.bias_low, row.bias_high, 1, _MILLI),
        Cell(f"{_signed(row.loa_low)} to {_signed(row.loa_high)}")
        if math.isfinite(row.loa_low)
        else number(row.loa_low, 0),
        number(_MILLI * row.see, 1),
        number(row.icc2, 3),
        number(row.ccc, 3),
        _slope(row),
    ]


def _slope(row: AgreementRow) -> Cell:
    cell = number(row.lp_slope, 3)
    if not math.isfinite(row.lp_slope_low):
        return cell
    return cell._replace(tip=f"{row.lp_slope_low:.3f} to {row.lp_slope_high:.3f}")


def _with_interval(value: float, low: float, high: float, decimals: int, scale: float) -> Cell:
    cell = number(scale * value, decimals)
    if not (math.isfinite(low) and math.isfinite(high)):
        return cell
    ends = " to ".join(number(scale * end, decimals).html for end in (low, high))
    return Cell(f"{cell.html}<small> ({ends})</small>")


def _signed(value: float) -> str:
    return f"{_MILLI * value:+.0f}".replace("-", "\N{MINUS SIGN}")
