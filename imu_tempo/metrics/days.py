"""Local days: the day on the athlete's own calendar, whatever the time zone, as YYYY-MM-DD."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    import pandas as pd


def parse_day(value: object) -> date:
    """Return the local day that a value names.

    Parameters
    ----------
    value
        A date, a date and time (its own wall clock counts; no time zone is applied), or text in ISO 8601
        such as 2026-03-01 or 2026-03-01T23:50:00+01:00.

    Raises
    ------
    TempoError
        It is none of these.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        raise TempoError(
            f"The day {value!r} is no date: expected the local day of the session as YYYY-MM-DD."
        ) from None


def with_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its day under the name ``day``; ``date`` is taken for it.

    Raises
    ------
    TempoError
        It has neither.
    """
    if "day" in frame:
        return frame
    if "date" in frame:
        return frame.rename(columns={"date": "day"})
    raise TempoError(
        f"The table has no column 'day' (it has {', '.join(map(str, frame.columns)) or 'none'}):"
        " expected the local day of each row as YYYY-MM-DD."
    )
