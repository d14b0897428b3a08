"""Repair: seal what a crash left open, and make anew what can be made anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import table
from firmware_bridge.recording.files import TEMPORARY_SUFFIX, recording_error, try_lock
from firmware_bridge.recording.journal import OPEN_NAME, SEALED_NAME, JournalReader
from firmware_bridge.recording.reader import Recording
from firmware_bridge.recording.seal import remove, seal


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What :func:`repair` found and did.

    Attributes
    ----------
    path
        The recording.
    changed
        False where there was nothing to do, or nothing could be done.
    torn_bytes
        Length of the torn last line that was dropped.
    damaged_lines
        Lines that are no packets; they stay in the journal and are skipped in reading.
    message
        All of it in one line for a person.
    """

    path: Path
    changed: bool
    torn_bytes: int
    damaged_lines: int
    message: str


def repair(path: str | Path) -> RepairReport:
    """Seal a recording that was left open, or mend a sealed one.

    Nothing is dropped but a torn last line, and the better copy of the data is never overwritten by a worse.

    Raises
    ------
    RecordingError
        It is not a recording, is being recorded right now, or cannot be read or written.
    """
    recording = Recording.open(path)
    if recording.sealed:
        report = _mend(recording)
    else:
        _refuse_if_in_use(recording.path / OPEN_NAME)
        report = _seal(recording, "it was left open")
    for leftover in recording.path.glob(f"*{TEMPORARY_SUFFIX}"):
        remove(leftover)
    return report


def _mend(recording: Recording) -> RepairReport:
    journal = recording.journal()
    for _ in journal.packets():
        pass
    contents = recording.manifest.contents
    try:
        table_is_whole = contents is not None and len(table.read(recording.path)) == contents.samples
    except RecordingError:
        table_is_whole = False
    if journal.cut_short is None and table_is_whole:
        remove(recording.path / OPEN_NAME)
        return RepairReport(recording.path, False, 0, journal.damaged, f"{recording.path}: nothing to repair")
    if table_is_whole:
        message = (
            f"{recording.path}: {SEALED_NAME} is cut short after {journal.lines} packets; "
            f"{table.FILE_NAME} is whole, so nothing was changed"
        )
        return RepairReport(recording.path, False, journal.torn_bytes, journal.damaged, message)
    reason = f"{table.FILE_NAME} was damaged"
    if journal.cut_short is not None:
        reason += f" and {SEALED_NAME} cut short"
    return _seal(recording, reason)


def _seal(recording: Recording, reason: str) -> RepairReport:
    sealed, journal = seal(recording)
    return RepairReport(
        sealed.path,
        changed=True,
        torn_bytes=journal.torn_bytes,
        damaged_lines=journal.damaged,
        message=f"{sealed.path}: sealed, because {reason}: {_kept(sealed)}{_dropped(journal)}",
    )


def _kept(sealed: Recording) -> str:
    contents = sealed.manifest.contents
    if contents is None:
        return "no packets"
    return f"{contents.packets} packets, {contents.samples} samples, {contents.duration_s:.1f} s"


def _dropped(journal: JournalReader) -> str:
    torn = f"; dropped a torn last line of {journal.torn_bytes} bytes" if journal.torn_bytes else ""
    damaged = f"; skipped {journal.damaged} damaged lines" if journal.damaged else ""
    return torn + damaged


def _refuse_if_in_use(journal: Path) -> None:
    try:
        with journal.open("rb") as file:
            if try_lock(file.fileno()):
                return
    except FileNotFoundError:
        return  # told better by whoever reads it
    except OSError as error:
        raise recording_error(error, journal, "read") from error
    raise RecordingError(f"{journal.parent} is being recorded right now; stop that first", path=str(journal))
