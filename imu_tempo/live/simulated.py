"""Sets that nobody lifted: what a user may ask the simulator for, checked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.exercises import exercise as profile_of
from imu_tempo.metrics import parse_tempo

if TYPE_CHECKING:
    from firmware_bridge.virtual import Simulation

DEFAULT_RATE_HZ = 200.0
DEFAULT_IMU = "ICM42688"
# What makes a set worth looking at: the last rep a good fifth slower than the first.
_VELOCITY_LOSS_RATIO = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSet:
    """A set for the virtual lifter, with what usually comes before and after it."""

    exercise: str = "squat"
    reps: int = 8
    tempo: str = "3-1-X-1"
    rate_hz: float = DEFAULT_RATE_HZ
    seed: int = 1
    imu: str = DEFAULT_IMU


_LONGEST_S = 3600.0
"""No set is as long, and at the highest rate its samples fill half a gigabyte."""


def simulated(plan: SimulatedSet) -> Simulation:
    """Simulate a set.

    Raises
    ------
    UnknownNameError, TempoError
        No such exercise or sensor, or not a tempo that the simulator can lift to.
    """
    from firmware_bridge.virtual import simple_set

    profile = profile_of(plan.exercise)
    lasts_s = plan.reps * parse_tempo(plan.tempo).tut_per_rep_s
    if lasts_s > _LONGEST_S:
        raise TempoError(f"{plan.reps} reps at {plan.tempo} last {lasts_s:.0f} s: expected at most an hour.")
    try:
        return simple_set(
            profile.name,
            reps=plan.reps,
            tempo=plan.tempo,
            rate_hz=plan.rate_hz,
            seed=plan.seed,
            imu=plan.imu,
            velocity_loss_ratio=_VELOCITY_LOSS_RATIO,
        )
    except (ValueError, KeyError) as error:
        raise TempoError(f"cannot simulate this set: {error.args[0]}.") from error


def scenario_names() -> list[str]:
    """Return the names of the built-in scenarios."""
    from firmware_bridge.virtual import SCENARIOS

    return list(SCENARIOS)


def scenario(name: str, *, seed: int, rate_hz: float | None = None, imu: str | None = None) -> Simulation:
    """Simulate a built-in scenario, with another rate or sensor where one is given.

    Raises
    ------
    UnknownNameError
        There is none of that name, or no such sensor.
    """
    from firmware_bridge.virtual import IMUS, SCENARIOS

    if name not in SCENARIOS:
        near = difflib.get_close_matches(name, SCENARIOS, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "'--scenario list' lists them."
        raise UnknownNameError(f"Unknown scenario '{name}': {hint}")
    if imu is not None and imu not in IMUS:
        raise UnknownNameError(f"Unknown sensor '{imu}': the simulator knows {', '.join(IMUS)}.")
    return SCENARIOS[name](seed, imu=None if imu is None else IMUS[imu], rate_hz=rate_hz)
