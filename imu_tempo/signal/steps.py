"""A few samples as one step: what the sensor turned in all, what it felt, and back to the samples.

A step's samples are turned into the sensor frame of its last one. With angles of 0.4 rad in a step, as of a
sleeve that spins at 20 rad/s, what is left out of the series is 1e-4 rad.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_AT_ONCE = 1 << 12
"""Steps worked on at once: what a processor's cache holds; any number gives the same result."""


def summed_up(period_s: float, size: int, gyr_radps: Array, acc_mps2: Array) -> tuple[Array, Array]:
    """Return angular rate and specific force of steps of ``size`` samples.

    Parameters
    ----------
    period_s
        Time from sample to sample. The rate of a sample is that of the period before it.
    gyr_radps, acc_mps2
        (n, 3) samples. Where the last step lacks samples, it is as if the sensor stood still.

    Returns
    -------
    rate, force
        (k, 3) the constant rate that turns the sensor as far as the step did, and the mean force in the frame
        of the step's last sample.
    """
    if size == 1:
        return np.ascontiguousarray(gyr_radps), np.ascontiguousarray(acc_mps2)
    steps = -(-len(gyr_radps) // size)
    rate, force = np.empty((steps, 3)), np.empty((steps, 3))
    for part, samples in _parts(steps, size):
        turns = _by_place(gyr_radps[samples], size) * period_s
        felt = _by_place(acc_mps2[samples], size)
        if (lacking := (part.stop * size) - len(gyr_radps)) > 0:
            felt[size - lacking :, :, -1] = felt[size - lacking - 1, :, -1]
        total, sum_of = turns[0].copy(), felt[-1].copy()
        for turn in turns[1:]:
            total += turn + 0.5 * _cross(total, turn)
        for place, angle in _until_the_end(turns):
            sum_of += _turned(felt[place], angle, -1.0)
        rate[part], force[part] = total.T / (size * period_s), sum_of.T / size
    return rate, force


def turned_back(period_s: float, size: int, gyr_radps: Array, vectors: Array) -> Array:
    """Return at each sample (n, 3) what is fixed in space, from (k, 3) its direction at each step's end."""
    if size == 1:
        return vectors
    out = np.empty((3, len(vectors) * size))
    for part, samples in _parts(len(vectors), size):
        turns = _by_place(gyr_radps[samples], size) * period_s
        at_end = np.ascontiguousarray(vectors[part].T)
        places = out[:, samples].reshape(3, -1, size)
        places[:, :, -1] = at_end
        for place, angle in _until_the_end(turns):
            places[:, :, place] = _turned(at_end, angle, 1.0)
    return out[:, : len(gyr_radps)].T


def _parts(steps: int, size: int) -> Iterator[tuple[slice, slice]]:
    """Yield some steps at a time, as a slice of the steps and one of their samples."""
    for start in range(0, steps, _AT_ONCE):
        end = min(start + _AT_ONCE, steps)
        yield slice(start, end), slice(start * size, end * size)


def _by_place(samples: Array, size: int) -> Array:
    """Return (n, 3) samples as (size, 3, steps): by place in the step; zeros where samples lack."""
    steps = -(-len(samples) // size)
    padded = samples
    if len(samples) < steps * size:
        padded = np.concatenate([samples, np.zeros((steps * size - len(samples), 3))])
    return np.ascontiguousarray(padded.reshape(steps, size, 3).transpose(1, 2, 0))


def _until_the_end(turns: Array) -> Iterator[tuple[int, Array]]:
    """Yield each place of a step but the last, from behind, and what the sensor turns from there."""
    angle = np.zeros_like(turns[0])
    for place in range(len(turns) - 2, -1, -1):
        angle = angle + turns[place + 1]
        yield place, angle


def _turned(vectors: Array, angle: Array, sign: float) -> Array:
    """Turn (3, n) vectors by (3, n) rotation vectors, forwards or backwards."""
    square = angle[0] * angle[0] + angle[1] * angle[1] + angle[2] * angle[2]
    once = _cross(angle, vectors)
    along = sign * (1.0 - square * (1.0 / 6.0 - square / 120.0))
    across = 0.5 - square * (1.0 / 24.0 - square / 720.0)
    turned: Array = vectors + along * once + across * _cross(angle, once)
    return turned


def _cross(a: Array, b: Array) -> Array:
    """Return the cross products of (3, n) vectors."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
