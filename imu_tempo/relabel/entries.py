"""The lines of an edit log: what each holds, and how it is written and read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.journal import JournalReader
from firmware_bridge.untrusted import parse_json
from imu_tempo.errors import SourceError
from imu_tempo.relabel.edit import Edit

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    no
        Its number, from 1.
    time
        When it was written, ISO 8601, UTC.
    who
        Who said so.
    edit
        What was said; None for an undo or redo.
    undoes, redoes
        Number of the entry that an undo takes back, or a redo brings back.
    analysis
        Exercise and definitions of the analysis that the person had in view.
    """

    no: int
    time: str
    who: str
    edit: Edit | None = None
    undoes: int | None = None
    redoes: int | None = None
    analysis: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.edit is None:
            return f"undo {self.undoes}" if self.undoes is not None else f"redo {self.redoes}"
        return str(self.edit)


def read_entries(path: Path) -> tuple[tuple[Entry, ...], int]:
    """Return the entries of a log, and how many whole lines are none. A torn last line is no line yet.

    Raises
    ------
    SourceError
        It cannot be read, or is of a newer format.
    """
    if not path.exists():
        return (), 0
    entries, damaged = [], 0
    try:
        lines = list(JournalReader(path).raw_lines())
    except RecordingError as error:
        raise SourceError(f"{str(error).rstrip('.')}.", source=str(path)) from error
    for place, line in enumerate(lines, start=1):
        try:
            entries.append(decode(line))
        except ValueError:
            damaged += 1
        except _NewerFormat as newer:
            raise SourceError(
                f"{path} has edits of format {newer} (line {place}), this software reads up to"
                f" {FORMAT_VERSION}: update imu-tempo, or leave the edits out with --no-edits.",
                source=str(path),
            ) from newer
    return tuple(entries), damaged


class _NewerFormat(Exception):  # noqa: N818 - it never leaves this module
    pass


def encode(entry: Entry) -> bytes:
    """Write an entry as a line."""
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "no": entry.no,
        "time": entry.time,
        "who": entry.who,
    }
    if entry.edit is not None:
        document |= entry.edit.to_json()
    elif entry.undoes is not None:
        document |= {"action": "undo", "undoes": entry.undoes}
    else:
        document |= {"action": "redo", "redoes": entry.redoes}
    if entry.analysis:
        document["analysis"] = entry.analysis
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def decode(line: bytes) -> Entry:
    """Read an entry from a line.

    Raises
    ------
    ValueError
        It is none.
    """
    document = parse_json(line)
    if not isinstance(document, dict):
        raise ValueError("no object")  # noqa: TRY004 - damaged data, not a caller's slip
    version, no = document.get("format_version"), document.get("no")
    if type(version) is not int or type(no) is not int:
        raise ValueError("no format_version or number")
    if version > FORMAT_VERSION:
        raise _NewerFormat(version)
    analysis = document.get("analysis", {})
    entry = Entry(
        no=no,
        time=str(document.get("time", "")),
        who=str(document.get("who", "")),
        analysis=analysis if isinstance(analysis, dict) else {},
    )
    if document.get("action") in ("undo", "redo"):
        name = f"{document['action']}es"
        if type(document.get(name)) is not int:
            raise ValueError(f"it does not say what it {name}")
        return replace(entry, **{name: document[name]})
    return replace(entry, edit=Edit.from_json(document))
