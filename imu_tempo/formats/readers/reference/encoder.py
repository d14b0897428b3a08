"""A string encoder's trace as a table: time, position, velocity, several reps one below the other."""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.formats.readers.columns import rows_by_name
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import ReadOptions
from imu_tempo.formats.readers.reference.motion import Motion, motion
from imu_tempo.formats.readers.sheet import Sheet

_POSITION = ("pos_up_m", "pos_m")
_VELOCITY = ("vel_up_mps", "vel_mps")
_TRACE = r"rep_row|trace"


def _is_header(names: Sequence[str]) -> bool:
    return "t_s" in names and any(n in names for n in (*_POSITION, *_VELOCITY)) and "acc_x_mps2" not in names


def matches(export: Export) -> bool:
    """Whether such a table is in it."""
    return bool(export.sheets(_is_header))


def read(export: Export, options: ReadOptions) -> list[Motion]:
    """Read a motion a trace."""
    return [m for member, sheet in export.sheets(_is_header) for m in _traces(member, sheet)]


def _traces(member: Member, sheet: Sheet) -> list[Motion]:
    places = [sheet.place("t_s")] + [
        next((p for name in names if (p := sheet.place(name)) is not None), None)
        for names in (_POSITION, _VELOCITY)
    ]
    columns = [None if p is None else sheet.numbers([p])[:, 0] for p in places]
    time = columns[0]
    assert time is not None  # the header was found by it
    trace = sheet.find(_TRACE)
    traces = rows_by_name(sheet.words(trace) if trace is not None else [""] * len(time))
    found = []
    for name, own in traces.items():
        t_s, pos, vel = (None if c is None else c[own] for c in columns)
        assert t_s is not None
        found.append(
            motion(t_s, pos, vel, source=member.source, name=name, note="an encoder's trace, up positive")
        )
    return found
