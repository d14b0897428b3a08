"""BarbellIMU, an open ESP32 bar sensor: raw rows in mg and sixteenths of a degree a second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imu_tempo.formats.readers.columns import has_all, triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import unwrap
from imu_tempo.formats.readers.units import ACC, RATE, TIME

_WRAP_US = 2.0**32
_WRAP_SEQ = 256


def _is_header(names: Sequence[str]) -> bool:
    return has_all(names, "timestamp_us", "ax_mg", "ay_mg", "az_mg")


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    return [_reading(member, sheet) for member, sheet in export.sheets(_is_header)]


def _reading(member: Member, sheet: Sheet) -> Reading:
    time, seq = sheet.place("timestamp_us"), sheet.place("seq")
    acc_at, gyr_at = triad(sheet, "a{}_mg"), triad(sheet, "g{}_dps16")
    assert time is not None  # the header was found by them
    assert acc_at is not None
    values = sheet.numbers([time, *acc_at])
    gyr = None if gyr_at is None else sheet.numbers(gyr_at) * RATE["deg/s/16"]
    reading = one_table(
        sheet,
        unwrap(values[:, 0], _WRAP_US) * TIME["us"],
        values[:, 1:] * ACC["mg"],
        gyr,
        taken=f"acceleration mg with gravity; {'gyro 1/16 deg/s' if gyr_at else 'no gyro'}; time us,"
        " wrapping",
        used=[p for p in (time, seq) if p is not None] + acc_at + (gyr_at or []),
        device=member.stem,
        model="BarbellIMU",
    )
    if seq is not None:
        steps = np.diff(sheet.numbers([seq])[:, 0])
        reading.facts["missing_by_counter"] = int(np.nansum((steps - 1) % _WRAP_SEQ))
    return reading


FORMAT = SampleFormat(
    key="barbellimu",
    title="BarbellIMU (raw)",
    recognised_by="columns timestamp_us, ax_mg, ay_mg, az_mg",
    units="mg with gravity, gx_dps16 in 1/16 deg/s (by its name), us wrapping at 71.6 min, seq counting to"
    " 255",
    status="documented",
    matches=_matches,
    read=_read,
)
