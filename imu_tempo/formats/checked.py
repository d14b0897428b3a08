"""A table checked and cut into sample blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from firmware_bridge.samples import SensorInfo
from imu_tempo.errors import SourceError
from imu_tempo.formats import checks
from imu_tempo.formats.blocks import find_clock, split
from imu_tempo.formats.canonical import Table
from imu_tempo.formats.signal_facts import signal_facts
from imu_tempo.formats.source import Fact, Source

# A clock that starts beyond this many seconds (three years) counts from an epoch, not from the session.
_EPOCH_S = 1e8


def checked(
    table: Table,
    *,
    name: str,
    info: SensorInfo,
    check_units: bool,
    facts: Mapping[str, Fact] | None = None,
) -> Source:
    """Check time, units and gravity of a table, and cut it into blocks at its gaps.

    Parameters
    ----------
    table
        Rows as read.
    name
        For messages, and of the source.
    info
        What is known of the sensor; its rate is filled in.
    check_units
        False takes units as they are.
    facts
        What its reader found, told with the facts found here.

    Raises
    ------
    SourceError
        It is not what it should be.
    """
    kept = table.finite()
    nan_rows = len(table.t_s) - len(kept.t_s)
    if not len(kept.t_s):
        raise SourceError(
            f"{name} has no whole row: every one of its {nan_rows} rows lacks a number in t_s or an"
            " acceleration; check how it was exported.",
            source=name,
        )
    checks.check_time(kept, source=name)
    t_s = kept.t_s
    meta: dict[str, str | float] = {}
    if t_s[0] > _EPOCH_S:
        meta["epoch_s"] = float(t_s[0])
        t_s = t_s - t_s[0]
    clock = find_clock(t_s)
    if table.ignored:
        meta["ignored_columns"] = " ".join(table.ignored)
    quality: dict[str, Fact] = {
        **(facts or {}),
        "gaps": len(clock.lost),
        "lost_samples": int(clock.lost.sum()),
    }
    if nan_rows:
        quality["nan_rows"] = nan_rows
    if table.gyr is not None and kept.gyr is None:
        quality["gyro"] = "no readings"
    if table.truncated:
        quality["truncated"] = table.truncated
    quality |= signal_facts(kept, 1.0 / clock.period_s, source=name, check_units=check_units)
    known = replace(info, rate_hz=1.0 / clock.period_s)
    return Source(name, known, split(t_s, kept.acc, kept.gyr, clock), meta, quality)
