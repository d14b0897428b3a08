"""WL Analysis: a row a frame of a video of the lift."""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.reading import ReadOptions
from imu_tempo.formats.readers.reference.motion import Motion, motion

_VELOCITY = "velocity (vertical, m/s)"
_POSITION = "displacement (vertical, m)"
_TIME = r"time(?: \(s\))?"


def _is_header(names: Sequence[str]) -> bool:
    return any(n in ("time (s)", "time") for n in names) and (_VELOCITY in names or _POSITION in names)


def matches(export: Export) -> bool:
    """Whether a table of frames is in it."""
    return bool(export.sheets(_is_header))


def read(export: Export, options: ReadOptions) -> list[Motion]:
    """Read a motion a file."""
    found = []
    for member, sheet in export.sheets(_is_header):
        time, vel, pos = sheet.find(_TIME), sheet.place(_VELOCITY), sheet.place(_POSITION)
        assert time is not None  # the header was found by it
        columns = {p: sheet.numbers([p])[:, 0] for p in (time, vel, pos) if p is not None}
        found.append(
            motion(
                columns[time],
                None if pos is None else columns[pos],
                None if vel is None else columns[vel],
                source=member.source,
                name="" if export.single else member.stem,
                note="vertical velocity and displacement of a video, up positive",
            )
        )
    return found
