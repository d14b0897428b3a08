"""What the journal holds: everything that people said and no recording knows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import date
from types import NoneType
from typing import Any, ClassVar

Json = dict[str, Any]

_LARGEST = 1e9
"""No load, mass or answer is as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a user said of a recording beyond what it knows itself; None where nothing was said.

    Attributes
    ----------
    exercise, load_kg, tempo, athlete
        As given to the analysis.
    definitions
        Fields of :class:`imu_tempo.definitions.Definitions` that differ from the default.
    calibration
        The calibration that was chosen, whole; None where the stored one was to be used.
    context
        Fields of :class:`imu_tempo.metrics.context.SetContext`; None where nothing was said.
    protocol
        Name of the protocol that tempo and stop rule are of, None without one.
    check_units
        False where the numbers were to be taken as SI units though they look like others.
    """

    exercise: str | None = None
    load_kg: float | None = None
    tempo: str | None = None
    athlete: str | None = None
    definitions: Json | None = None
    calibration: Json | None = None
    context: Json | None = None
    protocol: str | None = None
    check_units: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """A recording was analysed: where it is, and what the user said of it when (ISO 8601, UTC)."""

    KIND: ClassVar[str] = "analysed"
    recording: str
    folder: str
    said: Said = Said()
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SorenessAnswer:
    """An athlete's answer; a later one of the same day, area and exercise replaces it, None takes it back."""

    KIND: ClassVar[str] = "soreness"
    athlete: str
    day: str
    soreness: float | None
    area: str = ""
    exercise: str = ""
    at: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneRepMax:
    """A one-rep max; a later one for the same day and exercise replaces it, None takes it back."""

    KIND: ClassVar[str] = "one_rep_max"
    athlete: str
    exercise: str
    day: str
    one_rm_kg: float | None
    kind: str = "tested"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AthleteSettings:
    """What holds for an athlete: body mass from a day on (empty: always), and a note."""

    KIND: ClassVar[str] = "athlete"
    athlete: str
    body_mass_kg: float | None = None
    note: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Recordings of somebody who was forgotten: they stay out though they are still on the disk."""

    KIND: ClassVar[str] = "left_out"
    recordings: tuple[str, ...]


Entry = Analysed | SorenessAnswer | OneRepMax | AthleteSettings | LeftOut
_KINDS: dict[str, type[Any]] = {
    kind.KIND: kind for kind in (Analysed, SorenessAnswer, OneRepMax, AthleteSettings, LeftOut)
}


def to_json(entry: Entry) -> Json:
    """Return an entry as a JSON object, tagged by ``"kind"`` of entry."""
    return {"entry": entry.KIND, **asdict(entry)}


def from_json(data: Json) -> Entry | None:
    """Return the entry that :func:`to_json` wrote; None for one that this software does not know.

    Raises
    ------
    ValueError
        A known entry lacks a field or has one of the wrong type.
    """
    entry_type = _KINDS.get(str(data.get("entry")))
    if entry_type is None:
        return None
    names = {f.name for f in fields(entry_type)}
    values = {name: value for name, value in data.items() if name in names}
    try:
        if entry_type is Analysed:
            known = {f.name for f in fields(Said)}
            values["said"] = Said(**{k: v for k, v in dict(values.get("said") or {}).items() if k in known})
        if entry_type is LeftOut:
            values["recordings"] = tuple(map(str, values["recordings"]))
        entry: Entry = entry_type(**values)
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a {data['entry']} entry: {error}") from error
    check(entry)
    return entry


def check(entry: Entry) -> None:
    """Refuse what would not fit the database.

    Raises
    ------
    ValueError
        A field is of the wrong type, a day is none, a number is not finite, or a text holds what is no text.
    """
    for name in ("recording", "folder", "athlete", "day", "exercise", "area", "note", "at", "kind"):
        value = getattr(entry, name, "")
        if not isinstance(value, str):
            raise ValueError(f"{name} is {value!r}")  # noqa: TRY004 - damaged data, not a caller's slip
    for name in ("soreness", "one_rm_kg", "body_mass_kg"):
        _check_number(name, getattr(entry, name, None))
    day = getattr(entry, "day", "")
    if day or not isinstance(entry, (Analysed, AthleteSettings, LeftOut)):
        date.fromisoformat(day)
    if isinstance(entry, Analysed):
        _check_said(entry.said)
    json.dumps(to_json(entry), ensure_ascii=False).encode()  # half of a surrogate pair is no text


def _check_said(said: Said) -> None:
    for name in ("exercise", "tempo", "athlete", "protocol"):
        if not isinstance(getattr(said, name), (str, NoneType)):
            raise ValueError(f"{name} is {getattr(said, name)!r}")  # noqa: TRY004 - damaged data
    for name in ("definitions", "calibration", "context"):
        if not isinstance(getattr(said, name), (dict, NoneType)):
            raise ValueError(f"{name} is {getattr(said, name)!r}")  # noqa: TRY004 - damaged data
    _check_number("load_kg", said.load_kg)


def _check_number(name: str, value: object) -> None:
    """Refuse what is no number of everyday life; NaN compares with nothing."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _LARGEST:
        raise ValueError(f"{name} is {value!r}")
