"""Accelerometer and gyro with a clock of rows each, brought onto the accelerometer's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.stamps import Settled, settle
from imu_tempo.formats.source import Fact

Array = NDArray[np.float64]

# The gyro is not drawn across a hole longer than this many of its periods: the samples there go without.
_HOLE_PERIODS = 3.5
# A gyro faster than this is averaged over each sample of the accelerometer, not picked.
_FASTER = 1.5
# Two files of one session share most of their time.
_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Rows of one sensor: ``t_s (n,)`` seconds, ``values (n, 3)``."""

    t_s: Array
    values: Array

    def settled(self) -> tuple[Track, Settled]:
        """Return the rows that have numbers, with times of samples, and what had to be done."""
        whole = np.isfinite(self.values).all(axis=1) & np.isfinite(self.t_s)
        done = settle(self.t_s[whole])
        return Track(done.t_s, self.values[whole][done.keep]), done


def pair(acc: Track, gyr: Track, *, source: str) -> tuple[Track, Array, dict[str, Fact]]:
    """Return the accelerometer's samples that the gyro covers, the gyro at their times, and facts.

    A slower gyro is drawn in straight lines between its samples; a faster one is averaged over each sample
    of the accelerometer, so that the angle turned stays the same. In a hole of the gyro samples are left
    out, which makes a gap.

    Parameters
    ----------
    acc, gyr
        Settled tracks on one clock.
    source
        Name for messages.

    Raises
    ------
    SourceError
        They share less than half of their time.
    """
    _refuse_strangers(acc, gyr, source)
    period_s = float(np.median(np.diff(gyr.t_s)))
    own_s = float(np.median(np.diff(acc.t_s)))
    after = np.clip(np.searchsorted(gyr.t_s, acc.t_s), 1, len(gyr.t_s) - 1)
    hole = gyr.t_s[after] - gyr.t_s[after - 1] > _HOLE_PERIODS * period_s
    inside = (acc.t_s >= gyr.t_s[0] - period_s) & (acc.t_s <= gyr.t_s[-1] + period_s)
    near = np.minimum(np.abs(acc.t_s - gyr.t_s[after - 1]), np.abs(gyr.t_s[after] - acc.t_s)) <= period_s
    keep = inside & (~hole | near)
    t_s = acc.t_s[keep]
    turned = _averaged(gyr, t_s, own_s) if own_s > _FASTER * period_s else _drawn(gyr, t_s)
    facts: dict[str, Fact] = {
        "gyro_pairing": f"gyro at {1 / period_s:.4g} Hz put on the accelerometer's {1 / own_s:.4g} Hz by time"
    }
    if not keep.all():
        facts["unpaired_rows"] = int((~keep).sum())
    return Track(t_s, acc.values[keep]), turned, facts


def _drawn(gyr: Track, t_s: Array) -> Array:
    return np.column_stack([np.interp(t_s, gyr.t_s, axis) for axis in gyr.values.T])


def _averaged(gyr: Track, t_s: Array, width_s: float) -> Array:
    steps = np.diff(gyr.t_s)[:, None]
    middle = (gyr.values[1:] + gyr.values[:-1]) / 2.0
    angle = np.concatenate([np.zeros((1, 3)), np.cumsum(middle * steps, axis=0)])
    low = np.clip(t_s - width_s / 2.0, gyr.t_s[0], gyr.t_s[-1])
    high = np.clip(t_s + width_s / 2.0, gyr.t_s[0], gyr.t_s[-1])
    width = np.maximum(high - low, np.finfo(np.float64).eps)
    turned = [(np.interp(high, gyr.t_s, a) - np.interp(low, gyr.t_s, a)) / width for a in angle.T]
    return np.where((high > low)[:, None], np.column_stack(turned), _drawn(gyr, t_s))


def _refuse_strangers(acc: Track, gyr: Track, source: str) -> None:
    if len(acc.t_s) < 2 or len(gyr.t_s) < 2:
        raise SourceError(
            f"{source} holds {len(acc.t_s)} samples of acceleration and {len(gyr.t_s)} of the gyro that"
            " can be"
            " read: expected some seconds of each; give the accelerometer alone if the gyro failed.",
            source=source,
        )
    shared = min(acc.t_s[-1], gyr.t_s[-1]) - max(acc.t_s[0], gyr.t_s[0])
    if shared < _LEAST_SHARE * (acc.t_s[-1] - acc.t_s[0]):
        raise SourceError(
            f"{source}: accelerometer and gyro share {max(shared, 0.0):.1f} of"
            f" {acc.t_s[-1] - acc.t_s[0]:.1f} s:"
            " they are of different sessions, or one of them stopped; give the accelerometer alone.",
            source=source,
        )
