"""What the history knows of a lifter, put beside what a user said of a session."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from imu_tempo.errors import TempoError
from imu_tempo.history import History
from imu_tempo.history.known import Subject, known_context
from imu_tempo.history.store import has_history
from imu_tempo.live.lifting import Lifting
from imu_tempo.metrics.context import NO_CONTEXT

if TYPE_CHECKING:
    from imu_tempo.formats import Source
    from imu_tempo.relabel import Edits

NOWHERE: Final = "nowhere"
NOBODY = Subject(athlete="", exercise="")
_SEVERAL = "Nothing was taken from the history: the sets are said to be of several athletes or exercises."


def recalled(
    lifting: Lifting, history: History | None, subject: Subject | None, *, strict: bool = True
) -> Lifting:
    """Return what was said of a session with one-rep max, body mass and reps in reserve from the history.

    What a user said wins. What goes into the history again is what was said, not this.

    Parameters
    ----------
    lifting
        What was said, with the exercise that holds.
    history
        Where to look; None takes nothing from it.
    subject
        Who lifted what when; None where that is several people or exercises, for whom nothing is taken.
    strict
        As in :func:`imu_tempo.history.known.known_context`. What a protocol asks for is never refused.

    Raises
    ------
    TempoError
        A stop at reps in reserve was asked for, and the athlete's own line cannot be had.
    """
    if subject is None:
        lifting = _noted(lifting, _SEVERAL)
        history, subject = None, NOBODY
    said = lifting.context or NO_CONTEXT
    context = known_context(history, said, subject, strict=strict and lifting.protocol is None)
    return lifting if context == NO_CONTEXT else replace(lifting, context=context)


def recalled_today(
    lifting: Lifting, folder: Path | None = None, *, wanted: bool = True, strict: bool = True
) -> Lifting:
    """Return the same for a session that is about to be held; see :func:`recalled_for`."""
    subject = Subject(
        athlete=lifting.athlete or "", exercise=lifting.arguments()["exercise"], day=date.today()
    )
    return _recalled_from(lifting, subject, folder if wanted else NOWHERE, strict=strict)


def recalled_for(
    lifting: Lifting,
    source: Source,
    edits: Edits,
    folder: Path | None = None,
    *,
    wanted: bool = True,
    strict: bool = True,
) -> Lifting:
    """Return the same for a recording: of its day, and of the athlete and exercise that its edits say.

    Parameters
    ----------
    lifting
        What was said, completed by what the recording knows.
    source, edits
        The recording, and what was said of its reps; labels that the user overrules are left out of them.
    folder
        Of the history; None is the user's own. Where there is none, nothing is made.
    wanted
        False takes nothing from it.
    strict
        As in :func:`recalled`.
    """
    subject = subject_of(
        lifting,
        edits,
        started=str(source.meta.get("started", "")),
        simulated=bool(source.quality.get("simulated")),
    )
    return _recalled_from(lifting, subject, folder if wanted else NOWHERE, strict=strict)


def subject_of(lifting: Lifting, edits: Edits, *, started: str, simulated: bool) -> Subject | None:
    """Return who lifted what when; None where edits give parts of the recording to others."""
    parts = [edit for edit in edits.edits if edit.action == "label" and edit.start_s is not None]
    if any(part.athlete is not None or part.exercise is not None for part in parts):
        return None
    labels = edits.labels
    return Subject(
        athlete=str(labels.get("athlete", lifting.athlete or "")),
        exercise=str(labels.get("exercise") or lifting.arguments()["exercise"]),
        day=_day(started),
        simulated=simulated,
    )


def _recalled_from(
    lifting: Lifting, subject: Subject | None, folder: Path | Literal["nowhere"] | None, *, strict: bool
) -> Lifting:
    if folder == NOWHERE or not has_history(folder):
        return recalled(lifting, None, subject, strict=strict)
    try:
        history = History(folder)
    except TempoError as error:
        left = recalled(lifting, None, subject, strict=strict)
        return _noted(left, f"Nothing was taken from the history: {error}")
    with history:
        return recalled(lifting, history, subject, strict=strict)


def _noted(lifting: Lifting, note: str) -> Lifting:
    context = lifting.context or NO_CONTEXT
    return replace(lifting, context=replace(context, notes=(*context.notes, note)))


def _day(started: str) -> date | None:
    try:
        return datetime.fromisoformat(started).date()
    except ValueError:
        return None
