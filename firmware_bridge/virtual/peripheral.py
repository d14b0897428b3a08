"""The sensor's firmware, in Python: a GATT server of the open barbell profile that streams a sample source.

It does what a small chip does: one transmit queue, filled at the sample rate and emptied by the radio. When
the radio is blocked the queue fills and samples are dropped *before* they get a packet number, so that the
sample index has a hole and the packet sequence has none.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_bridge import profile
from firmware_bridge.background import Spawn, background
from firmware_bridge.errors import DecodeError
from firmware_bridge.virtual.air import AirController, VirtualAir
from firmware_bridge.virtual.source import SampleSource

DEFAULT_NAME = "Bar A12"
DEFAULT_ADDRESS = "F0:0D:BA:2B:E1:01"
BATTERY_PCT = 87
SENSOR_MTU = 247
"""The MTU of an nRF52 with data length extension: one notification, one link-layer packet."""

ADVERTISING_INTERVAL_MS = 20
"""Fast advertising, as sensors do in the first seconds after they are woken."""

TX_QUEUE_PACKETS = 16
"""Notifications that wait for the radio, controller included: 4 kB of RAM, 0.64 s at 40 ms each."""

MIN_TICK_WALL_S = 0.002
"""The firmware loop's shortest pause on the wall clock; several packets a round at high speed."""

MAX_PACKETS_A_ROUND = 4
"""How much the sensor's clock may advance in one round of its loop. A busy event loop slows the virtual bar
down instead of making it lose samples that a real one, with a processor of its own, would not lose."""


@dataclass(slots=True)
class Stream:
    """What the sensor did since one START: the truth that tests compare with.

    Attributes
    ----------
    config
        As answered to START.
    first
        Position in the source of the sample with index 0.
    made
        Samples since START, lost ones counted.
    sent
        Samples that went into the transmit queue.
    packets
        Packets likewise.
    """

    config: profile.Config
    first: int
    made: int = 0
    sent: int = 0
    packets: int = 0
    hole: bool = False


class VirtualSensor:
    """A bar sensor on the virtual air.

    Use :meth:`powered` to switch it on. Lifting starts with the first START and goes on whether or not anyone
    listens, as a lifter does.

    Attributes
    ----------
    finished
        Set when the source's last sample has been handed to the radio (or nobody was connected to get it).
    streams
        One entry a START.
    identified
        How often the sensor was asked to show itself.
    """

    def __init__(
        self,
        source: SampleSource,
        air: VirtualAir,
        *,
        name: str = DEFAULT_NAME,
        address: str = DEFAULT_ADDRESS,
        mtu: int = SENSOR_MTU,
    ) -> None:
        self.source = source
        self.name = name
        self.address = address
        self.finished = asyncio.Event()
        self.streams: list[Stream] = []
        self.identified = 0
        self._air = air
        self._mtu = mtu
        self._stream: Stream | None = None
        self._lifting: asyncio.Task[None] | None = None
        self._serving: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[bytes] = asyncio.Queue()
        self._connection: Connection | None = None
        self._now_us = float(source.t_us[0]) if len(source.t_us) else 0.0

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

    _spawn: Spawn

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
        device.scan_response_data = bytes(
            AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode())])
        )
        device.on("connection", self._on_connection)
        return device

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self._requests = asyncio.Queue()
        self._serving = self._spawn(self._serve(connection, self._requests))
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._stream = None
        if self._serving is not None:
            self._serving.cancel()

    def _on_request(self, _connection: Connection, value: bytes) -> None:
        if profile.refuse(value) is None:
            raise att.ATT_Error(att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR)
        self._requests.put_nowait(bytes(value))

    async def _serve(self, connection: Connection, requests: asyncio.Queue[bytes]) -> None:
        """Answer the requests of one connection, in order."""
        while True:
            answer = self._answer(connection, await requests.get())
            await connection.device.indicate_subscriber(connection, self._control, answer)

    def _answer(self, connection: Connection, data: bytes) -> bytes | None:
        try:
            request = profile.decode_request(data)
        except DecodeError:
            return profile.refuse(data)
        response = profile.Response(request.op, request.ref, profile.Status.OK)
        match request.op:
            case profile.Op.START:
                assert request.start is not None  # decode_request gives settings with every START
                return profile.encode_response(
                    replace(response, config=self._start(connection, request.start))
                )
            case profile.Op.STOP:
                self._stream = None
            case profile.Op.TIME:
                response = replace(response, time_us=int(self._now_us))
            case profile.Op.IDENTIFY:
                self.identified += 1
        return profile.encode_response(response)

    def _read_config(self, connection: Connection) -> bytes:
        settings = self._possible(profile.StartSettings(0, 0, self.source.gyr_range_dps, 40))
        config = self._config(connection, settings)
        return profile.encode_config(replace(config, streaming=self._stream is not None))

    # The stream

    def _possible(self, wanted: profile.StartSettings) -> profile.StartSettings:
        """Settle for what this sensor can do: the source was measured at one rate and range."""
        gyr_range_dps = self.source.gyr_range_dps if wanted.gyr_range_dps else 0
        return profile.StartSettings(
            rate_millihz=round(self.source.rate_hz * profile.MILLI),
            acc_range_g=self.source.acc_range_g,
            gyr_range_dps=gyr_range_dps,
            latency_ms=wanted.latency_ms,
        )

    def _config(self, connection: Connection, settings: profile.StartSettings) -> profile.Config:
        return profile.Config.from_settings(
            settings, mtu=connection.att_mtu, stream_id=len(self.streams), streaming=True
        )

    def _start(self, connection: Connection, wanted: profile.StartSettings) -> profile.Config:
        config = self._config(connection, self._possible(wanted))
        self._stream = Stream(config, first=self._due())
        self.streams.append(self._stream)
        if self._lifting is None:
            self._lifting = self._spawn(self._lift())
        return config

    def _due(self) -> int:
        """Position in the source of the first sample that is not measured yet."""
        return int(np.searchsorted(self.source.t_us, self._now_us))

    async def _lift(self) -> None:
        """Run the sensor's clock to the end of the source, sending what has become due."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        while (due := self._due()) < len(self.source.t_us):
            if self._stream is not None:
                await self._send_due(self._stream, due)
            packet_s = self._packet_s()
            await asyncio.sleep(max(packet_s / self._air.speed, MIN_TICK_WALL_S))
            now = loop.time()
            self._now_us += min((now - before) * self._air.speed, MAX_PACKETS_A_ROUND * packet_s) * 1e6
            before = now
        if self._stream is not None:
            await self._send_due(self._stream, due, flush=True)
        self.finished.set()

    def _packet_s(self) -> float:
        per_packet = self._stream.config.samples_per_packet if self._stream else 1
        return per_packet / self.source.rate_hz

    async def _send_due(self, stream: Stream, due: int, *, flush: bool = False) -> None:
        """Send every full packet of samples that are due; with `flush` also a last short one."""
        full = stream.config.samples_per_packet
        while self._stream is stream and (at := stream.first + stream.made) < due:
            lost = self.source.lost[at : min(at + full, due)]
            if lost[0]:
                stream.hole = True
                stream.made += int(np.argmin(lost)) or len(lost)
                continue
            count = int(np.argmax(lost)) or len(lost)
            if count == len(lost) < full and not flush:
                return
            await self._send(stream, at, count)
            stream.made += count

    async def _send(self, stream: Stream, at: int, count: int) -> None:
        """Put one packet into the transmit queue, or drop it where the queue is full."""
        connection = self._connection
        if connection is None or _queue_length(connection) >= TX_QUEUE_PACKETS:
            stream.hole = True
            return
        part = slice(at, at + count)
        gyr = self.source.gyr_raw
        (payload,) = profile.packetise(
            self.source.acc_raw[part],
            None if gyr is None else gyr[part],
            config=stream.config,
            seq=stream.packets,
            index=stream.made,
            t_us=self.source.t_us[part],
            lost_before=stream.hole,
        )
        stream.hole = False
        stream.packets += 1
        stream.sent += count
        await connection.device.notify_subscriber(connection, self._data, payload)


def _queue_length(connection: Any) -> int:
    return int(connection.device.host.le_acl_packet_queue.pending)
