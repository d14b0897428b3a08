"""A bleak backend over Bumble: the same BLE client code, on the virtual air."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core
from bumble.device import Peer

from firmware_bridge.link import Backend
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.central import CENTRAL_MTU, bumble_address, power_up, understand, uuid_text

T = TypeVar("T")

ATT_HEADER_BYTES = 3


def bleak_backend(air: VirtualAir) -> Backend:
    """Make a backend whose radio is `air`, and whose clock is the air's.

    bleak takes classes, not objects, so that each air gets classes of its own.
    """
    return Backend(
        type("BumbleScanner", (BumbleScanner,), {"air": air}),
        type("BumbleClient", (BumbleClient,), {"air": air}),
        air.clock_ns,
    )


class BumbleScanner(BaseBleakScanner):
    """bleak's scanner on the virtual air."""

    air: VirtualAir

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._active = scanning_mode == "active"
        self._stack = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        device = await power_up(self.air, self._stack)
        device.on("advertisement", self._on_advertisement)
        await device.start_scanning(active=self._active)
        self._stack.push_async_callback(device.stop_scanning)

    async def stop(self) -> None:
        """Stop scanning and take the controller off the air."""
        await self._stack.aclose()

    def _on_advertisement(self, advertisement: Any) -> None:
        heard = understand(advertisement)
        data = AdvertisementData(
            heard.name,
            heard.manufacturers,
            heard.service_data,
            heard.services,
            None,
            advertisement.rssi,
            (advertisement,),
        )
        if not self.is_allowed_uuid(data.service_uuids):
            return
        address = advertisement.address.to_string(False)
        name = data.local_name or address.replace(":", "-")
        device = self.create_or_update_device(address, address, name, advertisement.address, data)
        self.call_detection_callbacks(device, data)


class BumbleClient(BaseBleakClient):
    """bleak's client on the virtual air."""

    air: VirtualAir

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        self._connection: Any = None
        self._stack = contextlib.AsyncExitStack()
        self._callbacks: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        """The address: the virtual air keeps no names of its own."""
        return self.address

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    @property
    def mtu_size(self) -> int:
        """ATT MTU in bytes."""
        return int(self._connection.att_mtu) if self._connection else att.ATT_DEFAULT_MTU

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, exchange the MTU, discover services."""
        if self.is_connected:
            raise BleakError("Client is already connected")
        await self._stack.aclose()
        try:
            async with asyncio.timeout(self._timeout):
                await self._connect()
        except BaseException as error:
            await self.disconnect()
            if isinstance(error, core.ConnectionError):
                raise BleakDeviceNotFoundError(self.address, str(error)) from error
            raise

    async def _connect(self) -> None:
        device = await power_up(self.air, self._stack)
        self._connection = await device.connect(bumble_address(self.address), timeout=None)
        self._connection.once("disconnection", self._on_disconnection)
        peer = Peer(self._connection)
        await self._gatt(peer.request_mtu(CENTRAL_MTU))
        self.services = await self._gatt(self._discover(peer))

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            bleak_service = BleakGATTService(service, service.handle, uuid_text(service.uuid))
            found.add_service(bleak_service)
            for char in await service.discover_characteristics():
                bleak_char = BleakGATTCharacteristic(
                    char,
                    char.handle,
                    uuid_text(char.uuid),
                    list(gatt_char_props_to_strs(char.properties)),
                    lambda: self.mtu_size - ATT_HEADER_BYTES,
                    bleak_service,
                )
                found.add_characteristic(bleak_char)
                for descriptor in await char.discover_descriptors():
                    found.add_descriptor(
                        BleakGATTDescriptor(
                            descriptor, descriptor.handle, uuid_text(descriptor.type), bleak_char
                        )
                    )
        return found

    async def _gatt(self, procedure: Awaitable[T]) -> T:
        """Wait for a GATT procedure; what Bumble raises becomes what bleak documents."""
        try:
            return await procedure
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except core.TimeoutError as error:
            raise TimeoutError from error
        except asyncio.CancelledError:
            # Bumble cancels the pending request when the link dies, though nobody cancelled this task.
            task = asyncio.current_task()
            if self._connection is None and task is not None and not task.cancelling():
                raise BleakError("disconnected during a GATT procedure") from None
            raise

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._callbacks.clear()
        if self._disconnected_callback:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        """Close the link and take the controller off the air."""
        if self._connection is not None:
            with contextlib.suppress(core.BaseBumbleError):
                await self._connection.disconnect()
        await self._stack.aclose()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pairing: the open profile needs none."""
        raise NotImplementedError

    async def unpair(self) -> None:
        """Pairing: the open profile needs none."""
        raise NotImplementedError

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """Read a characteristic."""
        self._require_connection()
        return bytearray(await self._gatt(characteristic.obj.read_value()))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """Read a descriptor."""
        self._require_connection()
        return bytearray(await self._gatt(descriptor.obj.read_value()))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic."""
        self._require_connection()
        await self._gatt(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        self._require_connection()
        await self._gatt(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        """Subscribe to notifications or indications."""
        self._require_connection()
        if characteristic.handle in self._callbacks:
            raise BleakError("Characteristic notifications already started")

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        # Bumble compares callbacks when unsubscribing: the same object must come back.
        self._callbacks[characteristic.handle] = on_value
        await self._gatt(characteristic.obj.subscribe(on_value))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        callback = self._callbacks.pop(characteristic.handle, None)
        if callback is not None:
            await self._gatt(characteristic.obj.unsubscribe(callback))

    def _require_connection(self) -> None:
        if self._connection is None:
            raise BleakError("Not connected")
