"""The measures of fatigue: what each is of, its evidence, and when it may be read.

Evidence is that for reading the measure as fatigue: strong for the loss of concentric velocity
(Sanchez-Medina & Gonzalez-Badillo 2011, doi:10.1249/MSS.0b013e318213f880; Jukic et al. 2023) and for
the effort index (Rodriguez-Rosell et al. 2018); moderate for peak velocity; exploratory for all the
rest. None of it is a diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from imu_tempo.metrics.velocity import End, Reference
from imu_tempo.schema import NAN, EccentricRow, RepRow

Evidence = Literal["strong", "moderate", "exploratory"]
Needs = Literal["free lifting", "free lowering", "unassisted lifting", ""]
Quantity = Callable[[RepRow, EccentricRow | None], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One measure of fatigue: what it is of, and when it may be read.

    Attributes
    ----------
    measure, title
        Name in the table and for people.
    quantity, quantity_unit
        What is followed over the reps.
    evidence
        How well it is known to mean fatigue.
    needs
        What the set must have been for it to mean anything: ``free lifting`` (not paced, not assisted),
        ``free lowering`` (no lowering time prescribed), ``unassisted lifting``.
    loss
        For a loss in percent: from which rep and to which. None: the growth over the set by the robust slope,
        in ``quantity_unit``.
    worse
        Sign of a change for the worse.
    """

    measure: str
    title: str
    quantity: Quantity
    quantity_unit: str
    evidence: Evidence
    needs: Needs = ""
    loss: tuple[Reference, End] | None = None
    worse: Literal[1, -1] = 1
    decimals: int = 2


def _of_rep(name: str) -> Quantity:
    return lambda rep, _: float(getattr(rep, name))


def _of_lowering(name: str) -> Quantity:
    return lambda _, row: NAN if row is None else float(getattr(row, name))


def _pauses(rep: RepRow, _: EccentricRow | None) -> float:
    known = [p for p in (rep.bottom_s, rep.top_s) if math.isfinite(p)]
    return math.fsum(known) if len(known) == 2 else NAN


def _velocity_loss(reference: Reference, end: End) -> Sign:
    of, to = ("fastest", "last rep") if reference == "fastest" else ("first", "last rep")
    to = "mean of the last two reps" if end == "last2" else to
    return Sign(
        measure=f"velocity_loss_{reference}_{end}",
        title=f"Velocity loss, {of} rep to {to}",
        quantity=_of_rep("mcv_mps"),
        quantity_unit="m/s",
        evidence="strong",
        needs="free lifting",
        loss=(reference, end),
        worse=-1,
    )


SIGNS: tuple[Sign, ...] = (
    _velocity_loss("fastest", "last"),
    _velocity_loss("first", "last"),
    _velocity_loss("fastest", "last2"),
    _velocity_loss("first", "last2"),
    Sign(
        measure="mpv_loss",
        title="Loss of mean propulsive velocity",
        quantity=_of_rep("mpv_mps"),
        quantity_unit="m/s",
        evidence="strong",
        needs="free lifting",
        loss=("fastest", "last"),
        worse=-1,
    ),
    Sign(
        measure="peak_velocity_loss",
        title="Loss of peak velocity",
        quantity=_of_rep("pcv_mps"),
        quantity_unit="m/s",
        evidence="moderate",
        needs="free lifting",
        loss=("fastest", "last"),
        worse=-1,
    ),
    Sign(
        measure="lowering_velocity_loss",
        title="Loss of mean lowering velocity",
        quantity=_of_rep("mev_mps"),
        quantity_unit="m/s",
        evidence="exploratory",
        needs="free lowering",
        loss=("fastest", "last"),
        worse=-1,
    ),
    Sign(
        measure="lowering_time_drift",
        title="Drift of the lowering time",
        quantity=_of_rep("ecc_s"),
        quantity_unit="s",
        evidence="exploratory",
        worse=-1,
        decimals=1,
    ),
    Sign(
        measure="pause_growth",
        title="Growth of the pauses",
        quantity=_pauses,
        quantity_unit="s",
        evidence="exploratory",
        decimals=1,
    ),
    Sign(
        measure="control_drift",
        title="Drift of the control score",
        quantity=_of_lowering("control_score"),
        quantity_unit="points",
        evidence="exploratory",
        worse=-1,
        decimals=0,
    ),
    Sign(
        measure="smoothness_drift",
        title="Drift of the lowering's smoothness (LDLJ-A)",
        quantity=_of_lowering("ecc_ldlj"),
        quantity_unit="",
        evidence="exploratory",
        worse=-1,
        decimals=1,
    ),
    Sign(
        measure="sticking_growth",
        title="Growth of the sticking time",
        quantity=_of_lowering("sticking_s"),
        quantity_unit="s",
        evidence="exploratory",
        needs="unassisted lifting",
    ),
    Sign(
        measure="tremor_growth",
        title="Growth of the tremor while lowering",
        quantity=_of_lowering("ecc_tremor_mps2"),
        quantity_unit="m/s^2",
        evidence="exploratory",
    ),
)
"""The measures that follow a quantity over the reps; the effort index and ROM loss are worked out apart."""
