"""WitMotion's app and PC program: tab-separated, several devices in a file, the header again in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import refuse_a_crowd, rows_by_name, triad
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import clock_times, local_iso
from imu_tempo.formats.readers.units import ACC, RATE

# The Chinese program writes the words for acceleration, angular rate, time, device name and time on the chip.
_ACC = r"(?:acc|\u52a0\u901f\u5ea6) ?{} ?\(g\)"
_GYR = r"(?:as|gyro|\u89d2\u901f\u5ea6) ?{} ?\((?:deg/s|/s)\)"
_TIME = r"time|\u65f6\u95f4"
_CHIP = r"(?:chip ?time|\u7247\u4e0a\u65f6\u95f4|\u82af\u7247\u65f6\u95f4) ?(?:\(\))?"
_DEVICE = r"device ?name|\u8bbe\u5907\u540d\u79f0"


def _is_header(names: Sequence[str]) -> bool:
    from re import fullmatch

    return any(fullmatch(_ACC.format("x"), n) for n in names) and any(
        fullmatch(p, n) for n in names for p in (_TIME, _CHIP)
    )


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    return [r for member, sheet in export.sheets(_is_header) for r in _devices(member, sheet)]


def _devices(member: Member, sheet: Sheet) -> list[Reading]:
    acc_at, gyr_at = triad(sheet, _ACC), triad(sheet, _GYR)
    if acc_at is None:
        raise SourceError(f"{member.source} lacks AccY or AccZ: export all axes.", source=member.source)
    acc = sheet.numbers(acc_at) * ACC["g"]
    gyr = None if gyr_at is None else sheet.numbers(gyr_at) * RATE["deg/s"]
    device_at = sheet.find(_DEVICE)
    devices = rows_by_name(sheet.words(device_at) if device_at is not None else [""] * len(acc))
    refuse_a_crowd(list(devices), source=member.source)
    readings = []
    for name, own in devices.items():
        t_s, what, place = _times(sheet, own)
        readings.append(
            one_table(
                sheet,
                t_s,
                acc[own],
                None if gyr is None else gyr[own],
                taken=f"acceleration g with gravity; {'gyro deg/s' if gyr_at else 'no gyro'}; time {what}",
                used=[*acc_at, *(gyr_at or []), place, *([] if device_at is None else [device_at])],
                device=name,
                model="WitMotion",
                started=local_iso(float(t_s[0])),
            )
        )
    return readings


def _times(sheet: Sheet, own: NDArray[np.intp]) -> tuple[np.ndarray, str, int]:
    """Return the chip's own time where it has one that runs, else the host's."""
    for pattern, what in ((_CHIP, "of the chip"), (_TIME, "of the host at arrival")):
        place = sheet.find(pattern)
        if place is None:
            continue
        every = sheet.words(place)
        t_s = clock_times([every[row] for row in own], source=sheet.source, first_line=sheet.first_line or 1)
        if np.isfinite(t_s).all() and t_s[-1] > t_s[0]:
            return t_s, what, place
    raise SourceError(f"{sheet.source} has no time that runs: export it with time.", source=sheet.source)


FORMAT = SampleFormat(
    key="witmotion",
    title="WitMotion (app or PC program)",
    recognised_by="columns AccX(g), as a rule AsX(deg/s), and time or ChipTime; English or Chinese",
    units="g with gravity, deg/s; the chip's time where it runs, else arrival at the host",
    status="seen",
    matches=_matches,
    read=_read,
    note="The header may stand again between rows. Several devices in a file: say which with --device.",
)
