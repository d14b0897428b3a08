"""What the page shows of past sessions: days, weeks, strength and dose, from the history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from imu_tempo.history import Choice, History
from imu_tempo.history.feed import dose_sets, velocity_points
from imu_tempo.history.names import read_names
from imu_tempo.history.trend import PROFILE_DAYS, trend_of
from imu_tempo.live.web.hub import Json
from imu_tempo.live.web.rep_view import figure
from imu_tempo.metrics.dose import eccentric_dose
from imu_tempo.metrics.load_velocity import load_velocity
from imu_tempo.report.view import exercise_title
from imu_tempo.schema import rows
from imu_tempo.schema.dose import DoseDayRow
from imu_tempo.schema.history import HistorySetRow, TrendRow
from imu_tempo.schema.load_velocity import LoadVelocityRow

if TYPE_CHECKING:
    import pandas as pd

DAYS_SHOWN = 60
"""Past days listed: two months, which is what a block of training lasts."""
SETS_SHOWN = 400


class Past:
    """The history, opened for each question: nothing of it is held.

    Parameters
    ----------
    folder
        Of the history; None is the user's own.
    simulated
        True shows what nobody lifted as well.
    """

    def __init__(self, folder: Path | None, *, simulated: bool) -> None:
        self._folder = folder
        self._usual = Choice(simulated=simulated)

    def athletes(self) -> list[str]:
        """Return the ids of everybody who is known; no names."""
        with History(self._folder) as history:
            entered = [str(a) for a in history.athletes()["athlete"]]
            lifted = [str(a) for a in history.sets(self._usual)["athlete"].unique() if a]
        return sorted({*entered, *lifted})

    def names(self) -> dict[str, str]:
        """Return the names that were entered, by id: only for whoever asks for them."""
        with History(self._folder) as history:
            return read_names(history.folder)

    def days(self, athlete: str | None = None, exercise: str | None = None) -> list[Json]:
        """Return the last days with their sets, the newest first."""
        choice = self._chosen(athlete, exercise, DAYS_SHOWN)
        with History(self._folder) as history:
            done = rows(history.sets(choice), HistorySetRow)[-SETS_SHOWN:]
        days = [
            {"day": day, "sets": [_set(row) for row in group]}
            for day, group in groupby(sorted(done, key=lambda r: (r.day, r.at)), key=lambda row: row.day)
        ]
        return days[::-1]

    def weeks(self, athlete: str | None = None, exercise: str | None = None) -> list[Json]:
        """Return the trend of each athlete and exercise."""
        with History(self._folder) as history:
            found = rows(trend_of(history, self._chosen(athlete, exercise)), TrendRow)
        return [
            {
                "athlete": key[0],
                "exercise": key[1],
                "title": exercise_title(key[1]),
                "weeks": [_week(row) for row in group],
            }
            for key, group in groupby(found, key=lambda row: (row.athlete, row.exercise))
        ]

    def standing(self, athlete: str, exercise: str) -> Json:
        """Return what is known of an athlete's strength and of today's dose in an exercise."""
        if not athlete:
            return {"e1rm": None, "dose": None}
        choice = self._chosen(athlete, exercise)
        with History(self._folder) as history:
            since = (date.today() - timedelta(days=PROFILE_DAYS)).isoformat()
            points = velocity_points(history, choice)
            fits = rows(load_velocity(points[points["day"] >= since]), LoadVelocityRow)
            doses = rows(_doses(history, choice), DoseDayRow)
        today = [row for row in doses if row.day == date.today().isoformat()]
        return {"e1rm": _strength(fits), "dose": _dose(today[-1]) if today else None}

    def _chosen(self, athlete: str | None, exercise: str | None, days: int | None = None) -> Choice:
        since = date.today() - timedelta(days=days) if days else None
        return replace(self._usual, athlete=athlete or None, exercise=exercise or None, since=since)


def _doses(history: History, choice: Choice) -> pd.DataFrame:
    sets = dose_sets(history, choice)
    return eccentric_dose(sets, history.soreness(choice))


def _set(row: HistorySetRow) -> Json:
    return {
        "recording": row.recording,
        "set_no": row.set_no,
        "at": row.at,
        "athlete": row.athlete,
        "exercise": row.exercise,
        "title": exercise_title(row.exercise),
        "load_kg": figure(row.load_kg, 2),
        "reps": row.reps,
        "tempo": row.tempo,
        "tempo_target": row.tempo_target,
        "tut_ecc_s": figure(row.tut_ecc_s, 1),
        "mcv_best": figure(row.mcv_best_mps, 2),
        "loss_pct": figure(row.vl_pct, 0) if row.vl_valid else None,
        "compliance_pct": figure(row.compliance_pct, 0),
        "simulated": row.simulated,
    }


def _week(row: TrendRow) -> Json:
    return {
        "week": row.week,
        "sets": row.sets,
        "reps": row.reps,
        "load_kg": figure(row.load_kg, 2),
        "mcv": figure(row.mcv_mps, 3),
        "e1rm_kg": figure(row.e1rm_kg, 1),
        "e1rm_kind": row.e1rm_kind,
        "tut_ecc_s": figure(row.tut_ecc_s, 0),
        "rom_m": figure(row.rom_m, 3),
        "compliance_pct": figure(row.compliance_pct, 0),
    }


def _strength(fits: Sequence[LoadVelocityRow]) -> Json:
    for fit in fits:
        if math.isfinite(fit.e1rm_kg):
            return {
                "kg": figure(fit.e1rm_kg, 0),
                "low_kg": figure(fit.e1rm_low_kg, 0),
                "high_kg": figure(fit.e1rm_high_kg, 0),
                "loads": fit.loads,
                "warnings": fit.warnings,
            }
    return None


def _dose(row: DoseDayRow) -> Json:
    return {
        "tut_ecc_s": figure(row.tut_ecc_s, 0),
        "exposure_kgs": figure(row.ecc_exposure_kgs, 0),
        "sets": row.sets,
        "novel": row.novel,
        "sentence": row.sentence,
    }
