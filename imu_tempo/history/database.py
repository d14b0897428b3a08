"""The SQLite file: opened by any number of processes, looked at for damage, set aside when it is damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from imu_tempo.errors import TempoError
from imu_tempo.history.lock import locked
from imu_tempo.history.tables import VERSION, create, lacks_columns

FILE_NAME = "history.sqlite3"
APPLICATION_ID = 0x494D5554  # "IMUT": SQLite's own place for saying whose file it is
_WAIT_S = 30.0  # for another process that writes; a session takes it milliseconds
_LEAST_PAGE = 512  # bytes; pages of SQLite are a multiple of it
_BESIDE = ("-wal", "-shm")


class DamagedError(Exception):
    """The database cannot be used; the message is SQLite's.

    Parameters
    ----------
    message
        What is wrong.
    inode
        Which file it is, whatever it is called meanwhile.
    """

    def __init__(self, message: str, *, inode: int = 0) -> None:
        super().__init__(message)
        self.inode = inode


class Database:
    """A connection to the history's database, which is made, mended or brought up to date where need be.

    Attributes
    ----------
    set_aside
        Where a damaged file was moved to while opening, else None.
    damage
        What was wrong with it.

    Parameters
    ----------
    folder
        Made if need be, for its owner only.
    known
        Damage that was met in use: the file is set aside, unless another process has done it already.
    """

    def __init__(self, folder: Path, known: DamagedError | None = None) -> None:
        self.path = folder / FILE_NAME
        self.set_aside: Path | None = None
        self.damage = ""
        with _told(self.path):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(folder / f"{FILE_NAME}.lock"):
                self.damage = _damage(self.path)
                if not self.damage and known is not None and _inode(self.path) == known.inode:
                    self.damage = str(known)
                if self.damage:
                    self.set_aside = _move_aside(self.path)
                try:
                    self._connection = _opened(self.path)
                except sqlite3.DatabaseError as error:
                    if not _is_damage(error):
                        raise
                    self.damage = str(error)
                    self.set_aside = _move_aside(self.path)
                    self._connection = _opened(self.path)
            self._inode = _inode(self.path)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose reads all see one state.

        Raises
        ------
        DamagedError
            SQLite finds the file damaged.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose writes all count, or none if the block fails or the process dies in it.

        Raises
        ------
        DamagedError
            SQLite finds the file damaged.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def scrub(self) -> None:
        """Leave no byte in the files of what was deleted.

        Raises
        ------
        TempoError
            Another process is reading, so that the log cannot be emptied.
        """
        with _told(self.path):
            self._connection.execute("VACUUM")
            (busy, *_), *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            raise TempoError(
                f"{self.path} is in use by another imu-tempo: what was deleted may still stand in its log;"
                " end that one and ask again."
            )

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with _told(self.path, self._inode):
            self._connection.execute(begin)
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise


def set_aside_files(folder: Path) -> list[Path]:
    """List the damaged databases that were set aside in a folder."""
    return sorted(folder.glob(f"{Path(FILE_NAME).stem}.damaged-*"))


@contextmanager
def _told(path: Path, inode: int = 0) -> Iterator[None]:
    """Tell damage from a disk or a process that is in the way."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DamagedError(str(error), inode=inode) from error
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            raise DamagedError(str(error), inode=inode) from error
        raise TempoError(
            f"{path} cannot be used ({error}): the history needs a local folder that it may write to, and"
            " room on the disk; choose one with --history."
        ) from error
    except OSError as error:
        raise TempoError(
            f"{path} cannot be used ({(error.strerror or str(error)).lower()}): the history needs a folder"
            " that it may write to; choose one with --history."
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise TempoError(
            f"{path} is of version {found}, and this imu-tempo knows versions up to {VERSION}: update"
            " imu-tempo, or choose another folder with --history."
        )
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode this keeps the file whole through a power cut; what the cut takes away is made again.
    connection.execute("PRAGMA synchronous = NORMAL")
    if found == VERSION and not lacks_columns(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        create(connection, found)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _damage(path: Path) -> str:
    """Return what is wrong with a database file; empty where it is whole or not there."""
    if not path.exists():
        return ""
    size = path.stat().st_size
    if not size:
        return "it is empty"
    if size % _LEAST_PAGE:
        return "its end is missing"  # SQLite would read zeros there
    try:
        with closing(_connect(path)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            if application != APPLICATION_ID and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                return "it is no history of imu-tempo"
            (answer, *_), *_ = connection.execute("PRAGMA quick_check(1)")
            return "" if answer == "ok" else " ".join(str(answer).split())
    except UnicodeDecodeError as error:
        return str(error)
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            return str(error)
        raise


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell a damaged file from a disk, a lock or a right that is in the way."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # raised by the module itself
        return "decode" in str(error)
    if code == sqlite3.SQLITE_ERROR:  # whole, but not the tables that this version made
        return "no such table" in str(error) or "no such column" in str(error)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def _move_aside(path: Path) -> Path:
    """Rename a damaged database and what belongs to it; nothing is ever deleted."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    path.rename(target)
    for ending in _BESIDE:
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(target.with_name(target.name + ending))
    return target
