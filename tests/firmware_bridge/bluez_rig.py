"""Unmodified bleak with its own BlueZ backend, on a BlueZ that is not there."""

from __future__ import annotations

import gc
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from bleak.backends.bluezdbus import manager
from bleak.exc import BleakError

from firmware_bridge.bluez import hang_up
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.bluez import VirtualBluez, no_bus, private_bus, virtual_bluez
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
        ours = await manager.get_global_bluez_manager()
        assert ours._bus is not None
        await hang_up(ours._bus)


@contextmanager
def system_bus(*, permitted: bool = True) -> Iterator[str]:
    """Run a private bus for the block, and clean up what bleak left open on it."""
    with private_bus(permitted=permitted) as address:
        try:
            yield address
        finally:
            let_bleak_go()


@contextmanager
def no_system_bus(folder: Path) -> Iterator[None]:
    """Be on a machine without D-Bus for the block."""
    with no_bus(folder):
        try:
            yield
        finally:
            let_bleak_go()


def let_bleak_go() -> None:
    """Close the sockets of event loops that are over.

    bleak closes a loop's bus when the next loop begins, and leaves one that failed to the garbage collector:
    either is a ResourceWarning, and so an error, in whatever test comes next.
    """
    for loop in [loop for loop in manager._global_instances if loop.is_closed()]:
        bus = manager._global_instances.pop(loop)._bus
        with suppress(RuntimeError):
            if bus is not None:
                bus._finalize(None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
