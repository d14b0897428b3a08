"""One edit: what was done, to which reps, by their place in time.

A rep is named by when it was, never by its number: another analysis of the same packets may number it
otherwise, and finds it again by overlap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from types import NoneType
from typing import Any, Literal, get_args

from imu_tempo.errors import TempoError
from imu_tempo.exercises import exercise as find_exercise
from imu_tempo.metrics.tempo import parse_tempo
from imu_tempo.schema import RepRow

Action = Literal[
    "confirm",
    "delete",
    "add",
    "split",
    "merge",
    "assisted",
    "unassisted",
    "partial",
    "full",
    "to_failure",
    "not_to_failure",
    "label",
]
ACTIONS: tuple[str, ...] = get_args(Action)

_LATEST_S = 1e9
"""No time of a session, nor a load, is as large: a day has 86 400 s."""

_DECIMALS = 4
"""Times are kept to 0.1 ms: far below what an edge is known to, and lines stay readable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepRef:
    """A rep by its place on the session clock, in seconds.

    Attributes
    ----------
    start_s, end_s
        First and last edge.
    con_start_s, con_end_s
        Its lift, by which another analysis finds it again.
    """

    start_s: float
    end_s: float
    con_start_s: float
    con_end_s: float

    @classmethod
    def of(cls, rep: RepRow) -> RepRef:
        """Return the place of a rep."""
        edges = [rep.ecc_start_s, rep.ecc_end_s, rep.con_start_s, rep.con_end_s]
        known = [edge for edge in edges if math.isfinite(edge)]
        spans = (min(known), max(known), rep.con_start_s, rep.con_end_s)
        return cls(**dict(zip(_REF_FIELDS, (round(s, _DECIMALS) for s in spans), strict=True)))


_REF_FIELDS = tuple(f.name for f in fields(RepRef))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a person says of reps, or of a whole set or recording.

    Attributes
    ----------
    action
        What is done.
    reps
        The reps it is done to: two or more for ``merge``, none for ``label`` and ``add``.
    at_s
        ``split``: the time that parts the rep.
    start_s, end_s
        ``label``: the stretch it holds for, None for the whole recording. ``add``: the stretch that holds
        the lift.
    exercise, load_kg, athlete, tempo
        ``label``: what is said; None says nothing. An empty ``tempo`` or ``athlete`` takes it away.

    Raises
    ------
    TempoError
        For an edit that says nothing, or less than its action needs.
    """

    action: Action
    reps: tuple[RepRef, ...] = ()
    at_s: float | None = None
    start_s: float | None = None
    end_s: float | None = None
    exercise: str | None = None
    load_kg: float | None = None
    athlete: str | None = None
    tempo: str | None = None

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise TempoError(f"There is no edit {self.action!r}: expected one of {', '.join(ACTIONS)}.")
        least = {"merge": 2, "label": 0, "add": 0}.get(self.action, 1)
        if len(self.reps) < least:
            raise TempoError(f"An edit '{self.action}' needs {least} rep(s), and has {len(self.reps)}.")
        if self.action == "split" and not _inside(self.at_s, self.reps[0]):
            where = f"{self.reps[0].start_s:.2f}-{self.reps[0].end_s:.2f} s"
            raise TempoError(f"A split needs a time inside the rep ({where}), and has {self.at_s} s.")
        if self.action == "add" and (self.start_s is None or self.end_s is None):
            raise TempoError("An edit 'add' needs the stretch of time that holds the lift.")
        if None not in (self.start_s, self.end_s) and not self.start_s < self.end_s:  # type: ignore[operator]
            raise TempoError(
                f"A stretch from {self.start_s} to {self.end_s} s is none: give its start first."
            )
        if self.action == "label":
            _check_labels(self)

    @property
    def names_exercise(self) -> bool:
        """Whether the recording must be analysed again for it."""
        return self.exercise is not None

    def covers(self, rep: RepRow) -> bool:
        """Whether a label holds for a rep: the middle of its lift lies in the stretch."""
        middle_s = (rep.con_start_s + rep.con_end_s) / 2
        after = self.start_s is None or middle_s >= self.start_s
        return after and (self.end_s is None or middle_s < self.end_s)

    def __str__(self) -> str:
        return _said(self)

    def to_json(self) -> dict[str, Any]:
        """Return what is said, as JSON holds it; what is not said is left out."""
        return {k: v for k, v in asdict(self).items() if v is not None and v != ()}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Edit:
        """Read an edit; keys that are not known are left out.

        Raises
        ------
        ValueError
            It is none.
        """
        known = {f.name: document[f.name] for f in fields(cls) if f.name in document}
        try:
            known["reps"] = tuple(_ref(ref) for ref in known.get("reps", ()))
            for name in ("at_s", "start_s", "end_s", "load_kg"):
                known[name] = _number(known.get(name))
            for name in ("exercise", "athlete", "tempo"):
                _check_text(name, known.get(name))
            return cls(**known)
        except (TempoError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not an edit: {error}") from error


def confirm(rep: RepRow) -> Edit:
    """Say that a rep is one, as measured."""
    return Edit(action="confirm", reps=(RepRef.of(rep),))


def delete(rep: RepRow) -> Edit:
    """Say that a rep is none."""
    return Edit(action="delete", reps=(RepRef.of(rep),))


def add(start_s: float, end_s: float) -> Edit:
    """Say that there is a rep in a stretch of time, where none was found or one was rejected."""
    return Edit(action="add", start_s=start_s, end_s=end_s)


def split(rep: RepRow, at_s: float) -> Edit:
    """Say that a rep is two, parted at a time."""
    return Edit(action="split", reps=(RepRef.of(rep),), at_s=at_s)


def merge(reps: Sequence[RepRow]) -> Edit:
    """Say that neighbouring reps are one."""
    return Edit(action="merge", reps=tuple(RepRef.of(rep) for rep in reps))


def assisted(rep: RepRow) -> Edit:
    """Say that somebody helped with the lifting: it is not scored, and says nothing of fatigue."""
    return Edit(action="assisted", reps=(RepRef.of(rep),))


def unassisted(rep: RepRow) -> Edit:
    """Say that nobody helped."""
    return Edit(action="unassisted", reps=(RepRef.of(rep),))


def partial(rep: RepRow) -> Edit:
    """Say that a rep was a partial one."""
    return Edit(action="partial", reps=(RepRef.of(rep),))


def full(rep: RepRow) -> Edit:
    """Say that a rep was a full one."""
    return Edit(action="full", reps=(RepRef.of(rep),))


def to_failure(rep: RepRow) -> Edit:
    """Say that no further rep was possible after a rep: the set went to failure."""
    return Edit(action="to_failure", reps=(RepRef.of(rep),))


def not_to_failure(rep: RepRow) -> Edit:
    """Say that more was possible after a rep."""
    return Edit(action="not_to_failure", reps=(RepRef.of(rep),))


def label(
    *,
    exercise: str | None = None,
    load_kg: float | None = None,
    athlete: str | None = None,
    tempo: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
) -> Edit:
    """Say what was lifted, how heavy, by whom and at what tempo, in a stretch of time or throughout."""
    return Edit(
        action="label",
        exercise=exercise,
        load_kg=load_kg,
        athlete=athlete,
        tempo=tempo,
        start_s=start_s,
        end_s=end_s,
    )


def _check_labels(edit: Edit) -> None:
    said = (edit.exercise, edit.load_kg, edit.athlete, edit.tempo)
    if all(value is None for value in said):
        raise TempoError("A label says nothing: give an exercise, a load, an athlete or a tempo.")
    if edit.exercise is not None:
        find_exercise(edit.exercise)
    if edit.load_kg is not None and not 0 <= edit.load_kg < math.inf:
        raise TempoError(f"A load of {edit.load_kg:g} kg is none: expected 0 or more.")
    if edit.tempo:
        parse_tempo(edit.tempo)


def _inside(at_s: float | None, rep: RepRef) -> bool:
    return at_s is not None and rep.start_s < at_s < rep.end_s


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LATEST_S:
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, (str, NoneType)):
        raise TypeError(f"{name} is {value!r}")


def _ref(document: dict[str, Any]) -> RepRef:
    values = {name: _number(document[name]) for name in _REF_FIELDS}
    if None in values.values():
        raise TypeError("a rep without a time")
    return RepRef(**values)  # type: ignore[arg-type]


def _said(edit: Edit) -> str:
    """Return an edit in words, such as ``split the rep of 12.1-15.9 s at 14.2 s``."""
    if edit.action == "label":
        named = [
            ("exercise", edit.exercise),
            ("load", None if edit.load_kg is None else f"{edit.load_kg:g} kg"),
            ("athlete", edit.athlete),
            ("tempo", edit.tempo),
        ]
        what = ", ".join(f"{name} {value or 'none'}" for name, value in named if value is not None)
        where = "" if edit.start_s is None else f" in {edit.start_s:.1f}-{edit.end_s:.1f} s"
        return f"label {what}{where}"
    if edit.action == "add":
        return f"add a rep in {edit.start_s:.1f}-{edit.end_s:.1f} s"
    spans = " and ".join(f"{ref.start_s:.1f}-{ref.end_s:.1f} s" for ref in edit.reps)
    which = f"the rep{'s' if len(edit.reps) > 1 else ''} of {spans}"
    if edit.action in ("confirm", "delete", "merge"):
        return f"{edit.action} {which}"
    if edit.action == "split":
        return f"split {which} at {edit.at_s:.2f} s"
    return f"mark {which} as {_MARKS.get(edit.action, edit.action)}"


_MARKS = {
    "to_failure": "the last that was possible",
    "not_to_failure": "one after which more was possible",
}
