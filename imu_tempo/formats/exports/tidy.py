"""One row a rep with all that is known of its set beside it: what statistics programs want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_tempo.formats.exports.dictionary import SET_PREFIX
from imu_tempo.formats.exports.writing import PathOrName, whole
from imu_tempo.schema import RepRow, SetRow, columns

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("recording", "day", "at", "athlete", "exercise", "load_kg", "set_no", "rep_no")
_SHARED = ("exercise", "load_kg", "athlete")


def tidy_reps(reps: pd.DataFrame, sets: pd.DataFrame) -> pd.DataFrame:
    """Return reps with their set's numbers beside them.

    Parameters
    ----------
    reps, sets
        Of an analysis, or of the history.

    Returns
    -------
    DataFrame
        Keys first, then the rep's columns, then the set's, whose names begin with ``set_``. As many rows as
        there are reps.
    """
    keys = [name for name in ("recording", "set_no") if name in reps and name in sets]
    own = [c.name for c in columns(SetRow) if c.name not in (*keys, *_SHARED) and c.name in sets]
    of_sets = sets[[*keys, *own]].rename(columns={name: f"{SET_PREFIX}{name}" for name in own})
    joined = reps.merge(of_sets, on=keys, how="left", validate="many_to_one")
    first = [name for name in _KEYS if name in joined]
    rep_names = [c.name for c in columns(RepRow) if c.name not in first and c.name in joined]
    rest = [name for name in joined if name not in first and name not in rep_names]
    return joined[[*first, *rep_names, *rest]]


def write_tidy(table: pd.DataFrame, path: PathOrName) -> None:
    """Write a table as R's ``read.csv`` reads it at once: ``NA`` for missing numbers, ``TRUE`` and ``FALSE``.

    Raises
    ------
    TempoError
        The file cannot be written.
    """
    plain = table.copy()
    for name in plain.select_dtypes("bool"):
        plain[name] = plain[name].map({True: "TRUE", False: "FALSE"})
    with whole(path) as half:
        plain.to_csv(half, index=False, na_rep="NA", lineterminator="\n")
