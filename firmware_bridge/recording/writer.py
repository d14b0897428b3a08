"""Writing a recording while it happens."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import recording_error, sync_folder, try_lock
from firmware_bridge.recording.journal import EVENTS_NAME, OPEN_NAME, encode_line
from firmware_bridge.recording.manifest import Manifest, folder_name
from firmware_bridge.recording.reader import Recording
from firmware_bridge.recording.seal import seal
from firmware_bridge.sensors.base import RawPacket

SYNC_S = 1.0  # a power cut loses at most this; a killed process loses nothing that was appended
ENDING = ".tempo"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
_FILE_MODE = 0o666  # less the umask


class RecordingWriter:
    """Appends packets and events to a recording folder.

    Each line goes to the system at once (a killed process loses nothing), and to the disk every second from a
    thread of its own, so that nothing here blocks an event loop. As a context manager it seals at the end, or
    only closes after an exception: then :func:`~firmware_bridge.recording.repair` seals.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._journal = _LineFile(path / OPEN_NAME, locked=True)
        self._events: _LineFile | None = None
        manifest.write(path)
        self._wake = threading.Event()
        self._closing = False
        self._sync_error: RecordingError | None = None
        self._syncer = threading.Thread(target=self._keep_syncing, name="recording-sync", daemon=True)
        self._syncer.start()

    @classmethod
    def create(cls, where: str | Path, manifest: Manifest) -> RecordingWriter:
        """Start a recording.

        Parameters
        ----------
        where
            A name ending in ``.tempo`` for the new folder itself; any other folder (made if need be) to put a
            folder into that is named by time, exercise and athlete.
        manifest
            What is known beforehand; empty ``started`` and ``software`` are filled in.

        Raises
        ------
        RecordingError
            The folder exists already or cannot be made.
        """
        manifest = _begun(manifest)
        where = Path(where)
        try:
            path = _made(where) if where.suffix == ENDING else _made_inside(where, folder_name(manifest))
        except OSError as error:
            raise recording_error(error, where, "make the recording folder") from error
        return cls(path, manifest)

    def append(self, packet: RawPacket) -> None:
        """Append a packet, before anyone decodes it.

        Raises
        ------
        RecordingError
            The disk is full or failing; the journal then still ends with a whole line.
        """
        self._raise_sync_error()
        self._journal.append(encode_line(packet))

    def event(self, event: Mapping[str, object]) -> None:
        """Append an event (anything that JSON can hold) to the record of what the user was told.

        Raises
        ------
        RecordingError
            As :meth:`append`.
        """
        if self._events is None:
            self._events = _LineFile(self.path / EVENTS_NAME)
        self._events.append(json.dumps(event, ensure_ascii=False).encode() + b"\n")

    def update(self, manifest: Manifest) -> None:
        """Replace the manifest, as when more is known of the sensor. Waits for the disk.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        self.manifest = manifest
        manifest.write(self.path)

    def sync_soon(self) -> None:
        """Ask for everything to be brought to the disk now, without waiting: at a set's end."""
        self._wake.set()

    def close(self) -> None:
        """Bring everything to the disk and stop, leaving the recording open; again does nothing.

        Raises
        ------
        RecordingError
            The disk failed.
        """
        if self._closing:
            return
        self._closing = True
        self._wake.set()
        self._syncer.join()
        for file in self._files():
            file.close()
        self._raise_sync_error()

    def seal(self) -> Recording:
        """Close, compress the packets and make the table. Takes a few seconds for an hour of data.

        Raises
        ------
        RecordingError
            The disk is full or failing; what was recorded stays, and can be repaired.
        """
        self.close()
        return seal(Recording(self.path, self.manifest))[0]

    def __enter__(self) -> RecordingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.seal()
        else:
            self.close()

    def _keep_syncing(self) -> None:
        while not self._closing:
            self._wake.wait(SYNC_S)
            self._wake.clear()
            try:
                for file in self._files():
                    file.sync()
            except RecordingError as error:
                self._sync_error = error
                return

    def _files(self) -> list[_LineFile]:
        return [self._journal] if self._events is None else [self._journal, self._events]

    def _raise_sync_error(self) -> None:
        if self._sync_error is not None:
            raise self._sync_error


class _LineFile:
    """A file that only grows, by whole lines."""

    def __init__(self, path: Path, *, locked: bool = False) -> None:
        self._path = path
        self._size = 0
        self._synced_size = 0
        try:
            self._descriptor = os.open(path, _FLAGS, _FILE_MODE)
            sync_folder(path.parent)
        except OSError as error:
            raise recording_error(error, path, "write") from error
        if locked:
            try_lock(self._descriptor)

    def append(self, line: bytes) -> None:
        written = 0
        try:
            while written < len(line):
                written += os.write(self._descriptor, line[written:])
        except OSError as error:
            if written:  # half a line must not be left for the next one to be glued to
                os.ftruncate(self._descriptor, self._size)
            raise recording_error(error, self._path, "write") from error
        self._size += len(line)

    def sync(self) -> None:
        size = self._size
        if size == self._synced_size:
            return
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise recording_error(error, self._path, "write") from error
        self._synced_size = size

    def close(self) -> None:
        try:
            self.sync()
        finally:
            os.close(self._descriptor)


def _begun(manifest: Manifest) -> Manifest:
    if not manifest.started:
        started = datetime.now().astimezone().isoformat(timespec="milliseconds")
        manifest = replace(manifest, started=started, started_host_ns=time.monotonic_ns())
    if not manifest.software:
        manifest = replace(manifest, software=_software())
    return replace(manifest, state="open", contents=None)


def _software() -> str:
    try:
        return f"imu-tempo {version('imu-tempo')}"
    except PackageNotFoundError:
        return "imu-tempo"


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir()
    except FileExistsError as error:
        raise RecordingError(f"{path} exists already; choose another name", path=str(path)) from error
    return path


def _made_inside(parent: Path, name: str) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    stem = name.removesuffix(ENDING)
    number = 1
    while True:
        path = parent / (name if number == 1 else f"{stem}-{number}{ENDING}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path
