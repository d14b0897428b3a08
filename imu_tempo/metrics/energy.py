"""Work, impulse, power and force of a phase, for one kilogram of moved mass.

The lifter's force on a mass m is ``F = m (g + a)``. Over a phase that rises by h (negative when lowering),
lasts T and changes velocity from u to v, that gives in closed form

- work on the mass: ``m (g h + (v^2 - u^2) / 2)``, done where positive and absorbed where negative,
- impulse: ``m (g T + v - u)``,

so that neither depends on how acceleration was filtered. Peaks of power and force do, and are read below
10 Hz. What a floor or pins take over at the end of a lowering counts as absorbed: a bar sensor cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imu_tempo.metrics.stretch import Span
from imu_tempo.schema import NAN
from imu_tempo.signal.constants import GRAVITY_MPS2


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """One phase of one kilogram; work and power count positive in the phase's own sense.

    Attributes
    ----------
    rise_m
        Height gained, m; negative when lowering.
    work_j
        Work done while lifting, or absorbed while lowering, J/kg.
    impulse_ns
        Force added up over time, N s/kg.
    power_mean_w, power_peak_w
        Work over duration, and the highest power, W/kg.
    force_peak_n
        Highest force, N/kg; 9.81 is the weight.
    """

    rise_m: float
    work_j: float
    impulse_ns: float
    power_mean_w: float
    power_peak_w: float
    force_peak_n: float


NO_ENERGY = Energy(
    rise_m=NAN, work_j=NAN, impulse_ns=NAN, power_mean_w=NAN, power_peak_w=NAN, force_peak_n=NAN
)


def energy(span: Span | None, *, lowering: bool) -> Energy:
    """Return work, impulse, power and force of a phase for one kilogram; NaN where there is no phase."""
    if span is None or span.seconds <= 0.0:
        return NO_ENERGY
    stretch, part = span.stretch, span.part
    sign = -1.0 if lowering else 1.0
    before, after = stretch.velocity_at(span.start_s), stretch.velocity_at(span.end_s)
    work = sign * (GRAVITY_MPS2 * span.rise_m + 0.5 * (after**2 - before**2))
    force = GRAVITY_MPS2 + stretch.force_acc_mps2[part]
    power = sign * force * stretch.smooth_mps[part]
    return Energy(
        rise_m=span.rise_m,
        work_j=work,
        impulse_ns=GRAVITY_MPS2 * span.seconds + after - before,
        power_mean_w=work / span.seconds,
        power_peak_w=float(np.max(power, initial=-np.inf)) if power.size else NAN,
        force_peak_n=float(np.max(force)) if force.size else NAN,
    )
