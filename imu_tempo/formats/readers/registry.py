"""Which readers there are, and which of them a file is for: told by headers, never guessed between two."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

from imu_tempo.errors import SourceError, UnknownNameError
from imu_tempo.formats.readers.opening import Export, Member, open_export
from imu_tempo.formats.readers.reading import Reading, ReadOptions, SampleFormat
from imu_tempo.formats.readers.reference.formats import MOTION_FORMATS, MotionFormat
from imu_tempo.formats.readers.rep_tables import RepFormat, guessed_format, rep_formats
from imu_tempo.formats.readers.samples import (
    apple,
    bar_tracker,
    barbellimu,
    dot,
    mapped,
    metabase,
    movesense,
    phyphox,
    sensor_logger,
    shimmer,
    witmotion,
)
from imu_tempo.formats.readers.sheet import DELIMITERS, first_lines
from imu_tempo.formats.words import is_number, shorten

SAMPLE_FORMATS: tuple[SampleFormat, ...] = tuple(
    module.FORMAT
    for module in (
        metabase,
        dot,
        witmotion,
        shimmer,
        phyphox,
        sensor_logger,
        movesense,
        apple,
        barbellimu,
        bar_tracker,
        mapped,
    )
)

AnyFormat = SampleFormat | RepFormat | MotionFormat
F = TypeVar("F", SampleFormat, RepFormat, MotionFormat)

_LEAST_COLUMNS = 3


def all_formats() -> tuple[AnyFormat, ...]:
    """Return every format that is read, samples first."""
    return (*SAMPLE_FORMATS, *rep_formats(), *MOTION_FORMATS)


def matching(export: Export) -> list[AnyFormat]:
    """Return every format that an export's headers fit; common names of reps only where nothing does."""
    found: list[AnyFormat] = [f for f in all_formats() if f.matches(export)]
    guessed = guessed_format()
    return found or ([guessed] if guessed.matches(export) else [])


def recognise(export: Export, options: ReadOptions) -> AnyFormat:
    """Return the one format that an export is of.

    Raises
    ------
    SourceError
        None fits, and its columns are told; or two fit, and the user is asked which.
    UnknownNameError
        ``options.format`` does not exist.
    """
    if options.format is not None:
        return _said(export, options.format)
    if options.mapping is not None:
        _refuse_damaged(export)
        return mapped.FORMAT
    found = matching(export)
    if not found:
        _refuse_damaged(export)
    if len(found) > 1:
        keys = ", ".join(f"{f.key} ({f.title})" for f in found)
        raise SourceError(f"{export.path} fits {keys}: say which with --format.", source=str(export.path))
    if not found:
        raise SourceError(unknown(export), source=str(export.path))
    return found[0]


def read_samples(
    path: str | Path | Export, options: ReadOptions | None = None
) -> tuple[SampleFormat, list[Reading]]:
    """Read the samples of another tool's file, folder or zip: a reading a device.

    Raises
    ------
    SourceError
        It is not of a known format, or of one without samples; or it is damaged.
    """
    options = options or ReadOptions()
    export = path if isinstance(path, Export) else open_export(Path(path))
    chosen = recognise(export, options)
    if not isinstance(chosen, SampleFormat):
        raise SourceError(
            f"{export.path} holds no samples but {chosen.holds} ({chosen.title}): compare it with"
            " 'imu-tempo compare', or turn it into our columns with 'imu-tempo import'.",
            source=str(export.path),
        )
    return chosen, devices_of(export, chosen, options)


def devices_of(export: Export, chosen: SampleFormat, options: ReadOptions) -> list[Reading]:
    """Read an export of a known format: every device, or the one that the user named.

    Raises
    ------
    SourceError
        It is damaged, or has no such device.
    """
    source, readings = str(export.path), chosen.read(export, options)
    if not readings:
        raise SourceError(f"{source} has a header that is known and no samples below it.", source=source)
    if options.device is None:
        return readings
    wanted = [r for r in readings if r.device.lower() == options.device.lower()]
    if not wanted:
        names = shorten([r.device or "one without a name" for r in readings])
        raise SourceError(f"{source} has no device {options.device!r}: it has {names}.", source=source)
    return wanted


def one_device(readings: list[Reading], source: str) -> Reading:
    """Return the only reading.

    Raises
    ------
    SourceError
        There are several; the message names them.
    """
    if len(readings) > 1:
        names = shorten([reading.device for reading in readings])
        raise SourceError(
            f"{source} holds {len(readings)} devices ({names}): say which with --device, or import them all.",
            source=source,
        )
    return readings[0]


def unknown(export: Export) -> str:
    """Say what columns an export has that no reader knows."""
    headers = [h for h in map(header_of, export.members) if h]
    has = f"it has {shorten(headers[0])}" if headers else "no header was found in its first lines"
    keys = ", ".join(f.key for f in SAMPLE_FORMATS if f.key != mapped.FORMAT.key)
    return (
        f"{export.path} is of no format known here ({has}): known are samples of {keys}, and tables of"
        " reps and"
        " motion that 'imu-tempo formats' lists; name the columns with --map, such as --map t=time --map"
        " acc_x=ax."
    )


def header_of(member: Member) -> list[str]:
    """Return the cells of the first line that looks like a header; none of what is no text."""
    try:
        text = member.text
    except SourceError:
        return []
    for line in first_lines(text):
        delimiter = max(DELIMITERS, key=line.count)
        cells = [cell.strip().strip('"') for cell in line.split(delimiter)]
        words = [cell for cell in cells if re.search("[a-zA-Z]", cell) and not is_number(cell)]
        if len(words) >= _LEAST_COLUMNS:
            return [cell for cell in cells if cell]
    return []


def _refuse_damaged(export: Export) -> None:
    """Say of a single file that cannot be read as text why it cannot."""
    if export.single:
        _ = export.members[0].text


def _said(export: Export, key: str) -> AnyFormat:
    chosen = _named(key)
    if not chosen.matches(export) and key != mapped.FORMAT.key:
        _refuse_damaged(export)
        raise SourceError(
            f"{export.path} is not of the format {key}, which is told by {chosen.recognised_by}.",
            source=str(export.path),
        )
    return chosen


def _named(key: str) -> AnyFormat:
    found = {f.key: f for f in (*all_formats(), guessed_format())}
    if key not in found:
        raise UnknownNameError(f"There is no format {key!r}: expected {', '.join(found)}.")
    return found[key]
