"""Eccentric dose across days: how much lowering under load, how new it is, and how it was answered.

1. **Dose** of a day and exercise: eccentric time under tension times moved mass, kg s (:class:`DoseDayRow`
   has impulse and work beside it). The bar rests at both ends of a lowering, so the eccentric impulse is
   the exposure times g. Where a mass is not known, days compare by eccentric seconds alone.
2. **Novelty**: the day's dose over the highest single day of the look-back. A bout protects for weeks:
   soreness was still less at the second of two equal bouts 6 to 9 weeks apart (Cleary et al. 2002,
   PMC164305); after maximal eccentric elbow work every marker was less at 4 and 8 weeks and some at
   12 (Nosaka et al. 2005, PMID 16293902). The look-back is therefore 9 weeks by default, and 2 at the least
   (about two weeks is what Huang et al. 2019 are read to say; unverified).
3. **Soreness window**: the first to the third day after a novel dose (DOMS peaks 24 to 72 h on).
4. **Repeated-bout protection** (exploratory): the largest over the bouts before of ``fade x min(1, bout /
   dose)``, fade being 1 up to 2 weeks and falling evenly to 0 at 12. That a smaller bout protects in
   proportion is an assumption: in studies even a few lowerings protect a good deal (review: Hyldahl et al.
   2017, doi:10.1249/JES.0000000000000095). It orders days; it does not predict how sore somebody will be.

Doses of one exercise are held against the same exercise only: squats protect no elbows, though they do
prepare for split squats, which this cannot know. None of it is a diagnosis.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError
from imu_tempo.metrics.days import parse_day, with_day
from imu_tempo.metrics.dose_words import dose_sentence
from imu_tempo.metrics.soreness import Answers, answers_by_athlete, with_answers
from imu_tempo.schema import NAN, rows, table
from imu_tempo.schema.dose import DoseDayRow, DoseSetRow
from imu_tempo.signal.constants import GRAVITY_MPS2

if TYPE_CHECKING:
    import pandas as pd

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRules:
    """The choices that the dose table rests on.

    Attributes
    ----------
    lookback_weeks
        Weeks before a day that its dose is held against, 2 to 9.
    novel_ratio
        A dose of more than this times the look-back's highest is novel. A convention of this project: the
        studies say that unaccustomed work makes sore, and do not say from which step on.
    protected_weeks, faded_weeks
        Repeated-bout protection is whole up to the one and gone at the other.
    heavy_ratio
        A day of at least this part of the look-back's highest is heavy. A convention.
    recovery_days
        Heavy days nearer than this are close together: soreness and loss of strength last 72 h.

    Raises
    ------
    TempoError
        For a value that cannot be.
    """

    lookback_weeks: float = 9.0
    novel_ratio: float = 1.3
    protected_weeks: float = 2.0
    faded_weeks: float = 12.0
    heavy_ratio: float = 0.8
    recovery_days: int = 3

    def __post_init__(self) -> None:
        if not 2.0 <= self.lookback_weeks <= 9.0:
            raise TempoError(f"The look-back is {self.lookback_weeks:g} weeks: expected 2 to 9.")
        if not self.novel_ratio >= 1.0:
            raise TempoError(f"The novel ratio is {self.novel_ratio:g}: expected 1 or more.")
        if not 0.0 < self.heavy_ratio <= 1.0:
            raise TempoError(f"The heavy ratio is {self.heavy_ratio:g}: expected above 0 and at most 1.")
        if not 0.0 <= self.protected_weeks < self.faded_weeks:
            raise TempoError("Repeated-bout protection must fade after it was whole: check the weeks.")

    def fade(self, days: int) -> float:
        """Return how much of its protection a bout still gives after so many days, 0 to 1."""
        whole, gone = self.protected_weeks * DAYS_A_WEEK, self.faded_weeks * DAYS_A_WEEK
        return min(1.0, max(0.0, (gone - days) / (gone - whole)))


USUAL_RULES = DoseRules()


def eccentric_dose(
    sets: pd.DataFrame, soreness: pd.DataFrame | None = None, *, rules: DoseRules = USUAL_RULES
) -> pd.DataFrame:
    """Return the eccentric dose of every day on which an exercise was done, against the weeks before.

    Parameters
    ----------
    sets
        A row a set, with the columns of :class:`imu_tempo.schema.dose.DoseSetRow`: ``day`` (or ``date``),
        ``exercise`` and ``tut_ecc_s`` at least. The sets of an analysis with a ``day`` will do. Order does
        not matter.
    soreness
        Answers: ``day`` of the answer, ``soreness`` 0 to 10 and, where known, ``athlete`` and ``exercise``.
        An answer without an exercise counts for every dose one to three days before it.
    rules
        Look-back, thresholds.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.dose.DoseDayRow`, by athlete, exercise and day.

    Raises
    ------
    TempoError
        A column is missing, a day is no date, or a number cannot be.

    Examples
    --------
    >>> import pandas as pd
    >>> sets = pd.DataFrame({"day": ["2026-03-01", "2026-03-08"], "exercise": "squat"})
    >>> sets = sets.assign(load_kg=[80.0, 100.0], tut_ecc_s=[20.0, 40.0])
    >>> eccentric_dose(sets)[["day", "dose", "novelty_ratio", "novel"]]
              day    dose  novelty_ratio  novel
    0  2026-03-01  1600.0            NaN   True
    1  2026-03-08  4000.0            2.5   True
    """
    done = _sets(sets)
    first: dict[str, date] = {}
    by_exercise: dict[tuple[str, str], dict[date, list[DoseSetRow]]] = {}
    for row in done:
        when = parse_day(row.day)
        first[row.athlete] = min(first.get(row.athlete, when), when)
        by_exercise.setdefault((row.athlete, row.exercise), {}).setdefault(when, []).append(row)
    answers = answers_by_athlete(soreness)
    found: list[DoseDayRow] = []
    for (athlete, _), days in sorted(by_exercise.items()):
        found += _with_history(days, first[athlete], answers.get(athlete, {}), rules)
    return table(found, DoseDayRow)


def _sets(sets: pd.DataFrame) -> list[DoseSetRow]:
    """Return the sets in which something was lowered."""
    frame = with_day(sets)
    for name in ("exercise", "tut_ecc_s"):
        if name not in frame:
            raise TempoError(f"The table of sets has no column '{name}': expected day, exercise, tut_ecc_s.")
    done = [replace(row, athlete=_text(row.athlete)) for row in rows(frame, DoseSetRow)]
    for row in done:
        if row.tut_ecc_s < 0 or row.load_kg < 0 or row.mass_kg < 0:
            raise TempoError(
                f"A set of {row.exercise} on {row.day} has an eccentric time of {row.tut_ecc_s:g} s and a"
                " load of"
                f" {row.load_kg:g} kg: expected neither below 0."
            )
    return [row for row in done if row.tut_ecc_s > 0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _with_history(
    days: Mapping[date, Sequence[DoseSetRow]], first: date, answers: Answers, rules: DoseRules
) -> list[DoseDayRow]:
    """Return one exercise's days in order, each held against those before it."""
    known = [_summed(when, days[when]) for when in sorted(days)]
    judged: list[DoseDayRow] = []
    for place, row in enumerate(known):
        judged.append(_held(row, judged, known[:place], first, rules))
    weeks = rules.lookback_weeks
    return [replace(row, sentence=dose_sentence(row, weeks=weeks)) for row in with_answers(judged, answers)]


def _summed(when: date, sets: Sequence[DoseSetRow]) -> DoseDayRow:
    exposure = math.fsum(row.tut_ecc_s * _mass(row) for row in sets)
    tut = math.fsum(row.tut_ecc_s for row in sets)
    impulse = math.fsum(
        row.ecc_impulse_ns if math.isfinite(row.ecc_impulse_ns) else GRAVITY_MPS2 * row.tut_ecc_s * _mass(row)
        for row in sets
    )
    return DoseDayRow(
        day=when.isoformat(),
        athlete=sets[0].athlete,
        exercise=sets[0].exercise,
        sets=len(sets),
        tut_ecc_s=tut,
        ecc_exposure_kgs=exposure,
        ecc_impulse_ns=impulse,
        ecc_work_j=math.fsum(row.ecc_work_j for row in sets),
        measure="tut_ecc_s",
        dose=tut,
    )


def _measure(days: Iterable[DoseDayRow]) -> str:
    """Return what these days can be compared by: eccentric seconds where the mass of one is not known."""
    return "ecc_exposure_kgs" if all(day.ecc_exposure_kgs > 0 for day in days) else "tut_ecc_s"


def _mass(row: DoseSetRow) -> float:
    return row.mass_kg if math.isfinite(row.mass_kg) else row.load_kg


def _held(
    row: DoseDayRow, judged: Sequence[DoseDayRow], before: Sequence[DoseDayRow], first: date, rules: DoseRules
) -> DoseDayRow:
    """Hold a day against the days before it."""
    today = parse_day(row.day)
    ages = {past.day: (today - parse_day(past.day)).days for past in before}
    recent = [past for past in before if ages[past.day] <= rules.lookback_weeks * DAYS_A_WEEK]
    fading = [past for past in before if rules.fade(ages[past.day])]
    measure = _measure([row, *recent, *fading])
    dose_of = attrgetter(measure)
    dose = dose_of(row)
    reference = max(map(dose_of, recent), default=NAN)
    ratio = dose / reference if reference > 0 else NAN
    novel = not ratio <= rules.novel_ratio
    heavy = novel or ratio >= rules.heavy_ratio
    heavy_ages = [ages[past.day] for past in judged if past.heavy]
    since_heavy = min(heavy_ages, default=-1)
    protection = max((rules.fade(ages[p.day]) * min(1.0, dose_of(p) / dose) for p in fading), default=0.0)
    return replace(
        row,
        measure=measure,
        dose=dose,
        reference=reference,
        novelty_ratio=ratio,
        novel=novel,
        history_days=(today - first).days,
        days_since=min(ages.values(), default=-1),
        protection_ratio=protection,
        heavy=heavy,
        days_since_heavy=since_heavy,
        close=heavy and 0 < since_heavy < rules.recovery_days,
        soreness_from=(today + timedelta(days=1)).isoformat() if novel else "",
        soreness_to=(today + timedelta(days=3)).isoformat() if novel else "",
    )
