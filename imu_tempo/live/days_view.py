"""What past sessions add up to, on a terminal: strength by velocity, and eccentric doses, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from imu_tempo.exercises import exercise
from imu_tempo.metrics.dose_words import NOT_A_DIAGNOSIS
from imu_tempo.metrics.load_check import load_check
from imu_tempo.metrics.load_velocity_words import profile_sentences
from imu_tempo.metrics.readiness import readiness
from imu_tempo.schema import rows
from imu_tempo.schema.dose import DoseDayRow, SorenessQuestionRow
from imu_tempo.schema.load_velocity import LoadVelocityRow, ReadinessRow

if TYPE_CHECKING:
    import pandas as pd


def print_profiles(
    console: Console,
    points: pd.DataFrame,
    fits: pd.DataFrame,
    *,
    mvt_mps: float | None = None,
    load_kg: float | None = None,
    assisted: bool = False,
) -> None:
    """Print each profile, how its last day compares, and where asked whether a load is sensible."""
    found = rows(fits, LoadVelocityRow)
    if not found:
        console.print("No lift with a load is on record: say the load when recording.")
    for fit in found:
        own = points[(points["athlete"] == fit.athlete) & (points["exercise"] == fit.exercise)]
        day = str(own["day"].max())
        _heading(console, fit.athlete, exercise(fit.exercise).title, f"up to {day}")
        _lines(console, profile_sentences(fit))
        for today in rows(readiness(own, day, mvt_mps=mvt_mps), ReadinessRow):
            _lines(console, [today.sentence.replace("Today's e1RM", f"The e1RM of {day}")])
        if load_kg is not None and math.isfinite(fit.e1rm_kg):
            check = load_check(load_kg, fit.e1rm_kg, kind="estimated", assisted=assisted)
            _lines(console, [check.sentence], style="bold" if check.warn else "")


def print_doses(console: Console, days: pd.DataFrame, due: pd.DataFrame) -> None:
    """Print each day's dose in words, the questions that are due, and what none of it is."""
    found = sorted(rows(days, DoseDayRow), key=lambda row: (row.athlete, row.day, row.exercise))
    if not found:
        console.print("No lowering under load is on record.")
        return
    told: tuple[str, str] | None = None
    for row in found:
        if told != (row.athlete, row.day):
            told = (row.athlete, row.day)
            _heading(console, row.athlete, row.day)
        _lines(console, [row.sentence])
    questions = rows(due, SorenessQuestionRow)
    if questions:
        _heading(console, "", "To ask today")
        _lines(console, (f"{q.athlete}: {q.question}" if q.athlete else q.question for q in questions))
        _lines(console, ["Enter the answer with 'imu-tempo soreness ATHLETE SCORE'."])
    console.print()
    console.print(Text(NOT_A_DIAGNOSIS, style="dim"))


def _heading(console: Console, *parts: str) -> None:
    console.print()
    console.print(Text("  ".join(part for part in parts if part), style="bold"))


def _lines(console: Console, sentences: Iterable[str], style: str = "") -> None:
    for sentence in sentences:
        console.print(Padding(Text(sentence, style=style), (0, 0, 0, 2), expand=False))
