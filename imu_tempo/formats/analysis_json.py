"""An analysis as one JSON object, for scripts in any language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from imu_tempo.result import AnalysisResult

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "imu-tempo/analysis/1"
_DECIMALS = 6  # a microsecond, a micrometre


def analysis_object(result: AnalysisResult) -> dict[str, object]:
    """Return the ``imu-tempo/analysis/1`` object, its tables as records with the schema's columns.

    Numbers that are not there are null, because JSON has no NaN; the others are rounded to a millionth.
    """
    return {
        "format": FORMAT,
        "source": result.source,
        "exercise": result.exercise,
        "rate_hz": _plain(result.rate_hz),
        "duration_s": _plain(result.duration_s),
        "sets": records(result.sets),
        "reps": records(result.reps),
        "rejected": records(result.rejected),
        "eccentric": records(result.eccentric),
        "fatigue": records(result.fatigue),
        "compliance": records(result.compliance),
        "session": records(result.session),
        "quality": {key: _plain(value) for key, value in result.quality.items()},
    }


def records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Return a table's rows as JSON-ready objects."""
    return [{str(k): _plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _plain(value: object) -> object:
    """Return a value that JSON knows."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    return value
