"""Frames between knots: those of one interval in a column, so that sums over it are sums of five rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.path import KNOT

Array = NDArray[np.float64]


def by_place(values: Array) -> Array:
    """Return (N, ...) frame values as (KNOT, n, ...): by place after the knot, and by interval.

    The last of the n intervals may lack frames; their places hold zeros.
    """
    intervals = -(-len(values) // KNOT)
    padded = np.zeros((intervals * KNOT, *values.shape[1:]))
    padded[: len(values)] = values
    return np.ascontiguousarray(np.swapaxes(padded.reshape(intervals, KNOT, *values.shape[1:]), 0, 1))


def running(rows: Array) -> Array:
    """Return running sums down the rows."""
    out = rows.copy()
    for before, row in pairwise(out):
        row += before
    return out


class Between:
    """What happens between knots, once the knots are solved: raw integration, its misses shared out.

    Parameters
    ----------
    dv_mps, dh_m, acc_density
        (N,) as in :class:`imu_tempo.signal.smooth.Smoother`.
    errors
        (KNOT, n, m) shapes of the constant errors.
    """

    def __init__(self, dv_mps: Array, dh_m: Array, acc_density: Array, errors: Array) -> None:
        self._frames = len(dv_mps)
        self._dv, self._dh = by_place(dv_mps), by_place(dh_m)
        self._errors = errors
        self._last = self._frames - KNOT * (self._dv.shape[1] - 1) - 1
        noise = running(by_place(acc_density))
        self._noise_share = noise / noise[-1]
        place = np.arange(KNOT)[:, None]
        sizes = np.full(self._dv.shape[1], KNOT)
        sizes[-1] = self._last + 1
        self._time_share = (place + 1) / sizes
        self._bias_share = place / sizes

    def fill(self, h: Array, v: Array, b: Array, constants: Array) -> tuple[Array, Array, Array]:
        """Return height, velocity and bias at the frame edges from those at the knots.

        Velocity that raw integration misses goes where the noise is, height evenly.
        """
        bias = b[:-1] + np.diff(b) * self._bias_share
        offset = bias - self._errors @ constants
        step = self._dv - offset * FRAME_S
        gained = running(step)
        velocity = v[:-1] + gained + (np.diff(v) - self._at_end(gained)) * self._noise_share
        start_v = np.concatenate([v[None, :-1], velocity[:-1]])
        filled = velocity - start_v - step
        risen = running((start_v + 0.5 * filled) * FRAME_S + self._dh - 0.5 * offset * FRAME_S**2)
        height = h[:-1] + risen + (np.diff(h) - self._at_end(risen)) * self._time_share
        return (
            np.concatenate([h[:1], self._in_order(height)]),
            np.concatenate([v[:1], self._in_order(velocity)]),
            np.concatenate([self._in_order(bias), b[-1:]]),
        )

    def _at_end(self, rows: Array) -> Array:
        """Return a running value at the end of each interval."""
        end: Array = rows[-1].copy()
        end[-1] = rows[self._last, -1]
        return end

    def _in_order(self, rows: Array) -> Array:
        return np.asarray(rows.T.ravel()[: self._frames])
