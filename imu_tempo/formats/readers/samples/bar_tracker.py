"""Barbell Velocity Tracker (ESP32-S3), a hobby logger: SI units in its names, often in UTF-16."""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.formats.readers.columns import has_all, triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.units import TIME


def _is_header(names: Sequence[str]) -> bool:
    return has_all(names, "t_ms", "ax_mps2", "ay_mps2", "az_mps2")


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    return [_reading(member, sheet) for member, sheet in export.sheets(_is_header)]


def _reading(member: Member, sheet: Sheet) -> Reading:
    time, acc_at, gyr_at = sheet.place("t_ms"), triad(sheet, "a{}_mps2"), triad(sheet, "g{}_rads")
    assert time is not None  # the header was found by them
    assert acc_at is not None
    values = sheet.numbers([time, *acc_at])
    return one_table(
        sheet,
        values[:, 0] * TIME["ms"],
        values[:, 1:],
        None if gyr_at is None else sheet.numbers(gyr_at),
        taken=f"acceleration m/s^2 with gravity; {'gyro rad/s' if gyr_at else 'no gyro'}; time ms",
        used=[time, *acc_at, *(gyr_at or [])],
        device=member.stem,
        model="Barbell Velocity Tracker",
    )


FORMAT = SampleFormat(
    key="bar_tracker",
    title="Barbell Velocity Tracker (hobby, ESP32-S3)",
    recognised_by="columns t_ms, ax_mps2, ay_mps2, az_mps2",
    units="m/s^2 with gravity, gx_rads in rad/s, ms; UTF-16 or UTF-8",
    status="seen",
    matches=_matches,
    read=_read,
    note="Its own filtered aZ_filt and vZ are not used.",
)
