"""Files that only grow, by whole lines, and never keep an event loop waiting for a slow disk."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import (
    DiskFullError,
    LeftOutError,
    recording_error,
    sync_folder,
    try_lock,
)

PATIENCE_S = 0.02
"""How long an append waits for its line to reach the system: a thousand times what it takes on a healthy
computer, so that a killed process loses nothing; and nothing that an event loop would feel on a sick one."""

SLOW_S = 0.01
PAUSE_S = 1.0
"""A disk that takes longer than 10 ms for a line is not waited for in the next second: a hundred packets a
second would take up the loop's whole time."""

MAX_WAITING_BYTES = 64 * 2**20
"""What may wait for a disk that does not answer: an hour and more of six axes at 400 Hz."""

RETRY_S = 0.5
"""A disk that takes nothing is tried again so often, and at the end."""

PIECE_LINES = 512
"""Written at once where many wait: a full disk that has room again takes an hour of them within seconds, and
nobody waits for their joining."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
_FILE_MODE = 0o666  # less the umask


class LineFile:
    """A file that only grows, by whole lines, written by a thread of its own.

    Lines wait in memory while the disk is busy or full, up to ``MAX_WAITING_BYTES``; a full disk is tried
    again every ``RETRY_S`` and at the end. What is on the disk always ends with a whole line.

    Parameters
    ----------
    path
        Where; must be new.
    make_room
        Called when the disk is full; returns True where that helped.
    locked
        Hold the file's lock, so that others can tell that it is in use.
    patient
        Where the disk has no room even for an empty file, make it later.
    """

    def __init__(
        self, path: Path, make_room: Callable[[], bool], *, locked: bool = False, patient: bool = False
    ) -> None:
        self._path = path
        self._make_room = make_room
        self._size = self._synced_size = self._waiting_bytes = 0
        self._waiting: deque[bytes] = deque()
        self._error: RecordingError | None = None  # not told yet
        self._failing: RecordingError | None = None
        self._closing = False
        self._wait_from_s = 0.0
        self._left_out = 0
        self._changed = threading.Condition()
        self._locked = locked
        self._descriptor: int | None = None
        failure = self._opened()
        if failure is not None and not (patient and isinstance(failure, DiskFullError)):
            raise failure
        self._thread = threading.Thread(target=self._keep_writing, name=f"write-{path.name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Lines that the disk has not taken yet."""
        return len(self._waiting)

    def append(self, line: bytes) -> None:
        """Append a line. Waits until the system has it, but not for a disk that is busy.

        Raises
        ------
        RecordingError
            Something is wrong with the disk. The line waits all the same, unless too many do already.
        """
        with self._changed:
            if self._waiting_bytes + len(line) > MAX_WAITING_BYTES:
                self._left_out += 1
                raise RecordingError(
                    f"cannot write {self._path}: the disk takes nothing and {MAX_WAITING_BYTES >> 20} MiB "
                    "wait for it; what was written before is safe",
                    path=str(self._path),
                )
            begun_s = time.monotonic()
            busy = begun_s < self._wait_from_s or bool(self._waiting)
            self._waiting.append(line)
            self._waiting_bytes += len(line)
            self._changed.notify_all()
            if not busy:
                self._changed.wait_for(lambda: not self._waiting or self._error, PATIENCE_S)
                if time.monotonic() - begun_s > SLOW_S:
                    self._wait_from_s = begun_s + PAUSE_S
            error, self._error = self._error or self._failing, None
        if error is not None:
            raise error

    def sync(self) -> None:
        """Bring to the disk what the system has.

        Raises
        ------
        RecordingError
            The disk failed.
        """
        size = self._size
        if size == self._synced_size or self._descriptor is None:
            return
        try:
            os.fsync(self._descriptor)
            if not self._synced_size:  # a file is lost with its name, and a folder with its own
                sync_folder(self._path.parent)
                sync_folder(self._path.parent.parent)
        except OSError as error:
            raise recording_error(error, self._path, "write") from error
        self._synced_size = size

    def close(self) -> None:
        """Write what waits, bring it to the disk, and close.

        Raises
        ------
        RecordingError
            The disk takes it no more than before: the lines that still wait are lost, and it says how many.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        try:
            self.sync()
        finally:
            if self._descriptor is not None:
                os.close(self._descriptor)
        if lost := len(self._waiting) + self._left_out:
            raise self._lost(lost)

    def _lost(self, lines: int) -> RecordingError:
        kind = type(self._failing) if self._failing else LeftOutError
        why = self._failing or f"cannot write {self._path}: the disk took too little for too long"
        return kind(f"{why}; the {lines} lines that waited for it are lost", path=str(self._path))

    def _keep_writing(self) -> None:
        while True:
            with self._changed:
                if self._failing:
                    self._changed.wait_for(lambda: self._closing, RETRY_S)
                else:
                    self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                last = self._closing
            if not self._write() and last:
                return

    def _write(self) -> bool:
        """Write what waits as far as it goes; False where some of it is left."""
        told = failure = self._try()
        if isinstance(failure, DiskFullError) and self._make_room():
            failure = self._try()  # all is kept this once, and yet it has to be told
        with self._changed:
            self._error, self._failing = told or self._error, failure
            self._changed.notify_all()
        return failure is None

    def _opened(self) -> RecordingError | None:
        """Make the file, unless it is there; tell what went wrong."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._path, _FLAGS, _FILE_MODE)
            except OSError as error:
                return recording_error(error, self._path, "write")
            if self._locked:
                try_lock(self._descriptor)
        return None

    def _try(self) -> RecordingError | None:
        """Write what waits, piece by piece; tell what went wrong."""
        failure = self._opened()
        while failure is None and self._waiting:
            with self._changed:
                data = b"".join(islice(self._waiting, PIECE_LINES))
            failure = self._try_piece(data)
        return failure

    def _try_piece(self, data: bytes) -> RecordingError | None:
        """Write lines, and take those that the system has off the waiting ones; tell what went wrong."""
        failure, written = None, 0
        assert self._descriptor is not None
        try:
            while written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError as error:
            failure = recording_error(error, self._path, "write")
            whole = data.rfind(b"\n", 0, written) + 1
            if written > whole:  # half a line must not be left for the next one to be glued to
                with suppress(OSError):
                    os.ftruncate(self._descriptor, self._size + whole)
            written = whole
        with self._changed:
            for _ in range(data.count(b"\n", 0, written)):
                self._waiting_bytes -= len(self._waiting.popleft())
            self._size += written
        return failure
