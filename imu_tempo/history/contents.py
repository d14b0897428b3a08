"""What an entry of the journal does to the database, and what belongs to a person or a recording in it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

from imu_tempo.history import tables
from imu_tempo.history.entries import Analysed, AthleteSettings, Entry, OneRepMax, Said, SorenessAnswer
from imu_tempo.history.tables import TableSpec
from imu_tempo.schema import NAN
from imu_tempo.schema.history import AthleteRow, BodyMassRow


def apply(connection: sqlite3.Connection, entry: Entry) -> None:
    """Take one entry of the journal in; applying a journal twice changes nothing."""
    if isinstance(entry, Analysed):
        connection.execute(
            "INSERT OR REPLACE INTO recordings VALUES (?, ?, ?, ?)",
            (entry.recording, entry.folder, json.dumps(asdict(entry.said), ensure_ascii=False), entry.at),
        )
    elif isinstance(entry, SorenessAnswer):
        _replace(connection, tables.SORENESS, entry, entry.soreness)
    elif isinstance(entry, OneRepMax):
        _replace(connection, tables.ONE_REP_MAXES, entry, entry.one_rm_kg)
    elif isinstance(entry, AthleteSettings):
        mass_kg = NAN if entry.body_mass_kg is None else entry.body_mass_kg
        row = AthleteRow(
            athlete=entry.athlete, body_mass_kg=mass_kg, note=entry.note, body_mass_day=entry.day
        )
        tables.insert(connection, tables.ATHLETES, [row])
        if entry.body_mass_kg is not None:
            mass = BodyMassRow(athlete=entry.athlete, day=entry.day, body_mass_kg=mass_kg)
            tables.insert(connection, tables.BODY_MASSES, [mass])
    else:
        connection.executemany("INSERT OR IGNORE INTO left_out VALUES (?)", [(r,) for r in entry.recordings])
        delete_recordings(connection, entry.recordings)


def _replace(connection: sqlite3.Connection, spec: TableSpec, entry: Entry, value: float | None) -> None:
    """Put an answer in the place of an earlier one; no value takes it back."""
    if value is not None:
        tables.insert(connection, spec, [entry])
        return
    same = " AND ".join(f"{name} = ?" for name in spec.key)
    connection.execute(f"DELETE FROM {spec.name} WHERE {same}", [getattr(entry, name) for name in spec.key])


def known_recordings(connection: sqlite3.Connection, where: str = "") -> list[Analysed]:
    """Return what the journal last said of each recording."""
    found = connection.execute(f"SELECT recording, folder, said, at FROM recordings {where}").fetchall()
    return [
        Analysed(recording=recording, folder=folder, said=Said(**json.loads(said)), at=at)
        for recording, folder, said, at in found
    ]


def missing_recordings(connection: sqlite3.Connection) -> list[Analysed]:
    """Return the recordings that have no session."""
    return known_recordings(connection, "WHERE recording NOT IN (SELECT recording FROM sessions)")


def delete_recordings(connection: sqlite3.Connection, recordings: Iterable[str]) -> None:
    """Take recordings out of every table."""
    keys = [(recording,) for recording in recordings]
    for name in (*(spec.name for spec in tables.OF_A_RECORDING), "recordings"):
        connection.executemany(f"DELETE FROM {name} WHERE recording = ?", keys)


def recordings_of(connection: sqlite3.Connection, athlete: str) -> set[str]:
    """Return the recordings that an athlete is in, or was said to be in."""
    found = {
        row[0]
        for spec in tables.OF_A_RECORDING
        for row in connection.execute(f"SELECT recording FROM {spec.name} WHERE athlete = ?", (athlete,))
    }
    said = connection.execute("SELECT recording, said FROM recordings").fetchall()
    return found | {recording for recording, text in said if json.loads(text).get("athlete") == athlete}
