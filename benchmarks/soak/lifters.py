"""Two lifters who do their sets over and over, and what they truly did."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from firmware_bridge.virtual import Part, Rest, Session, SetPlan, imu, simulate, surround
from firmware_bridge.virtual.source import SampleSource
from imu_tempo.live.lifting import Lifting

RATE_HZ = 400.0
SPARE_S = 120.0
"""The lifters go on for so long after the session, so that it ends while they do."""

_SQUATS = (
    (SetPlan(reps=6, tempo="3-1-X-1", velocity_loss_ratio=0.28), 110.0),
    (SetPlan(reps=5, tempo="2-0-X-1", velocity_loss_ratio=0.15), 140.0),
    (SetPlan(reps=8, tempo="2-1-X-0", velocity_loss_ratio=0.30), 170.0),
    (SetPlan(reps=3, tempo="4-2-X-1", velocity_loss_ratio=0.10), 100.0),
)
_BENCH = (
    (SetPlan(reps=5, tempo="4-0-X-1", velocity_loss_ratio=0.22), 125.0),
    (SetPlan(reps=8, tempo="2-1-X-1", velocity_loss_ratio=0.30), 150.0),
    (SetPlan(reps=6, tempo="3-0-X-1", velocity_loss_ratio=0.20), 105.0),
)
"""Sets, and the rest after each: what a coach lets people take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueRep:
    """One rep as it was, in seconds since the lifter began.

    ``set_no`` counts all sets of the session.
    """

    set_no: int
    start_s: float
    con_start_s: float
    con_end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifter:
    """Who lifts at one bar.

    Attributes
    ----------
    name, address
        Of the bar's sensor.
    lifting
        What the coach is told.
    source
        What the sensor measures.
    once
        The reps of one round; rounds follow each other.
    round_s
        Length of a round.
    """

    name: str
    address: str
    lifting: Lifting
    source: SampleSource
    once: tuple[TrueRep, ...]
    round_s: float

    def reps(self) -> Iterator[TrueRep]:
        """Yield all reps of the session."""
        sets = max((rep.set_no for rep in self.once), default=0)
        for number in range(math.floor(len(self.source) / RATE_HZ / self.round_s)):
            later_s = number * self.round_s
            for rep in self.once:
                yield TrueRep(
                    set_no=rep.set_no + number * sets,
                    start_s=rep.start_s + later_s,
                    con_start_s=rep.con_start_s + later_s,
                    con_end_s=rep.con_end_s + later_s,
                )


def lifters(seconds: float, seed: int) -> tuple[Lifter, Lifter]:
    """Return a lifter at the squat rack and one at the bench."""
    squat = Lifting(exercise="squat", load_kg=100.0, tempo="3-1-X-1", athlete="A12")
    bench = Lifting(exercise="bench_press", load_kg=60.0, tempo="4-0-X-1", athlete="B7")
    return (
        _lifter("Bar A12", "F0:0D:BA:2B:E1:01", squat, _SQUATS, seconds, seed),
        _lifter("Bar B7", "F0:0D:BA:2B:E1:02", bench, _BENCH, seconds, seed + 1),
    )


def _lifter(
    name: str,
    address: str,
    lifting: Lifting,
    sets: Sequence[tuple[SetPlan, float]],
    seconds: float,
    seed: int,
) -> Lifter:
    parts: list[Part] = [Rest(8.0)]
    about_s = 0.0
    for plan, rest_s in sets:
        if about_s > seconds + SPARE_S:
            break
        parts += [*surround(str(lifting.exercise), plan, rest_s=2.0), Rest(rest_s)]
        about_s += rest_s
    done = simulate(
        Session(exercise=str(lifting.exercise), parts=parts), imu("ICM42688", rate_hz=RATE_HZ), seed
    )
    once = SampleSource.of(done)
    times = math.ceil((seconds + SPARE_S) * RATE_HZ / len(once))
    gyr = None if once.gyr_raw is None else np.tile(once.gyr_raw, (times, 1))
    return Lifter(
        name=name,
        address=address,
        lifting=lifting,
        source=replace(once, acc_raw=np.tile(once.acc_raw, (times, 1)), gyr_raw=gyr),
        once=tuple(
            TrueRep(
                set_no=rep.set_no,
                start_s=min(t for t in (rep.ecc_start_s, rep.con_start_s) if t == t),
                con_start_s=rep.con_start_s,
                con_end_s=rep.con_end_s,
            )
            for rep in done.truth_reps
        ),
        round_s=len(once) / RATE_HZ,
    )
