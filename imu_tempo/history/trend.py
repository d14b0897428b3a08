"""Weeks beside each other: velocity at a load, one-rep max, eccentric time under tension, ROM, tempo kept."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from imu_tempo.history.choice import Choice
from imu_tempo.metrics.load_velocity import load_points, load_velocity
from imu_tempo.metrics.selection import is_partial
from imu_tempo.schema import NAN, rows, table
from imu_tempo.schema.history import HistoryRepRow, HistorySetRow, OneRepMaxRow, TrendRow

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.history.store import History

PROFILE_DAYS = 28
"""A week's e1RM is fitted to the fastest reps of so many days up to its end: few weeks hold loads enough by
themselves, and strength moves little in four."""
_SAME_LOAD_KG = 0.5
"""Loads that differ by less are one: plates are marked so coarsely."""


@dataclass(frozen=True, slots=True)
class _Week:
    """What one athlete did of one exercise in a week."""

    sets: list[HistorySetRow] = field(default_factory=list)
    reps: list[HistoryRepRow] = field(default_factory=list)
    maxes: list[OneRepMaxRow] = field(default_factory=list)


_Lifter = dict[date, _Week]
_Key = tuple[str, str]


def trend_of(history: History, choice: Choice, *, load_kg: float | None = None) -> pd.DataFrame:
    """Return the trend of a part of the history; see :func:`trend`."""
    return trend(history.sets(choice), history.reps(choice), history.one_rep_maxes(choice), load_kg=load_kg)


def trend(
    sets: pd.DataFrame, reps: pd.DataFrame, one_rep_maxes: pd.DataFrame, *, load_kg: float | None = None
) -> pd.DataFrame:
    """Sum the weeks of each athlete and exercise up.

    Parameters
    ----------
    sets, reps, one_rep_maxes
        As :class:`imu_tempo.history.History` gives them.
    load_kg
        Load whose velocity is told; by default the one that was lifted all-out on most days.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.history.TrendRow`, a row a week that has a set or a tested max,
        by athlete, exercise and week.

    Notes
    -----
    Velocity is the mean over the week's sets of the fastest rep's MCV, of all-out sets at that load only. A
    tested one-rep max stands before one that was entered as an estimate, and that before our own: where the
    load-velocity line of the last ``PROFILE_DAYS`` days meets the exercise's minimum velocity threshold, if
    it does.
    """
    points = load_points(reps, sets)
    used = dict(iter(points[points["used"]].groupby(["athlete", "exercise"])))
    none = points.iloc[:0]
    found = [
        row
        for key, lifter in sorted(_lifters(sets, reps, one_rep_maxes).items())
        for row in _weeks(key, lifter, used.get(key, none), load_kg)
    ]
    return table(found, TrendRow)


def _lifters(sets: pd.DataFrame, reps: pd.DataFrame, maxes: pd.DataFrame) -> dict[_Key, _Lifter]:
    """Sort everything by athlete and exercise, and then by week."""
    found: dict[_Key, _Lifter] = defaultdict(lambda: defaultdict(_Week))
    mondays = {day: _monday(day) for frame in (sets, reps, maxes) for day in frame["day"].unique()}
    for done in rows(sets, HistorySetRow):
        found[done.athlete, done.exercise][mondays[done.day]].sets.append(done)
    for rep in rows(reps, HistoryRepRow):
        found[rep.athlete, rep.exercise][mondays[rep.day]].reps.append(rep)
    for best in rows(maxes, OneRepMaxRow):
        found[best.athlete, best.exercise][mondays[best.day]].maxes.append(best)
    return found


def _weeks(key: _Key, lifter: _Lifter, points: pd.DataFrame, load_kg: float | None) -> Iterable[TrendRow]:
    load_kg = (
        _usual_load_kg([row for week in lifter.values() for row in week.sets]) if load_kg is None else load_kg
    )
    for monday, week in sorted(lifter.items()):
        sets = week.sets
        e1rm_kg, kind = _one_rep_max(week, monday, points)
        yield TrendRow(
            athlete=key[0],
            exercise=key[1],
            week=monday.isoformat(),
            days=len({row.day for row in sets}),
            sets=len(sets),
            reps=len(week.reps),
            load_kg=load_kg,
            mcv_mps=_mean([row.mcv_best_mps for row in sets if row.vl_valid and _is(row.load_kg, load_kg)]),
            e1rm_kg=e1rm_kg,
            e1rm_kind=kind,
            tut_ecc_s=math.fsum(row.tut_ecc_s for row in sets if math.isfinite(row.tut_ecc_s)),
            rom_m=_median([row.rom_m for row in week.reps if not is_partial(row)]),
            compliance_pct=_by_reps(sets),
        )


def _one_rep_max(week: _Week, monday: date, points: pd.DataFrame) -> tuple[float, str]:
    tested = [row.one_rm_kg for row in week.maxes if row.kind == "tested"]
    if tested:
        return max(tested), "tested"
    entered = [row.one_rm_kg for row in week.maxes]
    if entered:
        return max(entered), "estimated"
    last = (monday + timedelta(days=6)).isoformat()
    first = (monday + timedelta(days=7 - PROFILE_DAYS)).isoformat()
    for value in load_velocity(points[points["day"].between(first, last)])["e1rm_kg"]:
        if math.isfinite(value):
            return float(value), "estimated"
    return NAN, ""


def _usual_load_kg(sets: Sequence[HistorySetRow]) -> float:
    """Return the load that was lifted all-out on most days, the heavier of equals."""
    lifted = {(row.load_kg, row.day) for row in sets if row.vl_valid and math.isfinite(row.load_kg)}
    days = Counter(load for load, _ in lifted)
    return max(days, key=lambda load: (days[load], load), default=NAN)


def _is(load_kg: float, wanted_kg: float) -> bool:
    return abs(load_kg - wanted_kg) < _SAME_LOAD_KG


def _monday(day: str) -> date:
    on = date.fromisoformat(day)
    return on - timedelta(days=on.weekday())


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return math.fsum(known) / len(known) if known else NAN


def _median(values: Sequence[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return median(known) if known else NAN


def _by_reps(sets: Sequence[HistorySetRow]) -> float:
    scored = [(row.compliance_pct, row.reps) for row in sets if math.isfinite(row.compliance_pct)]
    reps = sum(n for _, n in scored)
    return math.fsum(value * n for value, n in scored) / reps if reps else NAN
