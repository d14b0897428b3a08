"""What the columns of an exported table are: unit and meaning, from the schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from imu_tempo.schema import Column, EccentricRow, RejectedRow, RepRow, SampleRow, SetRow, columns, table
from imu_tempo.schema import column as declared
from imu_tempo.schema.history import (
    AthleteRow,
    HistoryEccentricRow,
    HistoryRepRow,
    HistorySessionRow,
    HistorySetRow,
    OneRepMaxRow,
    SorenessRow,
    TrendRow,
)

if TYPE_CHECKING:
    import pandas as pd

SET_PREFIX = "set_"
"""In front of a set's column in a table of reps, so that it is not taken for the rep's."""

_ROW_TYPES: tuple[type[Any], ...] = (
    RepRow,
    SetRow,
    RejectedRow,
    SampleRow,
    EccentricRow,
    HistoryRepRow,
    HistorySetRow,
    HistoryEccentricRow,
    HistorySessionRow,
    OneRepMaxRow,
    SorenessRow,
    AthleteRow,
    TrendRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """One column of an exported table."""

    column: str = declared("", "name of the column")
    unit: str = declared("", "its unit, empty for none")
    meaning: str = declared("", "what it tells")


def known_columns(frame: pd.DataFrame) -> dict[str, Column]:
    """Return the schema's word on each of a table's columns; one that no table declares is left out.

    Where tables share a name, the table with the most columns in common decides.
    """
    names = [str(name) for name in frame.columns]
    by_fit = sorted(_ROW_TYPES, key=lambda t: -len({c.name for c in columns(t)} & set(names)))
    found: dict[str, Column] = {}
    for row_type in by_fit:
        for column in columns(row_type):
            found.setdefault(column.name, column)
    for column in columns(SetRow):
        name = f"{SET_PREFIX}{column.name}"
        found.setdefault(name, column._replace(name=name, meaning=f"of its set: {column.meaning}"))
    return {name: found[name] for name in names if name in found}


def dictionary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a row a column of a table, with its unit and its meaning."""
    known = known_columns(frame)
    return table(
        (
            ColumnRow(column=str(name), unit=known[name].unit, meaning=known[name].meaning)
            if name in known
            else ColumnRow(column=str(name), unit="", meaning="")
            for name in frame.columns
        ),
        ColumnRow,
    )
