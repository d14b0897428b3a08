"""The radio behind the page: this computer's Bluetooth, or a gym that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from firmware_bridge.link import Backend, FoundSensor, find, identify, scan
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from firmware_bridge.virtual.air import VirtualAir
    from firmware_bridge.virtual.source import SampleSource

SCAN_S = 4.0
"""A coach waits for it; sensors advertise several times a second when they are awake."""
VIRTUAL_HOURS = 2.0
"""Virtual bars lift the same sets again and again for so long."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a virtual bar is about to lift, and where its sensor is."""

    address: str
    lifting: Lifting


@dataclass(slots=True)
class Radio:
    """Where sensors are looked for.

    Attributes
    ----------
    backend
        None is this computer's Bluetooth.
    simulated
        True where nobody lifts.
    speed
        How much faster than the clock.
    suggestions
        The bars that are known beforehand.
    air
        The virtual air, to disturb it.
    """

    backend: Backend | None = None
    simulated: bool = False
    speed: float = 1.0
    suggestions: tuple[Suggestion, ...] = ()
    air: VirtualAir | None = None
    _scanning: asyncio.Future[list[FoundSensor]] | None = field(default=None, init=False, repr=False)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def scan(self) -> list[FoundSensor]:
        """Listen, and return the sensors that are in the air; who asks meanwhile is told the same.

        Raises
        ------
        LinkError
            This computer cannot hear any.
        """
        if self._scanning is None or self._scanning.done():
            seconds = SCAN_S / max(1.0, self.speed / 2)
            self._scanning = asyncio.ensure_future(scan(seconds, backend=self.backend))
        return await asyncio.shield(self._scanning)

    async def find(self, who: str | None) -> FoundSensor:
        """Return one sensor by name, address or kind.

        Raises
        ------
        LinkError
            It is not in the air.
        """
        return await find(who, backend=self.backend)

    async def identify(self, who: str) -> None:
        """Connect to a sensor only to make it show itself: one at a time, the radio has bars to listen to.

        Raises
        ------
        LinkError
            It cannot, refuses, or is not in the air.
        TempoError
            Another one is being asked.
        """
        if self._asking.locked():
            raise TempoError("Another sensor is being asked to blink: try again in a moment.")
        async with self._asking:
            await identify(await self.find(who), backend=self.backend)


@asynccontextmanager
async def virtual_gym(speed: float = 1.0) -> AsyncIterator[Radio]:
    """Open a gym with two virtual bars for the block: a squat rack and a bench.

    Raises
    ------
    TempoError
        The virtual radio is not installed.
    """
    try:
        from firmware_bridge.virtual.air import VirtualAir
        from firmware_bridge.virtual.rig import virtual_sensor
    except ImportError as error:
        raise TempoError(
            f"the virtual radio is not installed ({error}): run pip install 'imu-tempo[virtual]'."
        ) from error
    air = VirtualAir(speed=speed)
    squat, bench = (source for source in _sources())
    try:
        async with (
            virtual_sensor(
                squat, air=air, name="Bar A12", address="F0:0D:BA:2B:E1:01", battery_advertised=True
            ) as rig,
            virtual_sensor(
                bench, air=air, name="Bar B7", address="F0:0D:BA:2B:E1:02", battery_advertised=True
            ) as other,
        ):
            yield Radio(
                backend=rig.backend,
                simulated=True,
                speed=speed,
                air=air,
                suggestions=(
                    Suggestion(
                        rig.address, Lifting(exercise="squat", load_kg=100.0, tempo="3-1-X-1", athlete="A12")
                    ),
                    Suggestion(
                        other.address,
                        Lifting(exercise="bench_press", load_kg=60.0, tempo="4-0-X-1", athlete="B7"),
                    ),
                ),
            )
    finally:
        air.close()


def _sources() -> Iterator[SampleSource]:
    """Simulate the sets of both bars, and repeat them."""
    import numpy as np

    from firmware_bridge.virtual import Rest, Session, SetPlan, imu, simulate, surround
    from firmware_bridge.virtual.source import SampleSource

    plans = (
        ("squat", SetPlan(reps=6, tempo="3-1-X-1", velocity_loss_ratio=0.28), 4.0),
        ("bench_press", SetPlan(reps=5, tempo="4-0-X-1", velocity_loss_ratio=0.22), 12.0),
    )
    for seed, (exercise, plan, wait_s) in enumerate(plans, start=1):
        hurried = replace(plan, reps=plan.reps - 1, tempo=f"2{plan.tempo[1:]}", velocity_loss_ratio=0.15)
        parts = (
            Rest(wait_s),
            *surround(exercise, plan, rest_s=2.0),
            Rest(60.0),
            *surround(exercise, hurried, rest_s=2.0),
            Rest(70.0 - wait_s),
        )
        done = simulate(Session(exercise=exercise, parts=parts), imu("ICM42688", rate_hz=200.0), seed)
        once = SampleSource.of(done)
        times = max(1, round(VIRTUAL_HOURS * 3600.0 * once.rate_hz / len(once)))
        gyr = None if once.gyr_raw is None else np.tile(once.gyr_raw, (times, 1))
        yield replace(once, acc_raw=np.tile(once.acc_raw, (times, 1)), gyr_raw=gyr)
