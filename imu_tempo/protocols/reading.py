"""Protocols read from TOML: every mistake named by file, table and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import NoReturn, get_args

from firmware_bridge.untrusted import parse_toml
from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.exercises import exercise
from imu_tempo.metrics.tempo import parse_tempo
from imu_tempo.protocols.protocol import (
    Evidence,
    Protocol,
    ProtocolError,
    ProtocolSource,
    Span,
    StopLimits,
)

_MOST_SETS = 20
_MOST_REPS = 200
_MOST_PCT = 200.0
_MOST_REST_S = 3600.0


def read_protocols(text: str, file: str) -> dict[str, Protocol]:
    """Read the protocols of one TOML file, a table each.

    Raises
    ------
    ProtocolError
        The text is no TOML, or a table is no protocol.
    """
    try:
        data = parse_toml(text.encode())
    except ValueError as error:
        raise ProtocolError(f"{file} is no TOML ({error}): mend it there.", source=file) from error
    return {name: protocol_of(value, name, file) for name, value in data.items()}


def protocol_of(value: object, name: str, file: str) -> Protocol:
    """Return the protocol that a table is.

    Raises
    ------
    ProtocolError
        It is none.
    """
    return _Table(file, name, value).protocol()


class _Table:
    """One table being read; everything it refuses is told by file, table and key."""

    def __init__(self, file: str, name: str, value: object) -> None:
        self._file, self._name = file, name
        if not isinstance(value, Mapping):
            raise ProtocolError(
                f"{file}: '{name}' stands outside a table: expected one [table] a protocol.", source=file
            )
        self._value: Mapping[str, object] = value
        known = {f.name for f in fields(Protocol)} - {"name", "file"}
        for key in value:
            if key not in known:
                self._refuse(key, "no such key", f"one of {', '.join(sorted(known))}")

    def protocol(self) -> Protocol:
        stop = self._stop()
        found = Protocol(
            name=self._name,
            title=self._text("title"),
            purpose=self._text("purpose"),
            exercises=self._exercises(),
            tempo=self._tempo(),
            sets=self._needed("sets", 1, _MOST_SETS, whole=True),
            reps=self._needed("reps", 1, _MOST_REPS, whole=True),
            load_pct=self._span("load_pct", 1, _MOST_PCT),
            load=self._text("load", ""),
            rest_s=self._span("rest_s", 0, _MOST_REST_S),
            stop=stop,
            frequency=self._text("frequency", ""),
            notes=self._text("notes", ""),
            clinician=self._flag("clinician", default=False),
            measurable=self._flag("measurable", default=True),
            evidence=self._evidence(),
            sources=self._sources(),
            file=self._file,
        )
        if found.load_pct is None and not found.load:
            self._refuse("load_pct", "missing", "[low, high] in percent of the one-rep max, or load in words")
        try:
            stop.rule().check(found.prescription, assisted=found.assisted)
        except TempoError as error:
            self._refuse("stop", str(error).rstrip("."), "a rule that this tempo can meet")
        return found

    def _refuse(self, key: str, found: str, expected: str) -> NoReturn:
        raise ProtocolError(
            f"{self._file}, [{self._name}], {key}: {found}; expected {expected}.", source=self._file
        )

    def _text(self, key: str, default: str | None = None) -> str:
        value = self._value.get(key, default)
        if value is None:
            self._refuse(key, "missing", "text in quotes")
        if not isinstance(value, str) or (default is None and not value.strip()):
            self._refuse(key, f"{value!r} is no text", "text in quotes")
        return value.strip()

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self._value.get(key, default)
        if not isinstance(value, bool):
            self._refuse(key, f"{value!r} is neither true nor false", "true or false")
        return value

    def _span(self, key: str, least: float, most: float, *, whole: bool = False) -> Span | None:
        value = self._value.get(key)
        if value is None:
            return None
        kind = "whole numbers" if whole else "numbers"
        wanted = f"[low, high], {kind} from {least:g} to {most:g}"
        if not isinstance(value, list) or len(value) != 2 or not all(_is_number(v, whole) for v in value):
            self._refuse(key, f"{value!r} is no pair of {kind}", wanted)
        low, high = value
        if not least <= low <= high <= most:
            self._refuse(key, f"{value!r} is out of order or out of range", wanted)
        return Span(float(low), float(high))

    def _needed(self, key: str, least: float, most: float, *, whole: bool) -> Span:
        span = self._span(key, least, most, whole=whole)
        if span is None:
            self._refuse(key, "missing", f"[low, high], such as [{least:g}, {min(most, 12):g}]")
        return span

    def _exercises(self) -> tuple[str, ...]:
        value = self._value.get("exercises", [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            self._refuse("exercises", f"{value!r} is no list of names", 'a list such as ["squat"]')
        try:
            return tuple(exercise(name).name for name in value)
        except UnknownNameError as error:
            self._refuse("exercises", str(error).rstrip(".?"), "names from 'imu-tempo exercises'")

    def _tempo(self) -> str:
        text = self._text("tempo")
        try:
            return str(parse_tempo(text))
        except TempoError as error:
            self._refuse("tempo", str(error).rstrip("."), "a tempo such as 4-0-1-0")

    def _evidence(self) -> Evidence:
        value = self._text("evidence")
        if value not in get_args(Evidence):
            self._refuse("evidence", f"{value!r} is unknown", " or ".join(get_args(Evidence)))
        return value  # type: ignore[return-value]

    def _stop(self) -> StopLimits:
        value = self._value.get("stop", {})
        known = [f.name for f in fields(StopLimits)]
        if not isinstance(value, Mapping):
            self._refuse("stop", f"{value!r} is no table", "limits such as { tempo_misses = 2 }")
        for key, limit in value.items():
            if key not in known:
                self._refuse(f"stop.{key}", "no such rule", f"one of {', '.join(known)}")
            if not _is_number(limit, key in ("tempo_misses", "ecc_failures")):
                self._refuse(f"stop.{key}", f"{limit!r} is no number of its kind", "a number")
        limits = StopLimits(**value)
        try:
            limits.rule()
        except TempoError as error:
            self._refuse("stop", str(error).rstrip("."), "a limit that can be reached")
        return limits

    def _sources(self) -> tuple[ProtocolSource, ...]:
        value = self._value.get("sources")
        if not isinstance(value, list) or not value:
            self._refuse("sources", "missing", f"at least one [[{self._name}.sources]] with text and says")
        return tuple(self._source(place, entry) for place, entry in enumerate(value, 1))

    def _source(self, place: int, entry: object) -> ProtocolSource:
        where = f"sources (number {place})"
        if not isinstance(entry, Mapping):
            self._refuse(where, f"{entry!r} is no table", "text, says and, where there is one, doi")
        kinds = {"text": str, "says": str, "doi": str, "verified": bool}
        for key, value in entry.items():
            if key not in kinds or not isinstance(value, kinds[key]):
                expected = "text, says and doi in quotes, verified true or false"
                self._refuse(where, f"{key} = {value!r}", expected)
        if not (entry.get("text") and entry.get("says")):
            self._refuse(where, "text or says is missing", "both: the publication, and what it says")
        return ProtocolSource(**entry)


def _is_number(value: object, whole: bool) -> bool:
    return isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
