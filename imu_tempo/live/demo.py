"""The main job with no hardware: a virtual bar on a virtual radio, and everything after it as in earnest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.link import FoundSensor
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.session import OnEvent, OnStart, SessionOutcome, SessionPlan, record_session

if TYPE_CHECKING:
    from firmware_bridge.virtual.simulate import Simulation

# A minute of lifting in three or four seconds: quick, and slow enough to watch the reps come.
QUICK = 16.0


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
