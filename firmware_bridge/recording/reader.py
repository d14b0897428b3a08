"""Reading recordings, sealed or left open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from firmware_bridge.errors import BridgeError, RecordingError
from firmware_bridge.recording import table
from firmware_bridge.recording.files import recording_error
from firmware_bridge.recording.journal import EVENTS_NAME, JournalReader, is_there, journal_path
from firmware_bridge.recording.manifest import FILE_NAME as MANIFEST_NAME
from firmware_bridge.recording.manifest import Manifest
from firmware_bridge.recording.table import Samples
from firmware_bridge.samples import SampleBlock, SensorInfo
from firmware_bridge.sensors.base import RawPacket, driver
from firmware_bridge.stream import SampleStream
from firmware_bridge.untrusted import parse_json

__all__ = ["Recording", "Samples", "find_recordings"]


class Recording:
    """A recording on disk.

    Attributes
    ----------
    path
        Its folder.
    manifest
        What it is.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | Path) -> Recording:
        """Open a recording's folder (or name any file in it).

        Raises
        ------
        RecordingError
            There is nothing, it is not a recording, it cannot be read, or its format is newer than this
            software.
        """
        folder = Path(path)
        try:
            if folder.is_file() and (folder.parent / MANIFEST_NAME).exists():
                folder = folder.parent
            elif folder.is_file():
                raise RecordingError(f"{path} is a file; give the folder of a recording", path=str(path))
            elif not folder.exists():
                raise RecordingError(f"there is no {path}; check the name", path=str(path))
        except OSError as error:
            raise recording_error(error, folder, "read") from error
        return cls(folder, Manifest.read(folder))

    @property
    def name(self) -> str:
        """Folder name without its ending."""
        return self.path.name.removesuffix(".tempo")

    @property
    def sealed(self) -> bool:
        """False while being recorded, or when the recorder was killed."""
        return self.manifest.state == "sealed"

    @property
    def info(self) -> SensorInfo:
        """What is known of the sensor."""
        return self.manifest.sensor

    def packets(self) -> Iterator[RawPacket]:
        """Yield the raw packets in the order they came; a torn last line of an open recording is left out.

        An imported recording has none.

        Raises
        ------
        RecordingError
            The journal is gone or, of a sealed recording, cut short or damaged.
        """
        if self.manifest.imported is not None:
            return
        journal = self.journal()
        yield from journal.packets()
        if (reason := self.shortened(journal)) is not None:
            raise RecordingError(
                f"{self.path} is cut short after {journal.lines} packets ({reason}); "
                f"run `imu-tempo repair {self.path}` to keep what is there",
                path=str(self.path),
            )

    def stream(self) -> SampleStream:
        """Make a fresh stream for :meth:`packets`, as the live run had one.

        Raises
        ------
        RecordingError
            The driver of the sensor is not installed, or the recording was imported and has no packets.
        """
        if self.manifest.imported is not None:
            raise RecordingError(
                f"{self.path} was imported from {self.manifest.imported.file}: it has samples and no packets",
                path=str(self.path),
            )
        try:
            session = driver(self.manifest.sensor.driver).session(self.manifest.settings)
        except BridgeError as error:
            raise RecordingError(f"cannot read {self.path}: {error}", path=str(self.path)) from error
        return SampleStream(session)

    def blocks(self) -> Iterator[SampleBlock]:
        """Yield the blocks as the live run had them, decoded from the packets, or as imported."""
        if self.manifest.imported is not None:
            yield from table.read(self.path).blocks()
            return
        yield from self.stream().feed_all(self.packets())

    def arrays(self) -> Samples:
        """Return all samples at once: from the table of a sealed recording, else from the packets.

        The floats are the same either way.

        Raises
        ------
        RecordingError
            The data cannot be read.
        """
        if self.sealed and is_there(self.path / table.FILE_NAME):
            samples, contents = table.read(self.path), self.manifest.contents
            if contents is not None and len(samples) != contents.samples:
                raise table.damaged(self.path, f"it has {len(samples)} of {contents.samples} samples")
            return samples
        return table.join(self.blocks(), self.path)

    def events(self) -> Iterator[dict[str, object]]:
        """Yield the events that were written while recording; lines that are damaged are left out."""
        path = self.path / EVENTS_NAME
        if not is_there(path):
            return
        for line in JournalReader(path).raw_lines():
            try:
                event = parse_json(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event

    def journal(self) -> JournalReader:
        """Open the journal for reading line by line."""
        return JournalReader(journal_path(self.path, sealed=self.sealed))

    def shortened(self, journal: JournalReader) -> str | None:
        """Tell why a journal that was read to its end is not whole; None where it is, as far as one knows."""
        if journal.cut_short is not None:
            return journal.cut_short
        contents = self.manifest.contents
        sealed_lines = 0 if contents is None else contents.packets + contents.damaged_lines
        return f"there were {sealed_lines}" if self.sealed and journal.lines < sealed_lines else None


def find_recordings(folder: str | Path) -> list[Path]:
    """List the recordings in a folder and the folders in it, by name; the folder itself, if it is one.

    Links to folders are not followed: they may lead anywhere, and round in a circle.

    Raises
    ------
    RecordingError
        The folder is not there or cannot be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise RecordingError(f"there is no folder {root}; check the name", path=str(root))
    found, waiting = [], [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(folder / entry.name)
                    elif entry.name == MANIFEST_NAME:
                        found.append(folder)
        except OSError as error:
            raise recording_error(error, folder, "read") from error
    return sorted(found)
