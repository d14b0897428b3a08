"""The eccentric dose tables: what goes in, a row a set, and what comes out, a row a day and exercise."""

from __future__ import annotations

from dataclasses import dataclass

from imu_tempo.schema.columns import NAN, column


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseSetRow:
    """One set of a training history, with what its eccentric dose is reckoned from."""

    day: str = column("", "local day of the session, YYYY-MM-DD")
    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile")
    load_kg: float = column("kg", "load on the bar, NaN where not given", default=NAN)
    mass_kg: float = column(
        "kg", "moved mass where it is not load_kg, as in body-weight exercises", default=NAN
    )
    tut_ecc_s: float = column("s", "eccentric time under tension")
    ecc_impulse_ns: float = column("N s", "eccentric impulse, NaN where not measured", default=NAN)
    ecc_work_j: float = column("J", "work absorbed, NaN where not measured", default=NAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseDayRow:
    """The eccentric dose of one athlete in one exercise on one day, against the weeks before.

    The windows and ratios describe training; none of them is a diagnosis.
    """

    day: str = column("", "local day, YYYY-MM-DD")
    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise profile")
    sets: int = column("", "sets of that day")
    tut_ecc_s: float = column("s", "eccentric time under tension")
    ecc_exposure_kgs: float = column(
        "kg s", "eccentric time under tension times moved mass, added up", default=NAN
    )
    ecc_impulse_ns: float = column("N s", "eccentric impulse: measured, else exposure times g", default=NAN)
    ecc_work_j: float = column("J", "work absorbed, NaN where a set does not tell", default=NAN)
    measure: str = column(
        "", "what doses are compared by: ecc_exposure_kgs, or tut_ecc_s where a mass is not known"
    )
    dose: float = column("as measure", "the day's dose in that measure")
    reference: float = column("as measure", "highest day of the look-back, NaN where none", default=NAN)
    novelty_ratio: float = column("", "dose over reference, NaN where there is none", default=NAN)
    novel: bool = column("", "true where the look-back held nothing like it", default=False)
    history_days: int = column("", "days since the athlete's first record of anything", default=0)
    days_since: int = column("", "days since this exercise was last done, -1 for never", default=-1)
    protection_ratio: float = column(
        "", "expected repeated-bout protection, 0 to 1; exploratory", default=0.0
    )
    heavy: bool = column(
        "", "true for a dose near the highest of the look-back, or a novel one", default=False
    )
    days_since_heavy: int = column("", "days since the heavy day before, -1 for never", default=-1)
    close: bool = column("", "a heavy day within the recovery of the heavy day before", default=False)
    soreness_from: str = column("", "first day of the soreness window, empty where not novel", default="")
    soreness_to: str = column("", "last day of the soreness window, empty where not novel", default="")
    soreness_24h: float = column("", "answer a day later, 0 to 10, NaN where none", default=NAN)
    soreness_48h: float = column("", "answer two days later", default=NAN)
    soreness_72h: float = column("", "answer three days later", default=NAN)
    soreness_peak: float = column("", "highest of the three", default=NAN)
    attenuation_pct: float = column(
        "%", "soreness less than after the comparable dose before; exploratory", default=NAN
    )
    sentence: str = column("", "what it says, in plain words", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class SorenessQuestionRow:
    """One question that is due: how sore, so many hours after a dose."""

    athlete: str = column("", "athlete id, empty where not given", default="")
    exercise: str = column("", "exercise of the dose")
    dose_day: str = column("", "local day of the dose, YYYY-MM-DD")
    hours: int = column("h", "24, 48 or 72")
    due_day: str = column("", "local day on which to ask, YYYY-MM-DD")
    question: str = column("", "what to ask")
