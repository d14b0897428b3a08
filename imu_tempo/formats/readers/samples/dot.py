"""Movella (Xsens) DOT: lines about the device, then a table by sample counter."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import has_all, triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import unwrap
from imu_tempo.formats.readers.units import RATE, TIME
from imu_tempo.signal.constants import GRAVITY_MPS2

Array = NDArray[np.float64]

_TIME = "sampletimefine"
_WRAP_US = 2.0**32
_ABOUT = re.compile(r'^"?(device ?tag|device ?id)"?\s*[:,;\t]+\s*"?([^,;\t"]+)', re.IGNORECASE)


def _is_header(names: Sequence[str]) -> bool:
    return has_all(names, "packetcounter", _TIME)


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    return [_reading(member, sheet) for member, sheet in export.sheets(_is_header)]


def _reading(member: Member, sheet: Sheet) -> Reading:
    time = sheet.place(_TIME)
    assert time is not None  # the header was found by it
    acc_at, gyr_at = triad(sheet, "acc_{}"), triad(sheet, "gyr_{}")
    if acc_at is not None:
        values = sheet.numbers([time, *acc_at])
        acc, taken, used = values[:, 1:], "acceleration m/s^2 with gravity", acc_at
    else:
        values, acc, used = _with_gravity(member, sheet, time)
        taken = "acceleration from FreeAcc (world frame, no gravity), turned back and gravity added"
    gyr = None if gyr_at is None else sheet.numbers(gyr_at) * RATE["deg/s"]
    about = [found[2].strip() for line in sheet.preamble() if (found := _ABOUT.match(line))]
    return one_table(
        sheet,
        unwrap(values[:, 0], _WRAP_US) * TIME["us"],
        acc,
        gyr,
        taken=f"{taken}; {'gyro deg/s' if gyr is not None else 'no gyro'}; time SampleTimeFine, us, wrapping",
        used=[time, *used, *(gyr_at or [])],
        device=about[0] if about else member.stem,
        model="Movella DOT",
    )


def _with_gravity(member: Member, sheet: Sheet, time: int) -> tuple[Array, Array, list[int]]:
    """Return specific force in the sensor frame from free acceleration and the quaternion that turned it."""
    free_at = triad(sheet, "freeacc_{}")
    quat_at = [p for axis in "wxyz" if (p := sheet.place(f"quat_{axis}")) is not None]
    if free_at is None or len(quat_at) != 4:
        raise SourceError(
            f"{member.source} holds no acceleration with gravity, nor FreeAcc with a quaternion to put it"
            " back:"
            " record a payload with Acc, such as rate quantities or custom mode 5.",
            source=member.source,
        )
    values = sheet.numbers([time, *free_at, *quat_at])
    force = values[:, 1:4] + np.array([0.0, 0.0, GRAVITY_MPS2])
    return values, _turned_back(values[:, 4:], force), [*free_at, *quat_at]


def _turned_back(quat: Array, vectors: Array) -> Array:
    """Turn world vectors into the sensor frame; ``quat`` (w, x, y, z) turns the sensor's into the world."""
    w, axis = quat[:, :1], -quat[:, 1:]
    twice = 2.0 * np.cross(axis, vectors)
    return np.asarray(vectors + w * twice + np.cross(axis, twice))


FORMAT = SampleFormat(
    key="dot",
    title="Movella / Xsens DOT",
    recognised_by="columns PacketCounter and SampleTimeFine, below lines about the device",
    units="Acc m/s^2 with gravity, or FreeAcc (world, no gravity) and Quat; Gyr deg/s; SampleTimeFine us,"
    " wrapping",
    status="seen",
    matches=_matches,
    read=_read,
    note="FreeAcc with Euler angles alone is refused. A folder of several sensors: say which with --device.",
)
