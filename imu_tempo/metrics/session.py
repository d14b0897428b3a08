"""A session added up: by exercise and in all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from imu_tempo.schema import NAN, EccentricRow, SessionRow, SetRow


def session_rows(sets: Sequence[SetRow], eccentric: Sequence[EccentricRow] = ()) -> list[SessionRow]:
    """Add up the sets of a session.

    Parameters
    ----------
    sets
        Its sets; of several recordings, put one behind the other.
    eccentric
        The eccentric rows of the same sets, for work and impulse.

    Returns
    -------
    list of SessionRow
        One an exercise, in the order of appearance, and a last one of all (``exercise`` empty); none without
        sets. A sum over nothing known is NaN; a sum over some sets that are known and some that are not adds
        up the known ones. Standard deviations add up as those of independent sets.
    """
    if not sets:
        return []
    names = list(dict.fromkeys(row.exercise for row in sets))
    by_exercise = [
        _summed(name, [s for s in sets if s.exercise == name], [e for e in eccentric if e.exercise == name])
        for name in names
    ]
    return [*by_exercise, _summed("", sets, eccentric)]


def _summed(exercise: str, sets: Sequence[SetRow], eccentric: Sequence[EccentricRow]) -> SessionRow:
    return SessionRow(
        exercise=exercise,
        sets=len(sets),
        reps=sum(row.reps for row in sets),
        start_s=min((row.start_s for row in sets if math.isfinite(row.start_s)), default=NAN),
        end_s=max((row.end_s for row in sets if math.isfinite(row.end_s)), default=NAN),
        tut_s=_sum(row.tut_s for row in sets),
        tut_moving_s=_sum(row.tut_moving_s for row in sets),
        tut_ecc_s=_sum(row.tut_ecc_s for row in sets),
        tut_con_s=_sum(row.tut_con_s for row in sets),
        tut_pause_s=_sum(row.tut_pause_s for row in sets),
        tut_prescribed_s=_sum(row.tut_prescribed_s for row in sets),
        tut_sd_s=_spread(row.tut_sd_s for row in sets),
        tut_moving_sd_s=_spread(row.tut_moving_sd_s for row in sets),
        tut_ecc_sd_s=_spread(row.tut_ecc_sd_s for row in sets),
        tut_con_sd_s=_spread(row.tut_con_sd_s for row in sets),
        tut_pause_sd_s=_spread(row.tut_pause_sd_s for row in sets if row.tut_pause_s > 0.0),
        volume_kg=_sum(row.load_kg * row.reps for row in sets),
        ecc_exposure_kgs=_sum(row.load_kg * row.tut_ecc_s for row in sets),
        ecc_work_j=_sum(row.ecc_work_j for row in eccentric),
        con_work_j=_sum(row.con_work_j for row in eccentric),
        ecc_impulse_ns=_sum(row.ecc_impulse_ns for row in eccentric),
        compliance_pct=_weighted(sets),
    )


def _sum(values: Iterable[float]) -> float:
    known = [v for v in values if math.isfinite(v)]
    return math.fsum(known) if known else NAN


def _spread(values: Iterable[float]) -> float:
    """Return the standard deviation of a sum; NaN where one is unknown, which must not be hidden."""
    all_of_them = list(values)
    return math.sqrt(math.fsum(v * v for v in all_of_them)) if all_of_them else NAN


def _weighted(sets: Sequence[SetRow]) -> float:
    scored = [row for row in sets if math.isfinite(row.compliance_pct)]
    reps = sum(row.reps for row in scored)
    return math.fsum(row.compliance_pct * row.reps for row in scored) / reps if reps else NAN
