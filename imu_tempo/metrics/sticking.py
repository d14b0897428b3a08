"""The sticking period of a lift, and tremor."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.metrics.stretch import TREMOR_BAND_HZ, Span
from imu_tempo.schema import NAN
from imu_tempo.signal.constants import FRAME_S

Array = NDArray[np.float64]

LEAST_DIP_MPS = 0.03
LEAST_DIP_RATIO = 0.1
"""A lift sticks where it loses at least this much speed, and this part of its peak, and gains it again: less
is the shape of the lift, or the velocity's own error."""
LEAST_RATE_HZ = 50.0
_RATE_MARGIN_HZ = 2.0
"""A sensor set to 50 Hz may run at 48."""
_LEAST_S = 0.25
"""Two periods of tremor and a half: shorter phases tell nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sticking:
    """The sticking period of one lift; all 0 where it does not stick.

    Attributes
    ----------
    seconds
        From the first peak of velocity to the minimum that follows.
    depth_pct
        Speed lost from that peak to that minimum.
    at_pct
        Part of the travel that is done at the minimum; NaN where there is none.
    """

    seconds: float = 0.0
    depth_pct: float = 0.0
    at_pct: float = NAN


NOT_MEASURED = Sticking(seconds=NAN, depth_pct=NAN)


def sticking(span: Span | None) -> Sticking:
    """Return the sticking period of a lifting.

    The first period of deceleration of the upward movement: from the first peak of bar velocity to the first
    local minimum after it, from where the bar recovers (van den Tillaar & Ettema 2010,
    doi:10.1080/02640411003628022). Velocity is low-passed at 5 Hz, and a dip counts from 0.03 m/s and 10 % of
    the peak on, so that tremor and a lift's own shape are none. Where several dips follow each other the
    deepest is told.
    """
    if span is None:
        return NOT_MEASURED
    speed = span.stretch.steady_mps[span.part]
    if speed.size < 3:
        return NOT_MEASURED
    dip = _deepest_dip(speed)
    if dip is None:
        return Sticking()
    peak, low = dip
    height = span.stretch.height_m[span.part]
    done = (float(height[low]) - span.stretch.height_at(span.start_s)) / span.rise_m
    return Sticking(
        seconds=(low - peak) * span.stretch.step_s,
        depth_pct=100.0 * (1.0 - float(speed[low] / speed[peak])),
        at_pct=100.0 * done,
    )


def _deepest_dip(speed: Array) -> tuple[int, int] | None:
    """Return the samples of the peak and the minimum of the deepest dip that is recovered from."""
    best, best_m = None, 0.0
    peak = low = 0
    for k in range(1, len(speed)):
        if speed[k] > speed[peak] and low == peak:
            peak = low = k
        elif speed[k] < speed[low]:
            low = k
        lost, gained = speed[peak] - speed[low], speed[k] - speed[low]
        least = max(LEAST_DIP_MPS, LEAST_DIP_RATIO * speed[peak])
        if low > peak and lost >= least and gained >= least:
            if lost > best_m:
                best, best_m = (peak, low), float(lost)
            peak = low = k
        elif low > peak and speed[k] >= speed[peak]:
            peak = low = k
    return best


def sees_tremor(rate_hz: float) -> bool:
    """Say whether a sensor of this rate sees the whole band of tremor."""
    return rate_hz >= LEAST_RATE_HZ - _RATE_MARGIN_HZ


def tremor_mps2(span: Span | None, rate_hz: float) -> float:
    """Return the RMS of vertical acceleration from 8 to 12 Hz in a phase, m/s^2.

    Corrected at 10 Hz for what the 20 ms frames and the straight lines between samples take away. A part of
    100 ug/rtHz adds 0.002 m/s^2 of its own.

    Returns
    -------
    float
        NaN below 50 Hz, where the band is not seen whole, and in phases shorter than 0.25 s.
    """
    if span is None or span.seconds < _LEAST_S or not sees_tremor(rate_hz):
        return NAN
    acc = span.stretch.tremor_acc_mps2[span.part]
    middle_hz = 0.5 * math.fsum(TREMOR_BAND_HZ)
    kept = float(np.sinc(middle_hz * FRAME_S) * np.sinc(middle_hz / rate_hz) ** 2)
    return float(np.sqrt(np.mean(acc**2))) / kept
