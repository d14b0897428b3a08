"""A connected sensor's services, characteristics and descriptors, as BlueZ shows them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from bleak.assigned_numbers import gatt_char_props_to_strs
from bumble import att, core
from bumble.device import Connection, Peer
from dbus_fast import Variant

from firmware_bridge.virtual.bluez.tree import BusObject, DBusFailure, Method, ObjectTree, Reply
from firmware_bridge.virtual.central import CENTRAL_MTU, uuid_text

SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
DESCRIPTOR = "org.bluez.GattDescriptor1"

FAILED = "org.bluez.Error.Failed"
IN_PROGRESS = "org.bluez.Error.InProgress"
NOT_CONNECTED = "org.bluez.Error.NotConnected"
NOT_PERMITTED = "org.bluez.Error.NotPermitted"

NO_OFFSET = 0
T = TypeVar("T")


async def gatt(procedure: Awaitable[T]) -> T:
    """Wait for a GATT procedure, and answer its failure as BlueZ does."""
    try:
        return await procedure
    except att.ATT_Error as error:
        text = f"Operation failed with ATT error: 0x{error.error_code:02x}"
        raise DBusFailure(FAILED, text) from error
    except core.BaseBumbleError as error:
        raise DBusFailure(FAILED, str(error)) from error
    except asyncio.CancelledError:
        # Bumble cancels the pending request when the link dies, though nobody cancelled this task.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise DBusFailure(NOT_CONNECTED, "Not Connected") from None


async def show_services(tree: ObjectTree, device_path: str, connection: Connection) -> list[str]:
    """Exchange the MTU, discover everything, and put it on the bus; return the services' UUIDs."""
    peer = Peer(connection)
    await gatt(peer.request_mtu(CENTRAL_MTU))
    services = []
    for service in await gatt(peer.discover_services()):
        path = f"{device_path}/service{service.handle:04x}"
        services.append(uuid_text(service.uuid))
        tree.add(Service(tree, path, device_path, services[-1]))
        for found in await gatt(service.discover_characteristics()):
            characteristic = Characteristic(tree, path, found, connection)
            tree.add(characteristic)
            for descriptor in await gatt(found.discover_descriptors()):
                tree.add(Descriptor(tree, characteristic.path, descriptor))
    return services


class Service(BusObject):
    """A GATT service."""

    interface = SERVICE

    def __init__(self, tree: ObjectTree, path: str, device: str, uuid: str) -> None:
        properties = {
            "UUID": Variant("s", uuid),
            "Device": Variant("o", device),
            "Primary": Variant("b", True),
        }
        super().__init__(tree, path, properties)


class Characteristic(BusObject):
    """A GATT characteristic; one subscriber at a time, by signals or by a socket."""

    interface = CHARACTERISTIC

    def __init__(self, tree: ObjectTree, service: str, remote: Any, connection: Connection) -> None:
        flags = list(gatt_char_props_to_strs(remote.properties))
        self._remote = remote
        self._connection = connection
        self._subscriber: Callable[[bytes], None] | None = None
        self._socket: socket.socket | None = None
        self._releasing: asyncio.Task[None] | None = None
        properties = {
            "UUID": Variant("s", uuid_text(remote.uuid)),
            "Service": Variant("o", service),
            "Value": Variant("ay", b""),
            "Flags": Variant("as", flags),
            "MTU": Variant("q", connection.att_mtu),
            "Notifying": Variant("b", False),
        }
        if "notify" in flags:
            properties["NotifyAcquired"] = Variant("b", False)
        # BlueZ numbers a characteristic by its declaration, the handle before the value's.
        super().__init__(tree, f"{service}/char{remote.handle - 1:04x}", properties)

    def methods(self) -> Mapping[str, Method]:
        """See the BlueZ documentation, ``org.bluez.GattCharacteristic``."""
        return {
            "ReadValue": self._read,
            "WriteValue": self._write,
            "StartNotify": self._start_notify,
            "StopNotify": self._stop_notify,
            "AcquireNotify": self._acquire_notify,
        }

    def removed(self) -> None:
        """Close the socket: so its reader learns that the link is gone."""
        self._close_socket()

    async def _read(self, _options: dict[str, Variant]) -> Reply:
        value = bytes(await gatt(self._remote.read_value()))
        self.change(Value=Variant("ay", value))  # why a read of a notifying one looks like a notification
        return Reply("ay", (value,))

    async def _write(self, data: bytes, options: dict[str, Variant]) -> None:
        kind = options.get("type")
        acknowledged = kind is None or kind.value != "command"
        await gatt(self._remote.write_value(bytes(data), with_response=acknowledged))

    async def _start_notify(self) -> None:
        await self._subscribe(lambda value: self.change(Value=Variant("ay", bytes(value))))
        self.change(Notifying=Variant("b", True))

    async def _stop_notify(self) -> None:
        if self._subscriber is not None:
            subscriber, self._subscriber = self._subscriber, None
            await gatt(self._remote.unsubscribe(subscriber))
        self.change(Notifying=Variant("b", False))

    async def _acquire_notify(self, _options: dict[str, Variant]) -> Reply:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)

        def send(value: bytes) -> None:
            with suppress(OSError):  # a full or closed socket loses packets: so does the real one
                ours.send(bytes(value))

        try:
            await self._subscribe(send)
        except BaseException:
            ours.close()
            theirs.close()
            raise
        self._socket = ours
        self.change(NotifyAcquired=Variant("b", True))
        return Reply(
            "hq", (NO_OFFSET, self._connection.att_mtu), (theirs.fileno(),), lambda: self._handed(theirs)
        )

    def _handed(self, theirs: socket.socket) -> None:
        """Give up the client's end; from now on its closing that end is felt at ours."""
        theirs.close()
        if self._socket is not None:
            asyncio.get_running_loop().add_reader(self._socket, self._on_hang_up)

    def _on_hang_up(self) -> None:
        self._close_socket()
        self._releasing = asyncio.get_running_loop().create_task(self._release())

    async def _release(self) -> None:
        with suppress(DBusFailure):
            await self._stop_notify()
        self.change(NotifyAcquired=Variant("b", False))

    def _close_socket(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    async def _subscribe(self, subscriber: Callable[[bytes], None]) -> None:
        if self._socket is not None:
            raise DBusFailure(NOT_PERMITTED, "Notify acquired")
        if self._subscriber is not None:
            raise DBusFailure(IN_PROGRESS, "In Progress")
        self._subscriber = subscriber  # Bumble compares callbacks: the same object unsubscribes
        await gatt(self._remote.subscribe(subscriber))


class Descriptor(BusObject):
    """A GATT descriptor."""

    interface = DESCRIPTOR

    def __init__(self, tree: ObjectTree, characteristic: str, remote: Any) -> None:
        self._remote = remote
        properties = {
            "UUID": Variant("s", uuid_text(remote.type)),
            "Characteristic": Variant("o", characteristic),
            "Value": Variant("ay", b""),
        }
        super().__init__(tree, f"{characteristic}/desc{remote.handle:04x}", properties)

    def methods(self) -> Mapping[str, Method]:
        """See the BlueZ documentation, ``org.bluez.GattDescriptor``."""
        return {"ReadValue": self._read, "WriteValue": self._write}

    async def _read(self, _options: dict[str, Variant]) -> Reply:
        return Reply("ay", (bytes(await gatt(self._remote.read_value())),))

    async def _write(self, data: bytes, _options: dict[str, Variant]) -> None:
        await gatt(self._remote.write_value(bytes(data), with_response=True))
