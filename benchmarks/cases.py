"""What the benchmark runs: scenarios, lifts on other parts and rates, recorded velocity shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from typing import TYPE_CHECKING, Literal

from benchmarks.shared_data import shared_data
from firmware_bridge.virtual import SCENARIOS, Scenario, Session, SetPlan, VelocityTrace, imu, surround

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["good", "accelerometer", "cheap", "50 Hz", "slower"]

KINDS: dict[Kind, str] = {
    "good": "good six-axis part, 100 Hz or more",
    "accelerometer": "accelerometer only",
    "cheap": "cheap six-axis part",
    "50 Hz": "50 Hz",
    "slower": "below 50 Hz",
}
CHEAP_PARTS = ("LSM6DS3", "MPU6050_uncalibrated")

CROSS_LIFTS = {
    "squat": SetPlan(tempo="3-1-X-1"),
    "bench_press": SetPlan(tempo="4-0-1-0"),
    "deadlift": SetPlan(tempo="1.2-2-X-1", floor_impact_mps2=40.0),
    "overhead_press": SetPlan(tempo="3-1-X-1"),
}
CROSS_PARTS = ("ICM42688", "BMI270", "LSM6DS3", "MPU6050_uncalibrated")
CROSS_RATES_HZ = (50.0, 100.0, 200.0)

RECORDED = "openbarbell"
RECORDED_TEMPO = "2-0-X-1"
_OWN_SET = 3
"""Recorded sets of at least so many traces are a case of their own; the smaller ones are pooled."""


@dataclass(frozen=True, slots=True)
class Case:
    """One situation to score, by name."""

    name: str
    scenario: Scenario

    @property
    def family(self) -> str:
        """First part of the name."""
        return self.name.partition("/")[0]

    @property
    def kind(self) -> Kind:
        """Which targets it is held to, by part and rate."""
        part = self.scenario.imu
        if not part.gyro:
            return "accelerometer"
        if part.name in CHEAP_PARTS:
            return "cheap"
        if part.rate_hz < 50.0:
            return "slower"
        return "50 Hz" if part.rate_hz < 100.0 else "good"


@cache
def cases() -> dict[str, Case]:
    """Return every case by name; recorded shapes only where their data are there."""
    found = [Case(name, scenario) for name, scenario in SCENARIOS.items()]
    found += [*_crossed(), *_recorded()]
    return {case.name: case for case in found}


def select(pattern: str | None) -> list[Case]:
    """Return the cases whose name holds the pattern, which may have wildcards."""
    return [c for c in cases().values() if pattern is None or fnmatch(c.name, f"*{pattern}*")]


def _crossed() -> Iterator[Case]:
    """Yield normal sets on every part, at every rate, with and without a gyro."""
    for lift, plan in CROSS_LIFTS.items():
        session = Session(exercise=lift, parts=surround(lift, plan))
        for part in CROSS_PARTS:
            for rate_hz in CROSS_RATES_HZ:
                for gyro in (True, False):
                    model = imu(part, rate_hz=rate_hz, gyro=gyro)
                    name = f"cross/{lift}/{part}/{rate_hz:.0f}{'' if gyro else '/no_gyro'}"
                    yield Case(name, Scenario(session=session, imu=model))


def _recorded() -> Iterator[Case]:
    """Yield lifts driven by the concentric velocities of real squats and benches."""
    folder = shared_data(RECORDED)
    if folder is None:
        return
    import pandas as pd

    reps = pd.read_csv(folder / "reps.csv")
    samples = pd.read_csv(folder / "velocity_traces.csv.gz")
    traces = {int(n): samples[samples["rep_row"] == n] for n in reps["rep_row"]}
    small: dict[str, list[int]] = {}
    for (lift, label), rows in reps.groupby(["ex", "set"]):
        exercise = str(lift).replace(" ", "_")
        if len(rows) >= _OWN_SET:
            yield _recorded_case(exercise, str(label), rows["rep_row"].tolist(), traces, reps)
        else:
            small.setdefault(exercise, []).extend(rows["rep_row"].tolist())
    for exercise, numbers in small.items():
        yield _recorded_case(exercise, "pooled", numbers, traces, reps)


def _recorded_case(
    exercise: str, label: str, numbers: list[int], traces: dict[int, pd.DataFrame], reps: pd.DataFrame
) -> Case:
    shapes = tuple(
        VelocityTrace(traces[n]["t_s"].to_numpy(), traces[n]["vel_mps"].to_numpy()) for n in numbers
    )
    rom_m = float(reps.set_index("rep_row").loc[numbers, "rom"].mean()) * 1e-3
    plan = SetPlan(reps=len(shapes), tempo=RECORDED_TEMPO, rom_m=rom_m, traces=shapes)
    session = Session(exercise=exercise, parts=surround(exercise, plan))
    return Case(f"recorded/{exercise}_{label}", replace(SCENARIOS["exercise/squat"], session=session))
