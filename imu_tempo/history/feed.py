"""The history as the tables that profiles, reps in reserve and eccentric doses are reckoned from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imu_tempo.history.choice import Choice
from imu_tempo.history.store import REAL
from imu_tempo.metrics.load_velocity import load_points
from imu_tempo.metrics.reserve import reserves_to_failure
from imu_tempo.metrics.selection import TO_FAILURE, flags
from imu_tempo.schema import RepRow, columns, rows
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


def reserve_points(history: History, choice: Choice = REAL) -> pd.DataFrame:
    """Return the reps of sets to failure with the reps that were left after each.

    A set counts where a person marked its last possible rep, and where velocity means effort: not where the
    lifting was paced or assisted.

    Returns
    -------
    DataFrame
        Columns ``athlete exercise day recording set_no load_kg mcv_mps rir``, for
        :func:`imu_tempo.metrics.reserve.fit_reserve`.
    """
    import pandas as pd

    sets, reps = history.sets(choice), history.reps(choice)
    effort = set(sets.loc[sets["vl_valid"], _SET].itertuples(index=False, name=None))
    parts = []
    for key, own in reps.groupby(_SET, sort=False):
        done = rows(own, RepRow)
        last = max((rep.rep_no for rep in done if TO_FAILURE in flags(rep.quality)), default=0)
        if not last or key not in effort:
            continue
        left = reserves_to_failure([rep for rep in done if rep.rep_no <= last])
        known = {name: own[name].iloc[0] for name in ("athlete", "exercise", "day", *_SET, "load_kg")}
        parts += [{**known, "mcv_mps": mcv_mps, "rir": rir} for mcv_mps, rir in left]
    return pd.DataFrame(parts, columns=_RESERVE)


_RESERVE = ["athlete", "exercise", "day", *_SET, "load_kg", "mcv_mps", "rir"]


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
