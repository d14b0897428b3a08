"""Canonical CSV files: found delimiter, one clear sentence for each way of being wrong, read fast."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.untrusted import SESSION_BYTES, Unpacked, in_words, read_plain
from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import HEAD_CHARS, MAX_ROWS
from imu_tempo.formats.canonical import GYR_COLUMNS, NULLS, REQUIRED, Table, pick_columns, table_of
from imu_tempo.formats.words import clip, first_sentence, is_number

_GZIP_MAGIC = b"\x1f\x8b"
_FIRST_ROW_LINE = 2


def from_csv(path: Path) -> Table:
    """Read the canonical columns of a CSV file, plain or gzipped.

    Comma, semicolon and tab are told apart by the header, a decimal comma by the first row. A last line
    that was cut off while being written is left out, and ``truncated`` says so.
    """
    data, truncated = _read_bytes(path)
    data = _as_utf8(data, path)
    _refuse_non_text(data, path)
    head = data[: HEAD_CHARS + 1].split(b"\n", 2)
    _refuse_strange_lines(data, head[0], path)
    header_text = head[0].decode("utf-8-sig", errors="replace").strip("\r")
    delimiter = max(",;\t", key=header_text.count)
    names = [cell.strip().strip('"') for cell in header_text.split(delimiter)]
    if not any(_is_canonical(name) for name in names):
        _refuse_strange_header(names, path)
    found, ignored = pick_columns(names, source=str(path))
    if len(data) <= HEAD_CHARS and not data[len(head[0]) :].strip():
        raise SourceError(
            f"{path} has a header but no rows: expected one row a sample, at least 2 s of them.",
            source=str(path),
        )
    decimal = "," if delimiter == ";" and b"," in b"".join(head[1:2]) else "."
    values, torn = _parse_rows(data, names, list(found.values()), delimiter, decimal, path)
    truncated = truncated or torn
    return table_of(
        {c: values[name] for c, name in found.items()},
        ignored,
        first_line=_FIRST_ROW_LINE,
        truncated=truncated,
    )


def _read_bytes(path: Path) -> tuple[bytes, str]:
    """Return a file's bytes, unzipped as far as they go, and why the end is missing (or '')."""
    data = read_plain(path)
    if not data:
        raise SourceError(
            f"{path} is empty: expected a CSV with a header and one row a sample.", source=str(path)
        )
    if not data.startswith(_GZIP_MAGIC):
        return data, ""
    try:
        unpacked = Unpacked(data)
    except zlib.error as error:
        raise SourceError(
            f"{path} is damaged gzip data ({error}): copy it again from where it was made.",
            source=str(path),
        ) from error
    if unpacked.too_large:
        raise SourceError(
            f"{path} unpacks to more than {in_words(SESSION_BYTES)}: give one session at a time.",
            source=str(path),
        )
    if unpacked.cut_off:
        return _whole_lines(unpacked.data, path), "the compressed file ends in the middle"
    return unpacked.data, ""


def _refuse_strange_lines(data: bytes, header: bytes, path: Path) -> None:
    if len(header) > HEAD_CHARS:
        raise SourceError(
            f"{path} has a first line of more than {HEAD_CHARS} characters: expected a header with"
            f" {', '.join(REQUIRED)}.",
            source=str(path),
        )
    rows = data.count(b"\n")
    if rows > MAX_ROWS:
        raise SourceError(
            f"{path} has {rows} rows, more than {MAX_ROWS}: give one session at a time.", source=str(path)
        )


def _whole_lines(data: bytes, path: Path) -> bytes:
    """Cut data after its last whole line."""
    end = data.rfind(b"\n")
    if end < 0:
        raise SourceError(
            f"{path} is a gzip file cut off before its first whole line: copy it again.", source=str(path)
        )
    return data[: end + 1]


def _as_utf8(data: bytes, path: Path) -> bytes:
    """Return UTF-16 text, as spreadsheets save it, in UTF-8; anything else as it is."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data
    try:
        return data.decode("utf-16").encode()
    except UnicodeError as error:
        raise SourceError(
            f"{path} is damaged UTF-16 text: save it as CSV again.", source=str(path)
        ) from error


def _refuse_non_text(data: bytes, path: Path) -> None:
    if b"\0" in data[:HEAD_CHARS]:
        raise SourceError(
            f"{path} is a binary file: expected a CSV, a Parquet file (.parquet) or a recording folder.",
            source=str(path),
        )
    if data.isspace():
        raise SourceError(
            f"{path} holds nothing but blank space: expected a CSV with a header and one row a sample.",
            source=str(path),
        )


def _is_canonical(name: str) -> bool:
    return name.strip().lower() in (*REQUIRED, *GYR_COLUMNS)


def _refuse_strange_header(names: Sequence[str], path: Path) -> None:
    if len(names) < len(REQUIRED):
        raise SourceError(
            f"{path} is not a CSV of samples (its first line is {clip(names[0])!r}): expected a header with"
            f" {', '.join(REQUIRED)}.",
            source=str(path),
        )
    if all(is_number(name) for name in names):
        raise SourceError(
            f"{path} has no header (its first line holds only numbers): add a first line that names the"
            f" columns, {', '.join(REQUIRED)} among them.",
            source=str(path),
        )


def _parse_rows(
    data: bytes, names: list[str], wanted: list[str], delimiter: str, decimal: str, path: Path
) -> tuple[dict[str, NDArray[np.float64]], str]:
    """Parse the wanted columns; on bad text find the line, and forgive it only at a torn end."""
    import pyarrow as pa
    from pyarrow import csv

    def parse(text: bytes) -> dict[str, NDArray[np.float64]]:
        table = csv.read_csv(
            pa.py_buffer(text),
            read_options=csv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=csv.ParseOptions(delimiter=delimiter),
            convert_options=csv.ConvertOptions(
                include_columns=wanted,
                column_types={name: pa.float64() for name in wanted},
                null_values=NULLS,
                decimal_point=decimal,
            ),
        )
        return {name: table.column(name).to_numpy() for name in wanted}

    try:
        return parse(data), ""
    except pa.ArrowInvalid as error:
        bad = _first_bad_line(data, names, wanted, delimiter, decimal)
        if bad is not None and bad.is_last and bad.line > _FIRST_ROW_LINE and not data.endswith(b"\n"):
            with suppress(pa.ArrowInvalid):
                return parse(data[: bad.start]), f"the last line ({bad.line}) is cut off"
        if bad is None:
            raise SourceError(
                f"{path} cannot be read as CSV ({first_sentence(error)}): save it as plain CSV again.",
                source=str(path),
            ) from error
        raise SourceError(f"{path}, line {bad.line}: {bad.what}.", source=str(path)) from error


@dataclass(frozen=True, slots=True)
class _BadLine:
    line: int
    start: int
    is_last: bool
    what: str


def _first_bad_line(
    data: bytes, names: list[str], wanted: list[str], delimiter: str, decimal: str
) -> _BadLine | None:
    """Find the first line that is not a row of numbers: slow, and only run once reading has failed."""
    places = {name: names.index(name) for name in wanted}
    start = data.index(b"\n") + 1
    number = _FIRST_ROW_LINE
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        text = data[start:end].decode("utf-8", errors="replace").rstrip("\r\n")
        if text:
            what = _row_fault(text.split(delimiter), names, places, decimal)
            if what:
                return _BadLine(number, start, not data[end:].strip(), what)
        start, number = end, number + 1
    return None


def _row_fault(cells: list[str], names: list[str], places: dict[str, int], decimal: str) -> str:
    if len(cells) != len(names):
        return f"it has {len(cells)} cells where the header has {len(names)}; mend or delete the line"
    for name, place in places.items():
        cell = cells[place].strip().strip('"')
        if cell not in NULLS and not is_number(cell.replace(",", ".") if decimal == "," else cell):
            return f"{name} is {clip(cell)!r}, expected a number; mend or delete the line"
    return ""
