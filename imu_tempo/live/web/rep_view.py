"""Reps and sets as the page shows them: rounded as coaches read them, with what is wrong in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from imu_tempo.live.web.hub import Json
from imu_tempo.metrics import Prescription, velocity_loss_pct
from imu_tempo.metrics.scoring import Tolerance
from imu_tempo.metrics.selection import TO_FAILURE, comparable, flags, is_assisted, is_partial
from imu_tempo.report.words import rep_notes
from imu_tempo.schema import RepRow, SetRow

HAND_MARKS = ("partial", "assisted", TO_FAILURE)


def figure(value: float, decimals: int) -> float | None:
    """Return a number rounded, None where there is none: JSON has no NaN."""
    return round(float(value), decimals) if math.isfinite(value) else None


def verdict(phase: str, measured_s: float, prescription: Prescription | None, tolerance: Tolerance) -> str:
    """Say of a phase whether it was ``early``, ``late`` or ``ok``; empty where nothing was asked of it."""
    target = getattr(prescription, phase) if prescription else None
    limits = tolerance.limits_s(phase, target) if target else None  # type: ignore[arg-type]
    if limits is None or not math.isfinite(measured_s):
        return ""
    return "early" if measured_s < limits[0] else "late" if measured_s > limits[1] else "ok"


def losses(reps: Sequence[RepRow]) -> dict[int, float]:
    """Return by rep number how far each was below the fastest up to then, in percent."""
    found: dict[int, float] = {}
    known = comparable(reps)
    for done, rep in enumerate(known, start=1):
        found[rep.rep_no] = max(0.0, velocity_loss_pct([r.mcv_mps for r in known[:done]]))
    return {number: loss for number, loss in found.items() if math.isfinite(loss)}


def rep_json(
    rep: RepRow, *, loss_pct: float | None, prescription: Prescription | None, tolerance: Tolerance
) -> dict[str, Json]:
    """Return a rep for the page."""
    return {
        "no": rep.rep_no,
        "at_s": figure(rep.con_start_s, 3),
        "ecc_s": figure(rep.ecc_s, 2),
        "bottom_s": figure(rep.bottom_s, 2),
        "con_s": figure(rep.con_s, 2),
        "top_s": figure(rep.top_s, 2),
        "mcv": figure(rep.mcv_mps, 4),  # the page rounds to two: rounding twice would tell another number
        "mcv_sd": figure(rep.mcv_sd_mps, 3),
        "pcv": figure(rep.pcv_mps, 2),
        "mev": figure(rep.mev_mps, 3),
        "rom_m": figure(rep.rom_m, 3),
        "loss_pct": None if loss_pct is None else round(loss_pct, 1),
        "ecc": verdict("ecc", rep.ecc_s, prescription, tolerance),
        "con": verdict("con", rep.con_s, prescription, tolerance),
        "partial": is_partial(rep),
        "assisted": is_assisted(rep),
        "to_failure": TO_FAILURE in flags(rep.quality),
        "deleted": "withdrawn" in flags(rep.quality),
        "notes": rep_notes(rep),
    }


def reps_json(
    reps: Sequence[RepRow], prescription: Prescription | None, tolerance: Tolerance
) -> list[dict[str, Json]]:
    """Return the reps of a set for the page, velocity loss filled in."""
    lost = losses(reps)
    return [
        rep_json(rep, loss_pct=lost.get(rep.rep_no), prescription=prescription, tolerance=tolerance)
        for rep in reps
    ]


def set_json(row: SetRow) -> dict[str, Json]:
    """Return a set's row for the page."""
    return {
        "set_no": row.set_no,
        "exercise": row.exercise,
        "athlete": row.athlete,
        "load_kg": figure(row.load_kg, 2),
        "reps": row.reps,
        "partials": row.partials,
        "assisted": row.assisted,
        "start_s": figure(row.start_s, 2),
        "end_s": figure(row.end_s, 2),
        "tempo": row.tempo,
        "tempo_target": row.tempo_target,
        "compliance_pct": figure(row.compliance_pct, 0),
        "tut_s": figure(row.tut_s, 1),
        "tut_moving_s": figure(row.tut_moving_s, 1),
        "tut_ecc_s": figure(row.tut_ecc_s, 1),
        "tut_ecc_sd_s": figure(row.tut_ecc_sd_s, 2),
        "tut_con_s": figure(row.tut_con_s, 1),
        "tut_pause_s": figure(row.tut_pause_s, 1),
        "mcv_best": figure(row.mcv_best_mps, 2),
        "mcv_mean": figure(row.mcv_mean_mps, 2),
        "mcv_last": figure(row.mcv_last_mps, 2),
        "loss_pct": figure(row.vl_pct, 0),
        "loss_valid": row.vl_valid,
        "stop_rep": row.stop_rep,
        "stop_reason": row.stop_reason,
    }
