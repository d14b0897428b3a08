"""Reading a C3D file in a process of its own: a damaged one can end or hold the library, which is in C++.

``python -m imu_tempo.formats.readers.reference.c3d_process FILE`` writes a line of JSON about the markers to
its standard output, and their coordinates as float64 behind it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.untrusted import SESSION_BYTES, parse_json
from imu_tempo.errors import SourceError
from imu_tempo.formats.words import clip, first_sentence

PATIENCE_S = 30.0
"""A session of two hours takes a second or two."""

_MEMORY_BYTES = 4 * SESSION_BYTES
"""The file, what the library makes of it, and a copy on its way."""

_UNREADABLE = 3
_SAID_CHARS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Markers: ``points (k, markers, frames)`` with x, y and z first, in ``unit``."""

    rate_hz: float
    unit: str
    labels: list[str]
    points: NDArray[np.float64]


def read_points(path: Path) -> Points:
    """Read the markers of a C3D file.

    Raises
    ------
    SourceError
        It is damaged, or takes longer or more memory than such a file can.
    """
    # -P: no module is taken from the folder that the user happens to stand in
    command = [sys.executable, "-P", "-m", __name__, str(path.absolute())]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise _damaged(path, f"it is not read within {PATIENCE_S:.0f} s") from error
    if done.returncode == _UNREADABLE:
        raise _damaged(
            path, done.stderr.decode(errors="replace")[-_SAID_CHARS:].strip() or "nobody knows why"
        )
    if done.returncode:
        raise _damaged(path, "the library that reads it came to its end")
    head, _, body = done.stdout.partition(b"\n")
    told = parse_json(head)
    assert isinstance(told, dict)  # our own process wrote it
    points = np.frombuffer(body).reshape(told["shape"])
    return Points(told["rate_hz"], told["unit"], told["labels"], points)


def _damaged(path: Path, why: str) -> SourceError:
    return SourceError(f"{path} is a damaged C3D file ({clip(why, _SAID_CHARS)}).", source=str(path))


def _limit_memory() -> None:
    try:
        resource: ModuleType = import_module("resource")
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """Read the file that is named on the command line."""
    _limit_memory()
    try:
        file = import_module("ezc3d").c3d(sys.argv[1])
        point = file["parameters"]["POINT"]
        points = np.ascontiguousarray(file["data"]["points"], dtype=np.float64)
        told = {
            "rate_hz": float(point["RATE"]["value"][0]),
            "unit": str(point["UNITS"]["value"][0]).strip().lower(),
            "labels": [str(label) for label in point["LABELS"]["value"]],
            "shape": points.shape,
        }
    except Exception as error:
        sys.stderr.write(f"\n{type(error).__name__}: {first_sentence(error)}")
        return _UNREADABLE
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.write(points.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
