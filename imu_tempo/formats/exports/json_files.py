"""JSON, one object a file, and JSON lines, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from imu_tempo.formats.analysis_json import records
from imu_tempo.formats.exports.writing import PathOrName, whole

if TYPE_CHECKING:
    import pandas as pd

HISTORY_FORMAT = "imu-tempo/history/1"


def history_object(tables: Mapping[str, pd.DataFrame]) -> dict[str, object]:
    """Return tables of the history as the ``imu-tempo/history/1`` object: records by the table's name.

    Numbers that are not there are null, because JSON has no NaN; the others are rounded to a millionth.
    """
    return {"format": HISTORY_FORMAT, **{name: records(table) for name, table in tables.items()}}


def write_json(data: Mapping[str, object], path: PathOrName) -> None:
    """Write one JSON object.

    Raises
    ------
    TempoError
        The file cannot be written.
    """
    with whole(path) as half:
        text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
        half.write_text(f"{text}\n", encoding="utf-8")


def write_json_lines(objects: Iterable[Mapping[str, object]], path: PathOrName) -> None:
    """Write one JSON object a line, as NDJSON.

    Raises
    ------
    TempoError
        The file cannot be written.
    """
    with whole(path) as half, half.open("w", encoding="utf-8", newline="\n") as file:
        for data in objects:
            file.write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")
