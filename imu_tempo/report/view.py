"""What page, print and picture all show of a session and its sets, worked out once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias

from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.exercises import exercise
from imu_tempo.metrics import Compliance, Prescription, compliance, parse_tempo
from imu_tempo.metrics.selection import usable
from imu_tempo.protocols import Protocol, ProtocolScore, score_results
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import EccentricRow, FatigueRow, RejectedRow, RepRow, SetRow, rows

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 2
"""So many exercises are named in a heading; more are counted."""
MARGIN_S = 1.5
"""Motion shown before the first and after the last edge of a set."""


@dataclass(frozen=True, slots=True, eq=False)
class SetView:
    """One set with what belongs to it.

    Attributes
    ----------
    number
        The set's number in the report; its own where the report is of one recording.
    result
        The analysis that it is of.
    summary, reps
        The set's row and the rows of its reps.
    prescription, score
        The target tempo and how the usable reps kept to it; None without a target.
    rep_table, samples
        The same reps as a table, and the motion around them, for figures.
    eccentric, fatigue
        The rows of the eccentric and the fatigue table.
    """

    number: int
    result: AnalysisResult
    summary: SetRow
    reps: list[RepRow]
    prescription: Prescription | None
    score: Compliance | None
    rep_table: pd.DataFrame
    samples: pd.DataFrame
    eccentric: list[EccentricRow]
    fatigue: list[FatigueRow]


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """One or several analyses reported together, their sets in order, and how a protocol was kept, if any."""

    results: tuple[AnalysisResult, ...]
    views: tuple[SetView, ...]
    score: ProtocolScore | None = None

    @property
    def sets(self) -> list[SetRow]:
        """The rows of the sets, numbered as in the report."""
        return [replace(view.summary, set_no=view.number) for view in self.views]

    @property
    def simulated(self) -> bool:
        """Whether any of it came from the simulator."""
        return any(map(is_simulated, self.results))

    @property
    def exercises(self) -> list[str]:
        """The exercises' names for people, in the order of appearance."""
        names = [view.summary.exercise or view.result.exercise for view in self.views]
        names = names or [result.exercise for result in self.results]
        return list(dict.fromkeys(map(exercise_title, names)))

    @property
    def title(self) -> str:
        """Exercises, as far as they fit in a heading, and the load where it is the same throughout."""
        loads = {load_text(view.summary.load_kg) for view in self.views}
        load = loads.pop() if len(loads) == 1 else ""
        return self.exercise_names + (f", {load}" if load else "")

    @property
    def exercise_names(self) -> str:
        """The exercises in a few words."""
        names = self.exercises
        return " and ".join(names) if len(names) <= _NAMED else f"{len(names)} exercises"

    @property
    def athletes(self) -> list[str]:
        """The athletes' ids, in the order of appearance."""
        return list(dict.fromkeys(v.summary.athlete for v in self.views if v.summary.athlete))


Reported: TypeAlias = "AnalysisResult | Sequence[AnalysisResult]"
"""What a report is made of: an analysis, or several that make up a session."""


def session_of(results: Reported, protocol: Protocol | None = None) -> Session:
    """Return what is to be reported; sets of several recordings are numbered through.

    Raises
    ------
    TempoError
        There is no analysis, or the protocol cannot be scored.
    """
    every = (results,) if isinstance(results, AnalysisResult) else tuple(results)
    if not every:
        raise TempoError("A report needs at least one analysis.")
    numbers = count(1)
    views = [
        _view(result, summary, next(numbers) if len(every) > 1 else summary.set_no)
        for result in every
        for summary in rows(result.sets, SetRow)
    ]
    return Session(every, tuple(views), score_results(protocol, every) if protocol else None)


def headline(session: Session) -> list[str]:
    """Return the facts that stand under a report's heading: recording, athletes, length."""
    lasted_s = math.fsum(result.duration_s for result in session.results)
    names_of = list(dict.fromkeys(map(source_name, session.results)))
    names = names_of[0] if len(names_of) == 1 else f"{len(session.results)} recordings"
    athletes = session.athletes
    who = f"athlete{'s' if len(athletes) > 1 else ''} {', '.join(athletes)}" if athletes else ""
    rates = sorted({round(result.rate_hz) for result in session.results})
    rate = f"{rates[0]}" if len(rates) == 1 else f"{rates[0]} to {rates[-1]}"
    length = f"{lasted_s:.0f} s at {rate} Hz"
    return [fact for fact in (names, who, length) if fact]


def set_views(result: AnalysisResult) -> list[SetView]:
    """Return the sets of a result, in order."""
    return list(session_of(result).views)


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


def _view(result: AnalysisResult, summary: SetRow, number: int) -> SetView:
    rep_table = _of_set(result.reps, summary.set_no)
    reps = rows(rep_table, RepRow)
    prescription = parse_tempo(summary.tempo_target) if summary.tempo_target else None
    t_s = result.samples["t_s"]
    shown = (t_s >= summary.start_s - MARGIN_S) & (t_s <= summary.end_s + MARGIN_S)
    return SetView(
        number=number,
        result=result,
        summary=summary,
        reps=reps,
        prescription=prescription,
        score=compliance(usable(reps), prescription) if prescription else None,
        rep_table=rep_table,
        samples=result.samples[shown],
        eccentric=rows(_of_set(result.eccentric, summary.set_no), EccentricRow),
        fatigue=rows(_of_set(result.fatigue, summary.set_no), FatigueRow),
    )
