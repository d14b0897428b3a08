"""Writing a recording while it happens."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from firmware_bridge.clock import WallWatch, local_now
from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import DiskFullError, LeftOutError, recording_error
from firmware_bridge.recording.journal import EVENTS_NAME, OPEN_NAME, encode_line
from firmware_bridge.recording.lines import LineFile
from firmware_bridge.recording.manifest import ClockSet, Manifest, folder_name
from firmware_bridge.recording.reader import Recording
from firmware_bridge.recording.reserve import END_BYTES, END_NAME, Reserve
from firmware_bridge.recording.seal import seal
from firmware_bridge.sensors.base import RawPacket

OnTrouble = Callable[[RecordingError | None], None]

SYNC_S = 1.0  # a power cut loses at most this; a killed process loses nothing that was appended
CLOCK_SETS_KEPT = 20  # a clock that is set more often than this is broken, and that is said
ENDING = ".tempo"

_log = logging.getLogger(__name__)


class RecordingWriter:
    """Appends packets and events to a recording folder.

    Each line goes to the system at once (a killed process loses nothing), and to the disk every second, both
    from threads of their own, so that nothing here blocks an event loop: lines wait in memory while the disk
    is busy. Room for the end is kept free: when the disk is full that is told, and the recording can still be
    sealed, with all that was appended. As a context manager it seals at the end, or only closes after an
    exception: then :func:`~firmware_bridge.recording.repair` seals.

    Attributes
    ----------
    path
        The recording's folder.
    manifest
        What it is.
    trouble
        What is wrong with the disk now; None where it takes what comes. Known only with ``on_trouble``.
    """

    def __init__(self, path: Path, manifest: Manifest, on_trouble: OnTrouble | None = None) -> None:
        self.path = path
        self.manifest = manifest
        self.trouble: RecordingError | None = None
        self._on_trouble = on_trouble
        self._manifest_lock = threading.Lock()
        self._wall = WallWatch()
        self._patient = on_trouble is not None
        self._unwritten: RecordingError | None = None  # the manifest, where there was no room for it yet
        self._events: LineFile | None = None
        with ExitStack() as undoing:
            self._end = Reserve(path, END_NAME, END_BYTES, patient=self._patient)
            undoing.callback(self._end.release)
            self._reserve = Reserve(path, patient=self._patient)
            undoing.callback(self._reserve.release)
            self._journal = LineFile(
                path / OPEN_NAME, self._reserve.release, locked=True, patient=self._patient
            )
            undoing.callback(self._journal.close)
            self._write_manifest()
            if self._unwritten is not None and not self._patient:
                raise self._unwritten
            undoing.pop_all()
        self._wake = threading.Event()
        self._closing = False
        self._sync_error: RecordingError | None = None
        self._syncer = threading.Thread(target=self._keep_syncing, name="recording-sync", daemon=True)
        self._syncer.start()

    @classmethod
    def create(
        cls, where: str | Path, manifest: Manifest, *, on_trouble: OnTrouble | None = None
    ) -> RecordingWriter:
        """Start a recording.

        Parameters
        ----------
        where
            A name ending in ``.tempo`` for the new folder itself; any other folder (made if need be) to put a
            folder into that is named by time, exercise and athlete.
        manifest
            What is known beforehand; empty ``started`` and ``software`` are filled in.
        on_trouble
            Told, from within :meth:`append` and :meth:`event`, when the disk is full or failing, and with
            None when it takes what comes again. What comes meanwhile waits in memory, so that whoever listens
            to a sensor can go on; so does all of it where the disk is full from the beginning. Without it
            trouble is raised.

        Raises
        ------
        RecordingError
            The folder exists already or cannot be made; or, where nobody else is told, the disk is full.
        """
        manifest = begun(manifest)
        where = Path(where)
        try:
            path = made_folder(where, manifest)
        except OSError as error:
            raise recording_error(error, where, "make the recording folder") from error
        return cls(path, manifest, on_trouble)

    def append(self, packet: RawPacket) -> None:
        """Append a packet, before anyone decodes it.

        Raises
        ------
        RecordingError
            The disk is full or failing, and nobody else is told. The packet is kept for it all the same, and
            tried again until :meth:`close`; the journal always ends with a whole line.
        """
        self._append(self._journal, encode_line(packet))

    def event(self, event: Mapping[str, object]) -> None:
        """Append an event (anything that JSON can hold) to the record of what the user was told.

        Raises
        ------
        RecordingError
            As :meth:`append`.
        """
        if self._events is None:
            self._events = LineFile(self.path / EVENTS_NAME, self._reserve.release, patient=self._patient)
        self._append(self._events, json.dumps(event, ensure_ascii=False).encode() + b"\n")

    def _append(self, file: LineFile, line: bytes) -> None:
        trouble = self._unwritten
        try:
            file.append(line)
            self._raise_sync_error()
        except RecordingError as error:
            if self._on_trouble is None:
                raise
            trouble = error
        if type(trouble) is not type(self.trouble) and not (trouble is None and self._still_full()):
            self.trouble = trouble
            if self._on_trouble is not None:
                self._on_trouble(trouble)

    def _still_full(self) -> bool:
        """Say whether what was told of the disk still holds: lines wait, or eat up the room for the end."""
        waiting = any(file.waiting for file in self._files())
        return waiting or not self._reserve.held

    def update(self, manifest: Manifest) -> None:
        """Replace the manifest, as when more is known of the sensor. Waits for the disk.

        Raises
        ------
        RecordingError
            It cannot be written.
        """
        with self._manifest_lock:
            self.manifest = manifest
            manifest.write(self.path)

    def _write_manifest(self) -> None:
        """Write the manifest; on a full disk it is tried again with every sync, and when all is sealed."""
        try:
            self.manifest.write(self.path)
            self._unwritten = None
        except DiskFullError as error:
            self._unwritten = error

    @property
    def waiting(self) -> int:
        """Packets that the disk has not taken yet: 0 unless it is slow or full."""
        return self._journal.waiting

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
        with ExitStack() as stack:
            stack.callback(self._end.release)
            stack.callback(self._reserve.release)
            for file in self._files():
                stack.callback(file.close)
        self._raise_sync_error()

    def seal(self) -> Recording:
        """Close, compress the packets and make the table. Takes a few seconds for an hour of data.

        On a full disk the packets stay as they are and the table is left out: both can be made later.

        Raises
        ------
        RecordingError
            Packets still waited for room on a full disk, and are lost; the others are sealed. Or the disk is
            failing; what was recorded stays, and can be repaired.
        """
        try:
            self.close()
        except (DiskFullError, LeftOutError):  # what did not fit is lost and told; what did is sealed first
            if (self.path / OPEN_NAME).exists():
                seal(Recording(self.path, self.manifest))
            raise
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
                self._end.take_again()
                self._reserve.take_again()
                if self._unwritten is not None:
                    with self._manifest_lock:
                        self._write_manifest()
                self._watch_the_clock()
            except RecordingError as error:
                self._sync_error = error
                return

    def _watch_the_clock(self) -> None:
        """Write down where the wall clock was set: no time in a recording is by it, but people may wonder."""
        if not (by_s := self._wall.moved_s()) or len(self.manifest.clock_set) >= CLOCK_SETS_KEPT:
            return
        _log.warning(
            "the computer's clock was set by %+.0f s, or it slept; the times of %s go on as before",
            by_s,
            self.path.name,
        )
        noticed = ClockSet(host_ns=local_now()[1], by_s=round(by_s, 3))
        with self._manifest_lock:
            self.manifest = replace(self.manifest, clock_set=(*self.manifest.clock_set, noticed))
            self._write_manifest()

    def _files(self) -> list[LineFile]:
        return [self._journal] if self._events is None else [self._journal, self._events]

    def _raise_sync_error(self) -> None:
        if self._sync_error is not None:
            raise self._sync_error


def made_folder(where: Path, manifest: Manifest) -> Path:
    """Make the folder of a recording: ``where`` itself if it ends in ``.tempo``, else one in it."""
    return _made(where) if where.suffix == ENDING else _made_inside(where, folder_name(manifest))


def begun(manifest: Manifest) -> Manifest:
    """Return a manifest with what the writer fills in."""
    if not manifest.started:
        started, started_host_ns = local_now()
        manifest = replace(manifest, started=started, started_host_ns=started_host_ns)
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
