"""What the live engine takes of a stream: readings that are readings."""

from __future__ import annotations

import numpy as np

from firmware_bridge.samples import SampleBlock
from imu_tempo.signal.quiet import runs

ANEW_S = 60.0
"""After a hole so long nothing ties what follows to what went before: not height, not orientation, not a set,
whose longest rest is a quarter of it."""
LEAST_SAMPLES = 8
"""So few samples tell neither a rate nor gravity."""


def readable(block: SampleBlock) -> tuple[list[SampleBlock], int]:
    """Leave out samples that hold NaN or infinity, and cut where a long hole was overlooked.

    Returns
    -------
    list of SampleBlock, int
        The runs of readings, each with what is missing before it; and how many are missing after the last.
    """
    good = np.isfinite(block.t_s) & np.isfinite(block.acc_mps2).all(axis=1)
    if block.gyr_radps is not None:
        good &= np.isfinite(block.gyr_radps).all(axis=1)
    holes = np.flatnonzero(np.diff(block.t_s) > ANEW_S) + 1
    if good.all() and not len(holes):
        return [block], 0
    parts: list[SampleBlock] = []
    done, missing = 0, block.lost_before
    inside = holes[good[holes] & good[holes - 1]]
    starts, ends = (np.union1d(edges, inside) for edges in runs(good))
    for start, end in zip(starts, ends, strict=True):
        gyr = None if block.gyr_radps is None else block.gyr_radps[start:end]
        missing += int(start) - done
        parts.append(SampleBlock(block.t_s[start:end], block.acc_mps2[start:end], gyr, missing))
        done, missing = int(end), 0
    return parts, missing + len(block) - done
