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

import numpy as np
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService
from numpy.typing import NDArray

from firmware_bridge import profile
from firmware_bridge.background import Spawn, background
from firmware_bridge.errors import DecodeError
from firmware_bridge.virtual.air import AirController, VirtualAir
from firmware_bridge.virtual.source import SampleSource
from firmware_bridge.virtual.transmit import TransmitQueue

DEFAULT_NAME = "Bar A12"
DEFAULT_ADDRESS = "F0:0D:BA:2B:E1:01"
BATTERY_PCT = 87
SENSOR_MTU = 247
"""The MTU of an nRF52 with data length extension: one notification, one link-layer packet."""

ADVERTISING_INTERVAL_MS = 20
"""Fast advertising, as sensors do in the first seconds after they are woken."""

MIN_ROUND_WALL_S = 0.002
"""The firmware loop's shortest pause on the wall clock; several packets a round at high speed."""

BOOT_US = 90_000_000
"""What the sensor's clock shows at first: to a client no clock starts at 0."""

US_PER_S = 1e6
NS_PER_US = 1e3
DEFAULT_LATENCY_MS = 40
STREAM_IDS = 256


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
    hole
        Samples were lost since the last packet.
    """

    config: profile.Config
    first: int
    made: int = 0
    sent: int = 0
    packets: int = 0
    hole: bool = False

    @property
    def position(self) -> int:
        """Position in the source of the next sample to send."""
        return self.first + self.made

    def skip_lost(self, lost: NDArray[np.bool_] | None, due: int) -> None:
        """Pass over samples that the sensor lost, leaving a hole."""
        self.drop(0 if lost is None else _leading(lost[self.position : due]))

    def drop(self, count: int) -> None:
        """Go on without the next samples, leaving a hole."""
        self.made += count
        self.hole |= count > 0


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

    _spawn: Spawn

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
        self._serving: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[bytes] = asyncio.Queue()
        self._queue: TransmitQueue | None = None
        self._powered_ns = air.clock_ns()
        self._lift_start_us: int | None = None

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
        self._stream = None

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
        self._queue = TransmitQueue(connection, self._air.event_wall_s)
        self._requests = asyncio.Queue()
        self._serving = self._spawn(self._serve(connection, self._requests))
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._queue = None
        self._stream = None
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
            case profile.Op.START if self._stream is not None:
                response = replace(response, status=profile.Status.BAD_STATE)
            case profile.Op.START if request.start is not None:
                config = self._start(connection, request.start)
                fits = connection.att_mtu >= profile.MIN_MTU_FOR_START_ANSWER
                response = replace(response, config=config if fits else None)
            case profile.Op.STOP if self._stream is not None:
                await self._send_due(self._stream, self._due(), flush=True)
                self._stream = None
            case profile.Op.TIME:
                response = replace(response, time_us=self._clock_us())
            case profile.Op.IDENTIFY:
                self.identified += 1
        return profile.encode_response(response)

    def _read_config(self, connection: Connection) -> bytes:
        if self._stream is not None:
            return profile.encode_config(self._stream.config)
        wanted = profile.StartSettings(0, 0, self.source.gyr_range_dps, DEFAULT_LATENCY_MS)
        return profile.encode_config(replace(self._config(connection, wanted), streaming=False))

    # The stream

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
        if self._lift_start_us is None:
            first = 0
            self._lift_start_us = self._clock_us()
            self._spawn(self._lift())
        else:
            first = self._due()
        config = self._config(connection, wanted)
        config = replace(config, stream_id=(config.stream_id + 1) % STREAM_IDS)
        self._stream = Stream(config, first)
        self.streams.append(self._stream)
        return config

    def _clock_us(self) -> int:
        """Read the sensor's microsecond clock."""
        on_air_us = (self._air.clock_ns() - self._powered_ns) / NS_PER_US
        return BOOT_US + round(on_air_us * self.source.clock_ratio)

    def _due(self) -> int:
        """Position in the source of the first sample that is not measured yet."""
        since_us = self._clock_us() - (self._lift_start_us or 0)
        return min(len(self.source), int(since_us * self.source.rate_hz / US_PER_S))

    async def _lift(self) -> None:
        """Go through the source at its own rate, sending what has become due."""
        while True:
            due = self._due()
            behind = self._stream is not None and await self._send_due(self._stream, due)
            if due == len(self.source) and not behind:
                break
            per_packet = self._stream.config.samples_per_packet if self._stream else 1
            await asyncio.sleep(max(per_packet / self.source.rate_hz / self._air.speed, MIN_ROUND_WALL_S))
        self.finished.set()

    async def _send_due(self, stream: Stream, due: int, *, flush: bool = False) -> bool:
        """Send the full packets that are due, at the end (of the source or with `flush`) also a short one.

        Returns True if there are more.
        """
        flush |= due == len(self.source)
        full = stream.config.samples_per_packet
        blocked = self._queue is not None and self._queue.full() and self._queue.blocked()
        while self._stream is stream and self._queue is not None:
            stream.skip_lost(self.source.lost, due)
            count = self._in_a_row(stream.position, min(stream.position + full, due))
            filling = count < full and stream.position + count == due
            if not count or (filling and not flush):
                return False
            if not self._queue.full():
                await self._send(self._queue.connection, stream, count)
            elif blocked:
                stream.drop(count)
            else:
                return True
        return False

    def _in_a_row(self, start: int, end: int) -> int:
        """How many samples from `start` follow each other without a loss, up to `end`."""
        if self.source.lost is None:
            return end - start
        return _leading(~self.source.lost[start:end])

    async def _send(self, connection: Connection, stream: Stream, count: int) -> None:
        """Put one packet into the transmit queue."""
        index, part = stream.made, slice(stream.position, stream.position + count)
        ticks = np.arange(part.start, part.stop) * (US_PER_S / self.source.rate_hz)
        gyr = self.source.gyr_raw
        (payload,) = profile.packetise(
            self.source.acc_raw[part],
            None if gyr is None else gyr[part],
            config=stream.config,
            seq=stream.packets,
            index=index,
            t_us=(self._lift_start_us or 0) + np.rint(ticks).astype(np.int64),
            lost_before=stream.hole,
        )
        stream.hole = False
        stream.made += count
        stream.packets += 1
        stream.sent += count
        await connection.device.notify_subscriber(connection, self._data, payload)


def _leading(flags: NDArray[np.bool_]) -> int:
    """How many values are True before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))
