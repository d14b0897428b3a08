"""What a user points at - a file, a folder, a zip - as named files in memory, within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from firmware_bridge.untrusted import (
    SESSION_BYTES,
    UnfitFileError,
    Unpacked,
    in_words,
    parse_json,
    read_plain,
)
from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import MAX_FILES
from imu_tempo.formats.readers.sheet import Head, Sheet, Wanted, heads_of
from imu_tempo.formats.readers.text import decode
from imu_tempo.formats.words import clip, first_sentence

MAX_BYTES = SESSION_BYTES
"""Of all files together, unpacked."""

_DEPTH = 2
_READ = {".c3d", ".csv", ".txt", ".tsv", ".json", ".ndjson", ".jsonl", ".gz", ".vbt"}
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_ZIP_ENTRY = b"PK\x01\x02"
_UNPACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_GZIP = b"\x1f\x8b"
_SHEETS = {b"\xd0\xcf\x11\xe0": "an old Excel file", b"%PDF": "a PDF"}


@dataclass(eq=False)
class Member:
    """One file of an export: its name within it, and its bytes."""

    name: str
    data: bytes
    source: str

    @property
    def stem(self) -> str:
        """The bare name in lower case, without folders and endings."""
        return PurePosixPath(self.name).name.lower().removesuffix(".gz").rsplit(".", 1)[0]

    @cached_property
    def text(self) -> str:
        """The file's text."""
        return self._decoded[0]

    @property
    def encoding(self) -> str:
        """How the text was encoded."""
        return self._decoded[1]

    @cached_property
    def _decoded(self) -> tuple[str, str]:
        for magic, what in _SHEETS.items():
            if self.data.startswith(magic):
                raise SourceError(
                    f"{self.source} is {what}: export the table as CSV and give that.", source=self.source
                )
        return decode(self.data, source=self.source)

    @cached_property
    def _heads(self) -> list[Head]:
        try:
            return heads_of(self.text)
        except SourceError:
            return []

    def sheet(self, wanted: Wanted) -> Sheet | None:
        """Return the table with the header that is wanted, or None; also None where it is no text."""
        head = next((head for head in self._heads if wanted(head.names)), None)
        return None if head is None else Sheet(self.source, self.text, head)

    @cached_property
    def document(self) -> object:
        """What the file says as JSON: one document, or the list of those on its lines.

        Raises
        ------
        SourceError
            It is none.
        """
        try:
            try:
                return parse_json(self.text)
            except ValueError:
                return [parse_json(line) for line in self.text.split("\n") if line.strip()]
        except ValueError as error:
            raise SourceError(
                f"{self.source} is damaged JSON ({first_sentence(error)}).", source=self.source
            ) from error


@dataclass(eq=False)
class Export:
    """Everything that belongs to what a user points at.

    Attributes
    ----------
    path
        What the user said.
    members
        Its files, by name.
    """

    path: Path
    members: list[Member] = field(default_factory=list)

    @property
    def single(self) -> bool:
        """Whether it is one file."""
        return len(self.members) == 1

    def beside(self, name: str) -> Member | None:
        """Return another file of the folder that a single file lies in; None where there is none."""
        path = self.path.with_name(name)
        if not self.path.is_file() or not path.is_file():
            return None
        return _Budget(path).member(name, _bytes(path), str(path))

    def sheets(self, wanted: Wanted) -> list[tuple[Member, Sheet]]:
        """Return every file with a table whose header is wanted."""
        found = ((member, member.sheet(wanted)) for member in self.members)
        return [(member, sheet) for member, sheet in found if sheet is not None]

    def named(self, stem: str) -> Member | None:
        """Return the file of a bare name, case and folders aside."""
        return next((m for m in self.members if m.stem == stem.lower()), None)


class _Budget:
    """What may still be unpacked of what a user points at."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = MAX_BYTES

    @property
    def left(self) -> int:
        """Bytes."""
        return self._left

    def member(self, name: str, data: bytes, source: str) -> Member:
        """Return a file, unpacked where it is packed.

        Raises
        ------
        SourceError
            It is damaged, or more than is left.
        """
        plain = self._plain(data, source)
        self._left -= len(plain)
        if self._left < 0:
            raise _too_large(self._path)
        return Member(name, plain, source)

    def _plain(self, data: bytes, source: str) -> bytes:
        if not data.startswith(_GZIP):
            return data
        try:
            unpacked = Unpacked(data, self._left)
        except zlib.error as error:
            raise SourceError(
                f"{source} is damaged gzip data ({error}): copy it again.", source=source
            ) from error
        if unpacked.too_large:
            raise _too_large(self._path)
        if unpacked.cut_off:
            raise SourceError(f"{source} is damaged gzip data (it ends early): copy it again.", source=source)
        return unpacked.data


def open_export(path: Path) -> Export:
    """Read a file, a folder two levels deep, or a zip.

    Nothing is unpacked onto the disk.

    Raises
    ------
    SourceError
        It is too large, no plain file, holds nothing to read, is a damaged or encrypted zip, or one whose
        names lead out of it.
    OSError
        It cannot be read.
    """
    if path.is_dir():
        return _within_bounds(Export(path, _folder(path)))
    data = _bytes(path)
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _within_bounds(Export(path, _zip(data, path)))
    return Export(path, [_Budget(path).member(path.name, data, str(path))])


def _folder(path: Path) -> list[Member]:
    files = sorted(
        file
        for depth in range(1, _DEPTH + 1)
        for file in path.glob("/".join("*" * depth))
        if file.suffix.lower() in _READ and not file.name.startswith(".") and file.is_file()
    )
    if len(files) > MAX_FILES:
        raise _too_many(path, len(files))
    if sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise _too_large(path)
    budget = _Budget(path)
    return [budget.member(str(f.relative_to(path).as_posix()), _bytes(f), str(f)) for f in files]


def _zip(data: bytes, path: Path) -> list[Member]:
    if data.count(_ZIP_ENTRY) > 2 * MAX_FILES:  # before each of them becomes an object; folders are some
        raise _too_many(path, data.count(_ZIP_ENTRY))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
            if len(infos) > MAX_FILES:
                raise _too_many(path, len(infos))
            for info in infos:
                _refuse_strange(info, path)
            return _unzipped(archive, [info for info in infos if _is_wanted(info.filename)], path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise SourceError(
            f"{path} is a damaged zip ({first_sentence(error) if str(error) else 'it ends early'}): copy or"
            " export it again.",
            source=str(path),
        ) from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise SourceError(
            f"{path} is encrypted: unpack it, and give the folder.", source=str(path)
        ) from error


def _unzipped(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], path: Path) -> list[Member]:
    """Read files of a zip, believing none of the sizes that it states."""
    members, budget = [], _Budget(path)
    for info in infos:
        with archive.open(info) as file:
            data = file.read(budget.left + 1)
        members.append(budget.member(info.filename, data, f"{path}, {info.filename}"))
    return members


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in _READ and not hidden


def _refuse_strange(info: zipfile.ZipInfo, path: Path) -> None:
    parts = PurePosixPath(info.filename.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in "".join(parts.parts[:1]):
        raise SourceError(
            f"{path} holds a file named {clip(info.filename)!r}, which leads out of it: not read; export it"
            " again.",
            source=str(path),
        )
    if info.compress_type not in _UNPACKED:
        raise SourceError(
            f"{path} packs {clip(info.filename)!r} in a way that no export does (type {info.compress_type}):"
            " unpack it, and give the folder.",
            source=str(path),
        )


def _bytes(path: Path) -> bytes:
    try:
        return read_plain(path, MAX_BYTES)
    except UnfitFileError as error:
        raise SourceError(
            f"{path} is not read ({error.strerror}): give one session at a time, as files.", source=str(path)
        ) from error


def _within_bounds(export: Export) -> Export:
    if not export.members:
        raise SourceError(
            f"{export.path} holds no table: expected files that end in {', '.join(sorted(_READ))}.",
            source=str(export.path),
        )
    return export


def _too_many(path: Path, count: int) -> SourceError:
    return SourceError(f"{path} holds {count} files: give one session at a time.", source=str(path))


def _too_large(path: object) -> SourceError:
    return SourceError(
        f"{path} holds more than {in_words(MAX_BYTES)}: give one session at a time.", source=str(path)
    )
