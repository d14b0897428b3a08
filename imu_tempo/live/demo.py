"""The main job with no hardware: a virtual bar on a virtual radio, and everything after it as in earnest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.link import FoundSensor
from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.exercises import exercise as profile_of
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.session import OnEvent, OnStart, SessionOutcome, SessionPlan, record_session
from imu_tempo.metrics import parse_tempo

if TYPE_CHECKING:
    from firmware_bridge.virtual.simulate import Simulation

# A minute of lifting in three or four seconds: quick, and slow enough to watch the reps come.
QUICK = 16.0
# What makes a set worth looking at: the last rep a good fifth slower than the first.
_VELOCITY_LOSS_RATIO = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSet:
    """A set for the virtual lifter."""

    exercise: str = "squat"
    reps: int = 8
    tempo: str = "3-1-X-1"
    rate_hz: float = 200.0
    seed: int = 1
    imu: str = "ICM42688"


def simulated(plan: SimulatedSet) -> Simulation:
    """Simulate a set with what usually comes before and after it.

    Raises
    ------
    UnknownNameError, TempoError
        No such exercise or sensor, or not a tempo.
    """
    from firmware_bridge.virtual.simulate import simple_set

    profile = profile_of(plan.exercise)
    parse_tempo(plan.tempo)
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


def scenario_of(name: str, *, seed: int) -> Simulation:
    """Simulate a built-in scenario.

    Raises
    ------
    UnknownNameError
        There is none of that name; the message lists them.
    """
    from firmware_bridge.virtual import SCENARIOS

    if name not in SCENARIOS:
        raise UnknownNameError(f"Unknown scenario '{name}': known are {', '.join(SCENARIOS)}.")
    return SCENARIOS[name](seed=seed)


async def run_demo(
    simulation: Simulation,
    lifting: Lifting,
    out: Path,
    *,
    speed: float = QUICK,
    on_found: Callable[[FoundSensor], None] = lambda sensor: None,
    on_start: OnStart = lambda info: None,
    on_event: OnEvent = lambda event: None,
) -> SessionOutcome:
    """Switch a virtual sensor on, and hold a session with it as with any other.

    Only the bleak backend differs from a session with a real sensor.

    Parameters
    ----------
    simulation
        What the virtual bar does.
    lifting
        Exercise, load, tempo, athlete.
    out
        Folder to put the recording in.
    speed
        How much faster than the wall clock the virtual lifter lifts.
    on_found, on_start, on_event
        Told what happens.

    Raises
    ------
    TempoError
        The virtual radio is not installed.
    """
    try:
        from firmware_bridge.virtual.rig import virtual_sensor
    except ImportError as error:
        raise TempoError(
            f"the virtual radio is not installed ({error}): run pip install 'imu-tempo[virtual]'."
        ) from error
    from firmware_bridge.virtual.recorded import TRUTH_FILES, write_truth

    async with virtual_sensor(simulation, speed=speed) as rig:
        plan = SessionPlan(parent=out, lifting=lifting, simulated=True, extra_files=TRUTH_FILES)
        outcome = await record_session(
            plan,
            on_found=on_found,
            on_start=on_start,
            on_event=on_event,
            until=rig.finished,
            backend=rig.backend,
        )
    await asyncio.to_thread(write_truth, simulation, outcome.folder)
    return outcome
