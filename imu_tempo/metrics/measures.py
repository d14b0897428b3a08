"""The tables that follow from the reps, sets and samples of an analysis, worked out together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from imu_tempo.errors import UnknownNameError
from imu_tempo.exercises import Exercise, exercise
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.eccentric import eccentric_rows
from imu_tempo.metrics.fatigue_table import fatigue_rows
from imu_tempo.metrics.scoring import compliance, compliance_rows
from imu_tempo.metrics.selection import usable
from imu_tempo.metrics.session import session_rows
from imu_tempo.metrics.tempo import parse_tempo
from imu_tempo.metrics.velocity import Reference
from imu_tempo.schema import ComplianceRow, EccentricRow, FatigueRow, RepRow, SessionRow, SetRow, rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Measures:
    """Rows of the tables that follow from reps, sets and samples."""

    eccentric: list[EccentricRow]
    fatigue: list[FatigueRow]
    compliance: list[ComplianceRow]
    session: list[SessionRow]


def measures(
    reps: pd.DataFrame,
    sets: pd.DataFrame,
    samples: pd.DataFrame,
    *,
    exercise: str,
    rate_hz: float,
    context: SetContext = NO_CONTEXT,
    velocity_loss_from: Reference = "fastest",
) -> Measures:
    """Work out the tables that follow from an analysis.

    Each set is held against the tempo that its own row names, and each rep against its own exercise and load,
    so that an edited analysis gives edited figures.

    Parameters
    ----------
    reps, sets, samples
        Tables of an analysis.
    exercise, rate_hz
        Of the analysis: profile for reps that name none, and the sensor's rate.
    context, velocity_loss_from
        As in :func:`imu_tempo.metrics.sets.summarise`.
    """
    columns = {name: samples[name].to_numpy() for name in ("t_s", "acc_up_mps2", "vel_up_mps", "pos_up_m")}
    all_reps, all_sets = rows(reps, RepRow), rows(sets, SetRow)
    found = Measures([], [], [], [])
    for summary in all_sets:
        own = [rep for rep in all_reps if rep.set_no == summary.set_no]
        target = parse_tempo(summary.tempo_target) if summary.tempo_target else None
        lowered = eccentric_rows(
            own,
            columns,
            _profile(summary.exercise or exercise),
            rate_hz=rate_hz,
            prescription=target,
            context=context,
        )
        found.eccentric.extend(lowered)
        found.fatigue.extend(
            fatigue_rows(own, lowered, target, context, velocity_loss_from=velocity_loss_from)
        )
        if target is not None:
            score = compliance(usable(own), target, context.tolerance)
            found.compliance.extend(compliance_rows(score, target, summary.set_no))
    found.session.extend(session_rows(all_sets, found.eccentric))
    return found


def _profile(name: str) -> Exercise:
    """Return an exercise's profile; of one that somebody named themselves nothing is assumed."""
    try:
        return exercise(name)
    except UnknownNameError:
        return exercise("auto")
