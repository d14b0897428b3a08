"""Recordings: each file of a folder damaged, links and pipes in the place of files, and all of it mixed."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import table
from firmware_bridge.recording.journal import EVENTS_NAME, OPEN_NAME, SEALED_NAME, JournalReader
from firmware_bridge.recording.manifest import FILE_NAME as MANIFEST_NAME
from firmware_bridge.sensors import StreamSettings, driver
from firmware_bridge.stream import SampleStream
from tests.fuzz.harness import Target
from tests.fuzz.made_folders import (
    Files,
    a_folder,
    assert_sound,
    assert_sound_samples,
    opened,
    sealed,
    use,
    write_folder,
)

FOLDER = "made.tempo"
SECRET = b"what belongs to somebody else"


def _with(files: Callable[[], Files], name: str, data: bytes) -> None:
    """Use a recording, one file of which holds other bytes."""
    with a_folder() as folder:
        use(write_folder(folder / FOLDER, {**files(), name: data}))


def _table(data: bytes) -> None:
    """Use a sealed recording with another table: of packets, and imported, where there is none to mend it."""
    _with(sealed, table.FILE_NAME, data)
    with a_folder() as folder:
        path = write_folder(folder / FOLDER, {**_imported(), table.FILE_NAME: data})
        use(path)


def _imported() -> Files:
    manifest = sealed()[MANIFEST_NAME]
    origin = b'"imported": {"file": "a.csv", "sha256": "00", "reader": "csv", "taken": ""}'
    return {MANIFEST_NAME: manifest.replace(b'"imported": null', origin)}


NAMES = (MANIFEST_NAME, OPEN_NAME, SEALED_NAME, table.FILE_NAME, EVENTS_NAME)
ALL_NAMES = (*NAMES, *(f"{name}.partial" for name in NAMES), "space.partial", "notes.txt")
ACTS = 12
WAYS = 10


def _folder(data: bytes) -> None:
    """Do to a folder what the bytes say, two at a time: which file, and what becomes of it."""
    with a_folder() as where:
        outside = where / "outside"
        outside.write_bytes(SECRET)
        open_or_sealed = sealed() if data[:1] < b"\x80" else opened()
        path = write_folder(where / FOLDER, open_or_sealed)
        for which, what in zip(data[1 : 1 + ACTS : 2], data[2 : 1 + ACTS : 2], strict=False):
            _spoil(path / ALL_NAMES[which % len(ALL_NAMES)], what, outside)
        try:
            use(path)
        finally:
            assert outside.read_bytes() == SECRET
            assert sorted(each.name for each in where.iterdir()) == [FOLDER, "outside"]


def _spoil(path: Path, what: int, outside: Path) -> None:
    held = path.read_bytes() if path.is_file() else b""
    if path.is_dir() and not path.is_symlink():
        return
    path.unlink(missing_ok=True)
    match what % WAYS:
        case 0:
            pass  # gone
        case 1:
            path.symlink_to(outside)
        case 2:
            path.symlink_to(path.parent / ALL_NAMES[what // WAYS % len(ALL_NAMES)])  # maybe itself
        case 3:
            path.symlink_to("/dev/zero")
        case 4:
            path.mkdir()
        case 5:
            os.mkfifo(path)
        case 6:
            path.symlink_to("/nonexistent/../" * 20 + "nowhere")
        case 7:
            path.write_bytes(held[: len(held) * what // 256])
        case 8:
            path.write_bytes(b"")
        case _:
            path.write_bytes({**opened(), **sealed()}.get(ALL_NAMES[what // WAYS % len(NAMES)], held))


def _folder_samples() -> list[bytes]:
    """Return a sealed and an open recording that nobody spoilt."""
    return [b"\0", b"\xff"]


def every_file_spoilt_in_every_way() -> list[bytes]:
    """Return inputs of the folder's target: each file, each way, of a sealed and of an open recording."""
    pairs = product((0, 255), range(len(ALL_NAMES)), range(WAYS))
    return [bytes([state, which, what]) for state, which, what in pairs]


def _lines_alone(data: bytes) -> None:
    """Read a journal alone, line by line, into samples; fast, where the recording's targets are thorough."""
    with a_folder() as folder:
        path = folder / OPEN_NAME
        path.write_bytes(data)
        journal, stream, last_s = (
            JournalReader(path),
            SampleStream(driver("bip").session(StreamSettings())),
            -math.inf,
        )
        for block in stream.feed_all(journal.packets()):
            last_s = assert_sound(block, last_s)
        whole = data.count(b"\n")
        assert journal.lines == whole
        assert journal.torn_bytes == len(data) - data.rfind(b"\n") - 1
        assert journal.damaged <= whole


def _table_alone(data: bytes) -> None:
    """Read a table alone, as :func:`_lines_alone` reads a journal."""
    with a_folder() as folder:
        (folder / table.FILE_NAME).write_bytes(data)
        assert_sound_samples(table.read(folder))


def _journals() -> list[bytes]:
    whole = opened()[OPEN_NAME]
    return [whole, b"".join(whole.splitlines(keepends=True)[:4])]


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def _target(
    name: str, feed: Callable[[bytes], object], samples: Callable[[], list[bytes]], **more: object
) -> Target:
    return Target(f"recording-{name}", feed, (RecordingError,), samples, **more)  # type: ignore[arg-type]


def _of(files: Callable[[], Files], name: str) -> list[bytes]:
    return [files()[name]]


TARGETS = (
    _target(
        "manifest", partial(_with, sealed, MANIFEST_NAME), partial(_of, sealed, MANIFEST_NAME), text=True
    ),
    _target(
        "left-open", partial(_with, opened, MANIFEST_NAME), partial(_of, opened, MANIFEST_NAME), text=True
    ),
    Target("table", _table_alone, (RecordingError,), partial(_of, sealed, table.FILE_NAME), examples=100),
    Target("journal", _lines_alone, (), _journals, text=True, pieces=_lines),
    _target("journal", partial(_with, opened, OPEN_NAME), _journals, text=True, pieces=_lines),
    _target("packed", partial(_with, sealed, SEALED_NAME), partial(_of, sealed, SEALED_NAME)),
    _target("events", partial(_with, opened, EVENTS_NAME), partial(_of, opened, EVENTS_NAME), text=True),
    _target("table", _table, partial(_of, sealed, table.FILE_NAME)),
    _target("folder", _folder, _folder_samples, examples=100),
)
