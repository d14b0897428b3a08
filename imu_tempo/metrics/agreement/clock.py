"""The constant offset between two devices' clocks, from the reps that both saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.schema import NAN

Array = NDArray[np.float64]

_GRID_S = 0.02
"""Candidates nearer to each other than this are tried once: a video frame."""
_MOST_CANDIDATES = 20_000
_AMBIGUOUS_RATIO = 0.9
"""A second offset that fits this part as well as the best may as well be the right one."""
_EFFICIENCY = 1.2533
"""Standard error of a median over that of a mean, for normal errors."""
_MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True)
class Clock:
    """What to add to the reference's times to have the device's.

    Attributes
    ----------
    offset_s
        The offset; 0 where the clocks were taken to be one.
    se_s
        Its standard error, from the scatter of the matched edges; NaN where it was not estimated.
    ambiguous
        Whether another offset, a rep or more away, fits nearly as well: even sets look alike when shifted.
        Give the offset then, or start both recordings within half a rep of each other.
    """

    offset_s: float = 0.0
    se_s: float = NAN
    ambiguous: bool = False


SAME_CLOCK = Clock()


def estimate_clock(device: Array, reference: Array, *, within_s: float | None = None) -> Clock:
    """Estimate the offset from intervals that both devices report.

    1. Every difference between two middles is a candidate; the one whose shifted intervals overlap best in
       sum (intersection over union) wins, the smaller of two alike.
    2. It is refined to the median difference of the edges that then belong together, which a false rep
       on either side does not move.

    Parameters
    ----------
    device, reference : ndarray, shape (n, 2) and (m, 2)
        Start and end of each rep.
    within_s
        Largest offset to consider; any by default.
    """
    if not len(device) or not len(reference):
        return SAME_CLOCK
    candidates = np.subtract.outer(device.mean(axis=1), reference.mean(axis=1)).ravel()
    if within_s is not None:
        candidates = candidates[np.abs(candidates) <= within_s]
    candidates = np.unique(np.round(candidates / _GRID_S)) * _GRID_S
    candidates = candidates[np.argsort(np.abs(candidates), kind="stable")][:_MOST_CANDIDATES]
    if not len(candidates):
        return SAME_CLOCK
    scores = np.array([_shared(device, reference + c).max(axis=1).sum() for c in candidates])  # 1
    best = int(np.argmax(scores))
    rep_s = float(np.median(np.diff(device, axis=1)))
    elsewhere = np.abs(candidates - candidates[best]) > 0.5 * rep_s
    rival = float(scores[elsewhere].max(initial=0.0))
    shared = _shared(device, reference + candidates[best])
    pairs = shared.max(axis=1) > 0.0
    found = reference[shared.argmax(axis=1)]
    edges = (device - found)[pairs].ravel()  # 2
    if not len(edges):
        return SAME_CLOCK
    offset = float(np.median(edges))
    spread = _MAD_TO_SD * float(np.median(np.abs(edges - offset)))
    return Clock(
        offset, _EFFICIENCY * spread / np.sqrt(len(edges)), bool(rival > _AMBIGUOUS_RATIO * scores[best])
    )


def _shared(a: Array, b: Array) -> Array:
    """Return intersection over union of every interval with every other, (n, m)."""
    both = np.minimum.outer(a[:, 1], b[:, 1]) - np.maximum.outer(a[:, 0], b[:, 0])
    either = np.maximum.outer(a[:, 1], b[:, 1]) - np.minimum.outer(a[:, 0], b[:, 0])
    out: Array = np.clip(both, 0.0, None) / np.maximum(either, 1e-9)
    return out
