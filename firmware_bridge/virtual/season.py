"""A season that nobody trained: athletes who come back week after week, tire, recover and grow stronger.

How strong an athlete is on a day follows the oldest model of training: each session adds to fitness, which
fades slowly, and to fatigue, which fades faster; performance is their difference (Calvert, Banister, Savage &
Bach 1976, IEEE Trans. Syst. Man Cybern. 6, 94-102: time constants of 50 and 15 days). On top of it lies a
form of the day. Velocity falls with the load in a straight line down to the one-rep maximum; within a set it
falls towards the velocity of that maximum, which it would reach with the last rep possible (Epley's
``30 (1RM / load - 1)``); from set to set it starts a little lower. All of that is the truth, and is written
down beside the recordings.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Manifest, Recording
from firmware_bridge.recording.files import replacing
from firmware_bridge.virtual.imu import imu as named_imu
from firmware_bridge.virtual.lifts import lift as find_lift
from firmware_bridge.virtual.parts import Part, Rest
from firmware_bridge.virtual.recorded import record
from firmware_bridge.virtual.sets import FAST, SetPlan
from firmware_bridge.virtual.simulate import Session, Simulation, simulate, surround

TRUTH_FILE = "truth_season.csv"

FITNESS_DAYS = 50.0
FATIGUE_DAYS = 15.0
FATIGUE_PER_FITNESS = 1.6
"""What a session adds to fatigue, over what it adds to fitness: above 1, or it would never be felt."""
SEASON_SESSIONS = 5.0
"""Fitness less fatigue, in sessions, at the end of twelve weeks of two: what ``gain_ratio`` is told of."""
EPLEY_REPS = 30.0
MOST_LOSS_RATIO = 0.6
"""Nobody is this much slower by the end of a set and still lifts."""
FIRST_DAY = date(2026, 1, 5)
TRAINING_HOUR = 18
_MINUTES_BETWEEN = 10

_ATHLETE_STREAM, _FORM_STREAM = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPlan:
    """Who trains, how often and how.

    Attributes
    ----------
    athletes, weeks, days_a_week, sets
        How many; the days are spread over the week. A recording is one athlete's day.
    exercise, reps, tempo
        Of every set; ``X`` as the third digit lifts as fast as the athlete can.
    load_ratios
        Load over the one-rep maximum at the season's start, by the day of the week: it stays, so that a
        stronger athlete is seen to move it faster.
    one_rm_kg, one_rm_sd_kg
        One-rep maximum at the start: mean and spread of the athletes.
    gain_ratio, gain_sd_ratio
        What twelve weeks of two sessions add to it, as a fraction; mean and spread.
    form_sd_ratio
        How much better or worse a day is than the model says.
    mvt_mps, slope_mps
        Mean concentric velocity at the one-rep maximum, and what it gains down to no load.
    set_fatigue_ratio
        Velocity that each set loses against the one before.
    rest_s
        Between sets.
    rate_hz, imu
        Of the sensor.
    first_day
        A Monday, best.
    seed
        Everything random comes from it.

    Raises
    ------
    ValueError
        There are too many or too few of something.
    """

    athletes: int = 10
    weeks: int = 12
    days_a_week: int = 2
    sets: int = 3
    exercise: str = "squat"
    reps: int = 5
    tempo: str = "2-0-X-1"
    load_ratios: tuple[float, ...] = (0.65, 0.8)
    one_rm_kg: float = 120.0
    one_rm_sd_kg: float = 20.0
    gain_ratio: float = 0.12
    gain_sd_ratio: float = 0.04
    form_sd_ratio: float = 0.01
    mvt_mps: float = 0.3
    slope_mps: float = 1.4
    set_fatigue_ratio: float = 0.03
    rest_s: float = 20.0
    rate_hz: float = 100.0
    imu: str = "ICM42688"
    first_day: date = FIRST_DAY
    seed: int = 1

    def __post_init__(self) -> None:
        counts = (self.athletes, self.weeks, self.sets, self.reps)
        if min(counts) < 1 or not 1 <= self.days_a_week <= 7:
            raise ValueError("a season has at least one athlete, week, set and rep, and 1 to 7 days a week")
        if not self.load_ratios or not all(0.0 < ratio < 1.0 for ratio in self.load_ratios):
            raise ValueError(f"load ratios are {self.load_ratios}: expected numbers between 0 and 1")

    @property
    def sessions(self) -> int:
        """How many recordings it is."""
        return self.athletes * self.weeks * self.days_a_week


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTruth:
    """One set of a season as it was meant: a row of ``truth_season.csv``.

    ``fitness`` and ``fatigue`` are in sessions; ``mcv_first_mps`` is what the model asks of the first rep,
    ``velocity_loss_ratio`` what it loses from there to the last.
    """

    recording: str
    athlete: str
    day: str
    week: int
    set_no: int
    load_kg: float
    one_rm_kg: float
    fitness: float
    fatigue: float
    form_ratio: float
    mcv_first_mps: float
    velocity_loss_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonSession:
    """One athlete's day: what is lifted, and the truth of each set."""

    plan: SeasonPlan
    athlete: str
    started: datetime
    load_kg: float
    rom_m: float
    truth: tuple[SetTruth, ...]
    seed: int

    @property
    def name(self) -> str:
        """Name of its recording's folder."""
        return _name(self.started, self.athlete)

    def simulation(self) -> Simulation:
        """Act it out."""
        plan = self.plan
        parts: list[Part] = []
        for truth in self.truth:
            fast = plan.tempo.split("-")[2].upper() == FAST
            lifted = SetPlan(
                reps=plan.reps,
                tempo=plan.tempo,
                rom_m=self.rom_m,
                con_s=self.rom_m / truth.mcv_first_mps if fast else None,
                velocity_loss_ratio=truth.velocity_loss_ratio,
            )
            parts += [*surround(plan.exercise, lifted), Rest(plan.rest_s)]
        sensor = replace(named_imu(plan.imu), rate_hz=plan.rate_hz)
        return simulate(Session(exercise=plan.exercise, parts=parts[:-1]), sensor, self.seed)

    def manifest(self, simulation: Simulation) -> Manifest:
        """Return what its recording says of itself."""
        started_ns = round(self.started.timestamp()) * 1_000_000_000
        return Manifest(
            sensor=simulation.info,
            started=self.started.isoformat(timespec="milliseconds"),
            started_host_ns=started_ns,
            exercise=self.plan.exercise,
            load_kg=self.load_kg,
            athlete=self.athlete,
            tempo=self.plan.tempo,
            note=f"season, seed {self.plan.seed}",
        )


def season(plan: SeasonPlan) -> Iterator[SeasonSession]:
    """Yield every session of a season, athlete by athlete; none is acted out yet."""
    days = [
        plan.first_day + timedelta(weeks=week, days=(day * 7) // plan.days_a_week)
        for week in range(plan.weeks)
        for day in range(plan.days_a_week)
    ]
    for number in range(plan.athletes):
        yield from _sessions(plan, number, days)


def _sessions(plan: SeasonPlan, number: int, days: list[date]) -> Iterator[SeasonSession]:
    """Yield the sessions of one athlete, whose luck is his own: more athletes leave it as it is."""
    who = np.random.default_rng([plan.seed, number, _ATHLETE_STREAM])
    forms = np.random.default_rng([plan.seed, number, _FORM_STREAM])
    draws = np.clip(who.standard_normal(3), -2.0, 2.0)
    start_kg = max(plan.one_rm_kg + plan.one_rm_sd_kg * draws[0], plan.one_rm_kg / 3.0)
    gain = plan.gain_ratio + plan.gain_sd_ratio * draws[1]
    rom_m = find_lift(plan.exercise).rom_m * (1.0 + 0.05 * draws[2])  # people differ in height by so much
    athlete = f"A{number + 1:03d}"
    for index, day in enumerate(days):
        past = np.array([(day - before).days for before in days[:index]], float)
        fitness = float(np.exp(-past / FITNESS_DAYS).sum())
        fatigue = FATIGUE_PER_FITNESS * float(np.exp(-past / FATIGUE_DAYS).sum())
        form = plan.form_sd_ratio * float(np.clip(forms.standard_normal(), -2.0, 2.0))
        one_rm_kg = start_kg * (1.0 + gain * (fitness - fatigue) / SEASON_SESSIONS + form)
        load_kg = _on_the_bar(start_kg * plan.load_ratios[index % len(plan.load_ratios)])
        started = datetime.combine(day, time(TRAINING_HOUR), UTC)
        started += timedelta(minutes=_MINUTES_BETWEEN * number)
        truth = tuple(
            SetTruth(
                recording=_name(started, athlete),
                athlete=athlete,
                day=day.isoformat(),
                week=1 + (day - plan.first_day).days // 7,
                set_no=set_no,
                load_kg=load_kg,
                one_rm_kg=one_rm_kg,
                fitness=fitness,
                fatigue=fatigue,
                form_ratio=form,
                **_velocities(plan, load_kg / one_rm_kg, set_no),
            )
            for set_no in range(1, plan.sets + 1)
        )
        seed = int(np.random.SeedSequence([plan.seed, number, index]).generate_state(1)[0])
        yield SeasonSession(
            plan=plan, athlete=athlete, started=started, load_kg=load_kg, rom_m=rom_m, truth=truth, seed=seed
        )


def _velocities(plan: SeasonPlan, load_ratio: float, set_no: int) -> dict[str, float]:
    fresh = plan.mvt_mps + plan.slope_mps * (1.0 - load_ratio)
    first = max(fresh * (1.0 - plan.set_fatigue_ratio) ** (set_no - 1), plan.mvt_mps)
    possible = max(EPLEY_REPS * (1.0 / load_ratio - 1.0), float(plan.reps))
    loss = (1.0 - plan.mvt_mps / first) * (plan.reps - 1) / max(possible - 1.0, 1.0)
    return {"mcv_first_mps": first, "velocity_loss_ratio": min(loss, MOST_LOSS_RATIO)}


def _on_the_bar(load_kg: float) -> float:
    """Return the nearest load that plates make."""
    return 2.5 * round(load_kg / 2.5)


def _name(started: datetime, athlete: str) -> str:
    return f"{started:%Y-%m-%dT%H%M%S}_{athlete}.tempo"


def record_season(plan: SeasonPlan, folder: Path, executor: Executor | None = None) -> Iterator[Path]:
    """Write a season as recordings, its truth as ``truth_season.csv``; yield each folder once it is there.

    Recordings that are there already stay, so that a season that was cut off goes on.

    Parameters
    ----------
    plan
        The season.
    folder
        Where to; made if need be.
    executor
        Who simulates; None does it here.

    Raises
    ------
    RecordingError
        The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot make {folder}: {error.strerror}", path=str(folder)) from error
    _write_truth(plan, folder)
    every = season(plan)
    if executor is None:
        yield from (record_session(session, folder) for session in every)
    else:
        futures = [executor.submit(record_session, session, folder) for session in every]
        yield from (future.result() for future in futures)


def record_session(session: SeasonSession, folder: Path) -> Path:
    """Write one session of a season into a folder, unless it is there; return its own folder."""
    target = folder / session.name
    try:
        if Recording.open(target).sealed:
            return target
    except RecordingError:
        pass
    simulation = session.simulation()
    half = target.with_name(f".{target.name}")  # a season that is cut off leaves no half recordings
    shutil.rmtree(half, ignore_errors=True)
    record(simulation, half, session.manifest(simulation))
    return half.replace(target)


def _write_truth(plan: SeasonPlan, folder: Path) -> None:
    names = [field.name for field in fields(SetTruth)]
    lines = [names, *([getattr(t, n) for n in names] for s in season(plan) for t in s.truth)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    with replacing(folder / TRUTH_FILE) as file:
        file.write(text.getvalue().encode())
