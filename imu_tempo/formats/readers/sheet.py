"""One table of a text file: its header found, its dialect told, its columns as numbers or words."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import HEAD_CHARS, HEAD_LINES, MAX_COLUMNS, MAX_ROWS, MAX_VALUES
from imu_tempo.formats.canonical import LARGEST_NUMBER, NULLS
from imu_tempo.formats.readers.units import plain
from imu_tempo.formats.words import clip, is_number

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[np.float64]
Wanted = Callable[[Sequence[str]], bool]

DELIMITERS = (",", ";", "\t")

_DECIMAL_COMMA = re.compile(r"-?\d+,\d+(e-?\d+)?", re.IGNORECASE)
_NULLS = {*NULLS, "-", "--", "null"}
_SAMPLE_ROWS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A line that may be a header, read with one of the delimiters.

    Attributes
    ----------
    line
        Its number, from 0.
    delimiter
        Between cells.
    cells
        As they stand.
    names
        In plain lower case.
    """

    line: int
    delimiter: str
    cells: list[str]
    names: list[str]


def heads_of(text: str) -> list[Head]:
    """Return every line at the beginning of a file that may be a header."""
    return list(_heads(text))


def first_lines(text: str) -> list[str]:
    """Return the lines among which a header is looked for, without one that is too long to be one."""
    lines = text[: HEAD_CHARS + 1].split("\n", HEAD_LINES)
    return lines[:-1] if len(text) > HEAD_CHARS or len(lines) > HEAD_LINES else lines


def _heads(text: str) -> Iterator[Head]:
    for number, line in enumerate(first_lines(text)):
        for delimiter in DELIMITERS:
            if not 0 < line.count(delimiter) < MAX_COLUMNS:
                continue
            try:
                cells = next(csv.reader([line], delimiter=delimiter), [])
            except csv.Error:
                continue
            yield Head(number, delimiter, cells, [plain(cell) for cell in cells])


@dataclass(eq=False)
class Sheet:
    """A table in a text file.

    Attributes
    ----------
    source
        Name for messages.
    text
        The whole file.
    head
        Its header.
    skip
        Lines to leave out behind the header, as a row of units.
    truncated
        Why the end is missing; empty where it is not. Known once the rows were read.
    repeated
        Times that the header stands again between the rows. Known once the rows were read.
    """

    source: str
    text: str
    head: Head
    skip: int = 0
    truncated: str = ""
    repeated: int = field(default=0)

    @property
    def header(self) -> int:
        """Line number of the header, from 0."""
        return self.head.line

    @property
    def delimiter(self) -> str:
        """What stands between cells."""
        return self.head.delimiter

    @property
    def cells(self) -> list[str]:
        """The header's cells as they stand."""
        return self.head.cells

    @property
    def names(self) -> list[str]:
        """Column names in plain lower case."""
        return self.head.names

    @property
    def first_line(self) -> int:
        """What people call the line of the first row, counting from 1; 0 where rows were left out."""
        return 0 if self.repeated else self.header + self.skip + 2

    @cached_property
    def _body(self) -> str:
        """The text behind the header, without the times that the header stands there again."""
        body = self.text[self._after(self.header + 1 + self.skip) :]
        again = first_lines(self.text)[self.header] + "\n"
        if again in body:
            whole = len(body)
            body = body.replace(again, "")
            self.repeated = (whole - len(body)) // len(again)
        return body

    def _after(self, lines: int) -> int:
        """Return where the text goes on behind its first lines."""
        start = 0
        for _ in range(lines):
            start = self.text.find("\n", start) + 1
            if not start:
                return len(self.text)
        return start

    @cached_property
    def decimal(self) -> str:
        """The decimal mark: a comma where cells say so."""
        rows = csv.reader(self._body.split("\n", _SAMPLE_ROWS)[:_SAMPLE_ROWS], delimiter=self.delimiter)
        return "," if any(_DECIMAL_COMMA.fullmatch(cell.strip()) for row in rows for cell in row) else "."

    def preamble(self) -> list[str]:
        """Return the lines above the header."""
        return first_lines(self.text)[: self.header]

    def below(self, count: int) -> list[str]:
        """Return the first lines below the header."""
        start = self._after(self.header + 1)
        return self.text[start : start + HEAD_CHARS].split("\n", count)[:count]

    def place(self, name: str) -> int | None:
        """Return the place of a column, by its plain name."""
        return self.names.index(name) if name in self.names else None

    def find(self, pattern: str) -> int | None:
        """Return the place of the first column whose whole plain name matches."""
        return next((i for i, name in enumerate(self.names) if re.fullmatch(pattern, name)), None)

    def numbers(self, places: Sequence[int]) -> Array:
        """Return columns as (n, k) numbers; empty cells, the words for none and what can be none are NaN.

        Raises
        ------
        SourceError
            A cell is something else, or a row is short, with its line.
        """
        self._refuse_empty()
        try:
            table = self._parsed(places, number=True)
            values = np.column_stack([c.to_numpy() for c in table.columns])
        except ValueError:
            values = self._read_slowly(places)
        self._refuse_nothing(len(values))
        values[~(np.abs(values) < LARGEST_NUMBER)] = np.nan  # infinity, too: no arithmetic meets it
        return values

    def words(self, place: int) -> list[str]:
        """Return a column as text."""
        return self.columns([place])[0]

    def columns(self, places: Sequence[int]) -> list[list[str]]:
        """Return columns as text.

        Raises
        ------
        SourceError
            A row is short, with its line; or there are more cells than a table of words can have.
        """
        self._refuse_empty()
        count = self._body.count("\n") * len(places)
        if count > max(MAX_VALUES, MAX_ROWS):
            raise SourceError(
                f"{self.source} has some {count} cells, more than {MAX_VALUES}: export fewer at a time.",
                source=self.source,
            )
        try:
            table = self._parsed(places, number=False)
            found = [[(word or "").strip() for word in column.to_pylist()] for column in table.columns]
        except ValueError:
            rows = [[row[place].strip() for place in places] for _, row in self._rows()]
            found = [[row[i] for row in rows] for i in range(len(places))]
        self._refuse_nothing(len(found[0]))
        return found

    def _parsed(self, places: Sequence[int], *, number: bool) -> pa.Table:
        import pyarrow as pa
        from pyarrow import csv as arrow

        names = [f"c{i}" for i in range(len(self.cells))]
        wanted = [names[place] for place in places]
        kind = pa.float64() if number else pa.string()
        return arrow.read_csv(
            pa.py_buffer(self._body.encode()),
            read_options=arrow.ReadOptions(column_names=names),
            parse_options=arrow.ParseOptions(delimiter=self.delimiter),
            convert_options=arrow.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, kind),
                null_values=sorted(_NULLS),
                decimal_point=self.decimal,
            ),
        )

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every row with its line number: slow, for files in which a row differs from the others."""
        width = len(self.cells)
        body = self._body.split("\n")
        reader = csv.reader(body, delimiter=self.delimiter)
        first = self.header + self.skip + 2
        try:
            for row in reader:
                line = first + reader.line_num - 1
                while len(row) > width and not row[-1].strip():
                    row.pop()
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) == width:
                    yield line, row
                elif len(row) < width and reader.line_num >= len(body):
                    self.truncated = f"the last line ({line}) is cut off"
                elif len(row) < width and not any(c.strip() for c in self.cells[len(row) :]):
                    yield line, row + [""] * (width - len(row))
                else:
                    raise SourceError(
                        f"{self.source}, line {line}: it has {len(row)} cells where the header has {width};"
                        " mend or delete the line.",
                        source=self.source,
                    )
        except csv.Error as error:
            raise SourceError(
                f"{self.source} cannot be read as a table ({error}).", source=self.source
            ) from error

    def _read_slowly(self, places: Sequence[int]) -> Array:
        values = array("d")
        for line, row in self._rows():
            values.extend(self._float(row[place].strip(), place, line) for place in places)
        return np.frombuffer(values).reshape(-1, len(places)).copy()

    def _float(self, cell: str, place: int, line: int) -> float:
        number = cell.replace(",", ".") if self.decimal == "," else cell
        if is_number(number):
            return float(number)
        if cell in _NULLS:
            return math.nan
        raise SourceError(
            f"{self.source}, line {line}: {clip(self.cells[place].strip())} is {clip(cell)!r}, expected a"
            " number; mend or delete the line.",
            source=self.source,
        )

    def _refuse_empty(self) -> None:
        self._refuse_nothing(len(self._body.strip()))

    def _refuse_nothing(self, count: int) -> None:
        if not count:
            raise SourceError(
                f"{self.source} has a header but no rows: expected one row a sample.", source=self.source
            )
