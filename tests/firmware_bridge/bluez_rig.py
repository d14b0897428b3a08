"""Unmodified bleak with its own BlueZ backend, on a BlueZ that is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bleak.backends.bluezdbus.manager import get_global_bluez_manager
from bleak.exc import BleakError

from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.bluez import VirtualBluez, virtual_bluez
from firmware_bridge.virtual.rig import VirtualRig, virtual_sensor
from firmware_bridge.virtual.simulate import Simulation
from firmware_bridge.virtual.source import SampleSource


@asynccontextmanager
async def bar_on_bluez(
    source: SampleSource | Simulation, *, speed: float = 10.0, **options: bool
) -> AsyncIterator[tuple[VirtualRig, VirtualBluez]]:
    """Switch a sensor on and BlueZ beside it; a private bus must be up."""
    async with virtual_sensor(source, speed=speed) as bar, bluez(bar.air, **options) as service:
        yield bar, service


@asynccontextmanager
async def bluez(air: VirtualAir, **options: bool) -> AsyncIterator[VirtualBluez]:
    """Serve BlueZ for the block, and let bleak go of the bus at its end."""
    async with virtual_bluez(air, **options) as service:
        try:
            yield service
        finally:
            await forget_bus()


async def forget_bus() -> None:
    """Close the bus that bleak keeps open for each event loop: an open socket is a warning."""
    with suppress(BleakError, OSError):
        manager = await get_global_bluez_manager()
        assert manager._bus is not None
        manager._bus.disconnect()
        await manager._bus.wait_for_disconnect()
