"""What recordings say of a person, and how to take it out of them or them off the disk."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firmware_bridge.errors import BridgeError, RecordingError
from firmware_bridge.recording import Manifest, Recording, find_recordings
from firmware_bridge.recording.files import recording_error, replacing
from firmware_bridge.recording.manifest import name_part
from firmware_bridge.untrusted import parse_json
from imu_tempo.history.identity import recording_facts
from imu_tempo.history.store import History

_TEXT = (".json", ".jsonl", ".csv", ".html", ".txt", ".md")
_REPORTS = (".html", ".png", ".pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A recording of a person.

    Attributes
    ----------
    id
        The recording's.
    folder
        Where it is.
    reports
        Files beside it that were made from it, and may name the person.
    """

    id: str
    folder: Path
    reports: tuple[Path, ...]


def traces_of(history: History, athlete: str, folders: Iterable[str | Path] = ()) -> list[Trace]:
    """Find the recordings of an athlete: those the history knows, and those in folders that are named.

    Raises
    ------
    RecordingError
        A named folder is not there.
    """
    known = [Path(folder) for folder in history.folders_of(athlete)]
    named = [
        path.resolve() for folder in folders for path in find_recordings(folder) if _is_of(path, athlete)
    ]
    found = []
    for folder in dict.fromkeys([*known, *named]):
        try:
            facts = recording_facts(folder)
        except BridgeError:
            continue  # gone, or no recording any more
        found.append(Trace(id=facts.id, folder=facts.folder, reports=_reports(facts.folder)))
    return found


def anonymise(trace: Trace, athlete: str) -> Path:
    """Take an athlete's id out of a recording and its name; delete the reports made from it.

    The packets are left alone: no id stands in them. Returns where the folder is now.

    Raises
    ------
    RecordingError
        It is being recorded, or cannot be written.
    """
    recording = Recording.open(trace.folder)
    if not recording.sealed:
        raise RecordingError(
            f"{trace.folder} was not closed; run `imu-tempo repair {trace.folder}` first",
            path=str(trace.folder),
        )
    for path in sorted(trace.folder.glob("*.jsonl")):
        _scrub_lines(path, athlete)
    if recording.manifest.athlete == athlete:
        replace(recording.manifest, athlete=None).write(trace.folder)
    try:
        for report in trace.reports:
            report.unlink(missing_ok=True)
        return _renamed(trace.folder, athlete)
    except OSError as error:
        raise recording_error(error, trace.folder, "rename") from error


def delete(trace: Trace) -> None:
    """Delete a recording and the reports made from it.

    Raises
    ------
    RecordingError
        Something in it cannot be deleted.
    """
    try:
        shutil.rmtree(trace.folder)
        for report in trace.reports:
            report.unlink(missing_ok=True)
    except OSError as error:
        raise recording_error(error, trace.folder, "delete") from error


def mentions(folder: Path, athlete: str) -> list[Path]:
    """List the text files of a recording in which an id still stands, as in a note."""
    texts = (path for path in sorted(folder.rglob("*")) if path.suffix in _TEXT and path.is_file())
    return [path for path in texts if athlete.encode() in path.read_bytes()]


def _is_of(folder: Path, athlete: str) -> bool:
    try:
        return Manifest.read(folder).athlete == athlete
    except RecordingError:
        return False


def _reports(folder: Path) -> tuple[Path, ...]:
    """Return the files beside a recording that are called like it."""
    stem = folder.name.removesuffix(".tempo")
    beside = (path for path in folder.parent.glob("*") if path.suffix in _REPORTS and path.is_file())
    return tuple(sorted(p for p in beside if p.stem == stem or p.stem.startswith(f"{stem}-set")))


def _scrub_lines(path: Path, athlete: str) -> None:
    """Empty every text that is the id in a file of JSON lines; a damaged line that holds it goes."""
    lines = path.read_bytes().split(b"\n")
    needle = json.dumps(athlete, ensure_ascii=False).encode()
    escaped = json.dumps(athlete).encode()
    if not any(needle in line or escaped in line for line in lines):
        return
    with replacing(path) as file:
        file.write(b"\n".join(_scrubbed(line, athlete, (needle, escaped)) for line in lines))


def _scrubbed(line: bytes, athlete: str, needles: tuple[bytes, ...]) -> bytes:
    if not any(needle in line for needle in needles):
        return line
    try:
        data = parse_json(line)
    except ValueError:
        return b""
    return json.dumps(_without(data, athlete), ensure_ascii=False).encode()


def _without(value: Any, athlete: str) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, athlete) for key, item in value.items()}
    if isinstance(value, list):
        return [_without(item, athlete) for item in value]
    return "" if value == athlete else value


def _renamed(folder: Path, athlete: str) -> Path:
    """Take the id out of a name as the recorder makes it: time, exercise, athlete, joined by low lines."""
    slug = re.escape(name_part(athlete))
    stem = re.sub(rf"_{slug}(?=-\d+$|$)", "", folder.name.removesuffix(".tempo"))
    if stem == folder.name.removesuffix(".tempo"):
        return folder
    target, number = folder.with_name(f"{stem}.tempo"), 1
    while target.exists():
        number += 1
        target = folder.with_name(f"{stem}-{number}.tempo")
    return folder.rename(target)
