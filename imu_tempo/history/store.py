"""The history itself: what is put in, what is read out, and how it stays whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from imu_tempo.errors import TempoError
from imu_tempo.history import contents, tables
from imu_tempo.history.choice import Choice
from imu_tempo.history.database import DamagedError, Database
from imu_tempo.history.entries import (
    Analysed,
    Entry,
    LeftOut,
    Said,
)
from imu_tempo.history.journal import Journal
from imu_tempo.history.session_rows import SessionRows
from imu_tempo.history.tables import TableSpec
from imu_tempo.home import data_home

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import pandas as pd

T = TypeVar("T")
REAL = Choice()
EVERYTHING = Choice(simulated=True)


class History:
    """Athletes and past sessions: a database that can be made again, and a journal that cannot.

    Numbers come from recordings; what people said beside them (soreness, tested maxes, settings, what an
    analysis was told) stands in the journal. A database that is gone or damaged is made again from the
    journal at once, and from the recordings by :func:`imu_tempo.bookkeeping.restore`.

    Attributes
    ----------
    folder
        Where it lives.
    notices
        What a user should be told: one sentence each.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = _home(folder)
        self.journal = Journal(self.folder)
        self.notices: list[str] = []
        self._healing = False
        self._database = self._opened()
        self._catch_up()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    # What is put in

    def put(self, rows: SessionRows, said: Said | None = None) -> bool:
        """Keep the results of a recording, in the place of earlier ones of the same recording.

        Returns
        -------
        bool
            False where the recording is left out, because its athlete was forgotten.
        """
        session = rows.session
        if session.recording in self.left_out():
            return False
        said = said or Said()
        before = self.recordings().get(session.recording)
        if before is None or (before.folder, before.said) != (session.folder, said):
            at = session.analysed
            self.add(Analysed(recording=session.recording, folder=session.folder, said=said, at=at))

        def write(connection: sqlite3.Connection) -> None:
            for spec in tables.OF_A_RECORDING:
                connection.execute(f"DELETE FROM {spec.name} WHERE recording = ?", (session.recording,))
            tables.insert(connection, tables.SESSIONS, [session])
            tables.insert(connection, tables.SETS, rows.sets)
            tables.insert(connection, tables.REPS, rows.reps)
            tables.insert(connection, tables.ECCENTRIC, rows.eccentric)

        self._write(write)
        return True

    def add(self, *entries: Entry) -> None:
        """Write entries to the journal and take them in."""
        self.journal.append(*entries)
        self._catch_up()

    # What is read out

    def sessions(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the sessions, columns of :class:`imu_tempo.schema.history.HistorySessionRow`."""
        return self._select(tables.SESSIONS, choice)

    def sets(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the sets, columns of :class:`imu_tempo.schema.history.HistorySetRow`."""
        return self._select(tables.SETS, choice)

    def reps(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the reps, columns of :class:`imu_tempo.schema.history.HistoryRepRow`."""
        return self._select(tables.REPS, choice)

    def eccentric(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the eccentric measures, columns of :class:`imu_tempo.schema.history.HistoryEccentricRow`."""
        return self._select(tables.ECCENTRIC, choice)

    def one_rep_maxes(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the one-rep maxes, columns of :class:`imu_tempo.schema.history.OneRepMaxRow`."""
        return self._select(tables.ONE_REP_MAXES, choice)

    def soreness(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the soreness answers, columns of :class:`imu_tempo.schema.history.SorenessRow`."""
        return self._select(tables.SORENESS, choice)

    def athletes(self) -> pd.DataFrame:
        """Return the athletes, columns of :class:`imu_tempo.schema.history.AthleteRow`."""
        return self._select(tables.ATHLETES, EVERYTHING)

    def body_masses(self, choice: Choice = REAL) -> pd.DataFrame:
        """Return the body masses by day, columns of :class:`imu_tempo.schema.history.BodyMassRow`."""
        return self._select(tables.BODY_MASSES, choice)

    def recordings(self) -> dict[str, Analysed]:
        """Return what is known of each recording: where it was last, and what the user said of it."""
        return {entry.recording: entry for entry in self._read(contents.known_recordings)}

    def folders_of(self, athlete: str) -> list[str]:
        """Return where the recordings of an athlete were last."""
        theirs = self._read(lambda connection: contents.recordings_of(connection, athlete))
        return [entry.folder for entry in self.recordings().values() if entry.recording in theirs]

    def sessions_by_recording(self) -> dict[str, tuple[str, str]]:
        """Return the digest of each session's inputs, and the folder it was found in."""

        def read(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
            return connection.execute("SELECT recording, inputs, folder FROM sessions").fetchall()

        return {recording: (inputs, folder) for recording, inputs, folder in self._read(read)}

    def missing(self) -> list[Analysed]:
        """Return the recordings that were analysed once and whose numbers are not in the database."""
        return self._read(contents.missing_recordings)

    def left_out(self) -> set[str]:
        """Return the ids of recordings that stay out, because their athlete was forgotten."""

        def read(connection: sqlite3.Connection) -> set[str]:
            return {row[0] for row in connection.execute("SELECT recording FROM left_out")}

        return self._read(read)

    # What is taken out

    def drop(self, recordings: Iterable[str]) -> None:
        """Take recordings out, with what was said of them."""
        gone = set(recordings)
        self.journal.rewrite(
            lambda line, entry: not (isinstance(entry, Analysed) and entry.recording in gone)
        )
        self._write(lambda connection: contents.delete_recordings(connection, gone))
        self._catch_up()

    def forget(self, athlete: str, *, leave_out: Iterable[str] = ()) -> None:
        """Take a person out of the database and the journal, to the last byte.

        Parameters
        ----------
        athlete
            The id.
        leave_out
            Ids of recordings of theirs that stay on the disk as they are, and that no reindexing may bring
            back.
        """
        theirs = self._read(lambda connection: contents.recordings_of(connection, athlete))
        needle = json.dumps(athlete, ensure_ascii=False).encode()

        def keep(line: bytes, entry: Entry | None) -> bool:
            if entry is None:  # damaged: when in doubt it goes
                return needle not in line
            if isinstance(entry, Analysed):
                return entry.recording not in theirs and entry.said.athlete != athlete
            return getattr(entry, "athlete", None) != athlete

        def delete(connection: sqlite3.Connection) -> None:
            contents.delete_recordings(connection, theirs)
            for spec in tables.TABLES:
                if "athlete" in spec.names:
                    connection.execute(f"DELETE FROM {spec.name} WHERE athlete = ?", (athlete,))

        out = tuple(sorted(leave_out))
        self._write(delete)
        self.journal.rewrite(keep, *([LeftOut(recordings=out)] if out else []))
        self._catch_up()
        self._database.scrub()

    # How it stays whole

    def _opened(self, damage: DamagedError | None = None) -> Database:
        database = Database(self.folder, damage)
        if database.set_aside:
            self.notices.append(
                f"The history database was damaged ({database.damage}): it was set aside as"
                f" {database.set_aside.name} and is made again from the journal and the recordings."
            )
        return database

    def _catch_up(self) -> None:
        """Take in what the journal holds and the database does not."""
        size = self.journal.size

        def known(connection: sqlite3.Connection) -> object:
            return connection.execute("SELECT value FROM facts WHERE name = 'journal_bytes'").fetchone()

        if self._read(known) == (size,):
            return
        lines = list(self.journal.lines())

        def apply(connection: sqlite3.Connection) -> None:
            applied = {row[0] for row in connection.execute("SELECT entry FROM applied")}
            for line in lines:
                if line.entry is not None and line.id not in applied:
                    contents.apply(connection, line.entry)
                    connection.execute("INSERT INTO applied VALUES (?)", (line.id,))
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('journal_bytes', ?)", (size,))

        self._write(apply)

    def _select(self, spec: TableSpec, choice: Choice) -> pd.DataFrame:
        where, values = choice.where(spec.names)
        return self._read(lambda connection: tables.select(connection, spec, where, values))

    def _read(self, what: Callable[[sqlite3.Connection], T]) -> T:
        return self._healed(lambda: _in(self._database.reading, what))

    def _write(self, what: Callable[[sqlite3.Connection], T]) -> T:
        return self._healed(lambda: _in(self._database.writing, what))

    def _healed(self, what: Callable[[], T]) -> T:
        """Do something; where the database turns out to be damaged, make it again and do it once more."""
        try:
            return what()
        except DamagedError as damage:
            if self._healing:
                raise TempoError(
                    f"{self.folder} cannot hold the history ({damage}): its disk gives back other than was"
                    " written; choose another folder with --history."
                ) from damage
            self._healing = True
            try:
                self._database.close()
                self._database = self._opened(damage)
                self._catch_up()
                return self._healed(what)
            finally:
                self._healing = False


def has_history(folder: str | Path | None = None) -> bool:
    """Say whether there is a history in a folder, without making one."""
    try:
        return Journal(_home(folder)).size > 0
    except OSError:
        return False


def _home(folder: str | Path | None) -> Path:
    return Path(folder) if folder is not None else data_home() / "history"


def _in(
    transaction: Callable[[], AbstractContextManager[sqlite3.Connection]],
    what: Callable[[sqlite3.Connection], T],
) -> T:
    with transaction() as connection:
        return what(connection)
