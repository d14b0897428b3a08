"""Print what the choice of a sensor and its mount cost in mean velocity, by simulation: for docs/sensors.md.

Run it with ``python -m benchmarks.choosing`` (half a minute); ``--markdown`` prints it as in the document.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.running import offline_reps
from benchmarks.scoring import score
from benchmarks.tables import markdown_table, text_table
from firmware_bridge.virtual import ImuModel, Scenario, Session, SetPlan, imu, surround

PART = "BMI270"
SEEDS = (1, 2)
ON_AXIS = (0.0, 0.0, 0.0)
OFF_AXIS = (0.03, 0.0, 0.0)  # 3 cm from the axis of the bar, as on a sleeve
LIFTS = {
    "squat": ("squat", SetPlan(tempo="3-1-X-1")),
    "fast squat": ("squat", SetPlan(tempo="1-0-0.5-1")),
    "deadlift, hits the floor": ("deadlift", SetPlan(tempo="1.2-2-X-1", floor_impact_mps2=40.0)),
    "squat, sleeve spins": ("squat", SetPlan(tempo="2-0-X-1", spin_hz=1.0)),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A sensor and where it sits."""

    name: str
    part: ImuModel
    offset_m: tuple[float, float, float] = ON_AXIS


def choices() -> Iterator[Choice]:
    """Yield what a buyer chooses between; the first is what to choose."""
    yield Choice("200 Hz, 16 g, six axes", imu(PART, rate_hz=200.0))
    yield Choice("100 Hz", imu(PART, rate_hz=100.0))
    yield Choice("50 Hz", imu(PART, rate_hz=50.0))
    yield Choice("50 Hz, no anti-alias filter", imu(PART, rate_hz=50.0, anti_alias=False))
    yield Choice("25 Hz", imu(PART, rate_hz=25.0))
    yield Choice("100 Hz, range 4 g", imu(PART, rate_hz=100.0, acc_range_g=4.0))
    yield Choice("100 Hz, range 2 g", imu(PART, rate_hz=100.0, acc_range_g=2.0))
    yield Choice("3 cm off the bar's axis", imu(PART, rate_hz=200.0), OFF_AXIS)
    yield Choice("accelerometer alone", imu(PART, rate_hz=200.0, gyro=False))
    yield Choice("the same, 3 cm off the bar's axis", imu(PART, rate_hz=200.0, gyro=False), OFF_AXIS)


def cost(choice: Choice, lift: str) -> str:
    """Return the RMSE of MCV in mm/s, and the reps that were missed, if any."""
    exercise, plan = LIFTS[lift]
    session = Session(exercise=exercise, parts=surround(exercise, plan), offset_m=choice.offset_m)
    errors, missed = [], 0
    for seed in SEEDS:
        simulation = Scenario(session=session, imu=choice.part)(seed=seed)
        found = offline_reps(simulation, exercise)
        outcome = score(
            simulation.truth_reps,
            found,
            simulation.uncounted,
            case=lift,
            seed=seed,
            mode="offline",
            corrections=0,
        )
        errors += [pair.error("mcv_mps") for pair in outcome.pairs]
        missed += len(outcome.missed)
    rmse = 1000.0 * np.sqrt(np.nanmean(np.square(errors))) if errors else np.nan
    return f"{rmse:.0f}" + (f", {missed} missed" if missed else "")


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    table = markdown_table if "--markdown" in arguments else text_table
    rows = [[choice.name, *(cost(choice, lift) for lift in LIFTS)] for choice in choices()]
    print(table(["MCV error, mm/s", *LIFTS], rows))


if __name__ == "__main__":
    main(sys.argv[1:])
