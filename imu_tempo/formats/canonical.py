"""The canonical table: its column names, and reading them from a DataFrame or a Parquet file as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.untrusted import open_plain
from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import MAX_ROWS
from imu_tempo.formats.words import clip, first_sentence, shorten

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

TIME_COLUMN = "t_s"
ACC_COLUMNS = ("acc_x_mps2", "acc_y_mps2", "acc_z_mps2")
GYR_COLUMNS = ("gyr_x_radps", "gyr_y_radps", "gyr_z_radps")
REQUIRED = (TIME_COLUMN, *ACC_COLUMNS)

# Beyond these a number is damage, in whatever unit: raw readings stay below a million, and a clock in
# nanoseconds since 1970 reads 1.8e18.
_LARGEST_READING = 1e9
LARGEST_NUMBER = 1e20

NULLS = ["", "nan", "NaN", "NAN", "-nan", "NA", "N/A", "null", "NULL", "None"]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The canonical columns of one source as arrays, unchecked.

    Attributes
    ----------
    t_s, acc, gyr
        (n,), (n, 3) and (n, 3) or None.
    ignored
        Names of columns that were not read.
    first_line
        What people count the first row as: 2 in a CSV (line 1 is the header), 0 elsewhere.
    rows
        (n,) row numbers in the source, where some rows have been left out.
    truncated
        Why the end is missing; empty where it is not.
    """

    t_s: NDArray[np.float64]
    acc: NDArray[np.float64]
    gyr: NDArray[np.float64] | None
    ignored: tuple[str, ...] = ()
    first_line: int = 0
    rows: NDArray[np.intp] | None = None
    truncated: str = ""

    def row_name(self, index: int) -> str:
        """Return what people call a row: ``line 57`` of a CSV, ``row 55`` of a table."""
        row = index if self.rows is None else int(self.rows[index])
        return f"line {row + self.first_line}" if self.first_line else f"row {row}"

    def finite(self) -> Table:
        """Return the rows whose every number can be one; a gyro that never reads anything counts as none."""
        if self._all_finite():
            return self
        gyr = self.gyr
        if gyr is not None and not _readings(gyr).any():
            gyr = None
        whole = (np.abs(self.t_s) < LARGEST_NUMBER) & _readings(self.acc)
        if gyr is not None:
            whole &= _readings(gyr)
        if whole.all():
            return replace(self, gyr=gyr)
        return replace(
            self,
            t_s=self.t_s[whole],
            acc=self.acc[whole],
            gyr=None if gyr is None else gyr[whole],
            rows=np.flatnonzero(whole),
        )

    def _all_finite(self) -> bool:
        readings = [self.acc] if self.gyr is None else [self.acc, self.gyr]
        return all(_within(x, _LARGEST_READING) for x in readings) and _within(self.t_s, LARGEST_NUMBER)


def pick_columns(names: Iterable[str], *, source: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Find the canonical columns among a table's names, ignoring case and surrounding space.

    Returns
    -------
    found
        Canonical name to the name in the table; with the gyro's three or without any of them.
    ignored
        The other names.
    """
    by_key = {str(name).strip().lower(): str(name) for name in names}
    wanted = REQUIRED + (GYR_COLUMNS if any(c in by_key for c in GYR_COLUMNS) else ())
    missing = [c for c in wanted if c not in by_key]
    if missing:
        raise SourceError(
            f"{source} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            f" (it has {shorten(list(by_key.values()))}): rename its columns, or convert it to"
            f" {', '.join(REQUIRED)}, in s and m/s^2, and optionally {', '.join(GYR_COLUMNS)} in rad/s.",
            source=source,
        )
    found = {c: by_key[c] for c in wanted}
    return found, tuple(name for name in by_key.values() if name not in found.values())


def from_frame(frame: pd.DataFrame, *, source: str) -> Table:
    """Read the canonical columns of a DataFrame, which is left as it is."""
    _refuse_no_rows(len(frame), source=source)
    found, ignored = pick_columns((str(c) for c in frame.columns), source=source)
    values = {c: _numeric(frame[name], name, source=source) for c, name in found.items()}
    return table_of(values, ignored)


def from_parquet(path: Path) -> Table:
    """Read the canonical columns of a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    with open_plain(path) as content:
        try:
            file = parquet.ParquetFile(content)
            found, ignored = pick_columns(file.schema_arrow.names, source=str(path))
            _refuse_strange_columns(file, list(found.values()), source=str(path))
            table = file.read(columns=list(found.values()), use_threads=False)
            values = {c: _as_float(table.column(name)) for c, name in found.items()}
        except (pa.ArrowException, ValueError, KeyError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's fault, not the file's: pyarrow gives damage no errno
            raise SourceError(
                f"{path} is not a whole Parquet file ({first_sentence(error)}): write it again,"
                " or analyze the recording or CSV that it was made from.",
                source=str(path),
            ) from error
    _refuse_no_rows(len(values[TIME_COLUMN]), source=str(path))
    return table_of(values, ignored)


def _as_float(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return a column of numbers as float64, NaN where there is none."""
    return np.asarray(column.cast("float64", safe=False).to_numpy())


def _refuse_no_rows(rows: int, *, source: str) -> None:
    if not rows:
        raise SourceError(
            f"{source} has no rows: expected one row a sample, at least 2 s of them.", source=source
        )


def _refuse_strange_columns(file: parquet.ParquetFile, names: list[str], *, source: str) -> None:
    """Refuse what would fill the memory, before it is unpacked: too many rows, or words for numbers."""
    from pyarrow import types

    if file.metadata.num_rows > MAX_ROWS:
        raise SourceError(
            f"{source} tells of {file.metadata.num_rows} rows, more than {MAX_ROWS}: give one session at a"
            " time.",
            source=source,
        )
    for name in names:
        kind = file.schema_arrow.field(name).type
        if not (types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)):
            raise SourceError(
                f"{source}: {name} holds {clip(str(kind))}, expected numbers; write it again with a column of"
                " float64.",
                source=source,
            )


def _within(values: NDArray[np.float64], limit: float) -> bool:
    """Whether every number is between a limit and its negative; NaN is the maximum of whatever it is in."""
    return not values.size or bool(np.max(values) < limit and np.min(values) > -limit)


def _readings(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which rows hold three numbers that a sensor can have sent; NaN and infinity are none."""
    return np.asarray((np.abs(values) < _LARGEST_READING).all(axis=1))


def _numeric(column: pd.Series[Any], name: str, *, source: str) -> NDArray[np.float64]:
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce")
    # Only what is no number is looked at as text: turning an hour of good readings into words takes seconds.
    unread = np.flatnonzero(numbers.isna() & column.notna())
    bad = unread[~column.iloc[unread].astype(str).isin(NULLS).to_numpy(dtype=bool)]
    if bad.size:
        row = int(bad[0])
        raise SourceError(
            f"{source}, row {row}: {name} is {clip(str(column.iloc[row]))!r}, expected a number.",
            source=source,
        )
    with np.errstate(invalid="ignore"):  # a NaN of another width may be one that signals
        return np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))


def table_of(
    values: dict[str, NDArray[np.float64]],
    ignored: tuple[str, ...],
    *,
    first_line: int = 0,
    truncated: str = "",
) -> Table:
    """Put parsed columns, named canonically, together as a table; each axis stays in one piece of memory."""
    return Table(
        t_s=np.array(values[TIME_COLUMN]),
        acc=np.array([values[c] for c in ACC_COLUMNS]).T,
        gyr=np.array([values[c] for c in GYR_COLUMNS]).T if GYR_COLUMNS[0] in values else None,
        ignored=ignored,
        first_line=first_line,
        truncated=truncated,
    )
