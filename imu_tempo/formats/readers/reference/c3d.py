"""C3D, the file of motion capture laboratories: a marker's height."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.reading import ReadOptions
from imu_tempo.formats.readers.reference.motion import Motion, motion
from imu_tempo.formats.words import first_sentence, shorten

# The second byte of every C3D file (c3d.org, the header section): the key 80.
_KEY = 0x50
_UNITS = {"mm": 1e-3, "cm": 1e-2, "m": 1.0}
UP = {"x": 0, "y": 1, "z": 2}
"""Axes that may point up."""


def matches(export: Export) -> bool:
    """Whether the ending and the header's key say so."""
    head = export.members[0].data[:2]
    return export.single and export.path.suffix.lower() == ".c3d" and len(head) == 2 and head[1] == _KEY


def read(export: Export, options: ReadOptions) -> list[Motion]:
    """Read the height of the marker that ``options.device`` names, or of the only one."""
    source = str(export.path)
    file = _opened(export.path)
    try:
        point = file["parameters"]["POINT"]
        rate_hz, unit = float(point["RATE"]["value"][0]), str(point["UNITS"]["value"][0]).strip().lower()
        labels = [str(label) for label in point["LABELS"]["value"]]
        points: NDArray[np.float64] = file["data"]["points"]
    except (KeyError, IndexError, ValueError) as error:
        raise SourceError(
            f"{source} lacks POINT data ({error}): export the markers.", source=source
        ) from error
    if unit not in _UNITS or rate_hz <= 0:
        raise SourceError(
            f"{source}: POINT:UNITS is {unit!r} at {rate_hz:g} Hz: expected mm or m.", source=source
        )
    marker = _marker(labels, options.device, source)
    axis, sign = UP[options.up.strip("+-").lower()], -1.0 if options.up.startswith("-") else 1.0
    height = sign * _UNITS[unit] * points[axis, marker, :]
    t_s = np.arange(len(height)) / rate_hz
    note = f"marker {labels[marker]}, {options.up} up, {unit} at {rate_hz:g} Hz"
    return [motion(t_s, height, None, source=source, name=labels[marker], note=note)]


def _opened(path: Path) -> Any:
    try:
        ezc3d = importlib.import_module("ezc3d")
    except ImportError as error:
        raise SourceError(
            f"{path} needs a library to be read: install it with pip install 'imu-tempo[mocap]'.",
            source=str(path),
        ) from error
    try:
        return ezc3d.c3d(str(path))
    except (OSError, RuntimeError, ValueError, IndexError) as error:
        raise SourceError(
            f"{path} is a damaged C3D file ({first_sentence(error)}).", source=str(path)
        ) from error


def _marker(labels: list[str], wanted: str | None, source: str) -> int:
    if wanted is None and len(labels) == 1:
        return 0
    if wanted in labels:
        return labels.index(wanted)
    ask = "say which with --device" if wanted is None else f"there is no {wanted!r}"
    raise SourceError(f"{source} holds the markers {shorten(labels)}: {ask}.", source=source)
