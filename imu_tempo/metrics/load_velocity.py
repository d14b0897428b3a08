"""Load-velocity profiles: a line of mean concentric velocity on load, and the one-rep max that it points to.

Definitions, each named in the table:

1. **Point**: the fastest sound rep of each load on each day (:func:`load_points`). Lifts that were paced or
   assisted say nothing of what the athlete could have done, and are left out, with the reason.
2. **Line**: ordinary least squares of MCV on load, or through the lightest and the heaviest load
   (``"two-point"``, Garcia-Ramos et al. 2018, doi:10.1123/ijspp.2017-0374).
3. **e1RM**: the load at which the line meets the minimum velocity threshold (MVT) of the exercise.
4. **Intervals**: slope and intercept by Student's t; e1RM by Fieller's theorem, as a ratio of two estimates
   needs. They say where the *line* meets the MVT. That the MVT of a person differs from the exercise's
   (repeatability of velocity at the 1RM itself is poor: SEM 0.04 m/s in the squat, Banyard et al. 2018,
   doi:10.1123/ijspp.2017-0610) is not in them, so that the truth can lie further out; nor is that points of
   one day share its level, which makes the intervals of a profile pooled over days too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from imu_tempo.metrics.line import CONFIDENCE, fit_line
from imu_tempo.metrics.selection import USABLE_CONFIDENCE, flags, is_partial
from imu_tempo.schema import NAN, RepRow, SetRow, rows, table
from imu_tempo.schema.load_velocity import LoadPointRow, LoadVelocityRow

if TYPE_CHECKING:
    import pandas as pd

Method = Literal["regression", "two-point"]

MIN_LOADS = 4
"""Fewer loads than this are flagged ``few_loads``: the usual tests take four to six."""
MIN_RANGE = 0.30
"""Loads spanning less than this part of the e1RM are flagged ``narrow_range``: the two-point method's 45 and
85 % lie 0.40 apart, and an error in velocity tells on e1RM the more, the closer the loads are."""
MIN_REACH = 0.70
"""A heaviest load below this part of the e1RM is flagged ``far_extrapolation``."""
MIN_R2 = 0.95
"""Individual profiles are straighter than this (median r 0.986 in the bench pull, Garcia-Ramos et al. 2019,
doi:10.1371/journal.pone.0212085, which is r2 0.97); below it a point is likely wrong: flagged ``scattered``.
"""


def load_points(reps: pd.DataFrame, sets: pd.DataFrame | None = None, *, day: str = "") -> pd.DataFrame:
    """Pick the points of a load-velocity profile from reps, and say of every other rep why it is none.

    Parameters
    ----------
    reps
        Table with the columns of :class:`imu_tempo.schema.RepRow`; a column ``day`` is taken where there is
        one.
    sets
        Table with the columns of :class:`imu_tempo.schema.SetRow`, of the same sets. Those whose ``vl_valid``
        is false were paced or assisted; without this table every lifting is taken for an all-out one.
    day
        Local day of the session, where the table does not have it.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.LoadPointRow`, a row a rep that was not withdrawn.
    """
    days = [str(d) for d in reps["day"]] if "day" in reps else [day] * len(reps)
    keys = [str(r) for r in reps["recording"]] if "recording" in reps else [""] * len(reps)
    held_back = _held_back(sets)
    points = [
        _point(rep, on, held_back.get((key, rep.set_no), ""))
        for rep, on, key in zip(rows(reps, RepRow), days, keys, strict=True)
        if "withdrawn" not in flags(rep.quality)
    ]
    best: dict[tuple[str, str, str, float], float] = {}
    for p in points:
        if p.used:
            key_of = (p.day, p.athlete, p.exercise, p.load_kg)
            best[key_of] = max(best.get(key_of, -math.inf), p.mcv_mps)
    return table(_fastest_only(points, best), LoadPointRow)


def load_velocity(
    points: pd.DataFrame, *, method: Method = "regression", mvt_mps: float | None = None
) -> pd.DataFrame:
    """Fit a load-velocity profile for each athlete and exercise.

    Parameters
    ----------
    points
        From :func:`load_points`, or any table with ``athlete``, ``exercise``, ``load_kg`` and ``mcv_mps``.
    method
        ``"regression"`` through all points, or ``"two-point"`` through the lightest and the heaviest load.
    mvt_mps
        Minimum velocity threshold; by default that of the exercise's profile. An athlete's own, measured at a
        true one-rep max, is better.

    Returns
    -------
    DataFrame
        Columns of :class:`imu_tempo.schema.LoadVelocityRow`. An athlete with fewer than two loads has a row
        with the flag ``one_load`` and no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> points = pd.DataFrame({"load_kg": [60.0, 80.0, 100.0, 120.0], "mcv_mps": [0.93, 0.75, 0.58, 0.42]})
    >>> profile = load_velocity(points.assign(athlete="A12", exercise="squat"))
    >>> profile[["e1rm_kg", "e1rm_low_kg", "e1rm_high_kg"]].round(0)
       e1rm_kg  e1rm_low_kg  e1rm_high_kg
    0    134.0        130.0         138.0
    """
    kept: dict[tuple[str, str], list[LoadPointRow]] = {}
    for point in rows(points, LoadPointRow):
        kept.setdefault((point.athlete, point.exercise), []).append(point)
    return table((_profile(group, method, mvt_mps) for group in kept.values()), LoadVelocityRow)


def _held_back(sets: pd.DataFrame | None) -> dict[tuple[str, int], str]:
    """Return the sets whose lifting was not all-out, with the reason."""
    if sets is None:
        return {}
    keys = [str(r) for r in sets["recording"]] if "recording" in sets else [""] * len(sets)
    return {
        (key, row.set_no): "assisted" if row.assisted or _assists(row.tempo_target) else "paced"
        for key, row in zip(keys, rows(sets, SetRow), strict=True)
        if not row.vl_valid
    }


def _assists(tempo: str) -> bool:
    from imu_tempo.metrics.tempo import parse_tempo

    return bool(tempo) and parse_tempo(tempo).con.kind == "assisted"


def _point(rep: RepRow, day: str, held_back: str) -> LoadPointRow:
    if not (math.isfinite(rep.load_kg) and math.isfinite(rep.mcv_mps)):
        reason = "no_load" if math.isfinite(rep.mcv_mps) else "no_velocity"
    elif held_back or "assisted" in flags(rep.quality):
        reason = held_back or "assisted"
    elif is_partial(rep):
        reason = "partial"
    else:
        reason = "low_confidence" if rep.confidence < USABLE_CONFIDENCE else ""
    return LoadPointRow(
        day=day, athlete=rep.athlete, exercise=rep.exercise, set_no=rep.set_no, rep_no=rep.rep_no,
        load_kg=rep.load_kg, mcv_mps=rep.mcv_mps, used=not reason, reason=reason,
    )  # fmt: skip


def _fastest_only(
    points: Iterable[LoadPointRow], best: dict[tuple[str, str, str, float], float]
) -> Iterable[LoadPointRow]:
    """Keep the fastest rep of each load and day in, the first of equals."""
    taken: set[tuple[str, str, str, float]] = set()
    for p in points:
        key = (p.day, p.athlete, p.exercise, p.load_kg)
        if p.used and (p.mcv_mps < best[key] or key in taken):
            yield replace(p, used=False, reason="slower")
        else:
            if p.used:
                taken.add(key)
            yield p


def _profile(group: Sequence[LoadPointRow], method: Method, mvt_mps: float | None) -> LoadVelocityRow:
    used = [p for p in group if p.used]
    loads = sorted({p.load_kg for p in used})
    mvt = mvt_mps if mvt_mps is not None else _mvt_of(group[0].exercise)
    left_out = {p.reason for p in group if p.reason not in ("", "slower")}
    notes = [f"{reason}_excluded" for reason in sorted(left_out)]
    if len(loads) < 2:
        return LoadVelocityRow(
            athlete=group[0].athlete, exercise=group[0].exercise, method=method, points=len(used),
            loads=len(loads), load_min_kg=min(loads, default=NAN), load_max_kg=max(loads, default=NAN),
            mvt_mps=mvt, warnings=" ".join(["one_load", *notes]),
        )  # fmt: skip
    if method == "two-point":
        used = [_fastest_with(used, loads[0]), _fastest_with(used, loads[-1])]
    line = fit_line([p.load_kg for p in used], [p.mcv_mps for p in used])
    falls = line.slope < 0
    low, high = line.x_interval(mvt) if falls else (NAN, NAN)
    fit = LoadVelocityRow(
        athlete=group[0].athlete,
        exercise=group[0].exercise,
        method=method,
        points=len(used),
        loads=len({p.load_kg for p in used}),
        load_min_kg=loads[0],
        load_max_kg=loads[-1],
        slope_mps_per_kg=line.slope,
        slope_low_mps_per_kg=line.slope - line.t * line.slope_se,
        slope_high_mps_per_kg=line.slope + line.t * line.slope_se,
        intercept_mps=line.intercept,
        intercept_low_mps=line.intercept - line.t * line.intercept_se,
        intercept_high_mps=line.intercept + line.t * line.intercept_se,
        see_mps=line.see,
        r2=line.r2,
        mvt_mps=mvt,
        e1rm_kg=line.x_at(mvt) if falls else NAN,
        e1rm_low_kg=low,
        e1rm_high_kg=high,
        confidence_pct=100 * CONFIDENCE,
    )
    return replace(fit, warnings=" ".join([*_doubts(fit), *notes]))


def _fastest_with(points: Sequence[LoadPointRow], load_kg: float) -> LoadPointRow:
    return max((p for p in points if p.load_kg == load_kg), key=lambda p: p.mcv_mps)


def _doubts(fit: LoadVelocityRow) -> Iterable[str]:
    """Name what makes a profile doubtful."""
    if fit.method == "regression" and fit.loads < MIN_LOADS:
        yield "few_loads"
    if not math.isfinite(fit.e1rm_kg):
        yield "not_falling"
        return
    if fit.load_max_kg - fit.load_min_kg < MIN_RANGE * fit.e1rm_kg:
        yield "narrow_range"
    if fit.load_max_kg < MIN_REACH * fit.e1rm_kg:
        yield "far_extrapolation"
    if fit.r2 < MIN_R2:
        yield "scattered"
    if fit.points > 2 and not math.isfinite(fit.e1rm_high_kg):
        yield "e1rm_unbounded"


def _mvt_of(name: str) -> float:
    from imu_tempo.exercises import exercise

    return exercise(name).mvt_mps
