"""The sensor's firmware, in Python: a GATT server of the open barbell profile that streams a sample source.

It does what a small chip does: one transmit queue, filled at the sample rate (``streamer.py``) and emptied by
the radio. When the radio is blocked the queue fills and samples are dropped *before* they get a packet
number, so that the sample index has a hole and the packet sequence has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import GATT_BATTERY_SERVICE, Characteristic, CharacteristicValue, Service
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_bridge import profile
from firmware_bridge.background import Spawn, background
from firmware_bridge.errors import DecodeError
from firmware_bridge.virtual.air import AirController, VirtualAir
from firmware_bridge.virtual.source import SampleSource
from firmware_bridge.virtual.streamer import Stream, Streamer
from firmware_bridge.virtual.transmit import TransmitQueue

DEFAULT_NAME = "Bar A12"
DEFAULT_ADDRESS = "F0:0D:BA:2B:E1:01"
BATTERY_PCT = 87
SENSOR_MTU = 247
"""The MTU of an nRF52 with data length extension: one notification, one link-layer packet."""

ADVERTISING_INTERVAL_MS = 20
"""Fast advertising, as sensors do in the first seconds after they are woken."""

DEFAULT_LATENCY_MS = 40
STREAM_IDS = 256


class VirtualSensor:
    """A bar sensor on the virtual air.

    Use :meth:`powered` to switch it on. Lifting starts with the first START and goes on whether or not anyone
    listens, as a lifter does.

    Attributes
    ----------
    identified
        How often the sensor was asked to show itself.
    """

    _spawn: Spawn

    def __init__(
        self,
        source: SampleSource,
        air: VirtualAir,
        *,
        name: str = DEFAULT_NAME,
        address: str = DEFAULT_ADDRESS,
        mtu: int = SENSOR_MTU,
        battery_advertised: bool = False,
    ) -> None:
        self._battery_advertised = battery_advertised
        self.source = source
        self.name = name
        self.address = address
        self.identified = 0
        self._air = air
        self._mtu = mtu
        self._streamer = Streamer(source, air)
        self._serving: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def finished(self) -> asyncio.Event:
        """Set when the source's last sample has been handed to the radio, or nobody was there to get it."""
        return self._streamer.finished

    @property
    def lifted_s(self) -> float:
        """How far into the source the lifter is, in seconds of its clock; 0 before it begins."""
        return self._streamer.lifted_s

    @property
    def streams(self) -> list[Stream]:
        """What was sent, one entry a START."""
        return self._streamer.streams

    @asynccontextmanager
    async def powered(self) -> AsyncIterator[VirtualSensor]:
        """Switch the sensor on for the block: it advertises, and serves one central at a time."""
        controller = AirController(self.name, self._air)
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

    def hang(self) -> None:
        """Stop sending without a word, as firmware with a fault does; the next START revives it."""
        self._streamer.current = None

    def reboot(self) -> None:
        """Lose the link without a word and start again, as with a loose battery: its clock begins anew."""
        self._air.drop(address=self.address)
        self._streamer.detach()
        self._streamer.restart_clock()

    # The GATT server

    def _build_device(self, controller: AirController) -> Device:
        config = DeviceConfiguration(
            name=self.name,
            address=hci.Address(self.address),
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )
        device = Device.from_config_with_hci(config, controller, controller)
        prop, perm = Characteristic.Properties, Characteristic.Permissions
        self._data = Characteristic(profile.DATA_UUID, prop.NOTIFY, perm.READABLE, b"")
        self._control = Characteristic(
            profile.CONTROL_UUID,
            prop.WRITE | prop.INDICATE,
            perm.WRITEABLE,
            CharacteristicValue(write=self._on_request),
        )
        settings = Characteristic(
            profile.CONFIG_UUID, prop.READ, perm.READABLE, CharacteristicValue(read=self._read_config)
        )
        device.add_services(
            [
                Service(profile.SERVICE_UUID, [self._data, self._control, settings]),
                BatteryService(lambda _connection: BATTERY_PCT),
                DeviceInformationService(
                    manufacturer_name="imu-tempo", model_number="virtual bar", firmware_revision="1.0"
                ),
            ]
        )
        device.gatt_server.max_mtu = self._mtu
        device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, bytes([0x06])),
                    (
                        AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                        core.UUID(profile.SERVICE_UUID).to_bytes(),
                    ),
                ]
            )
        )
        answer = [(AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())]
        if self._battery_advertised:
            level = GATT_BATTERY_SERVICE.to_bytes() + bytes([BATTERY_PCT])
            answer.append((AdvertisingData.SERVICE_DATA_16_BIT_UUID, level))
        device.scan_response_data = bytes(AdvertisingData(answer))
        device.on("connection", self._on_connection)
        return device

    def _on_connection(self, connection: Connection) -> None:
        self._streamer.attach(
            TransmitQueue(connection, self._air.event_wall_s),
            partial(connection.device.notify_subscriber, connection, self._data),
        )
        self._requests = asyncio.Queue()
        self._serving = self._spawn(self._serve(connection, self._requests))
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._streamer.detach()
        if self._serving is not None:
            self._serving.cancel()

    def _on_request(self, _connection: Connection, value: bytes) -> None:
        if profile.refuse(value) is None:
            raise att.ATT_Error(att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR)
        self._requests.put_nowait(bytes(value))

    async def _serve(self, connection: Connection, requests: asyncio.Queue[bytes]) -> None:
        """Answer the requests of one connection, in order."""
        task = asyncio.current_task()
        # Not `while True`: Bumble waits with wait_for, which can swallow a cancellation in Python 3.11.
        while task is not None and not task.cancelling():
            answer = await self._answer(connection, await requests.get())
            await connection.device.indicate_subscriber(connection, self._control, answer)

    async def _answer(self, connection: Connection, data: bytes) -> bytes | None:
        try:
            request = profile.decode_request(data)
        except DecodeError:
            return profile.refuse(data)
        response = profile.Response(request.op, request.ref, profile.Status.OK)
        match request.op:
            case profile.Op.START if self._streamer.current is not None:
                response = replace(response, status=profile.Status.BAD_STATE)
            case profile.Op.START if request.start is not None:
                config = self._start(connection, request.start)
                fits = connection.att_mtu >= profile.MIN_MTU_FOR_START_ANSWER
                response = replace(response, config=config if fits else None)
            case profile.Op.STOP:
                await self._streamer.end()
            case profile.Op.TIME:
                response = replace(response, time_us=self._streamer.clock_us())
            case profile.Op.IDENTIFY:
                self.identified += 1
        return profile.encode_response(response)

    def _read_config(self, connection: Connection) -> bytes:
        if self._streamer.current is not None:
            return profile.encode_config(self._streamer.current.config)
        wanted = profile.StartSettings(0, 0, self.source.gyr_range_dps, DEFAULT_LATENCY_MS)
        if self.streams:  # what START was asked last
            last = self.streams[-1].config
            wanted = replace(wanted, gyr_range_dps=last.gyr_range_dps, latency_ms=last.latency_ms)
        return profile.encode_config(replace(self._config(connection, wanted), streaming=False))

    def _possible(self, wanted: profile.StartSettings) -> profile.StartSettings:
        """Settle for what this sensor can do: the source was measured at one rate and range."""
        return profile.StartSettings(
            rate_millihz=round(self.source.rate_hz * profile.MILLI),
            acc_range_g=self.source.acc_range_g,
            gyr_range_dps=self.source.gyr_range_dps if wanted.gyr_range_dps else 0,
            latency_ms=wanted.latency_ms,
        )

    def _config(self, connection: Connection, wanted: profile.StartSettings) -> profile.Config:
        return profile.Config.from_settings(
            self._possible(wanted), mtu=connection.att_mtu, stream_id=len(self.streams) % STREAM_IDS
        )

    def _start(self, connection: Connection, wanted: profile.StartSettings) -> profile.Config:
        config = self._config(connection, wanted)
        config = replace(config, stream_id=(config.stream_id + 1) % STREAM_IDS)
        first_start = not self._streamer.lifting
        self._streamer.begin(config)
        if first_start:
            self._spawn(self._streamer.lift())
        return config
