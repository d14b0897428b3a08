"""Rows to sample blocks: the sample period found, and a new block after each gap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.samples import SampleBlock
from imu_tempo.signal.frames import steps_up_to

# A step longer than this many periods means that samples are missing.
GAP_PERIODS = 1.5
# Steps up to this many medians count as regular when the period is taken: timestamps rounded to 1 ms at
# 400 Hz alternate between 2 and 3 ms, and neither of them is the period. A lost sample makes it 2.
_REGULAR_MEDIANS = 1.75


class Clock(NamedTuple):
    """The sample clock of a recording: period between neighbours, and the indices that follow a gap."""

    period_s: float
    after_gap: NDArray[np.intp]
    lost: NDArray[np.int64]


def find_clock(t_s: NDArray[np.float64]) -> Clock:
    """Find the sample period and the gaps of strictly increasing times.

    Parameters
    ----------
    t_s
        (n,) seconds, n >= 2.

    Returns
    -------
    Clock
        ``after_gap`` holds the index of each first sample after a gap, ``lost`` the samples estimated
        to be missing there (at least 1).
    """
    steps = np.diff(t_s)
    period = float(np.mean(steps_up_to(_REGULAR_MEDIANS, steps)))
    gap = np.flatnonzero(steps > GAP_PERIODS * period)
    lost = np.maximum(np.rint(steps[gap] / period).astype(np.int64) - 1, 1)
    return Clock(period, gap + 1, lost)


def split(
    t_s: NDArray[np.float64],
    acc_mps2: NDArray[np.float64],
    gyr_radps: NDArray[np.float64] | None,
    clock: Clock,
) -> list[SampleBlock]:
    """Cut arrays into blocks at the clock's gaps."""
    edges = [0, *clock.after_gap.tolist(), len(t_s)]
    lost = [0, *clock.lost.tolist()]
    return [
        SampleBlock(t_s[a:b], acc_mps2[a:b], None if gyr_radps is None else gyr_radps[a:b], n)
        for a, b, n in zip(edges[:-1], edges[1:], lost, strict=True)
    ]
