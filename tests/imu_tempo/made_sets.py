"""Plausible tables by formula: minimum-jerk lowerings and liftings with pauses, and the rows that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from imu_tempo.metrics import parse_tempo, summarise
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import NAN, RejectedRow, RepRow, SampleRow, SetRow, table

RATE_HZ = 100.0
ROM_M = 0.6
DEFAULT_PHASES = ((3.1, 1.0, 0.8, 1.2), (3.0, 0.9, 0.85, 1.1), (3.2, 1.1, 0.95, 1.3), (2.6, 1.0, 1.2, NAN))
"""ecc, bottom, con, top of each rep; the top after the last rep is unknown."""


def make_reps(
    phases: Sequence[Sequence[float]] = DEFAULT_PHASES, *, set_no: int = 1, start_s: float = 5.0
) -> list[RepRow]:
    """Make the rows of a lift that starts with the lowering."""
    reps, t = [], start_s
    for rep_no, (ecc, bottom, con, top) in enumerate(phases, start=1):
        edges = np.cumsum([t, ecc, bottom, con]).tolist()
        reps.append(
            RepRow(
                set_no=set_no,
                rep_no=rep_no,
                ecc_start_s=edges[0],
                ecc_end_s=edges[1],
                con_start_s=edges[2],
                con_end_s=edges[3],
                ecc_s=ecc,
                bottom_s=bottom,
                con_s=con,
                top_s=top,
                tut_s=edges[3] - edges[0],
                rom_m=ROM_M,
                mcv_mps=ROM_M / con,
                mpv_mps=ROM_M / con,
                pcv_mps=1.875 * ROM_M / con,
                mev_mps=ROM_M / ecc,
                pev_mps=1.875 * ROM_M / ecc,
                mcv_sd_mps=0.01,
                ecc_sd_s=0.03,
                exercise="squat",
                load_kg=100.0,
                athlete="A12",
                closure_m=0.01,
            )
        )
        t = edges[3] + (top if np.isfinite(top) else 0.0)
    return reps


def make_samples(reps: Sequence[RepRow], lead_s: float = 3.0) -> pd.DataFrame:
    """Make the motion that the reps describe, NaN-free, at rest outside them."""
    t = np.arange(0.0, reps[-1].con_end_s + lead_s, 1 / RATE_HZ)
    vel, pos = np.zeros_like(t), np.full_like(t, ROM_M)
    phase = np.full(t.size, "rest", dtype=object)
    for rep in reps:
        for name, start, end, sign, before in (
            ("ecc", rep.ecc_start_s, rep.ecc_end_s, -1, ROM_M),
            ("con", rep.con_start_s, rep.con_end_s, 1, 0.0),
        ):
            inside = (t >= start) & (t < end)
            tau = (t[inside] - start) / (end - start)
            vel[inside] = sign * ROM_M / (end - start) * 30 * tau**2 * (1 - tau) ** 2
            pos[inside] = before + sign * ROM_M * (10 * tau**3 - 15 * tau**4 + 6 * tau**5)
            phase[inside] = name
        held = (t >= rep.ecc_end_s) & (t < rep.con_start_s)
        pos[held], phase[held] = 0.0, "bottom"
        if np.isfinite(rep.top_s):
            phase[(t >= rep.con_end_s) & (t < rep.con_end_s + rep.top_s)] = "top"
    sigma = np.full_like(t, 0.01)
    data = {"t_s": t, "acc_up_mps2": np.gradient(vel, t), "vel_up_mps": vel, "pos_up_m": pos}
    frame = pd.DataFrame({**data, "phase": phase, "sigma_v_mps": sigma})
    return frame.astype({"phase": "str"})


def make_result(
    tempo: str | None = "3-1-X-1",
    *,
    sets: int = 1,
    reps: Sequence[RepRow] | None = None,
    source: str = "2026-03-01T180500_squat_A12.tempo",
    exercise: str = "squat",
    **quality: float | int | str,
) -> AnalysisResult:
    """Make a whole result; by default four squats with one flagged."""
    target = parse_tempo(tempo) if tempo else None
    rows: list[RepRow] = []
    for set_no in range(1, sets + 1):
        made = list(reps or make_reps())
        shift = (set_no - 1) * 120.0
        edges = ("ecc_start_s", "ecc_end_s", "con_start_s", "con_end_s")
        rows += [
            replace(r, set_no=set_no, exercise=exercise, **{e: getattr(r, e) + shift for e in edges})
            for r in made
        ]
    summaries = [summarise([r for r in rows if r.set_no == n], target) for n in range(1, sets + 1)]
    rejected = [
        RejectedRow(
            start_s=1.2, end_s=2.9, reason="unrack", detail="Rise of 0.08 m, below the 0.20 m of a squat."
        ),
        RejectedRow(start_s=31.0, end_s=33.5, reason="rerack", detail="The bar came to rest 0.11 m lower."),
    ]
    samples = make_samples(rows)
    return AnalysisResult(
        reps=table(rows, RepRow),
        sets=table(summaries, SetRow),
        rejected=table(rejected, RejectedRow),
        samples=samples,
        source=source,
        exercise=exercise,
        rate_hz=RATE_HZ,
        duration_s=float(samples["t_s"].iloc[-1]),
        quality={"edge_velocity_mps": 0.02, "gaps": 0, **quality},
    )


def make_empty_result(**quality: float | int | str) -> AnalysisResult:
    """Make the result of a recording in which nothing was a rep."""
    return AnalysisResult(
        reps=table([], RepRow),
        sets=table([], SetRow),
        rejected=table(
            [RejectedRow(start_s=2.0, end_s=4.0, reason="handling", detail="Moved by 0.05 m and back.")],
            RejectedRow,
        ),
        samples=table([], SampleRow),
        source="nothing.tempo",
        exercise="squat",
        rate_hz=100.0,
        duration_s=12.0,
        quality=dict(quality),
    )
