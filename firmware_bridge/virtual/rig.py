"""A virtual sensor, switched on, with the backend that reaches it: all that a demo or a test needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from firmware_bridge.link import Backend
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.backend import bleak_backend
from firmware_bridge.virtual.peripheral import DEFAULT_ADDRESS, DEFAULT_NAME, SENSOR_MTU, VirtualSensor
from firmware_bridge.virtual.simulate import Simulation
from firmware_bridge.virtual.source import SampleSource


@dataclass(frozen=True, slots=True)
class VirtualRig:
    """A virtual sensor on its air.

    Attributes
    ----------
    air
        The radio: `stall` and `drop` it.
    sensor
        The peripheral, and the truth of what it sent.
    backend
        What :class:`~firmware_bridge.link.Link` and the scanner take as ``backend=``.
    """

    air: VirtualAir
    sensor: VirtualSensor
    backend: Backend

    @property
    def address(self) -> str:
        """Bluetooth address of the sensor."""
        return self.sensor.address

    @property
    def finished(self) -> asyncio.Event:
        """Set when the virtual lifter is done and the last sample has been handed to the radio."""
        return self.sensor.finished


@asynccontextmanager
async def virtual_sensor(
    source: SampleSource | Simulation,
    *,
    speed: float = 1.0,
    air: VirtualAir | None = None,
    name: str = DEFAULT_NAME,
    address: str = DEFAULT_ADDRESS,
    mtu: int = SENSOR_MTU,
    battery_advertised: bool = False,
) -> AsyncIterator[VirtualRig]:
    """Switch a virtual sensor on for the block.

    Parameters
    ----------
    source
        What it measures: a simulation.
    speed
        How much faster than the wall clock it lifts and transmits; its own timestamps stay true.
    air
        The air to put it on, where several sensors share one; `speed` is then the air's.
    name, address
        What it advertises. An address of the static random kind, unlike those of others on the same air.
    mtu
        Longest ATT packet that it accepts: 247 as most chips, 23 as the oldest.
    battery_advertised
        Whether it tells its battery level to whoever scans.
    """
    own_air = air or VirtualAir(speed=speed)
    if not isinstance(source, SampleSource):
        source = SampleSource.of(source)
    sensor = VirtualSensor(
        source, own_air, name=name, address=address, mtu=mtu, battery_advertised=battery_advertised
    )
    try:
        async with sensor.powered():
            yield VirtualRig(own_air, sensor, bleak_backend(own_air))
    finally:
        if air is None:
            own_air.close()
