"""The load-velocity tables: the reps a profile rests on, the profiles, and the day's readiness."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column
from imu_tempo.schema.spreads import OF_A_LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPointRow:
    """One rep that was looked at for a load-velocity profile, and why it is in or out."""

    day: str = column("", "local day of the session, YYYY-MM-DD; empty where not given", default="")
    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile")
    set_no: int = column("", "set, from 1", default=1)
    rep_no: int = column("", "rep within its set, from 1", default=1)
    load_kg: float = column("kg", "load on the bar")
    mcv_mps: float = column("m/s", "mean concentric velocity")
    used: bool = column("", "true for the fastest sound rep of its load on its day", default=True)
    reason: str = column(
        "",
        "why it is not used: slower, paced, assisted, partial, low_confidence, no_load, no_velocity",
        default="",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadVelocityRow:
    """The load-velocity profile of one athlete in one exercise."""

    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile", default="")
    method: str = column("", "regression, or two-point")
    points: int = column("", "reps that the line goes through")
    loads: int = column("", "different loads among them")
    load_min_kg: float = column("kg", "lightest load", default=NAN)
    load_max_kg: float = column("kg", "heaviest load", default=NAN)
    slope_mps_per_kg: float = column("m/s per kg", "slope of MCV on load", default=NAN)
    slope_low_mps_per_kg: float = column(
        "m/s per kg", f"lower end of the slope's interval: {OF_A_LINE}", default=NAN
    )
    slope_high_mps_per_kg: float = column(
        "m/s per kg", f"upper end of the slope's interval: {OF_A_LINE}", default=NAN
    )
    intercept_mps: float = column("m/s", "MCV at no load, by the line", default=NAN)
    intercept_low_mps: float = column(
        "m/s", f"lower end of the intercept's interval: {OF_A_LINE}", default=NAN
    )
    intercept_high_mps: float = column(
        "m/s", f"upper end of the intercept's interval: {OF_A_LINE}", default=NAN
    )
    see_mps: float = column("m/s", f"standard error of estimate: {OF_A_LINE}", default=NAN)
    r2: float = column("", "coefficient of determination", default=NAN)
    mvt_mps: float = column("m/s", "minimum velocity threshold: MCV taken for the one-rep max")
    e1rm_kg: float = column("kg", "estimated one-rep max: load at which the line meets the MVT", default=NAN)
    e1rm_low_kg: float = column("kg", f"lower end of e1RM's interval (Fieller): {OF_A_LINE}", default=NAN)
    e1rm_high_kg: float = column("kg", f"upper end of e1RM's interval (Fieller): {OF_A_LINE}", default=NAN)
    confidence_pct: float = column("%", "confidence of all three intervals", default=95.0)
    warnings: str = column("", "space-separated flags; empty where nothing is in doubt", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessRow:
    """One day of one athlete in one exercise, held against the days before."""

    day: str = column("", "local day, YYYY-MM-DD")
    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile", default="")
    load_kg: float = column("kg", "heaviest load lifted that day", default=NAN)
    mcv_mps: float = column("m/s", "fastest MCV with it", default=NAN)
    expected_mps: float = column("m/s", "MCV expected with it from the days before", default=NAN)
    change_mps: float = column("m/s", "mcv_mps minus expected_mps", default=NAN)
    e1rm_kg: float = column("kg", "the day's e1RM", default=NAN)
    baseline_e1rm_kg: float = column("kg", "mean e1RM of the baseline days", default=NAN)
    baseline_days: int = column("", "days that the baseline rests on", default=0)
    change_kg: float = column("kg", "e1rm_kg minus baseline_e1rm_kg", default=NAN)
    change_pct: float = column("%", "the same, of the baseline", default=NAN)
    sem_kg: float = column(
        "kg",
        "standard error of measurement of one day's e1RM: athlete and sensor together; not a wrong threshold",
        default=NAN,
    )
    sdc_kg: float = column(
        "kg",
        "smallest detectable change against this baseline, 95 %: of sem_kg; not what is worth a change",
        default=NAN,
    )
    sdc_source: str = column("", "own (this athlete's day-to-day spread), published, or empty", default="")
    verdict: str = column("", "higher, lower, no_clear_change, or no_baseline", default="no_baseline")
    sentence: str = column("", "what it says, in plain words", default="")
