"""Apple device motion: gravity and user acceleration apart, in g, both the other way round.

Apple's accelerations are those of a mass on a spring seen from the phone: at rest, face up, z reads -1.
Specific force is -(gravity + user acceleration) * 9.80665; the other sign swaps lowering and lifting.
"""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import iso
from imu_tempo.formats.readers.units import ACC

# Two spellings: short names of hobby loggers, and those of the SensorLog app.
_USER = r"(?:ua_{0}|motionuseracceleration{0}\(g\))"
_GRAVITY = r"(?:g_{0}|motiongravity{0}\(g\))"
_TURN = r"(?:rr_{0}|motionrotationrate{0}\(rad/s\))"
_TIMES = (r"t", r"motiontimestamp_sincereboot\(s\)", r"loggingtime_?since1970\(s\)")
_EPOCH_S = 1e8


def _is_header(names: Sequence[str]) -> bool:
    from re import fullmatch

    return all(any(fullmatch(p.format("x"), n) for n in names) for p in (_USER, _GRAVITY)) and any(
        fullmatch(p, n) for p in _TIMES for n in names
    )


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    return [_reading(member, sheet) for member, sheet in export.sheets(_is_header)]


def _reading(member: Member, sheet: Sheet) -> Reading:
    user_at, gravity_at, turn_at = triad(sheet, _USER), triad(sheet, _GRAVITY), triad(sheet, _TURN)
    time = next(p for pattern in _TIMES if (p := sheet.find(pattern)) is not None)
    if user_at is None or gravity_at is None:
        raise SourceError(f"{member.source} lacks an axis of ua or g: log all three.", source=member.source)
    values = sheet.numbers([time, *user_at, *gravity_at])
    gyr = None if turn_at is None else sheet.numbers(turn_at)
    start = float(values[0, 0])
    return one_table(
        sheet,
        values[:, 0],
        -(values[:, 1:4] + values[:, 4:7]) * ACC["g"],
        gyr,
        taken="acceleration = -(gravity + user acceleration) in g (Apple's signs turned round); "
        + ("gyro rad/s" if gyr is not None else "no gyro")
        + "; time s",
        used=[time, *user_at, *gravity_at, *(turn_at or [])],
        device=member.stem,
        model="Apple device motion",
        started=iso(start) if start > _EPOCH_S else "",
    )


FORMAT = SampleFormat(
    key="apple",
    title="Apple device motion (watch and phone loggers, SensorLog)",
    recognised_by="columns t, ua_x, g_x; or motionUserAccelerationX(G), motionGravityX(G)",
    units="g, turned round: specific force = -(g + ua) * 9.80665; rotation rate rad/s; s",
    status="seen",
    matches=_matches,
    read=_read,
    note="The SensorLog spelling was seen in other people's code, not in a file with known motion.",
)
