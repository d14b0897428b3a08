"""The service itself: BlueZ on a private bus, with the virtual air for a radio."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from dbus_fast import BusType
from dbus_fast.aio import MessageBus

from firmware_bridge.bluez import hang_up
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.bluez.adapter import Adapter
from firmware_bridge.virtual.bluez.tree import DBusFailure, ObjectTree
from firmware_bridge.virtual.central import power_up

BLUEZ = "org.bluez"


@dataclass(frozen=True, slots=True)
class VirtualBluez:
    """BlueZ as its clients see it.

    Attributes
    ----------
    tree
        What is on the bus.
    adapter
        The one adapter; None on a machine without.
    """

    tree: ObjectTree
    adapter: Adapter | None

    def refuse_connections(self, times: int, text: str = "le-connection-abort-by-peer") -> None:
        """Let the next attempts to connect fail with BlueZ's general error and this text."""
        if self.adapter is not None:
            failure = DBusFailure("org.bluez.Error.Failed", text)
            self.adapter.refusals.extend([failure] * times)


@contextlib.asynccontextmanager
async def virtual_bluez(
    air: VirtualAir, *, adapter: bool = True, powered: bool = True
) -> AsyncIterator[VirtualBluez]:
    """Serve ``org.bluez`` on the system bus of this process for the block; see :func:`private_bus`.

    Parameters
    ----------
    air
        The radio under it.
    adapter
        False is a machine without a Bluetooth adapter.
    powered
        False is one whose adapter is switched off.
    """
    async with contextlib.AsyncExitStack() as stack:
        bus = MessageBus(bus_type=BusType.SYSTEM, negotiate_unix_fd=True)
        stack.push_async_callback(hang_up, bus)
        await bus.connect()
        tree = ObjectTree(bus)
        stack.push_async_callback(tree.close)
        hci = None
        if adapter:
            hci = Adapter(tree, await power_up(air, stack), powered=powered)
            stack.push_async_callback(hci.switch, on=False)
            tree.add(hci)
        await bus.request_name(BLUEZ)
        yield VirtualBluez(tree, hci)
