"""Is this what it says it is? Time, units and gravity of a table, each refused in one clear sentence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import MAX_ROWS
from imu_tempo.formats.canonical import Table
from imu_tempo.formats.level import GravityLevel, gyro_disagrees
from imu_tempo.signal.constants import GRAVITY_MPS2

MIN_DURATION_S = 2.0
MIN_RATE_HZ = 10.0
# The usual step is that of about so many, evenly spread.
_STEPS = 20_000

# The fastest inertial sensors stream 6.7 kHz or so; a clock that says more is not in seconds.
MAX_RATE_HZ = 10_000.0

MAX_SPAN_S = 86_400.0
"""A day: between two samples that are further apart the clock jumped, or they are of two sessions. Motion is
solved on an even grid, holes included."""

# Beyond these no sensor reads, whatever the movement: impact accelerometers end at 400 g = 3900 m/s^2, gyros
# at 4000 deg/s = 70 rad/s. And below this there is no gravity, not even of a bar that is dropped and caught.
_MAX_ACC_MPS2 = 1e5
_MAX_GYR_RADPS = 1e4
_MIN_FORCE_MPS2 = 0.1

# Steps that would be slower than 2 Hz in seconds, and are an everyday rate in a smaller unit.
_COARSE_STEP_S = 0.5
_EVERYDAY_RATE_HZ = 2000.0

# Resting |acc| further than this from 9.81 m/s^2 is told to the user as doubt about the scale ...
SCALE_DOUBT_RATIO = 0.05
# ... and refused beyond this: consumer sensors are allowed 3 % of scale error and 80 mg of offset (MPU-6050
# product specification 3.4), and recordings of such sensors with 9 % are in everyday use.
SCALE_LIMIT_RATIO = 0.15
# With no rest in the recording the median |acc| stands in, which movement itself shifts.
MOVING_LIMIT_RATIO = 0.30

# The largest range of the gyros in use is 2000 deg/s = 34.9 rad/s; the margin covers their scale error.
GYRO_LIMIT_RADPS = 36.0

_UNITS: tuple[tuple[float, str, str], ...] = (
    (1.0, "g", "multiply the accelerations by 9.80665"),
    (32.174, "ft/s^2", "multiply the accelerations by 0.3048"),
    (980.665, "cm/s^2", "divide the accelerations by 100"),
    (1000.0, "milli-g", "multiply the accelerations by 0.00980665"),
)
_UNIT_TOLERANCE = 0.15
_NO_GRAVITY_MPS2 = 3.0

_OR_ACCEPT = "or, if it is right, say --no-unit-check (Python: formats.load(..., check_units=False))"


def check_time(table: Table, *, source: str) -> None:
    """Refuse a clock that does not run forwards, in seconds, at a usable rate, for long enough.

    Parameters
    ----------
    table
        Rows without NaN.
    source
        Name for messages.
    """
    t_s = table.t_s
    if len(t_s) > 1:
        _check_order(table, source=source)
        _check_seconds(float(np.median(np.diff(t_s)[:: 1 + len(t_s) // _STEPS])), source=source)
    span_s = float(t_s[-1] - t_s[0])
    if span_s < MIN_DURATION_S:
        raise SourceError(
            f"{source} holds {span_s:.1f} s of data (rows: {len(t_s)}): at least {MIN_DURATION_S:.0f} s are"
            " needed to find the direction of gravity and one rep.",
            source=source,
        )
    _check_span(table, span_s, source=source)


def _check_span(table: Table, span_s: float, *, source: str) -> None:
    steps = np.diff(table.t_s)
    grid = span_s / float(np.median(steps))
    if span_s <= MAX_SPAN_S and grid <= MAX_ROWS:
        return
    row = int(np.argmax(steps)) + 1
    raise SourceError(
        f"{source} spans {span_s:.6g} s, with a hole of {steps[row - 1]:.6g} s before {table.row_name(row)}:"
        f" expected a session of at most a day and {MAX_ROWS} samples; split the file there.",
        source=source,
    )


def _check_order(table: Table, *, source: str) -> None:
    steps = np.diff(table.t_s)
    bad = np.flatnonzero(steps <= 0)
    if not bad.size:
        return
    row = int(bad[0]) + 1
    what = "stands still" if steps[row - 1] == 0 else "runs backwards"
    raise SourceError(
        f"{source}, {table.row_name(row)}: time {what} (t_s {table.t_s[row]:.6g} after"
        f" {table.t_s[row - 1]:.6g}, {bad.size} such row{'s' if bad.size > 1 else ''}): expected t_s to"
        " increase from row to row; sort the rows, or split the file where the clock was reset.",
        source=source,
    )


def _check_seconds(step: float, *, source: str) -> None:
    for unit, per_s in (("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)):
        if step >= _COARSE_STEP_S and MIN_RATE_HZ <= per_s / step <= _EVERYDAY_RATE_HZ:
            raise SourceError(
                f"{source}: t_s steps by {step:g} a row, which looks like {unit}: expected seconds;"
                f" divide t_s by {per_s:.0f}.",
                source=source,
            )
    if 1.0 / step < MIN_RATE_HZ:
        raise SourceError(
            f"{source} was sampled at {1.0 / step:.3g} Hz: at least {MIN_RATE_HZ:.0f} Hz are needed to see a"
            " rep, 100 Hz or more to time its phases.",
            source=source,
        )
    if 1.0 / step > MAX_RATE_HZ:
        raise SourceError(
            f"{source}: t_s steps by {step:.3g} a row, a rate of {1.0 / step:.3g} Hz that no sensor has:"
            " expected seconds; check the unit of t_s.",
            source=source,
        )


def check_gravity(level: GravityLevel, *, source: str) -> None:
    """Refuse accelerations in which gravity is not 9.8 m/s^2, and say what they look like instead."""
    limit = SCALE_LIMIT_RATIO if level.at_rest else MOVING_LIMIT_RATIO
    if abs(level.norm / GRAVITY_MPS2 - 1.0) <= limit:
        return
    where = "at rest" if level.at_rest else "on the whole"
    found = f"{source}: acceleration is {level.norm:.3g} {where}, expected 9.8 m/s^2"
    gravity, unit, remedy = min(_UNITS, key=lambda row: abs(level.norm / row[0] - 1.0))
    if level.has_gravity and abs(level.norm / gravity - 1.0) <= _UNIT_TOLERANCE:
        raise SourceError(f"{found}: it looks like {unit}; {remedy}, {_OR_ACCEPT}.", source=source)
    if level.norm < _NO_GRAVITY_MPS2 and not (level.has_gravity and level.at_rest):
        raise SourceError(
            f"{found}: gravity seems to be removed; export the raw acceleration, gravity included.",
            source=source,
        )
    raise SourceError(f"{found}: check its unit and scale, {_OR_ACCEPT}.", source=source)


def check_readings(table: Table, level: GravityLevel, *, source: str) -> None:
    """Refuse what no sensor reads in SI units, and a sensor that measured nothing."""
    peaks = [("acceleration", table.acc, _MAX_ACC_MPS2, "m/s^2")]
    if table.gyr is not None:
        peaks.append(("gyro", table.gyr, _MAX_GYR_RADPS, "rad/s"))
    for what, values, limit, unit in peaks:
        peak = float(np.max(np.abs(values)))
        if peak > limit:
            raise SourceError(
                f"{source}: the {what} reads up to {peak:.3g} {unit}, more than the {limit:g} {unit} that any"
                " sensor could: check its unit, and the file for damage.",
                source=source,
            )
    if level.norm < _MIN_FORCE_MPS2:
        raise SourceError(
            f"{source}: acceleration is {level.norm:.3g} m/s^2 throughout: the sensor measured nothing, or"
            " gravity was removed; export the raw acceleration.",
            source=source,
        )


def check_gyro(
    t_s: NDArray[np.float64],
    acc_mps2: NDArray[np.float64],
    gyr_radps: NDArray[np.float64],
    *,
    source: str,
) -> None:
    """Refuse angular rates in deg/s: too large for any gyro, or turning far more than gravity does."""
    remedy = f"multiply the gyro columns by pi/180, {_OR_ACCEPT}"
    peak = float(max(gyr_radps.max(), -gyr_radps.min()))
    if peak > GYRO_LIMIT_RADPS:
        raise SourceError(
            f"{source}: the gyro reads up to {peak:.3g} rad/s, more than the {GYRO_LIMIT_RADPS:.0f} rad/s"
            f" (2000 deg/s) that sensors reach: it looks like deg/s; {remedy}.",
            source=source,
        )
    turned = gyro_disagrees(t_s, acc_mps2, gyr_radps)
    if turned is not None:
        raise SourceError(
            f"{source}: the gyro turns {turned:.0f} times as much as the direction of gravity: expected"
            f" rad/s, it looks like deg/s; {remedy}.",
            source=source,
        )
