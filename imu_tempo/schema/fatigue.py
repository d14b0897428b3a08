"""The fatigue and compliance tables: what each set says of tiring, and how tempo was kept."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.spreads import OF_A_SLOPE


@dataclass(frozen=True, slots=True, kw_only=True)
class FatigueRow:
    """One sign of fatigue in one set: a row a measure, so that each has its evidence and its validity."""

    set_no: int = column("", "set, from 1")
    measure: str = column("", "name of the measure, as in imu_tempo.metrics.signs")
    title: str = column("", "the same for people")
    value: float = column("as unit", "the measure: a loss, a growth or an index", default=NAN)
    unit: str = column("", "unit of value")
    first: float = column("as quantity_unit", "the quantity at the start of the set (reference)", default=NAN)
    last: float = column("as quantity_unit", "the quantity at the end of the set", default=NAN)
    quantity_unit: str = column("", "unit of first and last and, per rep, of the slopes")
    slope_per_rep: float = column(
        "as quantity_unit, per rep", "Theil-Sen slope of the quantity over reps", default=NAN
    )
    slope_low: float = column(
        "as quantity_unit, per rep", f"lower end of the slope's 95 % interval: {OF_A_SLOPE}", default=NAN
    )
    slope_high: float = column(
        "as quantity_unit, per rep", f"upper end of the slope's 95 % interval: {OF_A_SLOPE}", default=NAN
    )
    reps: int = column("", "reps that it rests on", default=0)
    evidence: str = column("", "strong, moderate or exploratory: as a sign of fatigue")
    valid: bool = column("", "whether it may be read as fatigue in this set", default=True)
    reason: str = column("", "why it is not valid or not there; empty otherwise", default="")
    sentence: str = column("", "what it says, in plain words", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceRow:
    """How one phase, or all of them, kept to the prescribed tempo in one rep or over a set."""

    set_no: int = column("", "set, from 1")
    rep_no: int = column("", "rep within its set, from 1; 0 is the whole set")
    phase: str = column("", "ecc, bottom, con, top, or all")
    target: str = column("", "what was prescribed: seconds, X, *; empty for all")
    scored: int = column("", "phases scored")
    inside: int = column("", "phases inside tolerance")
    compliance_pct: float = column("%", "phases inside tolerance of those scored", default=NAN)
    error_s: float = column(
        "s", "mean signed error, positive: too long; NaN where the target has no seconds", default=NAN
    )
