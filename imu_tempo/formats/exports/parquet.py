"""Parquet: dtypes kept, and each column's unit and meaning in its metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from imu_tempo import __version__
from imu_tempo.formats.exports.dictionary import known_columns
from imu_tempo.formats.exports.writing import PathOrName, whole

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "imu-tempo/table/1"


def write_parquet(
    table: pd.DataFrame, path: PathOrName, *, about: Mapping[str, object] | None = None
) -> None:
    """Write a table as Parquet.

    Parameters
    ----------
    table
        Any table; columns of the schema get ``unit`` and ``meaning`` in their field metadata, which
        ``pyarrow.parquet.read_schema(path).field(name).metadata`` reads.
    path
        File to write.
    about
        Facts for the file's own metadata, as JSON under ``imu_tempo``; format and software are always there.

    Raises
    ------
    TempoError
        The file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    known = known_columns(table)
    data = pa.Table.from_pandas(table, preserve_index=False)
    schema = data.schema
    for place, field in enumerate(schema):
        if (column := known.get(field.name)) is not None:
            facts = {"unit": column.unit, "meaning": column.meaning}
            schema = schema.set(place, field.with_metadata(facts))
    told = {"format": FORMAT, "software": f"imu-tempo {__version__}", **(about or {})}
    metadata = {**(data.schema.metadata or {}), b"imu_tempo": json.dumps(told, ensure_ascii=False).encode()}
    with whole(path) as half, half.open("wb") as file:  # Arrow itself takes no name that is no text
        pq.write_table(data.cast(schema).replace_schema_metadata(metadata), file)
