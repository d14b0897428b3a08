"""What a table is: a row is a frozen dataclass, a column is a field with unit, dtype and meaning."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NAN = float("nan")


class Column(NamedTuple):
    """One column of a table: its name, unit (``""`` for none), pandas dtype and meaning."""

    name: str
    unit: str
    dtype: str
    meaning: str


_DTYPES = {"int": "int64", "float": "float64", "str": "str", "bool": "bool"}

R = TypeVar("R")


def column(unit: str, meaning: str, **kwargs: Any) -> Any:
    """Declare a column: a dataclass field with its unit (``""`` for none) and its meaning."""
    return dataclasses.field(metadata={"unit": unit, "meaning": meaning}, **kwargs)


def columns(row_type: type[Any]) -> tuple[Column, ...]:
    """Return the columns of a table, in order.

    Examples
    --------
    >>> from imu_tempo.schema import RepRow
    >>> [c.meaning for c in columns(RepRow) if c.name == "rom_m"]
    ['height travelled in the concentric']
    """
    return tuple(
        Column(f.name, f.metadata["unit"], _DTYPES[str(f.type)], f.metadata["meaning"])
        for f in dataclasses.fields(row_type)
    )


def table(rows: Iterable[R], row_type: type[R]) -> pd.DataFrame:
    """Return rows as a DataFrame with the columns and dtypes of ``row_type``, also when there are none."""
    data = list(rows)
    return table_of_columns({c.name: [getattr(r, c.name) for r in data] for c in columns(row_type)}, row_type)


def table_of_columns(values: Mapping[str, Sequence[Any] | NDArray[Any]], row_type: type[Any]) -> pd.DataFrame:
    """Return columns, given by name, as a DataFrame with the columns and dtypes of ``row_type``."""
    import numpy as np
    import pandas as pd

    # Only words need pandas' own way: a Series for each column takes ten times as long.
    made = {
        c.name: pd.Series(values[c.name], dtype=c.dtype)
        if c.dtype == "str"
        else np.array(values[c.name], dtype=c.dtype)
        for c in columns(row_type)
    }
    return pd.DataFrame(made, copy=False)


def rows(frame: pd.DataFrame, row_type: type[R]) -> list[R]:
    """Return a DataFrame's rows as ``row_type``, the inverse of :func:`table`; other columns are left out."""
    names = [c.name for c in columns(row_type) if c.name in frame]
    values = zip(*(frame[name].tolist() for name in names), strict=True)
    return [row_type(**dict(zip(names, row, strict=True))) for row in values]
