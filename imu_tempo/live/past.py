"""Past sessions on a terminal: days and their sets, weeks, athletes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from imu_tempo.live import words
from imu_tempo.schema import rows
from imu_tempo.schema.history import AthleteRow, HistorySetRow, TrendRow

if TYPE_CHECKING:
    import pandas as pd

_NAME_CELLS = 10
_NOTHING = "No {} yet: record a session, or read recordings in with 'imu-tempo reindex DIR'."


def print_history(console: Console, sets: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Print the sets of each day.

    Parameters
    ----------
    console
        Where to.
    sets
        Columns of :class:`imu_tempo.schema.history.HistorySetRow`, in order.
    names
        Names by athlete id, for those who have one.
    """
    done = rows(sets, HistorySetRow)
    if not done:
        console.print(
            "No sets yet: record a session, or read recordings in with 'imu-tempo reindex DIR'.",
            soft_wrap=True,
        )
        return
    for day, group in groupby(done, key=lambda row: row.day):
        of_day = list(group)
        table = _table("athlete", "exercise", "kg|", "reps|", "tempo", "kept|", "ecc s|", "m/s|", "loss|")
        for row in of_day:
            table.add_row(
                _short(names.get(row.athlete) or row.athlete or words.NOTHING),
                escape(row.exercise.replace("_", " ")),
                f"{row.load_kg:g}" if math.isfinite(row.load_kg) else words.NOTHING,
                str(row.reps),
                row.tempo,
                words.percent(row.compliance_pct),
                words.number(row.tut_ecc_s, 1),
                words.number(row.mcv_best_mps, 2),
                words.percent(row.vl_pct) if row.vl_valid else words.NOTHING,
            )
        total_s = math.fsum(row.tut_ecc_s for row in of_day if math.isfinite(row.tut_ecc_s))
        sets_said = "1 set" if len(of_day) == 1 else f"{len(of_day)} sets"
        console.print(Text(f"{day}: {sets_said}, {total_s:.0f} s of lowering", style="bold"))
        console.print(table)
        console.print()


def print_trend(console: Console, trend: pd.DataFrame) -> None:
    """Print the weeks of each athlete and exercise, columns of :class:`imu_tempo.schema.history.TrendRow`."""
    done = rows(trend, TrendRow)
    if not done:
        console.print(
            "No weeks yet: record a session, or read recordings in with 'imu-tempo reindex DIR'.",
            soft_wrap=True,
        )
        return
    for (athlete, exercise), group in groupby(done, key=lambda row: (row.athlete, row.exercise)):
        weeks = list(group)
        at = f"; velocity at {weeks[0].load_kg:g} kg" if math.isfinite(weeks[0].load_kg) else ""
        table = _table("week of", "days|", "sets|", "reps|", "m/s|", "1RM kg|", "ecc s|", "ROM cm|", "kept|")
        for row in weeks:
            mark = "" if row.e1rm_kind == "tested" or not row.e1rm_kind else " est."
            table.add_row(
                row.week,
                str(row.days),
                str(row.sets),
                str(row.reps),
                words.number(row.mcv_mps, 2),
                words.number(row.e1rm_kg, 0) + mark,
                words.number(row.tut_ecc_s, 0),
                words.number(100.0 * row.rom_m, 0),
                words.percent(row.compliance_pct),
            )
        what = ", ".join(part for part in (athlete, exercise.replace("_", " ")) if part)
        console.print(Text(f"{what}{at}", style="bold"))
        console.print(table)
        console.print()


def print_athletes(console: Console, athletes: pd.DataFrame, names: Mapping[str, str]) -> None:
    """Print athletes, with the names that were entered."""
    found = rows(athletes, AthleteRow)
    if not found:
        console.print("No athletes yet: enter one with 'imu-tempo athlete A12'.")
        return
    table = _table("id", "name", "body mass kg|", "since", "note")
    for row in found:
        mass = words.number(row.body_mass_kg, 1)
        said = (escape(word) for word in (row.athlete, names.get(row.athlete, "")))
        table.add_row(*said, mass, row.body_mass_day, escape(row.note))
    console.print(table)


def _short(name: str) -> str:
    return escape(name if len(name) <= _NAME_CELLS else f"{name[: _NAME_CELLS - 1]}\N{HORIZONTAL ELLIPSIS}")


def _table(*names: str) -> Table:
    """Return a table with these columns; those that end in ``|`` are numbers."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    for name in names:
        title = name.removesuffix("|")
        table.add_column(
            title,
            justify="right" if name != title else "left",
            header_style="dim",
            no_wrap=title in ("tempo", "exercise"),
            overflow="fold",
        )
    return table
