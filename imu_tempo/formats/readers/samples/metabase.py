"""MbientLab MetaMotion, as the MetaBase app exports it: a CSV a sensor, paired by the host's clock."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.pairing import Track
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, two_tables
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import iso
from imu_tempo.formats.readers.units import ACC, RATE, TIME

_EPOCH = r"epoch? \(ms\)"
_ACC = r"{}-axis \(g\)"
_GYR = r"{}-axis \(deg/s\)"
_ZONE = re.compile(r"(?:timestamp|time) \(([+-]\d{4})\)")
# MetaBase names a file after session, board and sensor: ..._D5A7B1_Accelerometer_100.000Hz_1.5.0.csv
_SENSORS = ("accelerometer", "gyroscope")


def _is_header(names: Sequence[str]) -> bool:
    return any(re.fullmatch(_EPOCH, name) for name in names) and (
        "x-axis (g)" in names or "x-axis (deg/s)" in names
    )


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    sheets = export.sheets(_is_header)
    acc = [(m, s) for m, s in sheets if triad(s, _ACC)]
    gyr = [(m, s) for m, s in sheets if triad(s, _GYR)]
    if not acc:
        raise SourceError(
            f"{export.path} holds the gyro alone: give the accelerometer's file, or the folder with both.",
            source=str(export.path),
        )
    if export.single and not gyr:
        gyr = _sibling(export, acc[0][0])
    return [_reading(export, m, s, _partner(export, m, gyr, alone=len(acc) == 1)) for m, s in acc]


def _sibling(export: Export, acc: Member) -> list[tuple[Member, Sheet]]:
    """Return the gyro's file that lies beside an accelerometer's of the same session."""
    swapped = re.sub(*_SENSORS, export.path.name, flags=re.IGNORECASE)
    # the rate in the name may differ between the two sensors
    stem = swapped.lower().partition(_SENSORS[1])[0] + _SENSORS[1]
    if stem == acc.name.lower() or _SENSORS[0] not in acc.name.lower():
        return []
    near = sorted(p.name for p in export.path.parent.iterdir() if p.name.lower().startswith(stem))
    found = [(m, s) for m in map(export.beside, near) if m and (s := m.sheet(_is_header)) and triad(s, _GYR)]
    return found if len(found) == 1 else []


def _partner(
    export: Export, acc: Member, gyr: list[tuple[Member, Sheet]], *, alone: bool
) -> tuple[Member, Sheet] | None:
    if alone and len(gyr) == 1:
        return gyr[0]
    session = acc.stem.partition(_SENSORS[0])[0]
    mine = [(m, s) for m, s in gyr if m.stem.partition(_SENSORS[1])[0] == session]
    if len(mine) > 1 or (gyr and not mine):
        names = ", ".join(m.name for m, _ in gyr)
        raise SourceError(
            f"{export.path}: which gyro belongs to {acc.name} cannot be told ({names}): give one session's"
            " files.",
            source=str(export.path),
        )
    return mine[0] if mine else None


def _track(sheet: Sheet, pattern: str, scale: float) -> Track:
    time = sheet.find(_EPOCH)
    axes = triad(sheet, pattern)
    assert time is not None  # the header was found by them
    assert axes is not None
    values = sheet.numbers([time, *axes])
    return Track(values[:, 0] * TIME["ms"], values[:, 1:] * scale)


def _reading(export: Export, member: Member, sheet: Sheet, gyro: tuple[Member, Sheet] | None) -> Reading:
    acc = _track(sheet, _ACC, ACC["g"])
    gyr = None if gyro is None else _track(gyro[1], _GYR, RATE["deg/s"])
    zone = next((found[1] for name in sheet.names if (found := _ZONE.fullmatch(name))), "")
    with_gyro = f"; gyro deg/s from {gyro[0].name}" if gyro else "; no gyro file"
    return two_tables(
        acc,
        gyr,
        source=str(export.path),
        taken=f"acceleration g with gravity{with_gyro}; time epoch ms",
        device=member.stem.partition(_SENSORS[0])[0].strip("_"),
        model="MetaMotion",
        started=iso(float(acc.t_s[0]), zone) if len(acc.t_s) else "",
    )


FORMAT = SampleFormat(
    key="metabase",
    title="MbientLab MetaMotion (MetaBase app)",
    recognised_by="columns epoc (ms) or epoch (ms), and x-axis (g) or x-axis (deg/s)",
    units="g with gravity, deg/s, epoch ms; a file a sensor, paired by time",
    status="seen",
    matches=_matches,
    read=_read,
    note="Give the accelerometer's file (its gyro is looked for beside it), the folder or a zip of both.",
)
