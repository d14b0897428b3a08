"""Offset, scale and lean of an accelerometer from stills, by the one thing that is known of them: |f| = g.

Source: Frosio, Pedersini & Borghese, "Autocalibration of MEMS accelerometers", in Advanced Mechatronics and
MEMS Devices, Springer 2013. Six axis-aligned positions are the special case in which each axis stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from imu_tempo.calibration.sensor import SensorCalibration, Vector
from imu_tempo.calibration.stills import Still, missing_orientations, orientations
from imu_tempo.errors import SourceError
from imu_tempo.signal.constants import GRAVITY_MPS2

Array = NDArray[np.float64]

LEAST_ORIENTATIONS = 6
"""Offset and scale are six numbers."""
LEAST_CROSS_AXIS = 9
"""With the lean of the axes, nine."""
_CONDITION_MOST = 15.0
"""Six axis-aligned positions give 1, eight random ones about 3; noise is multiplied by up to so much."""
_OFFSET_MOST_MPS2 = 0.3 * GRAVITY_MPS2
_SCALE_MOST = 0.2
"""No part in use is that wrong (MPU-6050: 0.08 g and 3 %): it was not still, or the unit is another."""
_STILL_FOR = "and leave it alone for 3 s in each"


@dataclass(frozen=True, slots=True)
class CalibrationFit:
    """A calibration and how far to trust it.

    Attributes
    ----------
    calibration
        The result.
    stills
        Stretches at rest that it was fitted to.
    spare
        Orientations beyond those that the numbers need: without any, the residual is zero and says nothing.
    missing
        Axis-aligned orientations that no still came near, such as ``"x up"``.
    """

    calibration: SensorCalibration
    stills: int
    spare: int
    missing: tuple[str, ...]


def fit_calibration(
    stills: Sequence[Still],
    *,
    sensor: str,
    cross_axis: bool | None = None,
    gravity_mps2: float = GRAVITY_MPS2,
) -> CalibrationFit:
    """Fit a sensor's errors to stretches at rest in different orientations.

    Parameters
    ----------
    stills
        From :func:`imu_tempo.calibration.find_stills`, of one or several recordings.
    sensor
        Address or name of the sensor.
    cross_axis
        Fit the lean of the axes against each other as well, which needs nine orientations, edges down among
        them; None does so where they allow it.
    gravity_mps2
        Local gravity. A wrong one scales all axes alike, which every analysis takes away at rest.

    Raises
    ------
    SourceError
        Too few orientations, or too much alike, or readings that no sensor at rest has.
    """
    groups = orientations(stills)
    missing = missing_orientations(stills)
    if not groups:
        raise SourceError(_too_few(0, LEAST_ORIENTATIONS, missing))
    # Each orientation counts once, however often the sensor was laid down in it.
    rows = np.array([still.acc_mps2 for group in groups for still in group])
    weights = np.array([len(group) ** -0.5 for group in groups for _ in group])
    if cross_axis is None:
        cross_axis = (
            len(groups) >= LEAST_CROSS_AXIS and _condition(rows, weights, cross_axis=True) <= _CONDITION_MOST
        )
    needed = LEAST_CROSS_AXIS if cross_axis else LEAST_ORIENTATIONS
    if len(groups) < needed:
        raise SourceError(_too_few(len(groups), needed, missing))
    condition = _condition(rows, weights, cross_axis=cross_axis)
    if condition > _CONDITION_MOST:
        raise SourceError(_too_alike(len(groups), condition, missing))
    solution, misses = _least_squares(rows, weights, gravity_mps2, cross_axis=cross_axis)
    offset, scale, lean = solution[:3] * gravity_mps2, solution[3:6], solution[6:]
    if np.abs(offset).max() > _OFFSET_MOST_MPS2 or np.abs(scale - 1.0).max() > _SCALE_MOST:
        raise SourceError(
            f"the fit gives an offset of {np.abs(offset).max() / gravity_mps2:.2f} g and a scale"
            f" {100.0 * np.abs(scale - 1.0).max():.0f} % off, which no sensor has: check that the recordings"
            " are of one sensor in m/s^2 and that it lay still."
        )
    calibration = SensorCalibration(
        sensor=sensor,
        offset_mps2=_vector(offset),
        scale=_vector(scale),
        cross_axis=_vector(lean) if cross_axis else (0.0, 0.0, 0.0),
        gyro_offset_radps=_gyro_offset(stills),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        residual_mg=float(np.sqrt(np.mean(misses**2))) * 1e3,
        condition=condition,
        orientations=len(groups),
    )
    return CalibrationFit(calibration, len(stills), len(groups) - needed, tuple(missing))


def _least_squares(rows: Array, weights: Array, gravity: float, *, cross_axis: bool) -> tuple[Array, Array]:
    """Return offset (g), scale and cross-axis terms, and by how many g each still's norm misses."""
    from scipy.optimize import least_squares

    readings = rows / gravity

    def misses(numbers: Array) -> Array:
        upper = np.diag(numbers[3:6])
        if cross_axis:
            upper[0, 1], upper[0, 2], upper[1, 2] = numbers[6:]
        return np.asarray(np.linalg.norm((readings - numbers[:3]) @ upper.T, axis=1)) - 1.0

    start = np.concatenate([np.zeros(3), np.ones(3), np.zeros(3 if cross_axis else 0)])
    found = least_squares(lambda numbers: weights * misses(numbers), start, xtol=1e-12, ftol=1e-12)
    return np.asarray(found.x), misses(found.x)


def _condition(rows: Array, weights: Array, *, cross_axis: bool) -> float:
    """Return how unequally the orientations tell the numbers apart: condition of d(|f| / g) by each."""
    x, y, z = rows.T / np.linalg.norm(rows, axis=1)
    columns = [-x, -y, -z, x * x, y * y, z * z]
    if cross_axis:
        columns += [x * y, x * z, y * z]
    return float(np.linalg.cond(np.column_stack(columns) * weights[:, None]))


def _gyro_offset(stills: Sequence[Still]) -> Vector:
    """Median over the stills: one that was turned slowly does not count."""
    rates = [still.gyr_radps for still in stills if still.gyr_radps is not None]
    return _vector(np.median(rates, axis=0)) if rates else (0.0, 0.0, 0.0)


def _vector(values: Array) -> Vector:
    x, y, z = values.tolist()
    return (x, y, z)


def _too_few(found: int, needed: int, missing: Sequence[str]) -> str:
    if found == 0:
        return (
            f"the sensor never lies still for a second: lay it down in {needed} different orientations"
            f" {_STILL_FOR}."
        )
    times = "one orientation" if found == 1 else f"{found} different orientations"
    return (
        f"the sensor lies still in {times}, and a calibration needs {needed}: {_also(missing)} {_STILL_FOR}."
    )


def _too_alike(found: int, condition: float, missing: Sequence[str]) -> str:
    return (
        f"the {found} orientations in which the sensor lies still are too much alike to tell offset from"
        f" scale (condition {condition:.0f}, expected {_CONDITION_MOST:.0f} or less): {_also(missing)}"
        f" {_STILL_FOR}."
    )


def _also(missing: Sequence[str]) -> str:
    if not missing:
        return "lay it in other orientations, edges and corners down as well,"
    return f"lay it also with its axes {', '.join(missing)}"
