"""Shimmer, as Consensys exports it: names, then a row of formats or units, the device in every name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.columns import XYZ, refuse_a_crowd
from imu_tempo.formats.readers.opening import Export, Member
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat, one_table
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.readers.stamps import clock_times, iso, local_iso
from imu_tempo.formats.readers.units import ACC, RATE, TIME, factor
from imu_tempo.formats.words import is_number

_AXIS = re.compile(r"(.*?)_?(accel_ln|accel_wr|gyro)_([xyz])(?:_(cal|raw|uncal))?")
_UNIX = r"(.*?)_?timestamp(?:sync)?_unix(?:_cal)?"
_WRITTEN = r"(.*?)_?timestamp(?:sync)?_formattedunix(?:_cal)?"
# The low-noise accelerometer ends at 2 g; a reading near that may have been cut off.
_LOW_NOISE_LIMIT_MPS2 = 1.9 * ACC["g"]
_ROWS_BELOW = 3
_MILLISECONDS_SINCE_1970 = 1e11


def _is_header(names: Sequence[str]) -> bool:
    return any(_AXIS.fullmatch(n) for n in names) and any("timestamp" in n for n in names)


def _matches(export: Export) -> bool:
    return bool(export.sheets(_is_header))


def _read(export: Export, options: ReadOptions) -> list[Reading]:
    return [r for member, sheet in export.sheets(_is_header) for r in _devices(member, sheet)]


def _devices(member: Member, sheet: Sheet) -> list[Reading]:
    units = _units(sheet)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for place, name in enumerate(sheet.names):
        axis = _AXIS.fullmatch(name)
        if axis and axis[4] in (None, "cal"):
            found.setdefault(axis[1], {}).setdefault(axis[2], {})[axis[3]] = place
    whole = {
        d: {k: [p[axis] for axis in XYZ] for k, p in s.items() if len(p) == len(XYZ)}
        for d, s in found.items()
    }
    with_acc = {d: s for d, s in whole.items() if "accel_ln" in s or "accel_wr" in s}
    if not with_acc:
        raise SourceError(
            f"{member.source} has no calibrated accelerometer: export calibrated data (columns ending in"
            " CAL).",
            source=member.source,
        )
    refuse_a_crowd(list(with_acc), source=member.source)
    return [_reading(member, sheet, device, sensors, units) for device, sensors in with_acc.items()]


def _units(sheet: Sheet) -> list[str]:
    """Return the row of units, and let the table begin behind it."""
    units: list[str] = []
    for line in sheet.below(_ROWS_BELOW):
        cells = [cell.strip().strip('"') for cell in line.split(sheet.delimiter)]
        if any(is_number(cell.replace(",", ".")) for cell in cells if cell):
            break
        sheet.skip += 1
        if any("/" in cell or cell == "ms" for cell in cells):
            units = cells
    if not units:
        raise SourceError(
            f"{sheet.source} has no row of units below its names: export it again from Consensys.",
            source=sheet.source,
        )
    return units + [""] * (len(sheet.cells) - len(units))


def _reading(
    member: Member, sheet: Sheet, device: str, sensors: dict[str, list[int]], units: list[str]
) -> Reading:
    acc = {
        kind: sheet.numbers(places) * factor(units[places[0]], ACC, what="acceleration")
        for kind, places in sensors.items()
        if kind != "gyro"
    }
    kind = "accel_ln" if "accel_ln" in acc else "accel_wr"
    why = "low-noise accelerometer"
    if len(acc) == 2 and float(np.nanmax(np.abs(acc["accel_ln"]), initial=0.0)) > _LOW_NOISE_LIMIT_MPS2:
        kind = "accel_wr"
    if kind == "accel_wr":
        why = "wide-range accelerometer" + (", as the low-noise one reached its 2 g" if len(acc) == 2 else "")
    gyr_at = sensors.get("gyro")
    gyr = sheet.numbers(gyr_at) * factor(units[gyr_at[0]], RATE, what="angular rate") if gyr_at else None
    t_s, started, time = _times(sheet, device, units)
    return one_table(
        sheet,
        t_s,
        acc[kind],
        gyr,
        taken=f"{why}, {units[sensors[kind][0]]}, with gravity;"
        f" {'gyro ' + units[gyr_at[0]] if gyr_at else 'no gyro'}",
        used=[time, *sensors[kind], *(gyr_at or [])],
        device=device,
        model="Shimmer",
        started=started,
    )


def _times(sheet: Sheet, device: str, units: list[str]) -> tuple[np.ndarray, str, int]:
    own = [i for i, n in enumerate(sheet.names) if "timestamp" in n]
    # a file of several devices may have one time for all of them
    mine = [i for i in own if sheet.names[i].startswith(device)] or own
    for place in mine:
        if re.fullmatch(_UNIX, sheet.names[place]):
            t_s = sheet.numbers([place])[:, 0] * factor(units[place], TIME, what="time")
            return t_s, iso(float(t_s[0])) if t_s[0] * 1e3 > _MILLISECONDS_SINCE_1970 else "", place
    for place in mine:
        if re.fullmatch(_WRITTEN, sheet.names[place]):
            t_s = clock_times(sheet.words(place), source=sheet.source, first_line=sheet.first_line)
            return t_s, local_iso(float(t_s[0])), place
    place = mine[0]
    return sheet.numbers([place])[:, 0] * factor(units[place], TIME, what="time"), "", place


FORMAT = SampleFormat(
    key="shimmer",
    title="Shimmer (Consensys)",
    recognised_by="columns ..._Accel_LN_X_CAL or ..._Accel_WR_X_CAL and a ..._Timestamp..., below sep="
    " where there is one",
    units="by the row of units below the names; calibrated columns only",
    status="seen",
    matches=_matches,
    read=_read,
    note="The low-noise accelerometer is taken unless it reached its 2 g and the wide-range one is there.",
)
