"""Control of a lowering: steadiness, one direction, smoothness, no drop at the bottom; and one score of them.

The score is this project's own and exploratory: no study ties it to fatigue or to injury. Its four parts are
told beside it, and each is plain to check.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imu_tempo.metrics.stretch import Span
from imu_tempo.schema import NAN

Array = NDArray[np.float64]

TRAVEL_MARGIN = 0.05
"""Part of the travel at either end that steadiness leaves out: every lowering starts and ends at rest."""
REVERSAL_M = 0.005
"""Height that a bar must regain to have gone back up: ten times what tremor of 1 m/s^2 moves it."""
BOTTOM_FROM = 0.7
"""Part of the travel from which on the bottom begins."""

STEADY_CV, UNSTEADY_CV = 0.35, 1.0
"""Spread over mean of speed that is full marks and none: a minimum-jerk lowering has 0.27, a steady one 0."""
SMOOTH_RADPS, SHAKY_RADPS = 5.0, 30.0
"""RMS jerk over the acceleration a lowering needs that is full marks and none: a minimum-jerk lowering in 1 s
has 4.6, and a slow one with 10 Hz tremor about 45 for each m/s^2 of its RMS."""
NEEDED_RATIO = 5.7735
"""Peak acceleration of a minimum-jerk stroke, in travels over duration squared: 10 / sqrt(3)."""
LEAST_NEEDED_MPS2 = 1.0
"""Acceleration that shaking is held against at least: a slow lowering needs next to none, and would otherwise
be judged by its sensor's noise."""
KEPT_RATIO, DROPPED_RATIO = 1.25, 2.5
"""Speed at the bottom over that before which is full marks and none."""
WEIGHTS = {"steady": 0.3, "one_way": 0.2, "smooth": 0.3, "kept": 0.2}
"""What each part gives to the score."""
_FEWEST = 8
_STILL_RADPS = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Control of one lowering.

    Attributes
    ----------
    speed_cv
        Standard deviation over mean of speed between 5 and 95 % of the travel.
    reversals
        Times the bar went up by 5 mm or more.
    ldlj
        Log dimensionless jerk from acceleration, see :func:`ldlj_a`.
    drop_ratio
        Mean speed from 70 to 95 % of the travel over that from 5 to 70 %.
    score
        0 to 100, see :func:`control`.
    """

    speed_cv: float = NAN
    reversals: float = NAN
    ldlj: float = NAN
    drop_ratio: float = NAN
    score: float = NAN


def control(span: Span | None) -> Control:
    """Return the control of a lowering, NaN where there is none to speak of.

    The score is ``100 (0.3 s + 0.2 o + 0.3 j + 0.2 b)`` with each part from 0 to 1:

    - s, steady: 1 up to a speed CV of 0.35, falling in a straight line to 0 at 1.0;
    - o, one way: halved by each reversal;
    - j, smooth: 1 while RMS jerk over the acceleration that the lowering needs is up to 5 rad/s, falling with
      its logarithm to 0 at 30 rad/s. Needed is the peak acceleration of a minimum-jerk stroke of the same
      travel and duration, and never less than 1 m/s^2. LDLJ-A, which is told beside it, divides by the
      measured peak: that holds the tremor itself and the braking at the turnaround, so that it can tell no
      more of a lowering that shakes much, and it falls with duration;
    - b, bottom: 1 up to a drop ratio of 1.25, falling in a straight line to 0 at 2.5.
    """
    if span is None:
        return Control()
    part = span.part
    speed = -span.stretch.velocity_mps[part]
    if speed.size < _FEWEST or span.rise_m >= 0.0:
        return Control()
    done = (span.stretch.height_at(span.start_s) - span.stretch.height_m[part]) / -span.rise_m
    acc = span.stretch.shake_acc_mps2[part]
    shake = _shake_radps(acc[(done >= TRAVEL_MARGIN) & (done <= 1.0 - TRAVEL_MARGIN)], span)
    cv, drop = _speed_cv(speed, done), _drop_ratio(speed, done)
    back = reversals(span.stretch.height_m[part])
    parts = {
        "steady": _share(cv, STEADY_CV, UNSTEADY_CV),
        "one_way": 0.5**back,
        "smooth": _share(math.log(shake), math.log(SMOOTH_RADPS), math.log(SHAKY_RADPS)),
        "kept": _share(drop, KEPT_RATIO, DROPPED_RATIO),
    }
    return Control(
        speed_cv=cv,
        reversals=float(back),
        ldlj=ldlj_a(acc, span.stretch.step_s),
        drop_ratio=drop,
        score=100.0 * math.fsum(WEIGHTS[name] * share for name, share in parts.items()),
    )


def ldlj_a(acc_mps2: Array, step_s: float) -> float:
    """Return LDLJ-A, the log dimensionless jerk of an acceleration: nearer 0 is smoother.

    ``-ln(T / max|a|^2 * integral of (da/dt)^2 dt)``: Melendez-Calderon, Shirota & Balasubramanian 2021,
    doi:10.3389/fbioe.2020.558771. Deviations: vertical acceleration without gravity instead of the norm over
    three axes, low-passed at 15 Hz. A minimum-jerk stroke has -ln(21.6) = -3.07 whatever its length and
    duration; tremor of f Hz in T s alone has -2 ln(2 pi f T) + ln 2. It grows with duration at equal shaking,
    so compare lowerings of one tempo.

    Parameters
    ----------
    acc_mps2
        (n,) acceleration without gravity.
    step_s
        Time between samples.
    """
    peak = float(np.max(np.abs(acc_mps2), initial=0.0))
    if acc_mps2.size < _FEWEST or peak <= 0.0:
        return NAN
    jerk = np.diff(acc_mps2) / step_s
    squared = float(np.sum(jerk**2)) * step_s * (acc_mps2.size - 1) * step_s / peak**2
    return -math.log(squared) if squared > 0.0 else NAN


def reversals(height_m: Array) -> int:
    """Return how often a lowering went back up by :data:`REVERSAL_M` or more before it went on."""
    count, low, high = 0, float(height_m[0]), float(height_m[0])
    rising = False
    for height in height_m.tolist():
        if rising:
            high = max(high, height)
            if high - height > REVERSAL_M:
                rising, low = False, height
        else:
            low = min(low, height)
            if height - low >= REVERSAL_M:
                count, rising, high = count + 1, True, height
    return count


def _speed_cv(speed: Array, done: Array) -> float:
    middle = speed[(done >= TRAVEL_MARGIN) & (done <= 1.0 - TRAVEL_MARGIN)]
    mean = float(middle.mean()) if middle.size >= 2 else 0.0
    return float(middle.std()) / mean if mean > 0.0 else NAN


def _drop_ratio(speed: Array, done: Array) -> float:
    before = speed[(done >= TRAVEL_MARGIN) & (done < BOTTOM_FROM)]
    bottom = speed[(done >= BOTTOM_FROM) & (done <= 1.0 - TRAVEL_MARGIN)]
    if before.size == 0 or bottom.size == 0 or before.mean() <= 0.0:
        return NAN
    return float(bottom.mean() / before.mean())


def _shake_radps(acc: Array, span: Span) -> float:
    """Return RMS jerk over the acceleration needed, rad/s; NaN where there are too few samples."""
    if acc.size < 2:
        return NAN
    jerk = np.diff(acc) / span.stretch.step_s
    needed = max(NEEDED_RATIO * -span.rise_m / span.seconds**2, LEAST_NEEDED_MPS2)
    return max(float(np.sqrt(np.mean(jerk**2))) / needed, _STILL_RADPS)


def _share(value: float, good: float, bad: float) -> float:
    """Return 1 up to ``good``, 0 from ``bad`` on, a straight line between; 1 where it cannot be told."""
    if not math.isfinite(value):
        return 1.0
    return min(1.0, max(0.0, (bad - value) / (bad - good)))
