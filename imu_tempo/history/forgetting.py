"""A person taken out: the plan that is shown first, and the doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imu_tempo.history.choice import Choice
from imu_tempo.history.database import set_aside_files
from imu_tempo.history.names import read_names, write_name
from imu_tempo.history.store import History
from imu_tempo.history.traces import Trace, anonymise, delete, mentions, traces_of

What = Literal["keep", "anonymise", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingPlan:
    """What forgetting an athlete would touch.

    Attributes
    ----------
    athlete
        The id.
    sessions, answers, maxes
        Rows in the history.
    settings, name
        Whether there are any.
    traces
        Recordings on the disk.
    set_aside
        Damaged databases that were kept; the athlete may be in them.
    """

    athlete: str
    sessions: int
    answers: int
    maxes: int
    settings: bool
    name: bool
    traces: tuple[Trace, ...]
    set_aside: tuple[Path, ...]

    @property
    def nothing(self) -> bool:
        """True where nothing is known of the athlete."""
        counts = (self.sessions, self.answers, self.maxes, self.settings, self.name, self.traces)
        return not any(counts)

    def lines(self, what: What) -> list[str]:
        """Return what would happen, a line each."""
        known = ", ".join(
            [
                _counted(self.sessions, "session", "sessions"),
                _counted(self.answers, "soreness answer", "soreness answers"),
                _counted(self.maxes, "one-rep max", "one-rep maxes"),
            ]
        )
        said = [f"removed from the history: {known}, settings and name of {self.athlete}"]
        said += [f"damaged database that was kept, deleted: {path}" for path in self.set_aside]
        for trace in self.traces:
            said.append(f"{_FATES[what]}: {trace.folder}")
            if what != "keep":
                said += [f"deleted: {report}" for report in trace.reports]
        return said


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


_FATES: dict[What, str] = {
    "keep": "recording left as it is, and out of the history",
    "anonymise": "recording kept without the athlete's id",
    "delete": "recording deleted",
}


def plan_forgetting(history: History, athlete: str, folders: Iterable[str | Path] = ()) -> ForgettingPlan:
    """Find everything that is known of an athlete.

    Parameters
    ----------
    history
        Where to look.
    athlete
        The id.
    folders
        To look through for recordings that the history does not know.
    """
    choice = Choice(athlete=athlete, simulated=True)
    return ForgettingPlan(
        athlete=athlete,
        sessions=len(history.sessions(choice)),
        answers=len(history.soreness(choice)),
        maxes=len(history.one_rep_maxes(choice)),
        settings=athlete in set(history.athletes()["athlete"]),
        name=athlete in read_names(history.folder),
        traces=tuple(traces_of(history, athlete, folders)),
        set_aside=tuple(set_aside_files(history.folder)),
    )


def forget_athlete(history: History, plan: ForgettingPlan, what: What = "keep") -> list[Path]:
    """Do what a plan says; return the files in which the id still stands, as in a note.

    Recordings are seen to first: should one of them fail, the history still knows where the others are.

    Raises
    ------
    RecordingError
        A recording cannot be changed or deleted.
    TempoError
        The history cannot be written, or another process is reading it.
    """
    left: list[Path] = []
    for trace in plan.traces:
        if what == "delete":
            delete(trace)
        elif what == "anonymise":
            folder = anonymise(trace, plan.athlete)
            left += mentions(folder, plan.athlete)
    write_name(history.folder, plan.athlete, None)
    for path in plan.set_aside:
        path.unlink(missing_ok=True)
    kept = [trace.id for trace in plan.traces] if what == "keep" else []
    history.forget(plan.athlete, leave_out=kept)
    return left
