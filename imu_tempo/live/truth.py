"""A simulated session held against what really happened in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class TrueRep(Protocol):
    """What is compared of a true rep."""

    @property
    def con_start_s(self) -> float: ...  # noqa: D102
    @property
    def con_end_s(self) -> float: ...  # noqa: D102
    @property
    def ecc_s(self) -> float: ...  # noqa: D102
    @property
    def mcv_mps(self) -> float: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Comparison:
    """How near the measured reps are to the true ones; errors are mean absolute ones of matched reps."""

    reps: int
    true_reps: int
    matched: int
    mcv_error_mps: float
    ecc_error_s: float

    def __str__(self) -> str:
        return (
            f"{self.reps} reps found of {self.true_reps}, MCV off by {self.mcv_error_mps:.3f} m/s"
            f" and eccentric time by {self.ecc_error_s:.2f} s on average"
        )


def compare(reps: pd.DataFrame, truth: Sequence[TrueRep]) -> Comparison:
    """Match each true rep with the measured one whose concentric overlaps it, and measure the errors."""
    mcv, ecc = [], []
    for true in truth:
        overlap = reps[(reps.con_start_s < true.con_end_s) & (reps.con_end_s > true.con_start_s)]
        if len(overlap):
            nearest = overlap.iloc[(overlap.con_start_s - true.con_start_s).abs().argmin()]
            mcv.append(abs(nearest.mcv_mps - true.mcv_mps))
            ecc.append(abs(nearest.ecc_s - true.ecc_s))
    return Comparison(len(reps), len(truth), len(mcv), _mean(mcv), _mean(ecc))


def _mean(values: list[float]) -> float:
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if known.size else float("nan")
