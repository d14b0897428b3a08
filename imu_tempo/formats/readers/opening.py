"""What a user points at - a file, a folder, a zip - as named files in memory, within bounds."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from imu_tempo.errors import SourceError
from imu_tempo.formats.readers.sheet import Sheet, Wanted, find_sheet
from imu_tempo.formats.readers.text import decode

MAX_BYTES = 1 << 30
"""1 GiB unpacked: a day of six axes at 400 Hz as text. More is no session, or a zip bomb."""

MAX_FILES = 500
"""An export has a file a sensor, and a few beside them."""

_DEPTH = 2
_READ = {".c3d", ".csv", ".txt", ".tsv", ".json", ".ndjson", ".jsonl", ".gz", ".vbt"}
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
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

    def sheet(self, wanted: Wanted) -> Sheet | None:
        """Return the table with the header that is wanted, or None; also None where it is no text."""
        try:
            return find_sheet(self.text, wanted, source=self.source)
        except SourceError:
            return None


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
        return Member(name, _plain_bytes(_bounded(path), str(path)), str(path))

    def sheets(self, wanted: Wanted) -> list[tuple[Member, Sheet]]:
        """Return every file with a table whose header is wanted."""
        found = ((member, member.sheet(wanted)) for member in self.members)
        return [(member, sheet) for member, sheet in found if sheet is not None]

    def named(self, stem: str) -> Member | None:
        """Return the file of a bare name, case and folders aside."""
        return next((m for m in self.members if m.stem == stem.lower()), None)


def open_export(path: Path) -> Export:
    """Read a file, a folder two levels deep, or a zip.

    Nothing is unpacked onto the disk.

    Raises
    ------
    SourceError
        It is too large, holds nothing to read, is a damaged or encrypted zip, or one whose names lead out of
        it.
    OSError
        It cannot be read.
    """
    if path.is_dir():
        return _within_bounds(Export(path, _folder(path)))
    data = _bounded(path)
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _within_bounds(Export(path, _zip(data, path)))
    return Export(path, [Member(path.name, _plain_bytes(data, str(path)), str(path))])


def _folder(path: Path) -> list[Member]:
    files = sorted(
        file
        for depth in range(1, _DEPTH + 1)
        for file in path.glob("/".join("*" * depth))
        if file.suffix.lower() in _READ and not file.name.startswith(".") and file.is_file()
    )
    if len(files) > MAX_FILES:
        raise SourceError(f"{path} holds {len(files)} files: give one session at a time.", source=str(path))
    if sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise _too_large(path)
    return [
        Member(str(f.relative_to(path).as_posix()), _plain_bytes(f.read_bytes(), str(f)), str(f))
        for f in files
    ]


def _zip(data: bytes, path: Path) -> list[Member]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MAX_FILES:
                raise SourceError(
                    f"{path} holds {len(infos)} files: give one session at a time.", source=str(path)
                )
            for info in infos:
                _refuse_escape(info.filename, path)
            wanted = [
                i for i in infos if PurePosixPath(i.filename).suffix.lower() in _READ and _shown(i.filename)
            ]
            return _unzipped(archive, wanted, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise SourceError(
            f"{path} is a damaged zip ({str(error) or 'it ends early'}): copy or export it again.",
            source=str(path),
        ) from error
    except RuntimeError as error:  # what zipfile raises for a password
        raise SourceError(
            f"{path} is encrypted: unpack it, and give the folder.", source=str(path)
        ) from error


def _unzipped(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], path: Path) -> list[Member]:
    """Read files of a zip, believing none of the sizes that it states."""
    members, left = [], MAX_BYTES
    for info in infos:
        with archive.open(info) as file:
            data = file.read(left + 1)
        if len(data) > left:
            raise _too_large(path)
        left -= len(data)
        source = f"{path}, {info.filename}"
        members.append(Member(info.filename, _plain_bytes(data, source), source))
    return members


def _shown(name: str) -> bool:
    return not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)


def _refuse_escape(name: str, path: Path) -> None:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
        raise SourceError(
            f"{path} holds a file named {name[:60]!r}, which leads out of it: not read; export it again.",
            source=str(path),
        )


def _bounded(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise _too_large(path)
    return path.read_bytes()


def _plain_bytes(data: bytes, source: str) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(
            f"{source} is damaged gzip data ({error}): copy it again.", source=source
        ) from error
    if len(plain) > MAX_BYTES:
        raise _too_large(source)
    return plain


def _within_bounds(export: Export) -> Export:
    if not export.members:
        raise SourceError(
            f"{export.path} holds no table: expected files that end in {', '.join(sorted(_READ))}.",
            source=str(export.path),
        )
    return export


def _too_large(path: object) -> SourceError:
    return SourceError(
        f"{path} holds more than {MAX_BYTES >> 30} GiB: give one session at a time.", source=str(path)
    )
