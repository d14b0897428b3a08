"""Every table's columns in one place: name, unit, dtype, meaning. Validators, docs and exports read it."""

from imu_tempo.schema.columns import NAN, Column, column, columns, rows, table
from imu_tempo.schema.tables import RejectedRow, RepRow, SampleRow, SetRow

__all__ = [
    "NAN",
    "Column",
    "RejectedRow",
    "RepRow",
    "SampleRow",
    "SetRow",
    "column",
    "columns",
    "rows",
    "table",
]
