"""A day's eccentric dose in words: what is new about it, when soreness is likely, what was answered."""

from __future__ import annotations

import math

from imu_tempo.schema.dose import DoseDayRow

NOT_A_DIAGNOSIS = (
    "This describes training, not health: it is no diagnosis. Sharp pain, or soreness that does not fade"
    " within a"
    " week, is for a clinician."
)
SHORT_HISTORY_DAYS = 14
"""With less of a record than this, "new" can mean no more than "not recorded"."""
_WELL_PROTECTED = 0.75


def dose_sentence(row: DoseDayRow, *, weeks: float) -> str:
    """Return one day's dose as sentences that a person understands.

    Parameters
    ----------
    row
        The day, with its answers.
    weeks
        Length of the look-back that it was held against.
    """
    parts = [_amount(row), _newness(row, weeks)]
    if row.novel:
        parts.append(
            f"Muscle soreness, if it comes, peaks between {row.soreness_from} and {row.soreness_to}, and is"
            " less when the same work is repeated."
        )
    if row.close:
        days = "1 day" if row.days_since_heavy == 1 else f"{row.days_since_heavy} days"
        parts.append(f"The last heavy eccentric day was {days} ago: consider a lighter day or more rest.")
    if math.isfinite(row.soreness_peak):
        parts.append(f"Soreness reached {row.soreness_peak:g} of 10.")
    if row.attenuation_pct > 0:
        parts.append(f"That is {row.attenuation_pct:.0f} % less than after the comparable day before.")
    return " ".join(parts)


def _amount(row: DoseDayRow) -> str:
    title = exercise_title(row.exercise)
    spent = f"{title}: {row.tut_ecc_s:.0f} s of lowering in {row.sets} {'set' if row.sets == 1 else 'sets'}"
    known = math.isfinite(row.ecc_exposure_kgs) and row.ecc_exposure_kgs > 0
    return f"{spent}, {row.ecc_exposure_kgs:,.0f} kg s." if known else f"{spent}."


def _newness(row: DoseDayRow, weeks: float) -> str:
    if math.isnan(row.novelty_ratio):
        if row.days_since >= 0:
            return f"Not done for {row.days_since} days: new again."
        if row.history_days < SHORT_HISTORY_DAYS:
            return "The first on record, and the record is short: new, unless it was done elsewhere before."
        return "The first on record: new."
    span = f"the past {weeks:g} weeks"
    if row.novel:
        return f"That is {row.novelty_ratio:.1f} times the highest day of {span}."
    share = f"That is {100 * row.novelty_ratio:.0f} % of the highest day of {span}"
    return f"{share}: accustomed." if row.protection_ratio >= _WELL_PROTECTED else f"{share}."


def exercise_title(name: str) -> str:
    """Return an exercise's name for people; one without a profile keeps its own."""
    from imu_tempo.errors import UnknownNameError
    from imu_tempo.exercises import exercise

    try:
        return exercise(name).title
    except UnknownNameError:
        return name
