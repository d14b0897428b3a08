"""C3D, the file of motion capture laboratories: a marker's height."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from imu_tempo.errors import SourceError
from imu_tempo.formats.canonical import LARGEST_NUMBER
from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.reading import ReadOptions
from imu_tempo.formats.readers.reference.c3d_process import read_points
from imu_tempo.formats.readers.reference.motion import Motion, motion
from imu_tempo.formats.words import clip, shorten

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
    _refuse_without_library(export.path)
    found = read_points(export.path)
    if found.unit not in _UNITS or not 0 < found.rate_hz < math.inf:
        raise SourceError(
            f"{source}: POINT:UNITS is {clip(found.unit)!r} at {found.rate_hz:g} Hz: expected mm or m.",
            source=source,
        )
    marker = _marker(found.labels, options.device, source)
    axis, sign = UP[options.up.strip("+-").lower()], -1.0 if options.up.startswith("-") else 1.0
    if len(found.points) <= axis or found.points.shape[1] <= marker:
        raise SourceError(f"{source} lacks the points of {clip(found.labels[marker])}.", source=source)
    height = sign * _UNITS[found.unit] * found.points[axis, marker, :]
    height[~(np.abs(height) < LARGEST_NUMBER)] = np.nan
    t_s = np.arange(len(height)) / found.rate_hz
    name = found.labels[marker]
    note = f"marker {name}, {options.up} up, {found.unit} at {found.rate_hz:g} Hz"
    return [motion(t_s, height, None, source=source, name=name, note=note)]


def _refuse_without_library(path: Path) -> None:
    if find_spec("ezc3d") is None:
        raise SourceError(
            f"{path} needs a library to be read: install it with pip install 'imu-tempo[mocap]'.",
            source=str(path),
        )


def _marker(labels: list[str], wanted: str | None, source: str) -> int:
    if wanted is None and len(labels) == 1:
        return 0
    if wanted in labels:
        return labels.index(wanted)
    ask = "say which with --device" if wanted is None else f"there is no {wanted!r}"
    raise SourceError(f"{source} holds the markers {shorten(labels)}: {ask}.", source=source)
