"""Room on the disk that is kept free while recording, for when it is full."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from pathlib import Path

from firmware_bridge.recording.files import TEMPORARY_SUFFIX, DiskFullError, recording_error

RESERVE_BYTES = 2**18
"""Kept free for a full disk: what comes in within ten seconds at least, so that a session that is ended when
that is told loses nothing."""

END_BYTES = 2**14
"""Kept free until the end: the manifest that seals the recording."""

ROOM_AGAIN = 4
"""So many times the reserve must be free before it is kept again: a disk nearly full is left alone."""

RESERVE_NAME = "space" + TEMPORARY_SUFFIX
END_NAME = "end" + TEMPORARY_SUFFIX


class Reserve:
    """Room on the disk, held by a file of zeros until it is needed.

    Parameters
    ----------
    folder, name, size
        Where, under what name, and how many bytes.
    patient
        Begin without it on a full disk.

    Raises
    ------
    RecordingError
        There is not even so much.
    """

    def __init__(
        self, folder: Path, name: str = RESERVE_NAME, size: int = RESERVE_BYTES, *, patient: bool = False
    ) -> None:
        self._path = folder / name
        self._size = size
        self._lock = threading.Lock()
        self._held = True
        try:
            self._path.write_bytes(bytes(size))
        except OSError as error:
            self.release()
            failure = recording_error(error, folder, "write to")
            if not (patient and isinstance(failure, DiskFullError)):
                raise failure from error

    @property
    def held(self) -> bool:
        """False from when it was given up until it is kept again."""
        return self._held

    def release(self) -> bool:
        """Give the room back; False where that was done before, or cannot be."""
        with self._lock:
            self._held = False
            try:
                self._path.unlink()
            except OSError:
                return False
            return True

    def take_again(self) -> None:
        """Keep room again, where it was given up and the disk has plenty of it by now."""
        with self._lock, suppress(OSError):
            if self._held or shutil.disk_usage(self._path.parent).free < ROOM_AGAIN * self._size:
                return
            try:
                self._path.write_bytes(bytes(self._size))
                self._held = True
            except OSError:
                self._path.unlink(missing_ok=True)
