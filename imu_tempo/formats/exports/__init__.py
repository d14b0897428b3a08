"""Tables for other people's programs: CSV, CSV for Excel, Parquet, JSON, JSON lines, and a table for R."""

from imu_tempo.formats.exports.delimited import Decimal, Separator, write_csv, write_excel_csv
from imu_tempo.formats.exports.dictionary import dictionary
from imu_tempo.formats.exports.json_files import history_object, write_json, write_json_lines
from imu_tempo.formats.exports.parquet import write_parquet
from imu_tempo.formats.exports.tidy import tidy_reps, write_tidy

__all__ = [
    "Decimal",
    "Separator",
    "dictionary",
    "history_object",
    "tidy_reps",
    "write_csv",
    "write_excel_csv",
    "write_json",
    "write_json_lines",
    "write_parquet",
    "write_tidy",
]
