"""Any table of samples whose columns the user names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.mapping import AXES, Mapping
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import clock_times
from imu_tempo.formats.readers.units import plain
from imu_tempo.formats.words import is_number, shorten

Array = NDArray[np.float64]


def _never(export: Export) -> bool:
    return False  # a mapping is said, never guessed


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    mapping = options.mapping
    if mapping is None:
        raise SourceError(
            f"{export.path}: say which columns are which, such as --map t=time --map acc_x=ax --map acc_y=ay"
            " --map acc_z=az --unit acc=g.",
            source=str(export.path),
        )
    found = export.sheets(_header_of(mapping))
    if not found:
        raise SourceError(_not_found(export, mapping), source=str(export.path))
    return [_reading(member, sheet, mapping) for member, sheet in found]


def _header_of(mapping: Mapping) -> Callable[[Sequence[str]], bool]:
    def wanted(names: Sequence[str]) -> bool:
        return all(_column(names, column)[0] is not None for column in mapping.columns.values())

    return wanted


def _column(names: Sequence[str], said: str) -> tuple[int | None, float]:
    """Return the place of a column and its sign; a name may begin with a minus of its own."""
    for name, sign in ((plain(said), 1.0), (plain(said.removeprefix("-")), -1.0)):
        if name in names:
            return list(names).index(name), sign
    return None, 1.0


def _not_found(export: Export, mapping: Mapping) -> str:
    """Say which of the mapping's columns the first line with most of them lacks."""
    best: tuple[int, list[str], list[str]] = (-1, [], [])

    def look(names: Sequence[str]) -> bool:
        nonlocal best
        lacking = [c for c in mapping.columns.values() if _column(names, c)[0] is None]
        have = len(mapping.columns) - len(lacking)
        if have > best[0]:
            best = (have, lacking, list(names))
        return False

    export.sheets(look)
    return (
        f"{export.path} has no column {', '.join(best[1])} (it has {shorten([n for n in best[2] if n])}):"
        " correct the mapping."
    )


def _reading(member: Member, sheet: Sheet, mapping: Mapping) -> Reading:
    found = {name: _column(sheet.names, column) for name, column in mapping.columns.items()}
    places = {name: place for name, (place, _) in found.items() if place is not None}
    kinds = [axis for axis in AXES if axis in places]
    factors = np.array([mapping.factor(axis[:3]) * found[axis][1] for axis in kinds])
    values = sheet.numbers([places[axis] for axis in kinds]) * factors
    t_s = _times(sheet, places.get("t"), mapping, len(values))
    units = ", ".join(f"{kind} {unit}" for kind, unit in mapping.units.items()) or "SI units"
    turned = [axis for axis in kinds if found[axis][1] < 0]
    return one_table(
        sheet,
        t_s,
        values[:, :3],
        values[:, 3:] if len(kinds) > 3 else None,
        taken=f"columns as mapped; {units}{'; turned round: ' + ', '.join(turned) if turned else ''}",
        used=list(places.values()),
        device=member.stem,
    )


def _times(sheet: Sheet, place: int | None, mapping: Mapping, n: int) -> Array:
    if place is None:
        assert mapping.rate_hz is not None  # the mapping checked it
        return np.arange(n) / mapping.rate_hz
    first = next((word for word in sheet.words(place) if word), "")
    if ":" in first and not is_number(first):
        return clock_times(sheet.words(place), source=sheet.source, first_line=sheet.first_line or 1)
    return sheet.numbers([place])[:, 0] * mapping.factor("time")


FORMAT = SampleFormat(
    key="mapped",
    title="any table, with a mapping",
    recognised_by="nothing: say --map acc_x=NAME ... or --map FILE.toml",
    units="as said with --unit acc=g, gyr=deg/s, time=ms; -NAME turns a sign round; rate_hz=100 without"
    " times",
    status="documented",
    matches=_never,
    read=_read,
)
