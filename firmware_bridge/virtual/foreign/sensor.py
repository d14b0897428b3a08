"""The radio of a virtual sensor of another make: GATT server, transmit queue, and the lifter who moves it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.profiles.battery_service import BatteryService

from firmware_bridge.background import Spawn, background
from firmware_bridge.link import Backend
from firmware_bridge.virtual.air import AirController, VirtualAir
from firmware_bridge.virtual.backend import bleak_backend
from firmware_bridge.virtual.foreign.firmware import Firmware, Message
from firmware_bridge.virtual.peripheral import ADVERTISING_INTERVAL_MS, BATTERY_PCT, SENSOR_MTU
from firmware_bridge.virtual.streamer import MIN_ROUND_WALL_S
from firmware_bridge.virtual.transmit import TransmitQueue

DEFAULT_ADDRESS = "F0:0D:BA:2B:E1:F0"
NS_PER_S = 1e9


@dataclass(frozen=True, slots=True)
class ForeignRig:
    """A virtual sensor of another make on its air.

    Attributes
    ----------
    air, backend
        The radio, and what the link takes to use it.
    sensor
        The peripheral, and the truth of what it sent.
    """

    air: VirtualAir
    backend: Backend
    sensor: ForeignSensor

    @property
    def finished(self) -> asyncio.Event:
        """Set when the source is at its end."""
        return self.sensor.finished


class ForeignSensor:
    """A sensor on the virtual air. Lifting begins when it first streams, and goes on whoever listens.

    Attributes
    ----------
    finished
        Set when the source's last sample was sent, or nobody was there to get it.
    sent, lost
        Samples that went to the radio, and samples that were due while it was blocked or away.
    """

    _spawn: Spawn

    def __init__(self, firmware: Firmware, air: VirtualAir, address: str) -> None:
        self.firmware = firmware
        self.address = address
        self.finished = asyncio.Event()
        self.sent = self.lost = 0
        self._air = air
        self._began_ns: int | None = None
        self._connection: Connection | None = None
        self._queue: TransmitQueue | None = None
        self._characteristics: dict[str, Characteristic[bytes]] = {}

    @asynccontextmanager
    async def powered(self) -> AsyncIterator[ForeignSensor]:
        """Switch the sensor on for the block."""
        controller = AirController(self.firmware.name, self._air)
        device = self._build_device(controller)
        await device.power_on()
        await device.start_advertising(auto_restart=True)
        try:
            async with background() as self._spawn:
                yield self
        finally:
            await device.stop_advertising()
            await device.power_off()
            self._air.controllers.discard(controller)

    def _build_device(self, controller: AirController) -> Device:
        config = DeviceConfiguration(
            name=self.firmware.name,
            address=hci.Address(self.address),
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )
        device = Device.from_config_with_hci(config, controller, controller)
        for wire in self.firmware.wires:
            prop, perm = Characteristic.Properties, Characteristic.Permissions
            properties = prop.READ if wire.read else prop(0)
            properties |= (prop.NOTIFY if wire.notify else prop(0)) | (
                prop.WRITE | prop.WRITE_WITHOUT_RESPONSE if wire.write else prop(0)
            )
            value = CharacteristicValue(partial(self._read, wire.uuid), partial(self._written, wire.uuid))
            characteristic = Characteristic(wire.uuid, properties, perm.READABLE | perm.WRITEABLE, value)
            characteristic.on(Characteristic.EVENT_SUBSCRIPTION, partial(self._subscribed, wire.uuid))
            self._characteristics[wire.uuid] = characteristic
        device.add_services(
            [
                Service(self.firmware.service_uuid, list(self._characteristics.values())),
                BatteryService(lambda _connection: BATTERY_PCT),
            ]
        )
        device.gatt_server.max_mtu = SENSOR_MTU
        service = core.UUID(self.firmware.service_uuid).to_bytes()
        device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, service),
                ]
            )
        )
        device.scan_response_data = bytes(
            AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, self.firmware.name.encode())])
        )
        device.on("connection", self._connected)
        return device

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        self._queue = TransmitQueue(connection, self._air.event_wall_s)
        connection.on("disconnection", self._disconnected)

    def _disconnected(self, _reason: int) -> None:
        self._connection = self._queue = None
        self.firmware.hung_up()

    def _read(self, uuid: str, _connection: Connection) -> bytes:
        return self.firmware.value(uuid)

    def _written(self, uuid: str, _connection: Connection, value: bytes) -> None:
        self._spawn(self._say(self.firmware.command(uuid, bytes(value))))
        self._begin()

    def _subscribed(self, uuid: str, _connection: Connection, notify: bool, _indicate: bool) -> None:
        self.firmware.subscribed(uuid, on=notify)
        self._begin()

    def _begin(self) -> None:
        if self.firmware.running and self._began_ns is None:
            self._began_ns = self._air.clock_ns()
            self._spawn(self._lift(self._began_ns))

    async def _say(self, messages: list[Message]) -> None:
        for uuid, value in messages:
            if self._connection is not None:
                await self._connection.device.notify_subscriber(
                    self._connection, self._characteristics[uuid], value
                )

    async def _lift(self, began_ns: int) -> None:
        """Go through the source at its own rate, sending what has become due."""
        source, full = self.firmware.source, self.firmware.samples_per_packet
        position = due = 0
        while position < len(source):
            elapsed_s = (self._air.clock_ns() - began_ns) / NS_PER_S * source.clock_ratio
            due = min(len(source), int(elapsed_s * source.rate_hz))
            position = await self._send_due(position, due, full, last=due == len(source))
            await asyncio.sleep(max(full / source.rate_hz / self._air.speed, MIN_ROUND_WALL_S))
        self.finished.set()

    async def _send_due(self, position: int, due: int, full: int, *, last: bool) -> int:
        """Send full packets, at the end a short one; return the position of the next sample to send."""
        blocked = self._queue is not None and self._queue.full() and self._queue.blocked()
        while position + full <= due or (last and position < due):
            end = min(position + full, due)
            short = end - position < full and self.firmware.whole_packets
            if self._queue is None or not self.firmware.running or short or (self._queue.full() and blocked):
                self.lost += end - position
            elif self._queue.full():
                break
            else:
                await self._say(self.firmware.packet(position, end))
                self.sent += end - position
            position = end
        return position


@asynccontextmanager
async def foreign_sensor(
    firmware: Firmware, *, speed: float = 1.0, address: str = DEFAULT_ADDRESS
) -> AsyncIterator[ForeignRig]:
    """Switch a virtual sensor of another make on for the block.

    Parameters
    ----------
    firmware
        Its protocol and what it measures.
    speed
        How much faster than the wall clock it lifts and transmits; its own timestamps stay true.
    address
        What it advertises.
    """
    air = VirtualAir(speed=speed)
    sensor = ForeignSensor(firmware, air, address)
    try:
        async with sensor.powered():
            yield ForeignRig(air, bleak_backend(air), sensor)
    finally:
        air.close()
