"""A recording of ours made out of another tool's file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.recording import Imported, Manifest, Recording, write_imported
from firmware_bridge.recording.table import join
from imu_tempo.formats.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHUNK = 1 << 20


def import_source(
    source: Source, where: str | Path, labels: Mapping[str, str | float | None] | None = None
) -> Recording:
    """Write the samples of another tool's file as a sealed recording.

    The samples are the truth of it, as there are no packets; the manifest names the file, its SHA-256, the
    reader and what was taken for what. Gaps stay gaps.

    Parameters
    ----------
    source
        What :func:`imu_tempo.formats.load` made of the file.
    where
        A name ending in ``.tempo`` for the folder itself, or a folder to put one into.
    labels
        ``exercise``, ``load_kg``, ``athlete``, ``tempo`` and ``note``, where known.

    Raises
    ------
    RecordingError
        The folder exists already or cannot be written.
    """
    path = Path(source.name)
    said = dict(labels or {})
    load_kg = said.get("load_kg")
    manifest = Manifest(
        sensor=source.info,
        started=str(source.meta.get("started", "")),
        exercise=_text(said.get("exercise")),
        load_kg=load_kg if isinstance(load_kg, float) else None,
        athlete=_text(said.get("athlete")),
        tempo=_text(said.get("tempo")),
        note=_text(said.get("note")),
        imported=Imported(
            file=path.name,
            sha256=digest(path),
            reader=source.info.driver,
            taken=str(source.quality.get("read_as", "columns of our own names")),
        ),
    )
    return write_imported(where, manifest, join(source.blocks))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and bytes of a folder's files."""
    total = hashlib.sha256()
    files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
    for each in files:
        if path.is_dir():
            total.update(os.fsencode(each.relative_to(path).as_posix()) + b"\0")
        with each.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
    return total.hexdigest()


def _text(value: str | float | None) -> str | None:
    return value if isinstance(value, str) and value else None
