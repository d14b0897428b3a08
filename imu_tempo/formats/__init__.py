"""Readers: recordings, tables, other tools' files and DataFrames in, checked blocks in SI units out."""

from imu_tempo.formats.canonical import ACC_COLUMNS, GYR_COLUMNS, TIME_COLUMN
from imu_tempo.formats.load import load
from imu_tempo.formats.source import Source, SourceLike

__all__ = ["ACC_COLUMNS", "GYR_COLUMNS", "TIME_COLUMN", "Source", "SourceLike", "load"]
