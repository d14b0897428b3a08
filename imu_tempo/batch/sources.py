"""Which recordings there are, which is which, and what an analysis of each is made from."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Recording
from firmware_bridge.recording.files import recording_error
from firmware_bridge.recording.journal import journal_path
from firmware_bridge.recording.manifest import FILE_NAME as MANIFEST_NAME
from firmware_bridge.recording.manifest import Manifest
from firmware_bridge.recording.table import FILE_NAME as SAMPLES_NAME
from firmware_bridge.samples import SensorInfo
from firmware_bridge.untrusted import SESSION_BYTES, Unpacked, open_plain
from imu_tempo.batch.settings import Settings
from imu_tempo.batch.tables import DATASET_NAME, FORMAT, TABLES
from imu_tempo.calibration import SensorCalibration, calibration_for
from imu_tempo.errors import SourceError
from imu_tempo.formats.canonical import REQUIRED
from imu_tempo.history import RecordingFacts, recording_facts
from imu_tempo.history.session_rows import SOFTWARE
from imu_tempo.relabel.log import log_path

PathOrName: TypeAlias = "str | PathLike[str]"
Paths: TypeAlias = "PathOrName | Iterable[PathOrName]"

_ENDINGS = (".csv", ".csv.gz", ".parquet", ".pq")
_HEADER_BYTES = 4096
_HEX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a recording before it is analysed.

    Attributes
    ----------
    facts
        Its id, place and manifest; a bare table has a manifest that says nothing.
    calibration
        Of its sensor.
    key
        Digest of all that its analysis is made from: content, edits, calibration, parameters, software.
    """

    facts: RecordingFacts
    calibration: SensorCalibration
    key: str


def find_sources(paths: Paths, *, every_table: bool = False) -> list[Path]:
    """List recordings, each once, in the order of their absolute paths.

    A path is a recording, a table, or a folder that holds some at any depth. Tables that are found in a
    folder count where they have the canonical columns, or all of them with ``every_table``; one that is named
    is always taken.

    Raises
    ------
    RecordingError
        A path is not there, or cannot be read.
    SourceError
        There is nothing to analyse.
    """
    named = [paths] if isinstance(paths, (str, PathLike)) else list(paths)
    found = {source for path in named for source in _sources_of(Path(path).resolve(), every_table)}
    if not found:
        where = ", ".join(map(str, named[:3])) or "the list of paths"
        raise SourceError(
            f"{where} holds no recordings: give folders that imu-tempo recorded, or tables with the columns"
            f" {', '.join(REQUIRED)}."
        )
    return sorted(found)


def _sources_of(path: Path, every_table: bool) -> Iterator[Path]:
    if path.is_file():
        yield path.parent if (path.parent / MANIFEST_NAME).is_file() else path
    elif not path.is_dir():
        raise RecordingError(f"there is no {path}; check the name", path=str(path))
    else:
        yield from _walk(path, every_table)


def _walk(root: Path, every_table: bool) -> Iterator[Path]:
    for name, folders, files in os.walk(root, onerror=_refuse):
        folder = Path(name)
        if MANIFEST_NAME in files:
            yield folder
            folders.clear()  # what lies in a recording belongs to it
            continue
        if DATASET_NAME in files:  # what a run like this one has written
            folders[:] = [each for each in folders if each not in TABLES]
        tables = (folder / file for file in files if file.lower().endswith(_ENDINGS))
        yield from tables if every_table else filter(_is_canonical, tables)


def _refuse(error: OSError) -> None:
    raise recording_error(error, Path(error.filename), "read") from error


def _is_canonical(file: Path) -> bool:
    """Return whether a table's header names the columns that every recording has.

    One that cannot be told counts too, as it is called like a recording: its analysis will tell why not.
    """
    try:
        if file.suffix.lower() in (".parquet", ".pq"):
            return set(REQUIRED) <= set(_parquet_columns(file))
        with open_plain(file) as content:
            head = content.read(_HEADER_BYTES)
        if file.suffix.lower() == ".gz":
            head = Unpacked(head, _HEADER_BYTES).data
    except (OSError, ValueError, zlib.error):
        return True
    header = head.partition(b"\n")[0].lower()
    return all(name.encode() in header for name in REQUIRED)


def _parquet_columns(file: Path) -> list[str]:
    """Return the names in a Parquet file; a ValueError where they cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    with open_plain(file) as content:
        try:
            names: list[str] = parquet.read_schema(content).names
        except pa.ArrowException as error:
            raise ValueError(str(error)) from error
    return names


def look_at(path: Path, settings: Settings) -> Known:
    """Read what a recording is, without analysing it.

    Raises
    ------
    RecordingError, TempoError
        It cannot be read, or its calibration cannot.
    """
    facts, data = _facts(path)
    calibration = calibration_for(settings.lifting.calibration, facts.manifest.sensor)
    made_from = {
        "format": FORMAT,
        "software": SOFTWARE,
        "parameters": settings.parameters(),
        "calibration": asdict(calibration),
    }
    digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode())
    files = [*data, log_path(path)] if settings.edited else data
    for file in files:
        digest.update(_digest(file))
    return Known(facts=facts, calibration=calibration, key=digest.hexdigest())


def _facts(path: Path) -> tuple[RecordingFacts, list[Path]]:
    """Return what a recording is, and the files that its samples are read from."""
    if not path.is_dir():
        content = _digest(path, needed=True).hex()
        return RecordingFacts(id=content[:_HEX], folder=path, manifest=_NO_MANIFEST), [path]
    facts = recording_facts(path)
    recording = Recording(facts.folder, facts.manifest)
    samples = recording.path / SAMPLES_NAME
    data = samples if recording.sealed and samples.exists() else journal_path(path, sealed=recording.sealed)
    return facts, [facts.folder / MANIFEST_NAME, data]


_NO_MANIFEST = Manifest(sensor=SensorInfo(driver="table"))


def _digest(file: Path, *, needed: bool = False) -> bytes:
    """Return the digest of a file's content; of one that is not there, and need not be, nothing."""
    try:
        with open_plain(file, SESSION_BYTES) as content:
            return hashlib.file_digest(content, "sha256").digest()
    except FileNotFoundError:
        if needed:
            raise RecordingError(f"there is no {file}; check the name", path=str(file)) from None
        return b""
    except OSError as error:
        raise recording_error(error, file, "read") from error
