"""BlueZ's adapter: on or off, listening or not, and the devices it has heard."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from bumble.device import Device
from dbus_fast import Variant

from firmware_bridge.virtual.bluez.device import BluezDevice
from firmware_bridge.virtual.bluez.tree import BusObject, DBusFailure, Method, ObjectTree
from firmware_bridge.virtual.central import understand

ADAPTER = "org.bluez.Adapter1"
NOT_READY = "org.bluez.Error.NotReady"
FAILED = "org.bluez.Error.Failed"
DOES_NOT_EXIST = "org.bluez.Error.DoesNotExist"


class Adapter(BusObject):
    """An adapter with Bumble's host under it.

    Attributes
    ----------
    host
        Bumble's host.
    refusals
        What the next attempts to connect answer, one each.
    connecting
        One connection is made at a time, as by a real controller.
    """

    interface = ADAPTER

    def __init__(self, tree: ObjectTree, host: Device, *, powered: bool = True, name: str = "hci0") -> None:
        self.host = host
        self.refusals: deque[DBusFailure] = deque()
        self.connecting = asyncio.Lock()
        self._listeners = 0
        properties = {
            "Address": Variant("s", host.random_address.to_string(False)),
            "Name": Variant("s", "virtual"),
            "Alias": Variant("s", "virtual"),
            "Powered": Variant("b", powered),
            "PowerState": Variant("s", "on" if powered else "off"),
            "Discovering": Variant("b", False),
            "Roles": Variant("as", ["central"]),
            "UUIDs": Variant("as", []),
        }
        super().__init__(tree, f"/org/bluez/{name}", properties)
        host.on("advertisement", self._on_advertisement)

    def methods(self) -> Mapping[str, Method]:
        """See the BlueZ documentation, ``org.bluez.Adapter``."""
        return {
            "SetDiscoveryFilter": self._set_filter,
            "StartDiscovery": self._start_discovery,
            "StopDiscovery": self._stop_discovery,
            "RemoveDevice": self._remove_device,
        }

    @property
    def powered(self) -> bool:
        """Whether it is switched on."""
        return bool(self.properties["Powered"].value)

    @property
    def devices(self) -> list[BluezDevice]:
        """What it has heard of."""
        return [thing for thing in self.tree.objects.values() if isinstance(thing, BluezDevice)]

    async def switch(self, *, on: bool) -> None:
        """Switch it on or off; off ends every link."""
        if not on:
            for device in self.devices:
                await device.hang_up()
            if self._listeners:
                self._listeners = 0
                await self.host.stop_scanning()
        state = Variant("s", "on" if on else "off")
        self.change(Powered=Variant("b", on), PowerState=state, Discovering=Variant("b", False))

    async def _set_filter(self, _filter: dict[str, Variant]) -> None:
        """Everything is reported, whatever is asked: clients filter again themselves."""

    async def _start_discovery(self) -> None:
        if not self.powered:
            raise DBusFailure(NOT_READY, "Resource Not Ready")
        self._listeners += 1
        if self._listeners == 1:
            await self.host.start_scanning(active=True)
            self.change(Discovering=Variant("b", True))

    async def _stop_discovery(self) -> None:
        if not self._listeners:
            raise DBusFailure(FAILED, "No discovery started")
        self._listeners -= 1
        if not self._listeners:
            await self.host.stop_scanning()
            for device in self.devices:  # as BlueZ: a signal strength is true only while it listens
                device.change("RSSI")
            self.change(Discovering=Variant("b", False))

    async def _remove_device(self, path: str) -> None:
        device = self.tree.objects.get(path)
        if not isinstance(device, BluezDevice):
            raise DBusFailure(DOES_NOT_EXIST, "Does Not Exist")
        await device.hang_up()
        self.tree.remove(path)

    def _on_advertisement(self, advertisement: Any) -> None:
        device = BluezDevice(self, advertisement.address.to_string(False))
        known = self.tree.objects.get(device.path)
        found = device.hear(understand(advertisement), advertisement.rssi)
        if known is not None:
            known.change(**found)
        else:
            device.properties.update(found)
            self.tree.add(device)
