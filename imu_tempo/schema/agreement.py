"""The tables of an agreement study: quantities, counts, and the paired values behind them."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """One quantity of device against reference, in the row's own unit.

    Intervals are 95 % confidence: they hold the scatter of these pairs; not other devices, lifters or lifts.
    """

    quantity: str = column("", "column of the reps table")
    title: str = column("", "what people call it")
    unit: str = column("", "unit of every number of the row that has one")
    n: int = column("", "pairs")
    subjects: int = column("", "athletes, 0 where not known")
    repeated: bool = column("", "whether several pairs of an athlete were allowed for")
    device_mean: float = column("row's", "mean of the device", default=NAN)
    reference_mean: float = column("row's", "mean of the reference", default=NAN)
    bias: float = column("row's", "mean difference, device minus reference", default=NAN)
    bias_low: float = column("row's", "lower end of its interval", default=NAN)
    bias_high: float = column("row's", "upper end of its interval", default=NAN)
    sd: float = column("row's", "standard deviation of a difference", default=NAN)
    sd_within: float = column("row's", "the part of it within an athlete", default=NAN)
    loa_low: float = column("row's", "lower 95 % limit of agreement", default=NAN)
    loa_low_low: float = column("row's", "lower end of its interval", default=NAN)
    loa_low_high: float = column("row's", "upper end of its interval", default=NAN)
    loa_high: float = column("row's", "upper 95 % limit of agreement", default=NAN)
    loa_high_low: float = column("row's", "lower end of its interval", default=NAN)
    loa_high_high: float = column("row's", "upper end of its interval", default=NAN)
    trend_slope: float = column("", "slope of the difference on the mean of both", default=NAN)
    trend_slope_low: float = column("", "lower end of its interval", default=NAN)
    trend_slope_high: float = column("", "upper end of its interval", default=NAN)
    trend_p: float = column("", "probability of such a slope where there is none", default=NAN)
    trend_intercept: float = column("row's", "difference at a mean of 0, on that line", default=NAN)
    trend_sd_intercept: float = column("row's", "sd of a difference at a mean of 0", default=NAN)
    trend_sd_slope: float = column("", "how that sd grows with the mean, 0 where it does not", default=NAN)
    mae: float = column("row's", "mean absolute difference", default=NAN)
    rmse: float = column("row's", "root mean square difference, also called total error", default=NAN)
    p95: float = column("row's", "95th percentile of absolute differences", default=NAN)
    mape_pct: float = column("%", "mean absolute difference over the reference", default=NAN)
    r: float = column("", "Pearson correlation", default=NAN)
    see: float = column("row's", "standard (typical) error of estimate of the reference", default=NAN)
    see_low: float = column("row's", "lower end of its interval", default=NAN)
    see_high: float = column("row's", "upper end of its interval", default=NAN)
    icc2: float = column("", "ICC(2,1), absolute agreement", default=NAN)
    icc2_low: float = column("", "lower end of its interval", default=NAN)
    icc2_high: float = column("", "upper end of its interval", default=NAN)
    icc3: float = column("", "ICC(3,1), consistency", default=NAN)
    icc3_low: float = column("", "lower end of its interval", default=NAN)
    icc3_high: float = column("", "upper end of its interval", default=NAN)
    ccc: float = column("", "Lin's concordance correlation", default=NAN)
    ccc_low: float = column("", "lower end of its interval", default=NAN)
    ccc_high: float = column("", "upper end of its interval", default=NAN)
    lp_slope: float = column("", "least products slope of device on reference", default=NAN)
    lp_slope_low: float = column("", "lower end of its interval", default=NAN)
    lp_slope_high: float = column("", "upper end of its interval", default=NAN)
    lp_intercept: float = column("row's", "least products intercept", default=NAN)
    lp_intercept_low: float = column("row's", "lower end of its interval", default=NAN)
    lp_intercept_high: float = column("row's", "upper end of its interval", default=NAN)
    fixed_bias: bool = column("", "the intercept's interval leaves out 0", default=False)
    proportional_bias: bool = column("", "the slope's interval leaves out 1", default=False)
    sem: float = column("row's", "standard error of measurement, both taken as equally noisy", default=NAN)
    sdc: float = column("row's", "smallest detectable change, 1.96 x sqrt(2) x SEM", default=NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """How many reps both saw, in all (``session`` empty, the first row) and session by session."""

    session: str = column("", "session, empty for all")
    device_reps: int = column("", "reps of the device")
    reference_reps: int = column("", "reps of the reference")
    matched: int = column("", "reps of both")
    missed: int = column("", "reps of the reference that the device has not")
    ghosts: int = column("", "reps of the device that the reference has not")
    precision: float = column("", "matched over the device's", default=NAN)
    recall: float = column("", "matched over the reference's", default=NAN)
    f1: float = column("", "harmonic mean of both", default=NAN)
    clock_s: float = column("s", "added to the reference's times", default=0.0)
    clock_se_s: float = column("s", "standard error of that, NaN where given", default=NAN)
    clock_ambiguous: bool = column("", "whether another offset fits nearly as well", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """One quantity of one rep by both, with what else they know of it."""

    session: str = column("", "session, empty where there is one")
    athlete: str = column("", "athlete id, empty where not given")
    exercise: str = column("", "exercise, empty where not given")
    set_no: int = column("", "set, by the device")
    rep_no: int = column("", "rep, by the device")
    quantity: str = column("", "column of the reps table")
    device: float = column("quantity's", "by the device")
    reference: float = column("quantity's", "by the reference")
    difference: float = column("quantity's", "device minus reference")
    mean: float = column("quantity's", "mean of both")
