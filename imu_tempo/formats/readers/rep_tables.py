"""Tables of reps of other products under our names and units: a device's word for an agreement study."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import MAX_VALUES
from imu_tempo.formats.readers.opening import Export, Member, open_export
from imu_tempo.formats.readers.reading import ReadOptions, Status
from imu_tempo.formats.readers.text import is_json
from imu_tempo.formats.readers.units import plain
from imu_tempo.formats.words import is_number
from imu_tempo.schema import NAN

if TYPE_CHECKING:
    import pandas as pd

_TABLES = "rep_tables.toml"
_COMMON = "common_names"
# The international avoirdupois pound.
_KG_PER_LB = 0.45359237
_POUNDS = {"lb", "lbs", "pound", "pounds"}
_TEXT = ("session", "athlete", "exercise")
_LEAST_COMMON = 2
# A larger number of a set or rep is a name: a time, a key of a database.
_MOST = 1e6
# A name that none of the first records has is none that tells a format.
_HEAD_RECORDS = 100
_FACTOR = re.compile(r"(.+?) \* ([0-9.e-]+)")

Records = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class RepFormat:
    """A format of reps, as ``rep_tables.toml`` describes it.

    Attributes
    ----------
    key, title, status, note
        As of :class:`imu_tempo.formats.readers.reading.SampleFormat`; ``note`` says what is not comparable.
    header
        Plain names that must all be there.
    columns
        Ours to theirs, with a factor.
    personal
        Names that tell who it was.
    last_of
        Column by which only the last of a run of rows counts; empty where each row does.
    aliases
        Ours to several names of theirs, for the format that is told by common names alone.
    """

    key: str
    title: str
    status: Status
    note: str
    header: tuple[str, ...]
    columns: Mapping[str, str]
    personal: tuple[str, ...]
    last_of: str = ""
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def holds(self) -> str:
        """What is in it."""
        return "a table of reps"

    @property
    def recognised_by(self) -> str:
        """What tells it."""
        return (
            f"columns {', '.join(self.header)}"
            if self.header
            else "mean velocity under a common name, and a rep"
        )

    @property
    def units(self) -> str:
        """What is taken from it."""
        taken = (name for name in (self.columns or self.aliases) if name != "load_unit")
        return f"gives {', '.join(taken)}"

    def matches(self, export: Export) -> bool:
        """Whether one of the files is of this format."""
        return any(_fits(self, _names(member)) for member in export.members)

    def taken_from(self, names: Sequence[str]) -> dict[str, tuple[str, float]]:
        """Return the name and factor of theirs for each column of ours that is there."""
        said = dict(self.columns) or {
            ours: next((name for name in theirs if name in names), "")
            for ours, theirs in self.aliases.items()
        }
        found = {}
        for ours, theirs in said.items():
            scaled = _FACTOR.fullmatch(theirs)
            name, factor = (scaled[1], float(scaled[2])) if scaled else (theirs, 1.0)
            if name and name in names:
                found[ours] = (name, factor)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class RepReading:
    """Reps of another product.

    Attributes
    ----------
    reps
        Columns of :class:`imu_tempo.schema.RepRow`, NaN where the product does not tell, and ``session``.
    format
        What it was.
    taken
        Ours from theirs, in words.
    unmapped
        Columns of theirs that were left out.
    dropped
        Columns left out because they tell who it was.
    """

    reps: pd.DataFrame
    format: RepFormat
    taken: str
    unmapped: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@cache
def _described() -> dict[str, RepFormat]:
    document = tomllib.loads(files(__package__).joinpath(_TABLES).read_text(encoding="utf-8"))
    return {
        key: RepFormat(
            key=key,
            title=said["title"],
            status=said["status"],
            note=said["note"],
            header=tuple(said["header"]),
            columns=said.get("columns", {}),
            personal=tuple(said["personal"]),
            last_of=said.get("last_of", ""),
            aliases=said.get("aliases", {}),
        )
        for key, said in document.items()
    }


def rep_formats() -> tuple[RepFormat, ...]:
    """Return the formats that are told by their own headers."""
    return tuple(f for key, f in _described().items() if key != _COMMON)


def guessed_format() -> RepFormat:
    """Return the format told by common column names, for where no other fits."""
    return _described()[_COMMON]


def read_reps(path: str | Path, options: ReadOptions | None = None) -> RepReading:
    """Read another product's table of reps.

    Raises
    ------
    SourceError
        It is none, or damaged.
    """
    from imu_tempo.formats.readers.registry import recognise

    options = options or ReadOptions()
    export = open_export(Path(path))
    chosen = recognise(export, options)
    if not isinstance(chosen, RepFormat):
        raise SourceError(f"{path} holds no table of reps ({chosen.title}).", source=str(path))
    return reps_of(export, chosen, options)


def reps_of(export: Export, chosen: RepFormat, options: ReadOptions) -> RepReading:
    """Read the reps of an export whose format is known.

    Raises
    ------
    SourceError
        No file of it has the format's columns, or it holds no reps.
    """
    records = [r for m in export.members if _fits(chosen, _names(m)) for r in _records(m)]
    names = list(dict.fromkeys(name for record in records for name in record))
    if chosen.last_of:
        records = _last_rows(records, chosen.last_of)
    if not records:
        raise SourceError(f"{export.path} holds no reps of {chosen.title}.", source=str(export.path))
    taken = chosen.taken_from(names)
    used = {name for name, _ in taken.values()}
    personal = [n for n in names if n in chosen.personal or "mail" in n]
    words = ", ".join(
        f"{ours} from {name}" + (f" * {f:g}" if f != 1.0 else "") for ours, (name, f) in taken.items()
    )
    return RepReading(
        reps=_table(records, taken, keep_names=options.keep_names),
        format=chosen,
        taken=words,
        unmapped=tuple(n for n in names if n and n not in used and n not in personal),
        dropped=() if options.keep_names else tuple(personal),
    )


def _fits(chosen: RepFormat, names: Sequence[str]) -> bool:
    if not chosen.aliases:
        return bool(names) and set(chosen.header) <= set(names)
    found = chosen.taken_from(names)
    return "mcv_mps" in found and len(found.keys() - set(_TEXT)) >= _LEAST_COMMON


def _names(member: Member) -> list[str]:
    if member.data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"[")):
        try:
            first = islice(_json_rows(member), _HEAD_RECORDS)
            return list(dict.fromkeys(name for record in first for name in record))
        except SourceError:
            return []
    found: list[str] = []

    def look(names: Sequence[str]) -> bool:
        found[:] = names
        return len([name for name in names if name and not is_number(name)]) > _LEAST_COMMON

    member.sheet(look)
    return found


def _records(member: Member) -> Records:
    """Return rows by plain name, of a table or of JSON."""
    if is_json(member.text):
        return _json_records(member)
    sheet = member.sheet(lambda names: len([n for n in names if n and not is_number(n)]) > _LEAST_COMMON)
    if sheet is None:
        return []
    places = {name: place for place, name in enumerate(sheet.names)}
    columns = sheet.columns(list(places.values()))
    if sheet.decimal == ",":
        columns = [[_pointed(cell) for cell in cells] for cells in columns]
    return [dict(zip(places, row, strict=True)) for row in zip(*columns, strict=True)]


def _pointed(cell: str) -> str:
    pointed = cell.replace(",", ".")
    return pointed if is_number(pointed) else cell


def _json_records(member: Member) -> Records:
    """Return the rows of JSON, as many as a table of reps can have."""
    records: Records = []
    values = 0
    for record in _json_rows(member):
        records.append(record)
        values += len(record)
        if values > MAX_VALUES:
            raise SourceError(
                f"{member.source} tells more than {MAX_VALUES} values of reps: export fewer at a time.",
                source=member.source,
            )
    return records


def _json_rows(member: Member) -> Iterator[dict[str, str]]:
    """Flatten JSON, or a line of it a set: reps inside a set get what the set says."""
    document = member.document
    if isinstance(document, dict) and "reps" not in document:
        document = next((v for v in document.values() if isinstance(v, list)), [document])
    if not isinstance(document, list):
        document = [document]
    for entry in filter(_is_object, document):
        inner = entry.get("reps")
        shared = _flat(entry)
        for rep in filter(_is_object, inner) if isinstance(inner, list) else [{}]:
            yield {**shared, **_flat(rep)}


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _flat(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the plain values; null means that it was not measured."""
    scalars = {k: v for k, v in entry.items() if not isinstance(v, (dict, list))}
    return {plain(k).replace(" ", ""): "" if v is None else str(v) for k, v in scalars.items()}


def _last_rows(records: Records, column: str) -> Records:
    """Return the last row of each rep; rows before the first one have none."""
    last = {record.get(column, ""): record for record in records}
    return [record for number, record in last.items() if _value(number) > 0]


def _table(records: Records, taken: Mapping[str, tuple[str, float]], *, keep_names: bool) -> pd.DataFrame:
    import numpy as np

    from imu_tempo.schema import RepRow, columns, table

    empty = table([RepRow(set_no=1, rep_no=1, tut_s=NAN, rom_m=NAN)] * len(records), RepRow)
    frame = empty.copy()
    for ours, (theirs, factor) in taken.items():
        cells = [record.get(theirs, "") for record in records]
        if ours in _TEXT:
            frame[ours] = cells
        elif ours not in ("set_no", "rep_no", "load_unit"):
            frame[ours] = np.array([_value(cell) for cell in cells]) * factor
    if "load_unit" in taken:
        units = [record.get(taken["load_unit"][0], "").lower() for record in records]
        frame["load_kg"] *= np.array([_KG_PER_LB if unit in _POUNDS else 1.0 for unit in units])
    if "athlete" in taken and not keep_names:
        frame["athlete"] = _numbered(frame["athlete"].tolist(), "A")
    _number(frame, records, taken)
    session = ["session"] if "session" in frame else []
    return frame[[*session, *(c.name for c in columns(RepRow))]]


def _number(frame: pd.DataFrame, records: Records, taken: Mapping[str, tuple[str, float]]) -> None:
    """Give sets and reps numbers from 1, within session and athlete; their names do not matter."""
    place = ["session"] if "session" in frame else []
    people = list(zip(*(frame[name].astype(str) for name in (*place, "athlete")), strict=True))
    if "set_no" in taken:
        said = [record.get(taken["set_no"][0], "") for record in records]
        if all(map(_whole, said)):
            frame["set_no"] = [int(_value(name)) for name in said]
        else:  # names, such as keys of a database
            frame["set_no"] = _counted(people, said)
    sets = list(zip(people, frame["exercise"].astype(str), frame["set_no"], strict=True))
    if "rep_no" in taken and all(_whole(record.get(taken["rep_no"][0], "")) for record in records):
        frame["rep_no"] = _from_one(sets, [int(_value(record[taken["rep_no"][0]])) for record in records])
    else:
        frame["rep_no"] = _counted(sets, range(len(sets)))


def _counted(groups: Sequence[Hashable], names: Iterable[Hashable]) -> list[int]:
    """Return the number, from 1, of each name within its group, in the order in which they come."""
    numbers: dict[Hashable, dict[Hashable, int]] = {}
    own = (numbers.setdefault(group, {}) for group in groups)
    return [known.setdefault(name, len(known) + 1) for known, name in zip(own, names, strict=True)]


def _from_one(groups: Sequence[Hashable], numbers: Sequence[int]) -> list[int]:
    """Return numbers with 1 added in those groups that count from 0."""
    lowest: dict[Hashable, int] = {}
    for group, number in zip(groups, numbers, strict=True):
        lowest[group] = min(number, lowest.get(group, number))
    return [n + (lowest[group] == 0) for group, n in zip(groups, numbers, strict=True)]


def _value(cell: str) -> float:
    """Return a cell's number; NaN where it has none that can be one."""
    value = float(cell) if is_number(cell) else NAN
    return value if math.isfinite(value) else NAN


def _whole(text: str) -> bool:
    value = _value(text)
    return 0 <= value < _MOST and value == round(value)


def _numbered(names: Sequence[str], prefix: str) -> list[str]:
    order: dict[str, str] = {}
    return [order.setdefault(name, f"{prefix}{len(order) + 1}") if name else "" for name in names]
