"""Reps in reserve from velocity, for one athlete in one exercise.

Jukic et al. (2024, Physiological Reports) found that an *individual* relation of reps in reserve (RIR) to
mean velocity predicts RIR of a later session to within two reps, over a range of loads, in the squat; one
drawn through several people does not. So only individual fits are made here, and a table of several people is
refused. Evidence: moderate, and for free-weight lifts taken as fast as possible only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from imu_tempo.errors import TempoError
from imu_tempo.metrics.line import Line, fit_line
from imu_tempo.metrics.selection import comparable
from imu_tempo.metrics.stop import RirLine
from imu_tempo.schema import RepRow

if TYPE_CHECKING:
    import pandas as pd

MIN_REPS = 6
"""Reps that a fit needs: fewer leave so few spare that the prediction interval says nothing."""
_SET = ["recording", "set_no"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveEstimate:
    """Reps in reserve read from a velocity.

    Attributes
    ----------
    reps
        Best estimate, never below 0.
    low, high
        Prediction interval of a single rep, 95 %.
    extrapolated
        True where the velocity lies outside those that the fit has seen.
    """

    reps: float
    low: float
    high: float
    extrapolated: bool

    @property
    def sentence(self) -> str:
        """What it says, in plain words."""
        about = f"About {self.reps:.0f} reps in reserve, likely {self.low:.0f} to {self.high:.0f}."
        return f"{about} Outside the velocities seen so far: a guess." if self.extrapolated else about


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveFit:
    """The relation of reps in reserve to mean concentric velocity of one athlete in one exercise.

    Attributes
    ----------
    athlete, exercise
        Whom and what it is for, and nobody and nothing else.
    line
        RIR on MCV.
    slowest_mps, fastest_mps
        Velocities that it has seen.
    sets, last_day
        How many sets it was fitted to and when the last was lifted, where the table says.
    """

    athlete: str
    exercise: str
    line: Line
    slowest_mps: float
    fastest_mps: float
    sets: int = 0
    last_day: str = ""

    def estimate(self, mcv_mps: float) -> ReserveEstimate:
        """Return the reps in reserve after a rep of this velocity."""
        low, high = self.line.prediction(mcv_mps)
        return ReserveEstimate(
            reps=max(0.0, self.line.at(mcv_mps)),
            low=max(0.0, low),
            high=max(0.0, high),
            extrapolated=not self.slowest_mps <= mcv_mps <= self.fastest_mps,
        )

    @property
    def stop_line(self) -> RirLine:
        """The same line as a stop rule takes it."""
        return RirLine(intercept=self.line.intercept, slope_per_mps=self.line.slope)

    def velocity_at(self, reserve: float) -> float:
        """Return the velocity at which so many reps are left, m/s."""
        return self.line.x_at(reserve)


def reserves_to_failure(reps: Sequence[RepRow]) -> list[tuple[float, int]]:
    """Return MCV and reps in reserve of each rep of a set that was ended by failure.

    The last rep done has none in reserve. Partials and reps of low confidence are left out, but counted: they
    were done.

    Parameters
    ----------
    reps
        One set that was taken until no further rep was possible; nobody but the lifter can say so.
    """
    last = max((rep.rep_no for rep in reps), default=0)
    return [(rep.mcv_mps, last - rep.rep_no) for rep in comparable(reps) if math.isfinite(rep.mcv_mps)]


def fit_reserve(frame: pd.DataFrame) -> ReserveFit:
    """Fit reps in reserve on velocity for one athlete in one exercise.

    Parameters
    ----------
    frame
        Columns ``athlete exercise mcv_mps rir``: reps whose reps in reserve are known, as after sets to
        failure (:func:`reserves_to_failure`).

    Raises
    ------
    TempoError
        The table is of several athletes or exercises, has fewer than :data:`MIN_REPS` usable reps, or
        velocity does not fall towards failure in it.
    """
    for name in ("athlete", "exercise", "mcv_mps", "rir"):
        if name not in frame:
            raise TempoError(
                f"The table has no column '{name}': expected athlete, exercise, mcv_mps and rir."
            )
    for name in ("athlete", "exercise"):
        found = sorted({str(v) for v in frame[name]})
        if len(found) > 1:
            raise TempoError(
                f"Reps in reserve are read from velocity for one {name} at a time, and the table is of"
                f" {len(found)} ({', '.join(found[:3])}): a general relation is not good enough; split it."
            )
    usable = frame[np.isfinite(frame["mcv_mps"]) & np.isfinite(frame["rir"])]
    if len(usable) < MIN_REPS:
        raise TempoError(
            f"The table has {len(usable)} reps with velocity and reps in reserve, and the fit needs"
            f" {MIN_REPS}: take two sets to failure, each lift as fast as possible."
        )
    line = fit_line(usable["mcv_mps"], usable["rir"])
    if line.slope <= 0:
        raise TempoError(
            "Velocity does not fall towards failure in this table, so that it says nothing of reps in"
            " reserve: were the lifts as fast as possible?"
        )
    first = usable.iloc[0]
    return ReserveFit(
        athlete=str(first["athlete"]),
        exercise=str(first["exercise"]),
        line=line,
        slowest_mps=float(usable["mcv_mps"].min()),
        fastest_mps=float(usable["mcv_mps"].max()),
        sets=len(usable[_SET].drop_duplicates()) if set(_SET) <= set(usable) else 0,
        last_day=str(usable["day"].max()) if "day" in usable else "",
    )
