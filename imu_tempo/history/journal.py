"""The journal: a plain file of JSON lines that only grows, from which the database can be made again."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware_bridge.untrusted import parse_json, read_plain
from imu_tempo.errors import TempoError
from imu_tempo.history.entries import Entry, check, from_json, to_json
from imu_tempo.history.lock import locked

FILE_NAME = "journal.jsonl"
VERSION = 1
"""Written into each line; a line of a newer version is kept and left alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """One whole line: its id and the entry in it, None where it is damaged or of a newer software."""

    id: str
    entry: Entry | None


class Journal:
    """The journal in a folder. A torn or damaged line is overlooked when reading and never removed.

    Parameters
    ----------
    folder
        Made when the first entry is written, for its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lock = folder / f"{FILE_NAME}.lock"

    @property
    def size(self) -> int:
        """Bytes written so far; 0 where there is no journal."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def append(self, *entries: Entry) -> None:
        """Write entries, and return when they are on the disk.

        Raises
        ------
        TempoError
            The file cannot be written, or an entry is none that could be read back.
        """
        for entry in entries:
            try:
                check(entry)
            except ValueError as error:
                raise TempoError(f"The history cannot keep this ({error}): correct it.") from error
        text = "".join(_encode(entry) for entry in entries)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with locked(self._lock), self.path.open("a+b") as file:
                if _torn(file.fileno()):
                    file.write(b"\n")
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TempoError(
                f"{self.path} cannot be written ({(error.strerror or str(error)).lower()}): the history needs"
                " a folder of its own that it may write to; choose one with --history."
            ) from error

    def lines(self) -> Iterator[Line]:
        """Yield the whole lines in order.

        Raises
        ------
        TempoError
            The file cannot be read.
        """
        for line in self._raw()[0]:
            yield _decode(line)

    def rewrite(self, keep: Callable[[bytes, Entry | None], bool], *added: Entry) -> int:
        """Replace the file by one without the lines that ``keep`` denies; return how many went.

        The only way that anything leaves a journal: somebody asked to be forgotten.
        """
        with locked(self._lock):
            whole, torn = self._raw()
            before = [*whole, torn + b"\n"] if torn else whole
            after = [line for line in before if keep(line, _decode(line).entry)]
            half = self.path.with_name(f"{FILE_NAME}.part")
            with half.open("wb") as file:
                file.writelines([*after, *(_encode(entry).encode() for entry in added)])
                file.flush()
                os.fsync(file.fileno())
            half.replace(self.path)
        return len(before) - len(after)

    def _raw(self) -> tuple[list[bytes], bytes]:
        """Return the whole lines, and what stands behind the last of them."""
        try:
            data = read_plain(self.path)
        except FileNotFoundError:
            return [], b""
        except OSError as error:
            raise TempoError(
                f"{self.path} cannot be read ({(error.strerror or str(error)).lower()}): check its rights."
            ) from error
        *whole, torn = data.split(b"\n")
        return [line + b"\n" for line in whole], torn


def _encode(entry: Entry) -> str:
    head = {"v": VERSION, "id": uuid.uuid4().hex, "written": datetime.now(UTC).isoformat(timespec="seconds")}
    return json.dumps({**head, **to_json(entry)}, ensure_ascii=False, allow_nan=False) + "\n"


def _decode(line: bytes) -> Line:
    try:
        data = parse_json(line)
        if not isinstance(data, dict) or data.get("v") != VERSION:
            return Line("", None)
        return Line(str(data["id"]), from_json(data))
    except (ValueError, KeyError):
        return Line("", None)


def _torn(descriptor: int) -> bool:
    """Tell whether the last line lacks its end, because its writer was killed."""
    end = os.lseek(descriptor, 0, os.SEEK_END)
    if not end:
        return False
    os.lseek(descriptor, end - 1, os.SEEK_SET)
    return os.read(descriptor, 1) != b"\n"
