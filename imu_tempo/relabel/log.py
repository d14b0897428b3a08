"""``edits.jsonl``: the edits of a recording, one line each, only ever appended to.

In a recording's folder it is called so; beside a table ``bar.csv`` it is ``bar.csv.edits.jsonl``. An undo is
a line as well, so that the log holds all that was ever said. The raw data is never touched, and the manifest
knows nothing of it: a sealed recording verifies as before.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_bridge.recording.files import recording_error, sync_folder, try_lock
from imu_tempo.errors import SourceError, TempoError
from imu_tempo.relabel.apply import Missed, Outcome, apply_edits, definitions_of
from imu_tempo.relabel.edit import Edit
from imu_tempo.relabel.entries import Entry, encode, read_entries
from imu_tempo.result import AnalysisResult

FILE_NAME = "edits.jsonl"

_LOCK_WAIT_S = 5.0
"""Another process holds the lock for a few milliseconds; longer means that it hangs."""
_LOCK_STEP_S = 0.01
_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_APPEND
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)  # a stranger's recording may hold a link to a file of one's own
)
_FILE_MODE = 0o666  # less the umask


class Edits:
    """The edits of one recording.

    Attributes
    ----------
    path
        The log; it need not exist.
    entries
        All that was ever said, in order.
    damaged
        Lines that cannot be read; they are skipped, and told.

    Examples
    --------
    >>> from imu_tempo.relabel import Edits, delete  # doctest: +SKIP
    >>> raw = imu_tempo.analyze(folder, edits=False)  # doctest: +SKIP
    >>> log = Edits.load(folder)  # doctest: +SKIP
    >>> log.append(delete(rows(raw.reps, RepRow)[2]), on=raw, who="amy")  # doctest: +SKIP
    >>> log.apply(raw).sets  # doctest: +SKIP
    """

    def __init__(self, path: Path | None, entries: tuple[Entry, ...] = (), damaged: int = 0) -> None:
        self.path = path
        self.entries = entries
        self.damaged = damaged

    @classmethod
    def load(cls, recording: str | os.PathLike[str]) -> Edits:
        """Read the edits of a recording's folder or of a table; without a log there are none.

        Raises
        ------
        SourceError
            There is no such recording, or its log cannot be read or is of a newer format version.
        """
        if not Path(recording).exists():
            raise SourceError(f"{recording} does not exist: check the path.", source=str(recording))
        path = log_path(Path(recording))
        return cls(path, *read_entries(path))

    @classmethod
    def none(cls) -> Edits:
        """Return no edits, of no recording."""
        return cls(None)

    def __bool__(self) -> bool:
        return bool(self.active) or self.damaged > 0

    @property
    def active(self) -> tuple[Entry, ...]:
        """The entries that hold: every edit that was not undone, in the order they were made."""
        undone: set[int] = set()
        for entry in self.entries:
            if entry.undoes is not None:
                undone.add(entry.undoes)
            elif entry.redoes is not None:
                undone.discard(entry.redoes)
        return tuple(e for e in self.entries if e.edit is not None and e.no not in undone)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits that hold."""
        return tuple(entry.edit for entry in self.active if entry.edit is not None)

    @property
    def labels(self) -> dict[str, str | float]:
        """What is said of the whole recording: ``exercise``, ``load_kg``, ``athlete``, ``tempo``."""
        whole = [e for e in self.edits if e.action == "label" and e.start_s is None]
        return {k: v for edit in whole for k in LABELS if (v := getattr(edit, k)) is not None}

    @property
    def exercise(self) -> str | None:
        """The exercise that the whole recording is said to be of; None where nothing was said."""
        said = self.labels.get("exercise")
        return None if said is None else str(said)

    @property
    def exercise_stretches(self) -> list[Edit]:
        """The labels that name another exercise for a part of the recording, in order."""
        last_whole = max(
            (i for i, e in enumerate(self.edits) if e.names_exercise and e.start_s is None), default=-1
        )
        return [e for e in self.edits[last_whole + 1 :] if e.names_exercise and e.start_s is not None]

    def without_labels(self, *names: str) -> Edits:
        """Return a copy, not to be appended to, whose labels leave out ``names``: the caller knows better."""
        kept = []
        for entry in self.active:
            edit = entry.edit
            if edit is not None and edit.action == "label":
                left: dict[str, Any] = {k: None if k in names else getattr(edit, k) for k in LABELS}
                if all(value is None for value in left.values()):
                    continue
                edit = replace(edit, **left)
            kept.append(replace(entry, edit=edit))
        return Edits(None, tuple(kept), self.damaged)

    def apply(self, result: AnalysisResult) -> AnalysisResult:
        """Return an analysis with the edits put onto it; the analysis itself is left alone.

        What could not be put on is in ``quality["edits_missed"]``; see :meth:`outcome`.
        """
        return self.outcome(result).result

    def outcome(self, result: AnalysisResult) -> Outcome:
        """Return the analysis with the edits put onto it, and which of them found no rep.

        Parameters
        ----------
        result
            An analysis made with ``edits=False``, or by :func:`imu_tempo.offline.before_edits`.

        Raises
        ------
        TempoError
            The analysis has edits on it already.
        """
        numbered = [(e.no, e.edit) for e in self.active if e.edit]
        return apply_edits(result, numbered, damaged=self.damaged)

    def append(self, edit: Edit, *, on: AnalysisResult | None = None, who: str | None = None) -> Entry:
        """Write an edit to the log.

        Parameters
        ----------
        edit
            What is said.
        on
            The analysis without edits (``edits=False``) that it was made on: the edit is tried on it first,
            and its parameters are written down.
        who
            Who says so; the user of this machine by default.

        Raises
        ------
        TempoError
            The edit cannot be put onto ``on``; nothing was written.
        firmware_bridge.errors.RecordingError
            The log cannot be written.
        """
        self._try(edit, on)
        tried_with = self.entries
        with self._writing() as write:
            if self.entries != tried_with:
                self._try(edit, on)
            analysis = {} if on is None else {"exercise": on.exercise, **asdict(definitions_of(on))}
            return write(Entry(no=0, time="", who=who or _user(), edit=edit, analysis=analysis))

    def undo(self, *, who: str | None = None) -> Entry:
        """Take the last edit back; return it.

        Raises
        ------
        TempoError
            There is none.
        """
        nothing = TempoError("There is no edit to undo.")
        if not self._written:
            raise nothing
        with self._writing() as write:
            if not self.active:
                raise nothing
            last = self.active[-1]
            write(Entry(no=0, time="", who=who or _user(), undoes=last.no))
            return last

    def redo(self, *, who: str | None = None) -> Entry:
        """Bring back what was undone last, if nothing was edited since; return it.

        Raises
        ------
        TempoError
            There is nothing to bring back.
        """
        nothing = TempoError("There is no undone edit to bring back.")
        if not self._written:
            raise nothing
        with self._writing() as write:
            undone: list[int] = []
            for entry in self.entries:
                if entry.edit is not None:
                    undone.clear()
                elif entry.undoes is not None:
                    undone.append(entry.undoes)
                elif undone:
                    undone.pop()
            if not undone:
                raise nothing
            write(Entry(no=0, time="", who=who or _user(), redoes=undone[-1]))
            return next(e for e in self.entries if e.no == undone[-1])

    @property
    def _written(self) -> bool:
        return self.path is not None and self.path.exists()

    def _try(self, edit: Edit, on: AnalysisResult | None) -> None:
        if on is None or edit.names_exercise:
            return
        number = 1 + max((e.no for e in self.entries), default=0)
        tried = [*((e.no, e.edit) for e in self.active if e.edit), (number, edit)]
        missed: list[Missed] = [m for m in apply_edits(on, tried).missed if m.no == number]
        if missed:
            raise TempoError(f"Cannot {edit}: {missed[0].reason}.")

    @contextmanager
    def _writing(self) -> Iterator[_Write]:
        """Hold the log's lock, with all that others wrote meanwhile read."""
        if self.path is None:
            raise TempoError("These edits belong to no recording on disk: there is nowhere to write to.")
        try:
            descriptor = os.open(self.path, _FLAGS, _FILE_MODE)
        except OSError as error:
            raise recording_error(error, self.path, "write") from error
        try:
            _lock(descriptor, self.path)
            self.entries, self.damaged = read_entries(self.path)
            yield _Write(self, descriptor)
        finally:
            os.close(descriptor)


class _Write:
    """Appends one entry to a locked log."""

    def __init__(self, edits: Edits, descriptor: int) -> None:
        self._edits = edits
        self._descriptor = descriptor

    def __call__(self, entry: Entry) -> Entry:
        edits, path = self._edits, self._edits.path
        assert path is not None
        number = 1 + max((e.no for e in edits.entries), default=0)
        entry = replace(entry, no=number, time=datetime.now(UTC).isoformat(timespec="seconds"))
        line = encode(entry)
        try:
            size = os.fstat(self._descriptor).st_size
            if size and _last_byte(self._descriptor, size) != b"\n":
                line = b"\n" + line  # a crash tore the last line; ours must not be glued to it
            _append(self._descriptor, line, size)
            os.fsync(self._descriptor)
            sync_folder(path.parent)
        except OSError as error:
            raise recording_error(error, path, "write") from error
        edits.entries = (*edits.entries, entry)
        return entry


LABELS = ("exercise", "load_kg", "athlete", "tempo")
"""What a label may say."""


def log_path(recording: Path) -> Path:
    """Return where the edits of a recording's folder, or of a table, are kept."""
    if recording.is_dir():
        return recording / FILE_NAME
    if (recording.parent / "manifest.json").exists():
        return recording.parent / FILE_NAME
    return recording.with_name(f"{recording.name}.{FILE_NAME}")


def _lock(descriptor: int, path: Path) -> None:
    until = time.monotonic() + _LOCK_WAIT_S
    while not try_lock(descriptor):
        if time.monotonic() > until:
            raise SourceError(
                f"{path} is held by another process for {_LOCK_WAIT_S:g} s: end that, and try again.",
                source=str(path),
            )
        time.sleep(_LOCK_STEP_S)


def _append(descriptor: int, line: bytes, size: int) -> None:
    """Write a whole line, or nothing: half a line must not be left for the next one to be glued to."""
    written = 0
    try:
        while written < len(line):
            written += os.write(descriptor, line[written:])
    except OSError:
        if written:
            os.ftruncate(descriptor, size)
        raise


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
