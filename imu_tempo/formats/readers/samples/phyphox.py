"""The phyphox phone app: a table a sensor, on the experiment's clock."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import triad
from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.pairing import Track
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, two_tables
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import iso
from imu_tempo.formats.words import is_number

_TIME = r"time \(s\)"
_ACC = r"(?:acceleration|accelerometer) {} \(m/s\^?2\)"
_LINEAR = r"linear acceleration(?: {})? \(m/s\^?2\)|linear acceleration {} \(m/s\^?2\)"
_GYR = r"gyroscope {} \(rad/s\)"


def _is_header(names: Sequence[str]) -> bool:
    patterns = [pattern.format("x", "x") for pattern in (_ACC, _LINEAR, _GYR)]
    return "time (s)" in names and any(re.fullmatch(p, n) for p in patterns for n in names)


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    sheets = [sheet for _, sheet in export.sheets(_is_header)]
    acc = [sheet for sheet in sheets if triad(sheet, _ACC)]
    gyr = [sheet for sheet in sheets if triad(sheet, _GYR)]
    if not acc:
        linear = any(re.fullmatch(_LINEAR.format("x", "x"), n) for s in sheets for n in s.names)
        found = "linear acceleration, from which gravity was taken" if linear else "the gyro alone"
        raise SourceError(
            f"{export.path} holds {found}: record 'Acceleration with g' (and 'Gyroscope') in phyphox.",
            source=str(export.path),
        )
    if len(acc) > 1 or len(gyr) > 1:
        raise SourceError(
            f"{export.path} holds {len(acc)} tables of acceleration and {len(gyr)} of the gyro: give one"
            " experiment at a time.",
            source=str(export.path),
        )
    reading = two_tables(
        _track(acc[0], _ACC),
        _track(gyr[0], _GYR) if gyr else None,
        source=str(export.path),
        taken=f"acceleration m/s^2 with gravity; {'gyro rad/s' if gyr else 'no gyro'}; time s of the"
        " experiment",
        ignored=tuple(n for n in acc[0].names if n.startswith("absolute")),
        started=_started(export),
    )
    return [reading]


def _track(sheet: Sheet, pattern: str) -> Track:
    time, axes = sheet.find(_TIME), triad(sheet, pattern)
    assert time is not None  # the header was found by them
    assert axes is not None
    values = sheet.numbers([time, *axes])
    return Track(values[:, 0], values[:, 1:])


def _started(export: Export) -> str:
    """Return the time at which the experiment's clock was 0, from meta/time.csv of a zip."""
    member = export.named("time")
    sheet = member.sheet(lambda names: "system time" in names and "event" in names) if member else None
    if sheet is None:
        return ""
    system = sheet.place("system time")
    first = sheet.words(system)[0].replace(",", ".") if system is not None else ""
    return iso(float(first)) if is_number(first) else ""


FORMAT = SampleFormat(
    key="phyphox",
    title="phyphox (phone)",
    recognised_by='columns "Time (s)" and "Acceleration x (m/s^2)" or "Gyroscope x (rad/s)"',
    units="m/s^2 with gravity, rad/s, s; decimal point or comma; a CSV, or a zip with a table a sensor",
    status="seen",
    matches=_matches,
    read=_read,
    note="'Linear Acceleration' has no gravity and is refused. Excel exports are not read: choose CSV.",
)
