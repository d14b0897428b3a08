"""Where in a recording the sensor lies still, and which way up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.samples import Samples
from imu_tempo.signal.constants import REST_SPREAD_MPS2, REST_WINDOW_S

Array = NDArray[np.float64]

_SHORTEST_S = 1.0
"""Shorter rests are not trusted: two windows that agree."""
_GYRO_SPREAD_RADPS = 0.02
"""Spread of an axis of the gyro (1 deg/s) in a window at rest: ten times the noise of the poorest part."""
_SAME_STILL_RAD = math.radians(0.5)
"""Neighbouring windows whose directions differ by more belong to a sensor that is being turned slowly."""
_SAME_ORIENTATION_RAD = math.radians(20.0)
"""Stills closer together than this count as one orientation."""
_NEAR_AXIS_RAD = math.radians(55.0)
"""No axis is further from one of six axis-aligned positions than the corner of a cube, 54.7 deg."""


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One stretch at rest: its span, and the mean readings (3,) in it."""

    start_s: float
    end_s: float
    acc_mps2: Array
    gyr_radps: Array | None

    @property
    def direction(self) -> Array:
        """(3,) unit vector that points up, as the sensor reads it."""
        up: Array = self.acc_mps2 / np.linalg.norm(self.acc_mps2)
        return up


def find_stills(samples: Samples) -> list[Still]:
    """Return every stretch of a second or more in which the sensor lies still.

    Steps: (1) cut into windows of half a second; (2) a window is still if no axis of either sensor spreads
    beyond noise; (3) neighbours with the same direction of up are one stretch.
    """
    size = max(4, round(REST_WINDOW_S * samples.rate_hz))
    count = len(samples.t_s) // size
    acc = samples.acc_mps2[: count * size].reshape(count, size, 3)
    t_s = samples.t_s[: count * size].reshape(count, size)
    still = acc.std(axis=1).max(axis=1, initial=0.0) < REST_SPREAD_MPS2
    still &= t_s[:, -1] - t_s[:, 0] < 2.0 * REST_WINDOW_S
    gyr = None
    if samples.gyr_radps is not None:
        gyr = samples.gyr_radps[: count * size].reshape(count, size, 3)
        still &= gyr.std(axis=1).max(axis=1, initial=0.0) < _GYRO_SPREAD_RADPS
    means = acc.mean(axis=1)
    least = max(2, round(_SHORTEST_S / REST_WINDOW_S))
    return [
        Still(
            float(t_s[a, 0]),
            float(t_s[b - 1, -1]),
            means[a:b].mean(axis=0),
            None if gyr is None else gyr[a:b].mean(axis=(0, 1)),
        )
        for a, b in _stretches(still, means)
        if b - a >= least
    ]


def _stretches(still: NDArray[np.bool_], means: Array) -> list[tuple[int, int]]:
    """Join neighbouring still windows of one direction; half-open."""
    out: list[tuple[int, int]] = []
    for i in np.flatnonzero(still).tolist():
        if out and out[-1][1] == i and angle_rad(means[i - 1], means[i]) < _SAME_STILL_RAD:
            out[-1] = (out[-1][0], i + 1)
        else:
            out.append((i, i + 1))
    return out


def angle_rad(a: Array, b: Array) -> float:
    """Return the angle between two vectors."""
    return math.atan2(float(np.linalg.norm(np.cross(a, b))), float(a @ b))


def orientations(stills: Sequence[Still]) -> list[list[Still]]:
    """Gather stills by orientation."""
    groups: list[list[Still]] = []
    for still in stills:
        near = (g for g in groups if angle_rad(g[0].direction, still.direction) < _SAME_ORIENTATION_RAD)
        group = next(near, None)
        if group is None:
            groups.append([still])
        else:
            group.append(still)
    return groups


def missing_orientations(stills: Sequence[Still]) -> list[str]:
    """Return in words which of the six axis-aligned orientations no still comes near, such as "x up"."""
    out = []
    for i, name in enumerate("xyz"):
        for sign, way in ((1.0, "up"), (-1.0, "down")):
            axis = sign * np.eye(3)[i]
            if all(angle_rad(axis, still.direction) > _NEAR_AXIS_RAD for still in stills):
                out.append(f"{name} {way}")
    return out
