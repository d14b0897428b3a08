"""Every table's columns in one place: name, unit, dtype, meaning. Validators, docs and exports read it."""

from imu_tempo.schema.columns import NAN, Column, column, columns, rows, table, table_of_columns
from imu_tempo.schema.eccentric import EccentricRow
from imu_tempo.schema.fatigue import ComplianceRow, FatigueRow
from imu_tempo.schema.session import SessionRow
from imu_tempo.schema.tables import RejectedRow, RepRow, SampleRow, SetRow

__all__ = [
    "NAN",
    "Column",
    "ComplianceRow",
    "EccentricRow",
    "FatigueRow",
    "RejectedRow",
    "RepRow",
    "SampleRow",
    "SessionRow",
    "SetRow",
    "column",
    "columns",
    "rows",
    "table",
    "table_of_columns",
]
