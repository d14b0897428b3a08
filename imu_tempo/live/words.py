"""Numbers as a coach reads them: velocity to 0.01 m/s, times to 0.1 s, loss in whole percent."""

from __future__ import annotations

import math

from imu_tempo.schema import RepRow

NOTHING = "\N{EN DASH}"


def number(value: float, decimals: int) -> str:
    """Return a number rounded, or a dash where there is none."""
    return f"{value:.{decimals}f}" if math.isfinite(value) else NOTHING


def percent(value: float) -> str:
    """Return a percentage without decimals, or a dash where there is none."""
    return f"{value:.0f} %" if math.isfinite(value) else NOTHING


def tempo(rep: RepRow) -> str:
    """Return a rep's tempo, ecc-bottom-con-top in seconds; ``?`` for a phase that it does not have."""
    phases = (rep.ecc_s, rep.bottom_s, rep.con_s, rep.top_s)
    return "-".join(f"{v:.1f}" if math.isfinite(v) else "?" for v in phases)


def loss_pct(rep: RepRow, best_mps: float) -> float:
    """Return how much slower a rep was than the fastest so far, in percent; NaN where that has no meaning."""
    if not (math.isfinite(rep.mcv_mps) and best_mps > 0):
        return math.nan
    return max(0.0, 100.0 * (1.0 - rep.mcv_mps / best_mps))


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}" if math.isfinite(seconds) else NOTHING
