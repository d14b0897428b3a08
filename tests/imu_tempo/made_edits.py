"""An analysis made by formula, with its motion on the solver's own frames, to put edits onto."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
from made_sets import DEFAULT_PHASES, ROM_M, make_reps, make_result, make_samples
from scipy.optimize import brentq

from imu_tempo.definitions import Definitions
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, rows

EDGE_MPS = Definitions().edge_velocity_mps


def analysed(
    phases: Sequence[Sequence[float]] = DEFAULT_PHASES, *, tempo: str | None = None, sets: int = 1
) -> AnalysisResult:
    """Return an analysis of minimum-jerk squats at 50 Hz, with the definitions that it was made by."""
    made = make_result(tempo, reps=make_reps(phases), sets=sets)
    samples = make_samples(rows(made.reps, RepRow)).iloc[::2].reset_index(drop=True)
    return replace(made, samples=samples, quality=asdict(Definitions()))


def reps_of(result: AnalysisResult) -> list[RepRow]:
    return rows(result.reps, RepRow)


def seconds_above_edge(duration_s: float, rom_m: float = ROM_M) -> float:
    """Return how long a minimum-jerk stroke is faster than the edge velocity."""

    def excess(tau: float) -> float:
        return rom_m / duration_s * 30 * tau**2 * (1 - tau) ** 2 - EDGE_MPS

    return duration_s * (1 - 2 * brentq(excess, 0.0, 0.5))


def rom_above_edge(duration_s: float, rom_m: float = ROM_M) -> float:
    """Return how far it travels meanwhile."""
    tau = (1 - seconds_above_edge(duration_s, rom_m) / duration_s) / 2
    return float(rom_m * (1 - 2 * np.polyval([6, -15, 10, 0, 0, 0], tau)))
