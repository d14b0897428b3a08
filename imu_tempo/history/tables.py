"""The tables of the database, made from the schema, and how an older database becomes this one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

from imu_tempo.schema import Column, columns
from imu_tempo.schema.history import (
    AthleteRow,
    BodyMassRow,
    HistoryEccentricRow,
    HistoryRepRow,
    HistorySessionRow,
    HistorySetRow,
    OneRepMaxRow,
    SorenessRow,
)

if TYPE_CHECKING:
    import pandas as pd

VERSION = 3
"""Of the database, in SQLite's ``user_version``. 1 had no ``eccentric`` table, 2 no ``body_masses``."""

_TYPES = {"int64": "INTEGER", "float64": "REAL", "str": "TEXT", "bool": "INTEGER"}
_DEFAULTS: dict[str, object] = {"int64": 0, "str": "", "bool": False}


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table of the database: its name, its rows and what tells them apart."""

    name: str
    row_type: type[Any]
    key: tuple[str, ...]
    since: int = 1

    @property
    def names(self) -> list[str]:
        """Names of the columns, in order."""
        return [column.name for column in columns(self.row_type)]


ATHLETES = TableSpec("athletes", AthleteRow, ("athlete",))
SESSIONS = TableSpec("sessions", HistorySessionRow, ("recording",))
SETS = TableSpec("sets", HistorySetRow, ("recording", "set_no"))
REPS = TableSpec("reps", HistoryRepRow, ("recording", "set_no", "rep_no"))
ECCENTRIC = TableSpec("eccentric", HistoryEccentricRow, ("recording", "set_no", "rep_no"), since=2)
ONE_REP_MAXES = TableSpec("one_rep_maxes", OneRepMaxRow, ("athlete", "exercise", "day"))
SORENESS = TableSpec("soreness", SorenessRow, ("athlete", "day", "area", "exercise"))
BODY_MASSES = TableSpec("body_masses", BodyMassRow, ("athlete", "day"), since=3)

TABLES = (ATHLETES, SESSIONS, SETS, REPS, ECCENTRIC, ONE_REP_MAXES, SORENESS, BODY_MASSES)
OF_A_RECORDING = (SESSIONS, SETS, REPS, ECCENTRIC)

_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS applied (entry TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recordings (recording TEXT PRIMARY KEY, folder TEXT, said TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS left_out (recording TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sets_by_day ON sets (athlete, exercise, day);
CREATE INDEX IF NOT EXISTS reps_by_day ON reps (athlete, exercise, day);
"""
_UNDATED_MASSES = """
INSERT OR IGNORE INTO body_masses
SELECT athlete, '', body_mass_kg FROM athletes WHERE body_mass_kg IS NOT NULL
"""
"""Body masses had no day before version 3: they hold as if they had always."""


def create(connection: sqlite3.Connection, found: int) -> None:
    """Bring a database of version ``found`` (0: empty) to this software's tables and columns.

    What a version lacks is added, and nothing is dropped: a number that an older analysis did not give reads
    as missing until the recording is analysed again.
    """
    for spec in TABLES:
        if spec.since > found:
            connection.execute(_ddl(spec))
        for column in _missing_columns(connection, spec):
            connection.execute(f"ALTER TABLE {spec.name} ADD COLUMN {column.name} {_TYPES[column.dtype]}")
    if 0 < found < BODY_MASSES.since:
        connection.execute(_UNDATED_MASSES)
    for statement in _BOOKKEEPING.strip().split("\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def lacks_columns(connection: sqlite3.Connection) -> bool:
    """Tell whether a database was made before the schema got some of its columns."""
    return any(_missing_columns(connection, spec) for spec in TABLES)


def insert(connection: sqlite3.Connection, spec: TableSpec, rows: Iterable[object]) -> None:
    """Write rows, replacing those of the same key."""
    marks = ", ".join("?" * len(spec.names))
    connection.executemany(
        f"INSERT OR REPLACE INTO {spec.name} ({', '.join(spec.names)}) VALUES ({marks})",
        ([_plain(getattr(row, name)) for name in spec.names] for row in rows),
    )


def select(
    connection: sqlite3.Connection, spec: TableSpec, where: str = "", values: Iterable[object] = ()
) -> pd.DataFrame:
    """Return rows as a DataFrame with the schema's columns and dtypes, in the order of day and key."""
    import pandas as pd

    days = ["day"] if "day" in spec.names else []
    order = ", ".join(dict.fromkeys([*days, *(["at"] if "at" in spec.names else []), *spec.key]))
    query = f"SELECT {', '.join(spec.names)} FROM {spec.name} {where} ORDER BY {order}"
    found = connection.execute(query, tuple(values)).fetchall()
    parts = list(zip(*found, strict=True)) or [()] * len(spec.names)
    defaults = {f.name: f.default for f in fields(spec.row_type)}
    data = {}
    for column, values_of in zip(columns(spec.row_type), parts, strict=True):
        default = defaults[column.name]
        missing = _DEFAULTS.get(column.dtype) if default is MISSING else default
        filled = [missing if v is None else v for v in values_of] if None in values_of else list(values_of)
        try:
            data[column.name] = pd.Series(filled, dtype=column.dtype)
        except (ValueError, TypeError, OverflowError) as error:  # a bit that flipped: it is made again
            raise sqlite3.DatabaseError(f"cannot decode {spec.name}.{column.name}: {error}") from error
    return pd.DataFrame(data)


def _ddl(spec: TableSpec) -> str:
    told = [f"{c.name} {_TYPES[c.dtype]}" for c in columns(spec.row_type)]
    return f"CREATE TABLE {spec.name} ({', '.join(told)}, PRIMARY KEY ({', '.join(spec.key)}))"


def _missing_columns(connection: sqlite3.Connection, spec: TableSpec) -> list[Column]:
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({spec.name})")}
    return [column for column in columns(spec.row_type) if column.name not in there]


def _plain(value: Any) -> object:
    """Return a value that SQLite knows; NaN becomes NULL there by itself."""
    return value.item() if hasattr(value, "item") else value
