"""Soreness answers, 0 to 10, put beside the doses that they follow, and the questions that are due."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from imu_tempo.errors import TempoError
from imu_tempo.metrics.days import parse_day, with_day
from imu_tempo.schema import NAN, rows, table
from imu_tempo.schema.dose import DoseDayRow, SorenessQuestionRow

if TYPE_CHECKING:
    import pandas as pd

ASKED_HOURS = (24, 48, 72)
"""When to ask: soreness peaks somewhere between the first and the third day."""
WORST = 10.0
COMPARABLE = (0.75, 1.33)
"""Doses whose ratio is within these are comparable: a quarter less, a third more."""


class Answer(NamedTuple):
    """How sore, and of which exercise (empty: of the body)."""

    exercise: str
    soreness: float


Answers = Mapping[date, Sequence[Answer]]


def answers_by_athlete(frame: pd.DataFrame | None) -> dict[str, dict[date, list[Answer]]]:
    """Return answers by athlete and local day.

    Parameters
    ----------
    frame
        Columns ``day`` (or ``date``) and ``soreness``, and ``athlete`` and ``exercise`` where known.

    Raises
    ------
    TempoError
        A column is missing, a day is no date, or an answer is not from 0 to 10.
    """
    found: dict[str, dict[date, list[Answer]]] = {}
    if frame is None or frame.empty:
        return found
    given = with_day(frame)
    if "soreness" not in given:
        raise TempoError("The soreness table has no column 'soreness': expected day and soreness, 0 to 10.")
    for row in given.to_dict("records"):
        score = float(row["soreness"])
        if not 0.0 <= score <= WORST:
            raise TempoError(
                f"The soreness of {row['day']} is {score:g}: expected 0 (none) to {WORST:g} (worst"
                " imaginable)."
            )
        athlete, exercise = (_text(row.get(name)) for name in ("athlete", "exercise"))
        days = found.setdefault(athlete, {})
        days.setdefault(parse_day(row["day"]), []).append(Answer(exercise, score))
    return found


def with_answers(days: Sequence[DoseDayRow], answers: Answers) -> list[DoseDayRow]:
    """Put one athlete's answers beside the doses of one exercise, in day order.

    An answer counts for every dose that it follows by one, two or three days; where several were given on a
    day the highest counts. Attenuation is told against the last comparable dose that was answered, and needs
    one that made sore.
    """
    done: list[DoseDayRow] = []
    for row in days:
        told = [_highest(row, hours, answers) for hours in ASKED_HOURS]
        peak = max((score for score in told if math.isfinite(score)), default=NAN)
        now = replace(
            row, soreness_24h=told[0], soreness_48h=told[1], soreness_72h=told[2], soreness_peak=peak
        )
        done.append(replace(now, attenuation_pct=_attenuation(now, done)))
    return done


def soreness_due(days: pd.DataFrame, today: str | date, soreness: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the questions to ask on a day: of each heavy or novel dose one, two or three days before it.

    Parameters
    ----------
    days
        From :func:`imu_tempo.metrics.dose.eccentric_dose`.
    today
        Local day.
    soreness
        Answers so far; what is answered is not asked again.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.dose.SorenessQuestionRow`.
    """
    now = parse_day(today)
    answers = answers_by_athlete(soreness)
    questions = (
        _question(row, hours, now)
        for row in rows(days, DoseDayRow)
        for hours in ASKED_HOURS
        if row.heavy
        and parse_day(row.day) + timedelta(hours=hours) == now
        and math.isnan(_highest(row, hours, answers.get(row.athlete, {})))
    )
    return table(questions, SorenessQuestionRow)


def _question(row: DoseDayRow, hours: int, now: date) -> SorenessQuestionRow:
    from imu_tempo.metrics.dose_words import exercise_title

    return SorenessQuestionRow(
        athlete=row.athlete,
        exercise=row.exercise,
        dose_day=row.day,
        hours=hours,
        due_day=now.isoformat(),
        question=(
            f"{hours} h after {exercise_title(row.exercise).lower()} on {row.day}: how sore are the muscles"
            " that"
            " did it, from 0 (not at all) to 10 (worst imaginable)?"
        ),
    )


def _highest(row: DoseDayRow, hours: int, answers: Answers) -> float:
    given = answers.get(parse_day(row.day) + timedelta(hours=hours), ())
    return max((a.soreness for a in given if a.exercise in ("", row.exercise)), default=NAN)


def _attenuation(row: DoseDayRow, before: Iterable[DoseDayRow]) -> float:
    """Return how much less sore than after the last comparable dose, in percent; negative where sorer."""
    low, high = COMPARABLE
    alike = [
        past
        for past in before
        if past.soreness_peak > 0 and past.measure == row.measure and low <= row.dose / past.dose <= high
    ]
    return 100.0 * (1.0 - row.soreness_peak / alike[-1].soreness_peak) if alike else NAN


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
