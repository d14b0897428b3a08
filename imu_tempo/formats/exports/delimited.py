"""CSV: as programs read it back to the last bit, and as spreadsheets open it by a double click."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Literal

from imu_tempo.errors import TempoError
from imu_tempo.formats.exports.writing import PathOrName, whole

if TYPE_CHECKING:
    import pandas as pd

Separator = Literal[",", ";", "\t"]
Decimal = Literal[".", ","]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that begins so is a formula to a spreadsheet, full width or not (OWASP, CSV injection)."""


def write_csv(table: pd.DataFrame, path: PathOrName) -> None:
    """Write a table as UTF-8 with commas, points, a header, and empty cells for what is missing.

    Numbers are written so that reading them gives the same bits.

    Raises
    ------
    TempoError
        The file cannot be written.
    """
    with whole(path) as half:
        table.to_csv(half, index=False, lineterminator="\n")


def write_excel_csv(
    table: pd.DataFrame, path: PathOrName, *, separator: Separator = ",", decimal: Decimal = "."
) -> None:
    """Write a table as a spreadsheet opens it: with a byte-order mark, so that it is read as UTF-8.

    Parameters
    ----------
    table
        Any table. A text that a spreadsheet would take for a formula gets an apostrophe in front.
    path
        File to write.
    separator, decimal
        ``";"`` and ``","`` are what Excel expects where a comma is the decimal mark.

    Raises
    ------
    TempoError
        Separator and decimal mark are the same, or the file cannot be written.
    """
    if separator == decimal:
        raise TempoError("A decimal comma needs another separator than the comma: choose the semicolon.")
    safe = table.copy()
    for name in safe.select_dtypes(exclude=["number", "bool"]):
        safe[name] = safe[name].map(_harmless)
    with whole(path) as half:
        safe.to_csv(
            half,
            index=False,
            sep=separator,
            decimal=decimal,
            encoding="utf-8-sig",
            lineterminator="\r\n",
            quoting=csv.QUOTE_MINIMAL,
        )


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
