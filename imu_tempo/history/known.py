"""What the history knows of a lifter on a day: tested one-rep max, body mass, reps in reserve by velocity.

1. Only what was known on that day counts: what is entered or lifted later does not change what was told.
2. A one-rep max is taken up to four weeks old; up to half a year old with a note; after that it is not taken,
   and that is said. A test repeats to about 4 % (median coefficient of variation 4.2 % over 32 studies, Grgic
   et al. 2020, doi:10.1186/s40798-020-00260-z), and the analysis takes strength for steady over four weeks
   elsewhere too; beyond that training moves it by more than the test's own error, up or down, and a share of
   a maximum that is out of date is no share. Half a year is a convention of this project.
3. A test stands before an estimate that somebody entered, as long as it may be taken at all.
4. Body mass is the one entered last by that day, whatever its age: its day is told.
5. Reps in reserve are read from velocity by the athlete's own sets to failure of the days before, half a year
   at most (:mod:`imu_tempo.metrics.reserve`); the day itself is left out, so that no set judges itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError
from imu_tempo.history.choice import Choice
from imu_tempo.history.feed import reserve_points
from imu_tempo.metrics.context import SetContext
from imu_tempo.metrics.reserve import ReserveFit, fit_reserve
from imu_tempo.metrics.stop import RirLine
from imu_tempo.schema import rows
from imu_tempo.schema.history import BodyMassRow, OneRepMaxRow

if TYPE_CHECKING:
    from imu_tempo.history.store import History

FRESH_DAYS = 28
"""A one-rep max is taken without a word up to this age."""
OLDEST_DAYS = 182
"""Nothing older is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who lifted what on which day.

    Attributes
    ----------
    athlete
        Id, empty where nobody was named.
    exercise
        Profile name.
    day
        When it was lifted; None where nobody knows, and then today is taken.
    simulated
        True where nobody lifted it: simulated sets to failure then count as well.
    """

    athlete: str
    exercise: str
    day: date | None = None
    simulated: bool = False

    @property
    def on(self) -> date:
        """The day."""
        return self.day or date.today()


def known_context(
    history: History | None, context: SetContext, subject: Subject, *, strict: bool = True
) -> SetContext:
    """Fill in what the history knows of a lifter and the user did not say.

    Parameters
    ----------
    history
        Where to look; None takes nothing from it.
    context
        What the user said; it wins.
    subject
        Who, what and when.
    strict
        False leaves a stop at reps in reserve out, with a note, where the athlete's line cannot be had.

    Raises
    ------
    TempoError
        A stop at reps in reserve was asked for, and the athlete's own line cannot be had.
    """
    if history is not None and subject.athlete:
        if context.one_rm_kg is None:
            context = _with_one_rm(history, context, subject)
        if context.body_mass_kg is None:
            context = _with_body_mass(history, context, subject)
    if context.stop is None or context.stop.reps_in_reserve is None or context.stop.rir_line is not None:
        return context
    try:
        return replace(context, stop=replace(context.stop, rir_line=reserve_line(history, subject)))
    except TempoError as error:
        if strict:
            raise
        left = replace(context.stop, reps_in_reserve=None)
        return _noted(replace(context, stop=left), f"The stop at reps in reserve was left out: {error}")


def reserve_fit(history: History | None, subject: Subject) -> ReserveFit:
    """Return the athlete's own relation of reps in reserve to velocity, from sets to failure before the day.

    Raises
    ------
    TempoError
        Nobody was named, or the sets to failure are none or too few.
    """
    if not subject.athlete:
        raise TempoError(
            "A stop at reps in reserve needs the athlete's own sets to failure: say who lifts (--athlete)."
        )
    if history is None:
        raise TempoError(
            "A stop at reps in reserve needs the athlete's own sets to failure, and there is no history to"
            " take them from: analyse recordings into one, or stop by velocity loss."
        )
    choice = Choice(
        athlete=subject.athlete,
        exercise=subject.exercise,
        since=subject.on - timedelta(days=OLDEST_DAYS),
        until=subject.on - timedelta(days=1),
        simulated=subject.simulated,
    )
    points = reserve_points(history, choice)
    what = f"{subject.athlete}'s reps in reserve in {subject.exercise}"
    if points.empty:
        raise TempoError(
            f"{what} cannot be told from velocity: the history has no set to failure in the half year before"
            f" {subject.on}. Mark the last rep that was possible, with 'To failure' on the page or with"
            " 'imu-tempo relabel RECORDING failure REP', or stop by velocity loss."
        )
    try:
        return fit_reserve(points)
    except TempoError as error:
        raise TempoError(f"{what} cannot be told from velocity. {error}") from error


def reserve_line(history: History | None, subject: Subject) -> RirLine:
    """Return that relation as a stop rule takes it, with where it is from; raises as :func:`reserve_fit`."""
    fit = reserve_fit(history, subject)
    sets = "1 set" if fit.sets == 1 else f"{fit.sets} sets"
    return replace(
        fit.stop_line,
        origin=f"from history, {sets} to failure up to {fit.last_day} ({fit.line.n} reps),"
        f" off by {fit.line.see:.1f} reps (standard error of estimate)",
    )


def _with_one_rm(history: History, context: SetContext, subject: Subject) -> SetContext:
    choice = Choice(athlete=subject.athlete, exercise=subject.exercise, until=subject.on)
    entered = rows(history.one_rep_maxes(choice), OneRepMaxRow)
    if not entered:
        return context
    best = _best([row for row in entered if _age_days(row, subject.on) <= OLDEST_DAYS])
    if best is None:
        last = entered[-1]
        return _noted(
            context,
            f"The one-rep max {last.kind} {last.day} ({last.one_rm_kg:g} kg) is"
            f" {_weeks(_age_days(last, subject.on))} old and was not taken: test again, or give --1rm.",
        )
    age_days = _age_days(best, subject.on)
    filled = replace(
        context,
        one_rm_kg=best.one_rm_kg,
        one_rm_kind="tested" if best.kind == "tested" else "estimated",
        one_rm_from=f"from history, {best.kind} {best.day}",
    )
    if age_days <= FRESH_DAYS:
        return filled
    return _noted(
        filled,
        f"The one-rep max {best.kind} {best.day} ({best.one_rm_kg:g} kg) is {_weeks(age_days)} old: strength"
        " may have moved by more than such a test is good for; test again when it matters.",
    )


def _with_body_mass(history: History, context: SetContext, subject: Subject) -> SetContext:
    entered = rows(history.body_masses(Choice(athlete=subject.athlete, until=subject.on)), BodyMassRow)
    known = [row for row in entered if math.isfinite(row.body_mass_kg)]
    if not known:
        return context
    last = known[-1]
    when = f", entered {last.day}" if last.day else ""
    return replace(context, body_mass_kg=last.body_mass_kg, body_mass_from=f"from history{when}")


def _best(found: Sequence[OneRepMaxRow]) -> OneRepMaxRow | None:
    """Return the last test, or where there is none the last estimate."""
    tested = [row for row in found if row.kind == "tested"]
    return next(reversed(tested or list(found)), None)


def _age_days(row: OneRepMaxRow, on: date) -> int:
    return (on - date.fromisoformat(row.day)).days


def _weeks(days: int) -> str:
    weeks = days // 7
    return "1 week" if weeks == 1 else f"{weeks} weeks"


def _noted(context: SetContext, note: str) -> SetContext:
    return replace(context, notes=(*context.notes, note))
