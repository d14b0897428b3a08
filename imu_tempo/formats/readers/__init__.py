"""Readers of other tools' files: samples, tables of reps, reference motion, told apart by their headers."""

from imu_tempo.formats.readers.mapping import Mapping, mapping_of, read_mapping
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat
from imu_tempo.formats.readers.reference.formats import MotionFormat, motion_table, read_motion
from imu_tempo.formats.readers.reference.motion import Motion
from imu_tempo.formats.readers.registry import all_formats, read_samples, recognise
from imu_tempo.formats.readers.rep_tables import RepFormat, RepReading, read_reps

__all__ = [
    "Mapping",
    "Motion",
    "MotionFormat",
    "ReadOptions",
    "Reading",
    "RepFormat",
    "RepReading",
    "SampleFormat",
    "all_formats",
    "mapping_of",
    "motion_table",
    "read_mapping",
    "read_motion",
    "read_reps",
    "read_samples",
    "recognise",
]
