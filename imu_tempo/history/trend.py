"""Weeks beside each other: velocity at a load, one-rep max, eccentric time under tension, ROM, tempo kept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from imu_tempo.metrics.load_velocity import load_points, load_velocity
from imu_tempo.metrics.selection import is_partial
from imu_tempo.schema import NAN, rows, table
from imu_tempo.schema.history import HistoryRepRow, HistorySetRow, OneRepMaxRow, TrendRow

if TYPE_CHECKING:
    from imu_tempo.history.store import History

from imu_tempo.history.choice import Choice

PROFILE_DAYS = 28
"""A week's e1RM is fitted to the fastest reps of so many days up to its end: few weeks hold loads enough by
themselves, and strength moves little in four."""
_SAME_LOAD_KG = 0.5
"""Loads that differ by less are one: plates are marked so coarsely."""


@dataclass(frozen=True, slots=True)
class _Lifter:
    """One athlete's work in one exercise."""

    sets: list[HistorySetRow]
    reps: list[HistoryRepRow]
    maxes: list[OneRepMaxRow]


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
    tested one-rep max stands before an estimated one; the estimate is where the load-velocity line of the
    last ``PROFILE_DAYS`` days meets the exercise's minimum velocity threshold, and is left out where there is
    none.
    """
    found = [
        row
        for (athlete, exercise), lifter in sorted(_lifters(sets, reps, one_rep_maxes).items())
        for row in _weeks(athlete, exercise, lifter, load_kg)
    ]
    return table(found, TrendRow)


def _lifters(sets: pd.DataFrame, reps: pd.DataFrame, maxes: pd.DataFrame) -> dict[tuple[str, str], _Lifter]:
    found: dict[tuple[str, str], _Lifter] = {}

    def of(athlete: str, exercise: str) -> _Lifter:
        return found.setdefault((athlete, exercise), _Lifter([], [], []))

    for done in rows(sets, HistorySetRow):
        of(done.athlete, done.exercise).sets.append(done)
    for rep in rows(reps, HistoryRepRow):
        of(rep.athlete, rep.exercise).reps.append(rep)
    for best in rows(maxes, OneRepMaxRow):
        of(best.athlete, best.exercise).maxes.append(best)
    return found


def _weeks(athlete: str, exercise: str, lifter: _Lifter, load_kg: float | None) -> Iterable[TrendRow]:
    load_kg = _usual_load_kg(lifter.sets) if load_kg is None else load_kg
    days = [*(row.day for row in lifter.sets), *(row.day for row in lifter.maxes)]
    for monday in sorted({_monday(day) for day in days}):
        sets = [row for row in lifter.sets if _monday(row.day) == monday]
        reps = [row for row in lifter.reps if _monday(row.day) == monday]
        e1rm_kg, kind = _one_rep_max(lifter, monday)
        yield TrendRow(
            athlete=athlete,
            exercise=exercise,
            week=monday.isoformat(),
            days=len({row.day for row in sets}),
            sets=len(sets),
            reps=len(reps),
            load_kg=load_kg,
            mcv_mps=_mean([row.mcv_best_mps for row in sets if row.vl_valid and _is(row.load_kg, load_kg)]),
            e1rm_kg=e1rm_kg,
            e1rm_kind=kind,
            tut_ecc_s=math.fsum(row.tut_ecc_s for row in sets if math.isfinite(row.tut_ecc_s)),
            rom_m=_median([row.rom_m for row in reps if not is_partial(row)]),
            compliance_pct=_by_reps(sets),
        )


def _one_rep_max(lifter: _Lifter, monday: date) -> tuple[float, str]:
    tested = [row.one_rm_kg for row in lifter.maxes if _monday(row.day) == monday]
    if tested:
        return max(tested), "tested"
    first, last = monday + timedelta(days=7 - PROFILE_DAYS), monday + timedelta(days=6)
    reps = [row for row in lifter.reps if first <= date.fromisoformat(row.day) <= last]
    sets = [row for row in lifter.sets if first <= date.fromisoformat(row.day) <= last]
    points = load_points(table(reps, HistoryRepRow), table(sets, HistorySetRow))
    for value in load_velocity(points)["e1rm_kg"]:
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
    return float(pd.Series(known).median()) if known else NAN


def _by_reps(sets: Sequence[HistorySetRow]) -> float:
    scored = [(row.compliance_pct, row.reps) for row in sets if math.isfinite(row.compliance_pct)]
    reps = sum(n for _, n in scored)
    return math.fsum(value * n for value, n in scored) / reps if reps else NAN
