"""The Sensor Logger phone app: a file a sensor, columns in the order z, y, x, signs by the phone's system.

Units and signs by the app's own reference (github.com/tszheichoi/awesome-sensor-logger, UNITS.md and
CROSSPLATFORM.md): Accelerometer is without gravity; TotalAcceleration (Android) has it; Gravity comes apart;
an iPhone's accelerations have the other sign unless 'Standardise Units & Frames' was on, which Metadata.csv
tells.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import has_all, triad
from imu_tempo.formats.readers.opening import Export
from imu_tempo.formats.readers.pairing import Track
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, two_tables
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import iso
from imu_tempo.formats.readers.units import ACC, TIME

_PARTS = ("totalacceleration", "accelerometer", "accelerometeruncalibrated", "gravity", "gyroscope")


def _is_header(names: Sequence[str]) -> bool:
    return has_all(names, "time", "seconds_elapsed", "x", "y", "z")


def _is_metadata(names: Sequence[str]) -> bool:
    return "platform" in names and "recording epoch time" in names


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    sheets = {member.stem: sheet for member, sheet in export.sheets(_is_header)}
    if export.single:
        sheets |= _beside(export)
    about = _about(export)
    sign, told = _sign(about, export)
    acc, what = _acceleration(sheets, about, export)
    gyr = _track(sheets["gyroscope"]) if "gyroscope" in sheets else None
    started = about.get("recording epoch time", "")
    reading = two_tables(
        Track(acc.t_s, sign * acc.values),
        gyr,
        source=str(export.path),
        taken=f"{what}, {told}; {'gyro rad/s' if gyr else 'no gyro'}; time epoch ns",
        model="phone",
        started=iso(float(started) * TIME["ms"]) if started.isdigit() else iso(float(acc.t_s[0])),
    )
    return [reading]


def _beside(export: Export) -> dict[str, Sheet]:
    """Return the tables of the other sensors in the folder of a file that was named alone."""
    members = (export.beside(name) for name in ("Gravity.csv", "Gyroscope.csv", "TotalAcceleration.csv"))
    return {m.stem: sheet for m in members if m and (sheet := m.sheet(_is_header))}


def _about(export: Export) -> dict[str, str]:
    member = export.named("metadata") or export.beside("Metadata.csv")
    sheet = member.sheet(_is_metadata) if member else None
    if sheet is None:
        return {}
    return {name: (sheet.words(i) or [""])[0] for i, name in enumerate(sheet.names)}


def _sign(about: dict[str, str], export: Export) -> tuple[float, str]:
    """Return what makes specific force of the phone's accelerations, and why."""
    platform = about.get("platform", "").lower()
    if not platform:
        raise SourceError(
            f"{export.path} lacks Metadata.csv, which tells whether the phone's accelerations are upside down"
            " (iPhones) or not: give the whole export.",
            source=str(export.path),
        )
    standard = about.get("standardisation", "").lower() == "true"
    if platform != "ios":
        return 1.0, f"{platform}: signs kept"
    return (1.0, "ios, standardised: signs kept") if standard else (-1.0, "ios: signs turned round")


def _acceleration(sheets: dict[str, Sheet], about: dict[str, str], export: Export) -> tuple[Track, str]:
    if "totalacceleration" in sheets:
        return _track(sheets["totalacceleration"]), "TotalAcceleration m/s^2"
    if "accelerometer" in sheets and "gravity" in sheets:
        own, gravity = _track(sheets["accelerometer"]).settled()[0], _track(sheets["gravity"]).settled()[0]
        there = [np.interp(own.t_s, gravity.t_s, axis) for axis in gravity.values.T]
        return Track(own.t_s, own.values + np.column_stack(there)), "Accelerometer + Gravity, m/s^2"
    if "accelerometeruncalibrated" in sheets:
        raw = _track(sheets["accelerometeruncalibrated"])
        ios = about.get("platform", "").lower() == "ios"
        in_g = ios and about.get("standardisation", "").lower() != "true"
        unit = "g" if in_g else "m/s^2"
        return Track(raw.t_s, raw.values * ACC[unit]), f"AccelerometerUncalibrated {unit}"
    found = ", ".join(sorted(sheets)) or "nothing"
    raise SourceError(
        f"{export.path} holds no acceleration with gravity ({found}): record TotalAcceleration on Android, or"
        " Gravity beside the Accelerometer, and give the whole export.",
        source=str(export.path),
    )


def _track(sheet: Sheet) -> Track:
    time, axes = sheet.place("time"), triad(sheet, "{}")
    assert time is not None  # the header was found by them
    assert axes is not None
    values: NDArray[np.float64] = sheet.numbers([time, *axes])
    return Track(values[:, 0] * TIME["ns"], values[:, 1:])


FORMAT = SampleFormat(
    key="sensor_logger",
    title="Sensor Logger (phone)",
    recognised_by="columns time, seconds_elapsed, z, y, x; Metadata.csv beside them",
    units="m/s^2, rad/s, epoch ns; an iPhone's accelerations are turned round unless standardised",
    status="documented",
    matches=_matches,
    read=_read,
    note="Accelerometer.csv has no gravity: TotalAcceleration.csv or Gravity.csv is needed. Give the zip"
    " or folder.",
)
