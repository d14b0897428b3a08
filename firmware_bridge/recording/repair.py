"""Repair: seal what a crash left open, and make anew what can be made anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import table
from firmware_bridge.recording.files import TEMPORARY_SUFFIX, recording_error, try_lock
from firmware_bridge.recording.journal import OPEN_NAME, SEALED_NAME, JournalReader, is_there
from firmware_bridge.recording.manifest import Contents
from firmware_bridge.recording.reader import Recording
from firmware_bridge.recording.seal import remove, seal
from firmware_bridge.untrusted import open_plain


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
    if recording.manifest.imported is not None:
        report = _check_imported(recording)
    elif recording.sealed:
        report = _mend(recording)
    else:
        _refuse_if_in_use(recording.path / OPEN_NAME)
        report = _seal(recording, "it was left open")
    for leftover in recording.path.glob(f"*{TEMPORARY_SUFFIX}"):
        if leftover.is_symlink() or leftover.is_file():
            remove(leftover)
    return report


def _check_imported(recording: Recording) -> RepairReport:
    """Only the file it was made from could mend an imported recording."""
    origin, contents = recording.manifest.imported, recording.manifest.contents
    try:
        whole = contents is None or len(table.read(recording.path)) == contents.samples
    except RecordingError:
        whole = False
    if not whole and origin is not None:
        raise RecordingError(
            f"{recording.path} has a damaged {table.FILE_NAME} and no packets to make it again from;"
            f" import {origin.file} again (sha256 {origin.sha256})",
            path=str(recording.path),
        )
    return RepairReport(recording.path, False, 0, 0, f"{recording.path}: nothing to repair")


def _mend(recording: Recording) -> RepairReport:
    journal, contents = recording.journal(), recording.manifest.contents
    for _ in journal.packets():
        pass
    shortened = recording.shortened(journal)
    broken = _broken_table(recording, contents)
    if shortened is None and broken is None and is_there(recording.path / SEALED_NAME):
        if journal.path.name == SEALED_NAME:
            remove(recording.path / OPEN_NAME)
            return RepairReport(
                recording.path, False, 0, journal.damaged, f"{recording.path}: nothing to repair"
            )
        return _seal(recording, f"{SEALED_NAME} was damaged")
    if shortened is not None and broken is None:
        message = (
            f"{recording.path}: {journal.path.name} is cut short after {journal.lines} packets; "
            f"{table.FILE_NAME} is whole, so nothing was changed"
        )
        return RepairReport(recording.path, False, journal.torn_bytes, journal.damaged, message)
    reasons = [broken] if broken else []
    if shortened is not None:
        reasons.append(f"{journal.path.name} cut short")
    elif journal.path.name == OPEN_NAME:
        reasons.append("its packets were not compressed yet")
    return _seal(recording, " and ".join(reasons))


def _broken_table(recording: Recording, contents: Contents | None) -> str | None:
    """Tell what is wrong with the table; None where it is whole."""
    if not is_there(recording.path / table.FILE_NAME):
        return f"{table.FILE_NAME} was missing"
    try:
        if contents is not None and len(table.read(recording.path)) == contents.samples:
            return None
    except RecordingError:
        pass
    return f"{table.FILE_NAME} was damaged"


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
        with open_plain(journal) as file:
            if try_lock(file.fileno()):
                return
    except FileNotFoundError:
        return  # told better by whoever reads it
    except OSError as error:
        raise recording_error(error, journal, "read") from error
    raise RecordingError(f"{journal.parent} is being recorded right now; stop that first", path=str(journal))
