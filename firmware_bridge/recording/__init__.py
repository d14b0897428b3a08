"""Recordings on disk: a crash-safe journal of raw packets, the tables made from it, and repair."""

from firmware_bridge.recording.files import DiskFullError, LeftOutError
from firmware_bridge.recording.imported import write_imported
from firmware_bridge.recording.manifest import ClockSet, Contents, Imported, Manifest
from firmware_bridge.recording.reader import Recording, Samples, find_recordings
from firmware_bridge.recording.repair import RepairReport, repair
from firmware_bridge.recording.writer import RecordingWriter

__all__ = [
    "ClockSet",
    "Contents",
    "DiskFullError",
    "Imported",
    "LeftOutError",
    "Manifest",
    "Recording",
    "RecordingWriter",
    "RepairReport",
    "Samples",
    "find_recordings",
    "repair",
    "write_imported",
]
