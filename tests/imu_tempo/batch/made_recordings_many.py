"""A handful of short recordings, made once: what a batch needs, and no more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware_bridge.recording import Manifest
from firmware_bridge.virtual import simple_set
from firmware_bridge.virtual.recorded import record

RATE_HZ = 100.0
LOADS_KG = (60.0, 70.0, 80.0, 90.0)
REPS = 2
FIRST = datetime(2026, 3, 2, 18, tzinfo=UTC)


def make_recordings(folder: Path) -> list[Path]:
    """Write one recording a load; athlete and load are in their manifests."""
    return list(_recordings(folder))


def _recordings(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for number, load_kg in enumerate(LOADS_KG):
        made = simple_set("squat", reps=REPS, tempo="1-0-X-0", rate_hz=RATE_HZ, seed=number, around=False)
        manifest = Manifest(
            sensor=made.info,
            started=(FIRST + timedelta(days=number)).isoformat(timespec="milliseconds"),
            exercise="squat",
            load_kg=load_kg,
            athlete=f"A{number}",
        )
        yield record(made, folder / f"{number}.tempo", manifest)


def spoilt(folder: Path) -> Path:
    """Write something that says it is a recording and is none."""
    path = folder / "spoilt.tempo"
    path.mkdir()
    (path / "manifest.json").write_text('{"format": "imu-tempo/recording", "format_version": 1}')
    return path


def copied(source: Path, target: Path) -> Path:
    """Copy recordings, to be done with as a test likes."""
    shutil.copytree(source, target)
    return target


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, but for the lock."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def times(folder: Path) -> dict[str, int]:
    """Return when each Parquet file below a folder was written."""
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
