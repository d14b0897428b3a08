"""The dataset on disk: one part a session in each table's folder, and one run at a time that writes.

``OUT/batch.json`` says what it was made with and whether the run came to its end; ``OUT/reps/*.parquet`` and
its neighbours are the tables, which pandas, DuckDB and Arrow read whole. The part of ``sessions`` is written
last: it names the others and the digest of all that they were made from, and without it a session counts as
not done. Every file appears whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware_bridge.recording.files import try_lock
from firmware_bridge.untrusted import SETTINGS_BYTES, parse_json, read_plain
from imu_tempo.batch.tables import (
    DATASET_NAME,
    FORMAT,
    OF_A_SESSION,
    TABLES,
    arrow_schema,
    encode,
    told_of,
)
from imu_tempo.errors import SourceError, TempoError
from imu_tempo.history.lock import locked
from imu_tempo.history.session_rows import SOFTWARE
from imu_tempo.schema import columns
from imu_tempo.schema.batch import BatchErrorRow

if TYPE_CHECKING:
    import pandas as pd

_LOCK_NAME = ".lock"
_HALF_FOLDER = ".unfinished"
_EMPTY_PART = "0-columns.parquet"
"""A part without rows: a table has its columns before it has a session, and it comes first by its name."""
_ERRORS_PART = "errors.parquet"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Dataset:
    """The results of many recordings.

    Attributes
    ----------
    folder
        Where they lie.

    Examples
    --------
    >>> import pandas as pd
    >>> pd.read_parquet("season-results/reps")  # doctest: +SKIP
    >>> duckdb.sql("from 'season-results/reps/*.parquet' select athlete, avg(mcv_mps) group by all")  # doctest: +SKIP
    """  # noqa: E501

    folder: Path

    @property
    def sessions(self) -> pd.DataFrame:
        """One row a recording; :class:`imu_tempo.schema.batch.BatchSessionRow`."""
        return self.table("sessions")

    @property
    def sets(self) -> pd.DataFrame:
        """One row a set; :class:`imu_tempo.schema.history.HistorySetRow`."""
        return self.table("sets")

    @property
    def reps(self) -> pd.DataFrame:
        """One row a rep; :class:`imu_tempo.schema.history.HistoryRepRow`."""
        return self.table("reps")

    @property
    def rejected(self) -> pd.DataFrame:
        """One row a movement that is no rep; :class:`imu_tempo.schema.batch.BatchRejectedRow`."""
        return self.table("rejected")

    @property
    def eccentric(self) -> pd.DataFrame:
        """Work, power and control, one row a rep; :class:`imu_tempo.schema.history.HistoryEccentricRow`."""
        return self.table("eccentric")

    @property
    def fatigue(self) -> pd.DataFrame:
        """One row a measure a set; :class:`imu_tempo.schema.batch.BatchFatigueRow`."""
        return self.table("fatigue")

    @property
    def errors(self) -> pd.DataFrame:
        """One row a recording that is in no other table; :class:`imu_tempo.schema.batch.BatchErrorRow`."""
        return self.table("errors")

    def table(self, name: str) -> pd.DataFrame:
        """Read a whole table into memory, in the order of the recordings' ids.

        Raises
        ------
        SourceError
            There is no such dataset, or it cannot be read.
        """
        import pyarrow as pa
        from pyarrow import dataset

        if name not in TABLES:
            raise TempoError(f"a dataset has no table '{name}': expected {', '.join(TABLES)}.")
        parts = sorted((self.folder / name).glob("*.parquet"))
        if not parts:
            raise SourceError(
                f"{self.folder} is not a dataset: it has no {name}; give what imu-tempo batch wrote.",
                source=str(self.folder),
            )
        try:
            frame: pd.DataFrame = (
                dataset.dataset([str(part) for part in parts], schema=arrow_schema(name))
                .to_table()
                .to_pandas()
            )
        except (OSError, pa.ArrowException) as error:
            raise SourceError(
                f"{self.folder / name} cannot be read ({' '.join(str(error).split())}): run imu-tempo batch"
                " again.",
                source=str(self.folder),
            ) from error
        return frame.astype({c.name: c.dtype for c in columns(TABLES[name])})

    @property
    def manifest(self) -> dict[str, Any]:
        """``batch.json``: format, software, parameters, how many sessions and errors, whether complete.

        Raises
        ------
        SourceError
            There is none, or it cannot be read.
        """
        path = self.folder / DATASET_NAME
        try:
            told = parse_json(read_plain(path, SETTINGS_BYTES))
        except (OSError, ValueError) as error:
            raise SourceError(
                f"{path} cannot be read ({error}): give a folder that imu-tempo batch wrote.",
                source=str(path),
            ) from error
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            found = told.get("format") if isinstance(told, dict) else None
            raise SourceError(
                f"{path} is of format {found!r}, and this imu-tempo reads {FORMAT}: update imu-tempo, or"
                " choose another folder.",
                source=str(path),
            )
        return told


@dataclass(frozen=True, slots=True)
class Session:
    """A session that the dataset holds: where its recording was, and the digest of what it was made from."""

    source: str
    key: str


class Writer:
    """A run that writes a dataset. Only one can be open at a time; see :func:`writing`.

    Attributes
    ----------
    dataset
        What is written.
    sessions
        The sessions that are there and whole, by recording id.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._folder = dataset.folder
        self._prepare()
        self.sessions = dict(self._scan())

    def _prepare(self) -> None:
        shutil.rmtree(self._folder / _HALF_FOLDER, ignore_errors=True)  # of a run that was killed
        (self._folder / _HALF_FOLDER).mkdir()
        for name in TABLES:
            (self._folder / name).mkdir(exist_ok=True)
            self._replace(self._folder / name / _EMPTY_PART, encode(name, [], described=True))

    def _scan(self) -> Iterator[tuple[str, Session]]:
        import pyarrow as pa
        from pyarrow import parquet

        for part in sorted((self._folder / "sessions").glob("*.parquet")):
            if part.name == _EMPTY_PART:
                continue
            try:
                told = told_of(parquet.read_schema(part).metadata)
                whole = all(self._size(name, part.name) == told["sizes"][name] for name in OF_A_SESSION)
                found = Session(str(told["source"]), str(told["key"]))
            except (OSError, pa.ArrowException, KeyError, TypeError):
                continue  # torn by a power cut: it is made again
            if whole:
                yield part.stem, found

    def _size(self, name: str, part: str) -> int:
        return (self._folder / name / part).stat().st_size

    def say(self, parameters: Mapping[str, Any], *, complete: bool, errors: int = 0) -> None:
        """Write ``batch.json``."""
        told = {
            "format": FORMAT,
            "software": SOFTWARE,
            "complete": complete,
            "sessions": len(self.sessions),
            "errors": errors,
            "parameters": parameters,
        }
        text = json.dumps(told, indent=2, ensure_ascii=False)
        self._replace(self._folder / DATASET_NAME, f"{text}\n".encode())

    def commit(self, recording: str, session: Session, parts: Mapping[str, bytes]) -> None:
        """Put a session's parts in the place of earlier ones; the one of ``sessions`` goes first and last."""
        (self._folder / "sessions" / _part(recording)).unlink(missing_ok=True)
        for name in (*OF_A_SESSION, "sessions"):
            self._replace(self._folder / name / _part(recording), parts[name])
        self.sessions[recording] = session

    def move(self, recording: str, source: str) -> None:
        """Write down that a recording lies elsewhere now."""
        from pyarrow import parquet

        path = self._folder / "sessions" / _part(recording)
        held = parquet.read_table(path)
        told = {**told_of(held.schema.metadata), "source": source}
        kind = TABLES["sessions"]
        rows = [kind(**{**row, "source": source}) for row in held.to_pylist()]
        self._replace(path, encode("sessions", rows, told))
        self.sessions[recording] = Session(source, self.sessions[recording].key)

    def remove(self, recording: str) -> None:
        """Take a session out."""
        for name in ("sessions", *OF_A_SESSION):
            (self._folder / name / _part(recording)).unlink(missing_ok=True)
        self.sessions.pop(recording, None)

    def errors(self) -> list[BatchErrorRow]:
        """Return what the last run that came to its end could not analyse."""
        from pyarrow import parquet

        try:
            held = parquet.read_table(self._folder / "errors" / _ERRORS_PART).to_pylist()
            return [BatchErrorRow(**{f.name: row[f.name] for f in fields(BatchErrorRow)}) for row in held]
        except (OSError, ValueError, KeyError):
            return []

    def write_errors(self, errors: Sequence[BatchErrorRow]) -> None:
        """Replace the table of errors."""
        ordered = sorted(errors, key=lambda row: row.source)
        self._replace(self._folder / "errors" / _ERRORS_PART, encode("errors", ordered))

    def close(self) -> None:
        """Leave nothing half behind."""
        shutil.rmtree(self._folder / _HALF_FOLDER, ignore_errors=True)

    def _replace(self, path: Path, data: bytes) -> None:
        """Write a file that appears whole or not at all; one that holds the same already is left alone."""
        with suppress(OSError):
            if path.stat().st_size == len(data) and path.read_bytes() == data:
                return
        half = self._folder / _HALF_FOLDER / f"{path.parent.name}-{path.name}-{os.getpid()}"
        half.write_bytes(data)
        half.replace(path)


def _part(recording: str) -> str:
    return f"{recording}.parquet"


@contextmanager
def writing(dataset: Dataset, on_wait: Callable[[], None] = lambda: None) -> Iterator[Writer]:
    """Hold a dataset for writing; another run that does so is waited for, and ``on_wait`` is then called.

    Raises
    ------
    TempoError
        It cannot be written, or the folder holds something else.
    """
    folder = dataset.folder
    try:
        _check_place(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            if _is_held(folder / _LOCK_NAME):
                on_wait()
            with suppress(OSError):  # a file system without locks: whole files have to be enough
                stack.enter_context(locked(folder / _LOCK_NAME))
            writer = Writer(dataset)
            try:
                yield writer
            finally:
                writer.close()
    except OSError as error:
        raise TempoError(
            f"{folder} cannot be written ({(error.strerror or str(error)).lower()}): choose another place;"
            " what is in it already is kept."
        ) from error


def _check_place(folder: Path) -> None:
    if folder.is_dir() and not (folder / DATASET_NAME).exists():
        strange = [name for name in TABLES if (folder / name).exists() and not (folder / _LOCK_NAME).exists()]
        if strange:
            raise TempoError(
                f"{folder / strange[0]} is there and no dataset of imu-tempo: choose another folder."
            )


def _is_held(path: Path) -> bool:
    with path.open("ab") as file:
        return not try_lock(file.fileno())
