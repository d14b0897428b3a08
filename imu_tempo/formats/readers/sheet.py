"""One table of a text file: its header found, its dialect told, its columns as numbers or words."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.canonical import NULLS
from imu_tempo.formats.readers.units import plain
from imu_tempo.formats.words import clip, is_number

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[np.float64]
Wanted = Callable[[Sequence[str]], bool]

DELIMITERS = (",", ";", "\t")
HEAD_LINES = 80
"""A header stands in the first lines of a file, behind what it says of the device."""

_DECIMAL_COMMA = re.compile(r"-?\d+,\d+(e-?\d+)?", re.IGNORECASE)
_NULLS = {*NULLS, "-", "--", "null"}
_SAMPLE_ROWS = 20


@dataclass(eq=False)
class Sheet:
    """A table in a text file.

    Attributes
    ----------
    source
        Name for messages.
    text
        The whole file.
    header
        Line number of the header, from 0.
    delimiter
        Between cells.
    cells
        The header's cells as they stand.
    skip
        Lines to leave out behind the header, as a row of units.
    truncated
        Why the end is missing; empty where it is not. Known once the rows were read.
    repeated
        Times that the header stands again between the rows. Known once the rows were read.
    """

    source: str
    text: str
    header: int
    delimiter: str
    cells: list[str]
    skip: int = 0
    truncated: str = ""
    repeated: int = field(default=0)

    @cached_property
    def names(self) -> list[str]:
        """Column names in plain lower case."""
        return [plain(cell) for cell in self.cells]

    @property
    def first_line(self) -> int:
        """What people call the line of the first row, counting from 1; 0 where rows were left out."""
        return 0 if self.repeated else self.header + self.skip + 2

    @cached_property
    def lines(self) -> list[str]:
        """Every line behind the header and what follows it."""
        return self._body.split("\n")

    @cached_property
    def _body(self) -> str:
        """The text behind the header, without the times that the header stands there again."""
        start = 0
        for _ in range(self.header + 1 + self.skip):
            end = self.text.find("\n", start)
            if end < 0:
                return ""
            start = end + 1
        body = self.text[start:]
        again = self.text.split("\n", self.header + 1)[self.header] + "\n"
        if again in body:
            whole = len(body)
            body = body.replace(again, "")
            self.repeated = (whole - len(body)) // len(again)
        return body

    @cached_property
    def decimal(self) -> str:
        """The decimal mark: a comma where cells say so."""
        rows = csv.reader(self._body.split("\n", _SAMPLE_ROWS)[:_SAMPLE_ROWS], delimiter=self.delimiter)
        return "," if any(_DECIMAL_COMMA.fullmatch(cell.strip()) for row in rows for cell in row) else "."

    def preamble(self) -> list[str]:
        """Return the lines above the header."""
        return self.text.split("\n", self.header)[: self.header]

    def place(self, name: str) -> int | None:
        """Return the place of a column, by its plain name."""
        return self.names.index(name) if name in self.names else None

    def find(self, pattern: str) -> int | None:
        """Return the place of the first column whose whole plain name matches."""
        return next((i for i, name in enumerate(self.names) if re.fullmatch(pattern, name)), None)

    def numbers(self, places: Sequence[int]) -> Array:
        """Return columns as (n, k) numbers; empty cells and the words for none are NaN.

        Raises
        ------
        SourceError
            A cell is something else, or a row is short, with its line.
        """
        self._refuse_empty()
        try:
            table = self._parsed(places, number=True)
            return np.column_stack([c.to_numpy() for c in table.columns])
        except ValueError:
            rows = self._rows
        return np.column_stack([self._floats(rows, place) for place in places]).reshape(-1, len(places))

    def words(self, place: int) -> list[str]:
        """Return a column as text."""
        self._refuse_empty()
        try:
            return [(word or "").strip() for word in self._parsed([place], number=False)[0].to_pylist()]
        except ValueError:
            return [row[place].strip() for _, row in self._rows]

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

    @cached_property
    def _rows(self) -> list[tuple[int, list[str]]]:
        """Every row by line number: slow, for files in which a row differs from the others."""
        rows: list[tuple[int, list[str]]] = []
        width = len(self.cells)
        reader = csv.reader(self.lines, delimiter=self.delimiter)
        first = self.header + self.skip + 2
        try:
            for row in reader:
                line = first + reader.line_num - 1
                while len(row) > width and not row[-1].strip():
                    row.pop()
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) == width:
                    rows.append((line, row))
                elif len(row) < width and reader.line_num >= len(self.lines):
                    self.truncated = f"the last line ({line}) is cut off"
                elif len(row) < width and not any(c.strip() for c in self.cells[len(row) :]):
                    rows.append((line, row + [""] * (width - len(row))))
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
        return rows

    def _floats(self, rows: Sequence[tuple[int, list[str]]], place: int) -> Array:
        values = np.full(len(rows), np.nan)
        for i, (line, row) in enumerate(rows):
            cell = row[place].strip()
            number = cell.replace(",", ".") if self.decimal == "," else cell
            if is_number(number):
                values[i] = float(number)
            elif cell not in _NULLS:
                raise SourceError(
                    f"{self.source}, line {line}: {clip(self.cells[place].strip())} is {clip(cell)!r},"
                    " expected"
                    " a number; mend or delete the line.",
                    source=self.source,
                )
        return values

    def _refuse_empty(self) -> None:
        if not self._body.strip():
            raise SourceError(
                f"{self.source} has a header but no rows: expected one row a sample.", source=self.source
            )


def find_sheet(text: str, wanted: Wanted, *, source: str) -> Sheet | None:
    """Return the table whose header is what is wanted, or None.

    Parameters
    ----------
    text
        The file.
    wanted
        Told the plain names of a line's cells, whether this is the header.
    source
        Name for messages.
    """
    for number, line in enumerate(text.split("\n", HEAD_LINES)[:HEAD_LINES]):
        for delimiter in DELIMITERS:
            if delimiter not in line:
                continue
            try:
                cells = next(csv.reader([line], delimiter=delimiter), [])
            except csv.Error:
                continue
            if wanted([plain(cell) for cell in cells]):
                return Sheet(source, text, number, delimiter, cells)
    return None
