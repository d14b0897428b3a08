"""Another device's table of reps under our names and units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from imu_tempo.errors import SourceError, TempoError

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 12


def mapped(frame: pd.DataFrame, mapping: Mapping[str, str]) -> pd.DataFrame:
    """Return a table with columns of ours made from theirs.

    Parameters
    ----------
    frame
        Their table, a row a rep.
    mapping
        For each column of ours, theirs, with a factor where the unit is another: ``{"rom_m": "ROM (mm) *
        0.001"}``. Columns that have our names already need none.

    Returns
    -------
    DataFrame
        A copy with our columns added; ``con_end_s`` comes from ``con_start_s`` and ``con_s`` where it is
        missing.

    Raises
    ------
    SourceError
        A column is not there, or does not hold numbers.
    """
    import pandas as pd

    out = frame.copy()
    for ours, theirs in mapping.items():
        name, factor = _factor(ours, theirs, frame)
        values = frame[name]
        if factor is not None or ours.endswith(("_s", "_m", "_mps", "_kg")):
            try:
                values = pd.to_numeric(values) * (1.0 if factor is None else factor)
            except (ValueError, TypeError) as error:
                raise SourceError(f"Column {name!r} does not hold numbers: {error}.") from error
        out[ours] = values
    if "con_end_s" not in out and {"con_start_s", "con_s"} <= set(out.columns):
        out["con_end_s"] = out["con_start_s"] + out["con_s"]
    return out


def _factor(ours: str, theirs: str, frame: pd.DataFrame) -> tuple[str, float | None]:
    if theirs in frame:
        return theirs, None
    found = re.fullmatch(r"(.+?)\s*\*\s*([0-9.eE+-]+)", theirs)
    if found and found[1] in frame:
        try:
            return found[1], float(found[2])
        except ValueError as error:
            raise TempoError(
                f"{theirs!r} has no number behind its *: write such as 'ROM (mm) * 0.001'."
            ) from error
    names = ", ".join(map(str, frame.columns[:_SHOWN]))
    raise SourceError(f"There is no column {theirs!r} for {ours}: the table has {names}.")
