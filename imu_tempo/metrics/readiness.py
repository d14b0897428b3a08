"""How strong an athlete is today against the days before, and whether the difference can be told from noise.

1. The slope of the athlete's load-velocity line is taken from the baseline days, *within* days, because days
   differ in level more than in slope (as with a fixed load, Jovanovic and Flanagan 2014; unverified).
2. The day's e1RM is where a line of that slope through the day's points meets the MVT: one warm-up set is
   enough, and an all-out lift is not needed. The further the load from the maximum, the weaker it is.
3. The standard error of measurement (SEM) of one day is the athlete's own, from the differences between
   successive days, which a slow gain in strength does not blow up; or, with few days, a published one.
4. The smallest detectable change (SDC) against the mean of k days is ``q SEM sqrt(1 + 1/k)``: for k = 1 the
   textbook ``1.96 sqrt(2) SEM`` (Weir 2005). q is Student's t for an own SEM, 1.96 for a published one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError
from imu_tempo.metrics.days import parse_day
from imu_tempo.metrics.line import fit_line, student_t
from imu_tempo.schema import NAN, rows, table
from imu_tempo.schema.load_velocity import LoadPointRow, ReadinessRow

if TYPE_CHECKING:
    import pandas as pd

BASELINE_DAYS = 28
"""Days back that count as the athlete's present state: four weeks."""
OWN_SEM_DAYS = 5
"""Days of history from which the athlete's own SEM is used: with fewer, Student's t makes it useless."""
PUBLISHED_CV_PCT = 5.0
"""Day-to-day coefficient of variation of an e1RM at the MVT: 3.6 to 5.0 % over sessions in 20 trained men
(Hughes et al., doi:10.1519/JSC.0000000000002550), the upper end, as a clipped-on sensor adds to it."""
PUBLISHED_QUANTILE = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Detectable:
    """The error of one day's e1RM, and the smallest change against the baseline that is more than that."""

    sem_kg: float
    sdc_kg: float
    source: str


def readiness(
    points: pd.DataFrame, day: str | date, *, mvt_mps: float | None = None, baseline_days: int = BASELINE_DAYS
) -> pd.DataFrame:
    """Hold a day's lifts against the days before.

    Parameters
    ----------
    points
        From :func:`imu_tempo.metrics.load_velocity.load_points`, of many days, with their ``day``.
    day
        The day to judge, YYYY-MM-DD. Later days are not looked at.
    mvt_mps
        Minimum velocity threshold; by default that of the exercise's profile.
    baseline_days
        Days before ``day`` that make the baseline.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.load_velocity.ReadinessRow`, a row for each athlete and exercise
        lifted on that day. Without a baseline (no earlier day, or a single load in all) the verdict says so.

    Raises
    ------
    TempoError
        A day is no date.
    """
    today = parse_day(day)
    groups: dict[tuple[str, str], dict[date, list[LoadPointRow]]] = {}
    for p in rows(points, LoadPointRow):
        when = parse_day(p.day)
        if p.used and today - timedelta(days=baseline_days) <= when <= today:
            groups.setdefault((p.athlete, p.exercise), {}).setdefault(when, []).append(p)
    return table(
        (
            _judge(today, group, mvt_mps if mvt_mps is not None else _mvt_of(name))
            for (_, name), group in groups.items()
            if today in group
        ),
        ReadinessRow,
    )


def typical_error(values: Sequence[float]) -> tuple[float, float]:
    """Return the standard error of measurement of a series, and its degrees of freedom.

    Root of half the mean squared difference between successive values (von Neumann 1941): a trend adds next
    to nothing to it. For two values it is the ordinary typical error, their difference over root 2.

    Parameters
    ----------
    values
        In time order, at least two.

    Returns
    -------
    sem, freedom
        The freedom is that of a chi-square with the same variance, ``2 (n - 1)^2 / (3 n - 4)``.
    """
    n = len(values)
    if n < 2:
        return NAN, 0.0
    squares = [(b - a) ** 2 for a, b in pairwise(values)]
    return math.sqrt(fmean(squares) / 2), 2 * (n - 1) ** 2 / (3 * n - 4)


def detectable_change(baseline: Sequence[float]) -> Detectable:
    """Return the smallest detectable change against the mean of baseline e1RMs, and where its error is from.

    Parameters
    ----------
    baseline
        e1RM of the baseline days in time order, kg; at least one.
    """
    k = len(baseline)
    if not k:
        raise TempoError("A detectable change needs a baseline of at least one day, and got none.")
    if k >= OWN_SEM_DAYS:
        sem, freedom = typical_error(baseline)
        quantile, source = student_t(freedom), "own"
    else:
        sem, quantile, source = PUBLISHED_CV_PCT / 100 * fmean(baseline), PUBLISHED_QUANTILE, "published"
    return Detectable(sem_kg=sem, sdc_kg=quantile * sem * math.sqrt(1 + 1 / k), source=source)


def _judge(today: date, group: Mapping[date, Sequence[LoadPointRow]], mvt: float) -> ReadinessRow:
    top = max(group[today], key=lambda p: (p.load_kg, p.mcv_mps))
    before = {when: group[when] for when in sorted(group) if when < today}
    slope = _shared_slope(list(before.values()))
    if not before or not slope < 0:
        return ReadinessRow(
            day=today.isoformat(), athlete=top.athlete, exercise=top.exercise, load_kg=top.load_kg,
            mcv_mps=top.mcv_mps, baseline_days=len(before), sentence=_no_baseline(bool(before)),
        )  # fmt: skip
    levels = [_e1rm(points, slope, mvt) for points in before.values()]
    usual, now = fmean(levels), _e1rm(group[today], slope, mvt)
    error = detectable_change(levels)
    expected = mvt + slope * (top.load_kg - usual)
    clear = abs(now - usual) > error.sdc_kg
    row = ReadinessRow(
        day=today.isoformat(),
        athlete=top.athlete,
        exercise=top.exercise,
        load_kg=top.load_kg,
        mcv_mps=top.mcv_mps,
        expected_mps=expected,
        change_mps=top.mcv_mps - expected,
        e1rm_kg=now,
        baseline_e1rm_kg=usual,
        baseline_days=len(levels),
        change_kg=now - usual,
        change_pct=100 * (now - usual) / usual if usual > 0 else NAN,
        sem_kg=error.sem_kg,
        sdc_kg=error.sdc_kg,
        sdc_source=error.source,
        verdict=("higher" if now > usual else "lower") if clear else "no_clear_change",
        sentence=_sentence(now - usual, error, len(levels), clear=clear),
    )
    return row


def _shared_slope(days: Sequence[Sequence[LoadPointRow]]) -> float:
    """Return the slope within days; where no day has two loads, that over all points; NaN with one load."""
    centred = [
        (p.load_kg - fmean(q.load_kg for q in points), p.mcv_mps - fmean(q.mcv_mps for q in points))
        for points in days
        for p in points
    ]
    ss = math.fsum(x * x for x, _ in centred)
    if ss > 0:
        return math.fsum(x * y for x, y in centred) / ss
    every = [p for points in days for p in points]
    if len({p.load_kg for p in every}) < 2:
        return NAN
    return fit_line([p.load_kg for p in every], [p.mcv_mps for p in every]).slope


def _e1rm(points: Sequence[LoadPointRow], slope: float, mvt: float) -> float:
    return fmean(p.load_kg for p in points) + (mvt - fmean(p.mcv_mps for p in points)) / slope


def _sentence(change_kg: float, error: Detectable, days: int, *, clear: bool) -> str:
    whose = "this athlete's own day-to-day spread" if error.source == "own" else "published day-to-day spread"
    amount = f"{abs(change_kg):.1f} kg {'above' if change_kg > 0 else 'below'} the mean of {_days(days)}"
    if clear:
        return f"Today's e1RM is {amount}, more than the {error.sdc_kg:.1f} kg that {whose} explains."
    return (
        f"Today's e1RM is {amount}, within the {error.sdc_kg:.1f} kg that {whose} explains: no clear change."
    )


def _no_baseline(days: bool) -> str:
    if days:
        return "The days before do not show how velocity falls with load: lift a lighter and a heavier load."
    return "No earlier day of this exercise to compare with."


def _days(count: int) -> str:
    return "1 earlier day" if count == 1 else f"{count} earlier days"


def _mvt_of(name: str) -> float:
    from imu_tempo.exercises import exercise

    return exercise(name).mvt_mps
