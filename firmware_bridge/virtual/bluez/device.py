"""A device that BlueZ has heard of, and the link to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from bumble import core
from bumble.device import Connection
from dbus_fast import Variant

from firmware_bridge.virtual.bluez.gatt import FAILED, SERVICE, gatt, show_services
from firmware_bridge.virtual.bluez.tree import BusObject, DBusFailure, Method
from firmware_bridge.virtual.central import Heard, bumble_address

if TYPE_CHECKING:
    from firmware_bridge.virtual.bluez.adapter import Adapter

DEVICE = "org.bluez.Device1"
IN_PROGRESS = "org.bluez.Error.InProgress"


class BluezDevice(BusObject):
    """A device in the air.

    Parameters
    ----------
    adapter
        The adapter that heard it.
    address
        Its Bluetooth address.
    """

    interface = DEVICE

    def __init__(self, adapter: Adapter, address: str) -> None:
        self.address = address
        self._adapter = adapter
        self._connection: Connection | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._resolving: asyncio.Task[None] | None = None
        false = Variant("b", False)
        properties = {
            "Address": Variant("s", address),
            "AddressType": Variant("s", "random"),
            "Alias": Variant("s", address.replace(":", "-")),
            "Adapter": Variant("o", adapter.path),
            "UUIDs": Variant("as", []),
            **dict.fromkeys(("Paired", "Bonded", "Trusted", "Blocked", "Connected", "LegacyPairing"), false),
            "ServicesResolved": false,
        }
        super().__init__(adapter.tree, f"{adapter.path}/dev_{address.replace(':', '_')}", properties)

    def methods(self) -> Mapping[str, Method]:
        """See the BlueZ documentation, ``org.bluez.Device``."""
        return {"Connect": self._connect, "Disconnect": self._disconnect}

    @property
    def connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    def hear(self, heard: Heard, rssi: int) -> dict[str, Variant]:
        """Return the properties that an advertisement sets."""
        found = {"RSSI": Variant("n", rssi)}
        if heard.name is not None:
            found["Name"] = found["Alias"] = Variant("s", heard.name)
        if heard.services:
            found["UUIDs"] = Variant("as", heard.services)
        if heard.manufacturers:
            made = {company: Variant("ay", data) for company, data in heard.manufacturers.items()}
            found["ManufacturerData"] = Variant("a{qv}", made)
        if heard.service_data:
            data = {uuid: Variant("ay", value) for uuid, value in heard.service_data.items()}
            found["ServiceData"] = Variant("a{sv}", data)
        return found

    async def hang_up(self) -> None:
        """Close the link, or stop making one; return when that is done."""
        for task in (self._connecting, self._resolving):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])
        if self._connection is not None:
            with suppress(core.BaseBumbleError):
                await self._connection.disconnect()

    async def _connect(self) -> None:
        if self._connection is not None:
            return
        if self._connecting is not None and not self._connecting.done():
            raise DBusFailure(IN_PROGRESS, "Operation already in progress")
        self._connecting = asyncio.get_running_loop().create_task(self._make_link())
        await asyncio.wait([self._connecting])
        if self._connecting.cancelled():
            raise DBusFailure(FAILED, "br-connection-canceled")
        self._connecting.result()

    async def _make_link(self) -> None:
        if self._adapter.refusals:
            raise self._adapter.refusals.popleft()
        async with self._adapter.connecting:
            try:
                connection = await self._adapter.host.connect(bumble_address(self.address), timeout=None)
            except core.BaseBumbleError as error:
                raise DBusFailure(FAILED, "le-connection-abort-by-peer") from error
        self._connection = connection
        connection.once("disconnection", self._on_disconnection)
        self.change(Connected=Variant("b", True))
        self._resolving = asyncio.get_running_loop().create_task(self._resolve(connection))

    async def _resolve(self, connection: Connection) -> None:
        try:
            services = await show_services(self.tree, self.path, connection)
        except DBusFailure:
            if self._connection is not None:
                await gatt(connection.disconnect())
            return
        self.change(UUIDs=Variant("as", services), ServicesResolved=Variant("b", True))

    async def _disconnect(self) -> None:
        await self.hang_up()

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        below = f"{self.path}/"
        shown = self.tree.objects.items()
        services = [path for path, thing in shown if path.startswith(below) and thing.interface == SERVICE]
        for path in services:
            self.tree.remove(path)
        self.change(ServicesResolved=Variant("b", False), Connected=Variant("b", False))
