"""Units and gravity of a source, checked, and what was found said as facts."""

from __future__ import annotations

from imu_tempo.formats import checks
from imu_tempo.formats.canonical import Table
from imu_tempo.formats.level import gravity_level
from imu_tempo.formats.source import Fact
from imu_tempo.signal.constants import GRAVITY_MPS2


def signal_facts(table: Table, rate_hz: float, *, source: str, check_units: bool) -> dict[str, Fact]:
    """Check units and gravity of a table's finite rows; return the facts found.

    Raises
    ------
    SourceError
        They look like other units, unless ``check_units`` is False; or like nothing that a sensor reads.
    """
    level = gravity_level(table.acc, rate_hz)
    if check_units:
        checks.check_gravity(level, source=source)
        if table.gyr is not None:
            checks.check_gyro(table.t_s, table.acc, table.gyr, source=source)
    checks.check_readings(table, level, source=source)
    facts: dict[str, Fact] = {"rest_acc_mps2": round(level.norm, 4), "rest_found": int(level.at_rest)}
    if level.at_rest and abs(level.norm / GRAVITY_MPS2 - 1.0) > checks.SCALE_DOUBT_RATIO:
        facts["acc_scale"] = f"reads {level.norm:.2f} m/s^2 where gravity is 9.81"
    return facts
