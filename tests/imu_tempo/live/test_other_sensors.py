"""A set lifted with a sensor of another make: its own protocol, the shipped link, driver and engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge.sensors import StreamSettings
from firmware_bridge.virtual import Simulation, simple_set
from firmware_bridge.virtual.foreign import (
    Firmware,
    MovesenseFirmware,
    PolarFirmware,
    WitMotionFirmware,
    foreign_sensor,
)
from firmware_bridge.virtual.source import SampleSource
from imu_tempo.events import Event, RepEvent
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.session import SessionOutcome, SessionPlan, record_session
from imu_tempo.live.truth import compare
from imu_tempo.offline import analyze

REPS = 3
SPEED = 8.0
"""Slow for a virtual radio: WitMotion tells losses by arrival, and a busy machine is late in wall time."""


async def lifted(firmware: Firmware, out: Path, on_event: Callable[[Event], None]) -> SessionOutcome:
    plan = SessionPlan(
        parent=out,
        lifting=Lifting(exercise="squat", load_kg=100.0),
        settings=StreamSettings(rate_hz=firmware.source.rate_hz),
        simulated=True,
    )
    async with foreign_sensor(firmware, speed=SPEED) as rig:
        return await record_session(plan, on_event=on_event, until=rig.finished, backend=rig.backend)


@pytest.mark.parametrize(
    ("make", "rate_hz"), [(MovesenseFirmware, 208.0), (WitMotionFirmware, 200.0), (PolarFirmware, 208.0)]
)
def test_the_reps_are_the_true_ones(make: type[Firmware], rate_hz: float, tmp_path: Path):
    simulation: Simulation = simple_set(
        "squat", reps=REPS, tempo="2-0-X-1", rate_hz=rate_hz, seed=3, around=False
    )
    told: list[Event] = []
    outcome = asyncio.run(lifted(make(SampleSource.of(simulation)), tmp_path, told.append))
    assert simulation.taken - outcome.stats.received < 16  # a Movesense sends whole packets only
    assert outcome.stats.lost == 0
    live = {(event.rep.set_no, event.rep.rep_no) for event in told if isinstance(event, RepEvent)}
    assert live == {(1, number + 1) for number in range(REPS)}
    comparison = compare(analyze(outcome.folder, exercise="squat").reps, simulation.truth_reps)
    assert (comparison.reps, comparison.matched) == (REPS, REPS)
    assert comparison.mcv_error_mps < 0.03
    assert comparison.ecc_error_s < 0.15
