"""The dataset's tables: what is in each, and a session's part of it as Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from imu_tempo.batch.settings import Settings
from imu_tempo.history import RecordingFacts
from imu_tempo.history.session_rows import SOFTWARE, SessionRows, session_rows
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import FatigueRow, RejectedRow, columns, rows
from imu_tempo.schema.batch import BatchErrorRow, BatchFatigueRow, BatchRejectedRow, BatchSessionRow
from imu_tempo.schema.history import HistoryEccentricRow, HistoryRepRow, HistorySetRow

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "imu-tempo/batch/1"
DATASET_NAME = "batch.json"
"""The dataset's own manifest; not called manifest.json, which would make a recording of it."""

TABLES: Mapping[str, type[Any]] = {
    "sessions": BatchSessionRow,
    "sets": HistorySetRow,
    "reps": HistoryRepRow,
    "rejected": BatchRejectedRow,
    "eccentric": HistoryEccentricRow,
    "fatigue": BatchFatigueRow,
    "errors": BatchErrorRow,
}
OF_A_SESSION = ("sets", "reps", "rejected", "eccentric", "fatigue")
"""The tables with one part a session, but for ``sessions``, whose part says that the others are there."""

_ARROW = {"int64": "int64", "float64": "float64", "str": "string", "bool": "bool"}
_METADATA = b"imu_tempo"


def session_tables(
    facts: RecordingFacts, result: AnalysisResult, *, settings: Settings, calibration: str
) -> dict[str, Sequence[Any]]:
    """Return an analysis as rows of the dataset's tables."""
    made = session_rows(facts, result, parameters=_labels(facts, settings))
    day = made.session.day
    if not facts.manifest.started:
        day, made = "", _undated(made)
    key: dict[str, Any] = {"recording": facts.id, "day": day, "simulated": facts.manifest.simulated}
    rejected = [BatchRejectedRow(**asdict(row), **key) for row in rows(result.rejected, RejectedRow)]
    fatigue = [BatchFatigueRow(**asdict(row), **key) for row in rows(result.fatigue, FatigueRow)]
    shared = {name: getattr(made.session, name) for name in _SHARED}
    session = BatchSessionRow(
        **shared, day=day, source=str(facts.folder), rejected=len(rejected), calibration=calibration
    )
    return {
        "sessions": [session],
        "sets": made.sets,
        "reps": made.reps,
        "rejected": rejected,
        "eccentric": made.eccentric,
        "fatigue": fatigue,
    }


_OWN = ("day", "source", "rejected", "calibration")
_SHARED = tuple(c.name for c in columns(BatchSessionRow) if c.name not in _OWN)


def _labels(facts: RecordingFacts, settings: Settings) -> dict[str, Any]:
    """Return who lifted at what tempo, for a recording without a set that would tell."""
    return {
        "athlete": settings.lifting.athlete or facts.manifest.athlete,
        "tempo": settings.lifting.tempo or facts.manifest.tempo,
    }


def _undated(made: SessionRows) -> SessionRows:
    return replace(
        made,
        sets=[replace(row, day="", at="") for row in made.sets],
        reps=[replace(row, day="", at="") for row in made.reps],
        eccentric=[replace(row, day="") for row in made.eccentric],
    )


def arrow_schema(name: str, *, described: bool = False) -> pa.Schema:
    """Return a table's Arrow schema; ``described`` has each column's unit and meaning in its metadata."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(
                c.name,
                pa.type_for_alias(_ARROW[c.dtype]),
                nullable=False,
                metadata={"unit": c.unit, "meaning": c.meaning} if described else None,
            )
            for c in columns(TABLES[name])
        ]
    )


def encode(
    name: str, table: Sequence[Any], about: Mapping[str, object] | None = None, *, described: bool = False
) -> bytes:
    """Write rows of a table as Parquet: the same rows give the same bytes.

    Parameters
    ----------
    name
        Of the table.
    table
        Its rows, maybe none.
    about
        Facts for the file's metadata, as JSON under ``imu_tempo``; format and software are always there.
    described
        Whether to tell unit and meaning of each column: more than the numbers of a session take.
    """
    import pyarrow as pa
    from pyarrow import parquet

    told = {"format": FORMAT, "table": name, "software": SOFTWARE, **(about or {})}
    about_it = json.dumps(told, sort_keys=True, ensure_ascii=False)
    metadata = {_METADATA: about_it.encode("utf-8", "backslashreplace")}
    schema = arrow_schema(name, described=described).with_metadata(metadata)
    data = [
        pa.array([_text(getattr(row, f.name)) for row in table], f.type, from_pandas=False) for f in schema
    ]
    buffer = io.BytesIO()
    parquet.write_table(pa.table(data, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()


def _text(value: object) -> object:
    r"""Return a value; bytes of a path that are no text, in words such as ``\udcff``."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def told_of(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """Return the facts that :func:`encode` put into a file's metadata; none where it did not write it."""
    try:
        told = json.loads((metadata or {})[_METADATA])
    except (KeyError, ValueError):
        return {}
    return told if isinstance(told, dict) and told.get("format") == FORMAT else {}
