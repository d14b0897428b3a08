"""What the turning of the sensor tells: a dumbbell or a handle rolls with every lift, a bar hardly does.

Where the lifts of a train all turn the sensor the same way, the direction of gravity in the sensor's frame
goes with the height: a quiet stretch that turns back is a lowering, one that does not turn is rest, and a
lift that turns otherwise is another movement, such as picking the weight up.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from imu_tempo.reps.candidates import Lift
from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]

_LEAST_RAD = 0.35
"""Roll of a lift (20 deg) that stands out of the few degrees by which a bar wobbles in the hands."""
_ALIKE = 0.35
"""Lifts of one set turn alike to within this part of their roll."""
_SHARE = 0.3
"""Part of a train's travel that the lifts of a set have, among steps, pick-ups and what else is found."""
_LEAST_REPEATS = 3
_MOSTLY = 0.6
"""So many lifts, and this part of a train, turn alike where turning belongs to the exercise."""
_REST_RATIO = 0.05
"""Part of a lift's roll by which a weight held still turns: a few degrees of 90."""
_MOST_LOG_ODDS = 7.0
"""However plain it looks, one stretch in a thousand is told wrongly by its roll."""
_MEAN_S = 0.1


def turning_alike(train: list[Lift], up_axis: Array) -> list[Lift]:
    """Return the largest part of a train that turns alike; all of it where no part worth naming turns."""
    if len(train) < 3:
        return train
    turned = _turned(train, up_axis)
    travel = np.array([lift.travel_m for lift in train])
    best, most = None, _SHARE * float(travel.sum())
    for turn, way in zip(turned, travel, strict=True):
        roll = float(np.linalg.norm(turn))
        part = np.minimum(travel / way, 1.0)  # a partial turns less
        near = np.linalg.norm(turned - part[:, None] * turn, axis=1) < _ALIKE * roll
        if roll > _LEAST_RAD and near.sum() > 1 and travel[near].sum() > most:
            best, most = near, float(travel[near].sum())
    return train if best is None else [lift for lift, same in zip(train, best, strict=True) if same]


def repeating(felt: list[list[Lift]], trains: list[list[Lift]]) -> list[Lift]:
    """Return the lifts of trains most of whose lifts turn alike, so that it is no chance.

    Parameters
    ----------
    felt, trains
        Trains before and after :func:`turning_alike`.
    """
    sure = [
        train
        for before, train in zip(felt, trains, strict=True)
        if len(train) >= max(_LEAST_REPEATS, _MOSTLY * len(before))
    ]
    return [lift for train in sure for lift in train]


def roll_of(trains: list[list[Lift]], up_axis: Array) -> Array | None:
    """Return the vector whose product with a change of the up axis is the part of a lift it undoes.

    None where the lifts do not turn the sensor, or not all the same way.
    """
    lifts = [lift for train in trains if len(train) > 1 for lift in train]
    if not lifts:
        return None
    turned = _turned(lifts, up_axis)
    middle = np.median(turned, axis=0)
    roll = float(np.linalg.norm(middle))
    spread = float(np.median(np.linalg.norm(turned - middle, axis=1)))
    return middle / roll**2 if roll > _LEAST_RAD and spread < _ALIKE * roll else None


def rest_by_roll(turned_ratio: float) -> float:
    """Return the log odds of rest to movement for a quiet stretch, from the part of a lift that it turned."""
    rest = -0.5 * (turned_ratio / _REST_RATIO) ** 2 - math.log(_REST_RATIO * math.sqrt(2.0 * math.pi))
    return max(rest, -_MOST_LOG_ODDS)


def _turned(lifts: list[Lift], up_axis: Array) -> Array:
    """(n, 3) change of the direction of up over each lift."""
    half = round(_MEAN_S / FRAME_S)

    def mean_axis(edge: int) -> Array:
        axis: Array = up_axis[max(0, edge - half) : edge + half].mean(axis=0)
        return axis

    return np.array([mean_axis(lift.end) - mean_axis(lift.start) for lift in lifts])
