"""The history as the tables that load-velocity profiles and eccentric doses are reckoned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_tempo.history.choice import Choice
from imu_tempo.history.store import REAL
from imu_tempo.metrics.load_velocity import load_points
from imu_tempo.schema import columns
from imu_tempo.schema.dose import DoseSetRow

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.history.store import History

_SET = ["recording", "set_no"]


def velocity_points(history: History, choice: Choice = REAL) -> pd.DataFrame:
    """Return the points of load-velocity profiles, for :func:`imu_tempo.metrics.load_velocity.load_velocity`.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.load_velocity.LoadPointRow`.
    """
    return load_points(history.reps(choice), history.sets(choice))


def dose_sets(history: History, choice: Choice = REAL) -> pd.DataFrame:
    """Return the sets for :func:`imu_tempo.metrics.dose.eccentric_dose`, a row each.

    Its ``soreness`` is :meth:`History.soreness`.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.dose.DoseSetRow`; impulse, work and moved mass are NaN where a rep
        of the set does not tell.
    """
    sets = history.sets(choice)
    by_set = history.eccentric(choice).groupby(_SET)
    measured = by_set[["ecc_impulse_ns", "ecc_work_j"]].sum(min_count=1)
    whole = by_set[["ecc_impulse_ns", "ecc_work_j"]].count().eq(by_set.size(), axis=0)
    measured = measured.where(whole).join(by_set["mass_kg"].median())
    joined = sets.join(measured, on=_SET)
    wanted = columns(DoseSetRow)
    return joined[[c.name for c in wanted]].astype({c.name: c.dtype for c in wanted})
