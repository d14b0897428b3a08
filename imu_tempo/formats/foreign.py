"""Files of other tools as sources: which paths are such, and what the readers made of them, checked."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.samples import SensorInfo
from firmware_bridge.untrusted import Unpacked, open_plain
from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import HEAD_CHARS
from imu_tempo.formats.canonical import GYR_COLUMNS, REQUIRED
from imu_tempo.formats.checked import checked
from imu_tempo.formats.source import Fact, Source

if TYPE_CHECKING:
    from imu_tempo.formats.readers import Reading, ReadOptions, SampleFormat
    from imu_tempo.formats.readers.opening import Export

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MANIFEST = "manifest.json"
_PARQUET = (".parquet", ".pq")
_TABLES = (".csv", ".txt", ".tsv", ".zip", ".gz")
_LEAST_COLUMNS = 4


def foreign_export(path: Path, options: ReadOptions | None = None) -> Export | None:
    """Open a path that exists if it is for the readers of other tools' files; else return None.

    Recordings, Parquet files and tables with a column of ours are not; nor is what no reader can tell
    anything of, of which the reader of canonical tables says best what it is instead.
    """
    from imu_tempo.formats.readers.opening import open_export

    if options is not None and (options.format is not None or options.mapping is not None):
        return open_export(path)
    if path.is_dir():
        tables = any(file.suffix.lower() in _TABLES for file in path.glob("*"))
        return open_export(path) if tables and not (path / _MANIFEST).exists() else None
    if path.suffix.lower() in _PARQUET or (path.parent / _MANIFEST).exists():
        return None
    head = _head(path)
    if head.startswith(_ZIP) or path.suffix.lower() == ".c3d":
        return open_export(path)
    return None if _is_canonical(head) else _table_of_another(path)


def load_foreign(export: Export, options: ReadOptions | None = None, *, check_units: bool = True) -> Source:
    """Read a file, folder or zip of another tool that holds one device.

    Raises
    ------
    SourceError
        It holds several devices, or cannot be used; in one sentence.
    """
    from imu_tempo.formats.readers import read_samples
    from imu_tempo.formats.readers.registry import one_device

    chosen, readings = read_samples(export, options)
    reading = one_device(readings, str(export.path))
    return source_of(chosen, reading, export.path, check_units=check_units)


def source_of(chosen: SampleFormat, reading: Reading, path: Path, *, check_units: bool = True) -> Source:
    """Check a reading and make a source of it.

    Raises
    ------
    SourceError
        Its times, units or gravity are not what they should be.
    """
    info = SensorInfo(
        driver=chosen.key,
        name=reading.device or None,
        model=reading.model or None,
        time_source=reading.time_source,
    )
    facts: dict[str, Fact] = {"read_as": f"{chosen.title}: {reading.taken}", **reading.facts}
    source = checked(reading.table, name=str(path), info=info, check_units=check_units, facts=facts)
    if reading.started:
        return replace(source, meta={**source.meta, "started": reading.started})
    return source


def _head(path: Path) -> bytes:
    with open_plain(path) as file:
        head = file.read(HEAD_CHARS)
    if not head.startswith(_GZIP):
        return head
    try:
        return Unpacked(head, HEAD_CHARS).data
    except zlib.error:
        return b""


def _is_canonical(head: bytes) -> bool:
    """Whether the first line names one of our columns."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    line = head.decode(encoding, errors="replace").partition("\n")[0].lower()
    names = {cell.strip().strip('"') for d in ",;\t" for cell in line.split(d)}
    return not names.isdisjoint((*REQUIRED[1:], *GYR_COLUMNS))


def _table_of_another(path: Path) -> Export | None:
    from imu_tempo.formats.readers.opening import open_export
    from imu_tempo.formats.readers.registry import header_of, matching

    try:
        export = open_export(path)
        known = bool(matching(export)) or len(header_of(export.members[0])) >= _LEAST_COLUMNS
    except SourceError:
        return None
    return export if known else None
