"""What the page and the picture both show of one set, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from imu_tempo.errors import UnknownNameError
from imu_tempo.exercises import exercise
from imu_tempo.metrics import Compliance, Prescription, compliance, parse_tempo
from imu_tempo.metrics.selection import usable
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import EccentricRow, FatigueRow, RejectedRow, RepRow, SetRow, rows

if TYPE_CHECKING:
    import pandas as pd

MARGIN_S = 1.5
"""Motion shown before the first and after the last edge of a set."""


@dataclass(frozen=True, slots=True, eq=False)
class SetView:
    """One set with what belongs to it.

    Attributes
    ----------
    summary, reps
        The set's row and the rows of its reps.
    prescription, score
        The target tempo and how the usable reps kept to it; None without a target.
    rep_table, samples
        The same reps as a table, and the motion around them, for figures.
    eccentric, fatigue
        The rows of the eccentric and the fatigue table.
    """

    summary: SetRow
    reps: list[RepRow]
    prescription: Prescription | None
    score: Compliance | None
    rep_table: pd.DataFrame
    samples: pd.DataFrame
    eccentric: list[EccentricRow]
    fatigue: list[FatigueRow]


def set_views(result: AnalysisResult) -> list[SetView]:
    """Return the sets of a result, in order."""
    return [_view(result, summary) for summary in rows(result.sets, SetRow)]


def rejected(result: AnalysisResult) -> list[RejectedRow]:
    """Return the movements that are not reps."""
    return rows(result.rejected, RejectedRow)


def exercise_title(name: str) -> str:
    """Return an exercise's name for people."""
    try:
        return exercise(name).title
    except UnknownNameError:
        return name.replace("_", " ").strip().capitalize() or "Unknown exercise"


def source_name(result: AnalysisResult) -> str:
    """Return the recording's name without the folders it lay in, which are nobody's business."""
    return PurePath(result.source).name or result.source


def is_simulated(result: AnalysisResult) -> bool:
    """Say whether the data came from the simulator."""
    return str(result.quality.get("simulated", "")).lower() not in ("", "0", "false", "no")


def load_text(load_kg: float) -> str:
    """Return a load for people, empty where none was given."""
    return f"{load_kg:g} kg" if load_kg == load_kg else ""


def _of_set(table: pd.DataFrame, set_no: int) -> pd.DataFrame:
    return table[table["set_no"] == set_no]


def _view(result: AnalysisResult, summary: SetRow) -> SetView:
    rep_table = _of_set(result.reps, summary.set_no)
    reps = rows(rep_table, RepRow)
    prescription = parse_tempo(summary.tempo_target) if summary.tempo_target else None
    t_s = result.samples["t_s"]
    shown = (t_s >= summary.start_s - MARGIN_S) & (t_s <= summary.end_s + MARGIN_S)
    return SetView(
        summary=summary,
        reps=reps,
        prescription=prescription,
        score=compliance(usable(reps), prescription) if prescription else None,
        rep_table=rep_table,
        samples=result.samples[shown],
        eccentric=rows(_of_set(result.eccentric, summary.set_no), EccentricRow),
        fatigue=rows(_of_set(result.fatigue, summary.set_no), FatigueRow),
    )
