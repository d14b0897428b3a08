"""Our own recording folders, sealed or not."""

from __future__ import annotations

from pathlib import Path

from imu_tempo.formats.source import Source


def load_recording(path: Path, *, check_units: bool) -> Source:
    """Read a recording folder."""
    raise NotImplementedError
