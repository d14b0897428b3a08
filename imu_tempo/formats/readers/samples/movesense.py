"""Movesense phone apps: timestamp and three axes, a file a sensor or all of them in one.

The vendor's apps name columns in several ways, of which none could be confirmed on a file: only tables whose
names tell the sensor (or whose file's name does) are taken, and the unit is checked by gravity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.pairing import Track
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, two_tables
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import unwrap
from imu_tempo.formats.readers.units import RATE, TIME

_TIME = r"timestamp(?: ?\(ms\)|_ms)?"
_NAMED = {"acc": r"acc[_ ]?{}(?: \(m/s\^?2\))?", "gyro": r"gyro?[_ ]?{}(?: \((?:deg/s|dps)\))?"}
_FILE = {
    "acc": re.compile(r"(?:^|[_ -])(?:linear)?acc"),
    "gyro": re.compile(r"(?:^|[_ -])(?:angularvelocity|gyro)"),
}
_WRAP_MS = 2.0**32


def _is_header(names: Sequence[str]) -> bool:
    if not any(re.fullmatch(_TIME, n) for n in names):
        return False
    bare = list(names[1:4]) == ["x", "y", "z"] and len([n for n in names if n]) == 4
    return bare or any(re.fullmatch(_NAMED["acc"].format("x"), n) for n in names)


def _sensor(member: Member, sheet: Sheet, kind: str) -> list[int] | None:
    named = triad(sheet, _NAMED[kind])
    if named:
        return named
    return triad(sheet, "{}") if _FILE[kind].search(member.stem) else None


def _matches(export: Export) -> bool:
    return any(_sensor(m, s, kind) for m, s in export.sheets(_is_header) for kind in _NAMED)


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    tracks = {
        kind: [_track(s, places) for m, s in export.sheets(_is_header) if (places := _sensor(m, s, kind))]
        for kind in _NAMED
    }
    if len(tracks["acc"]) != 1 or len(tracks["gyro"]) > 1:
        raise SourceError(
            f"{export.path} holds {len(tracks['acc'])} tables of acceleration and {len(tracks['gyro'])} of"
            " the"
            " gyro: give one sensor's session, its accelerometer with it.",
            source=str(export.path),
        )
    gyr = [Track(track.t_s, track.values * RATE["deg/s"]) for track in tracks["gyro"]]
    reading = two_tables(
        tracks["acc"][0],
        gyr[0] if gyr else None,
        source=str(export.path),
        taken=f"acceleration m/s^2 with gravity; {'gyro deg/s' if gyr else 'no gyro'}; time ms of the sensor",
        model="Movesense",
    )
    return [reading]


def _track(sheet: Sheet, places: list[int]) -> Track:
    time = sheet.find(_TIME)
    assert time is not None  # the header was found by it
    values = sheet.numbers([time, *places])
    return Track(unwrap(values[:, 0], _WRAP_MS) * TIME["ms"], values[:, 1:])


FORMAT = SampleFormat(
    key="movesense",
    title="Movesense (phone apps)",
    recognised_by="columns timestamp, x, y, z in a file named after acc or gyro; or timestamp, acc_x ...",
    units="m/s^2 with gravity, deg/s, ms of the sensor",
    status="unverified",
    matches=_matches,
    read=_read,
    note="No real export was at hand; if yours differs, use --map.",
)
