"""Vertical motion as a reference device saw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Vertical motion of a bar.

    Attributes
    ----------
    name
        The trace within its file; empty where there is one.
    t_s
        (n,) seconds, increasing.
    pos_up_m, vel_up_mps
        (n,) height and vertical velocity, up positive; NaN where the device did not see the bar.
    note
        What was taken for what.
    """

    name: str
    t_s: Array
    pos_up_m: Array
    vel_up_mps: Array
    note: str = ""


def motion(
    t_s: Array,
    pos_up_m: Array | None,
    vel_up_mps: Array | None,
    *,
    source: str,
    name: str = "",
    note: str = "",
) -> Motion:
    """Return a motion, made of position, velocity or both.

    What is missing of the two is made from the other, by central differences or the trapezium rule from 0.

    Raises
    ------
    SourceError
        Times do not increase, or there are fewer than two.
    """
    whole = np.isfinite(t_s)
    t_s = t_s[whole]
    if len(t_s) < 2 or (np.diff(t_s) <= 0).any():
        raise SourceError(
            f"{source}{f', trace {name}' if name else ''}: expected at least two times that increase.",
            source=source,
        )
    pos = None if pos_up_m is None else pos_up_m[whole]
    vel = None if vel_up_mps is None else vel_up_mps[whole]
    if vel is None and pos is not None:
        vel = np.gradient(pos, t_s)
        note += "; velocity by central differences of position, not smoothed"
    if pos is None and vel is not None:
        steps = np.diff(t_s) * (vel[1:] + vel[:-1]) / 2.0
        pos = np.concatenate([[0.0], np.nancumsum(steps)])
        note += "; position by the trapezium rule of velocity"
    if pos is None or vel is None:
        raise SourceError(f"{source} has neither position nor velocity.", source=source)
    return Motion(name, t_s, pos, vel, note)
