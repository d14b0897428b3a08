"""One connection to a sensor, from connecting to the link's end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakCharacteristicNotFoundError

from firmware_bridge.errors import LinkError
from firmware_bridge.link.errors import BrokenLinkError, CannotIdentifyError
from firmware_bridge.link.faults import plain_words
from firmware_bridge.link.radio import Backend, connecting
from firmware_bridge.link.search import FoundSensor, percent
from firmware_bridge.sensors import (
    Action,
    DriverSession,
    LinkState,
    PacketKind,
    Pause,
    RawPacket,
    Read,
    Request,
    Script,
    Subscribe,
    Write,
    identify_of,
    link_packet,
)

CONNECT_S = 20.0
"""Connecting takes up to this long when the band is busy or the service cache is cold."""

REPLY_S = 5.0
"""A sensor answers a request within a few connection intervals; more than this is a sensor that hangs."""

OPTIONAL_REPLY_S = 1.0
"""How long to wait for an answer that a start can do without, and older firmware never gives."""

GOODBYE_S = 2.0
"""How long to try to stop the sensor politely; hanging up stops it as well."""

QUIET_S = 0.05
DRAIN_S = 2.0
"""After the stop, what is still on its way comes within a few connection intervals. A busy program may have
much of it waiting in a socket, which hanging up would throw away. A sensor without a stop is never quiet."""

BATTERY_LEVEL_UUID = "00002a19-0000-1000-8000-00805f9b34fb"
ATT_HEADER_BYTES = 3

Deliver = Callable[[RawPacket], None]


class Connection:
    """One connection.

    Parameters
    ----------
    sensor
        A fresh find: handles of earlier scans may be stale.
    session
        Tells what to do.
    deliver
        Called with every packet in the order of arrival, in the event loop.
    backend
        The radio.

    Attributes
    ----------
    lost
        Set when the link is gone.
    heard_s
        When the sensor last said anything, on the monotonic clock.
    spoke
        Whether anything has come that answers no request: data.
    mtu
        ATT MTU in bytes, where it is known.
    """

    def __init__(
        self,
        sensor: FoundSensor,
        session: DriverSession,
        deliver: Deliver,
        backend: Backend,
    ) -> None:
        self.lost = asyncio.Event()
        self.heard_s = time.monotonic()
        self.spoke = False
        self.mtu: int | None = None
        self._sensor = sensor
        self._session = session
        self._deliver = deliver
        self._backend = backend
        self._clock_ns = backend.clock_ns
        self._client: BleakClient | None = None
        self._marked: LinkState | None = None
        self._subscribed: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._waiting: dict[str, tuple[bytes, asyncio.Future[bytes]]] = {}

    async def open(self) -> None:
        """Connect, and carry out the driver's start.

        Raises
        ------
        LinkError
            In plain words; the connection is closed again.
        """
        try:
            await self._connect()
            self._mark(LinkState.CONNECTED)
            await self._carry_out(self._session.start())
        except BaseException:
            await self.abandon()
            raise
        self.heard_s = time.monotonic()

    async def identify(self) -> None:
        """Make the sensor show itself: over the link that stands, or over one made for it and not marked.

        Raises
        ------
        CannotIdentifyError
            Its kind cannot.
        LinkError
            It cannot be reached, or refuses.
        """
        script = identify_of(self._session)
        if script is None:
            raise CannotIdentifyError(self._sensor.label)
        if self._client is not None:
            await self._carry_out(script)
            return
        try:
            await self._connect()
            await self._carry_out(script)
        finally:
            await self._hang_up()

    async def _connect(self) -> None:
        with plain_words(self._sensor.label):
            self._client = BleakClient(
                self._sensor.device,
                self._on_disconnected,
                timeout=CONNECT_S,
                backend=self._backend.client,
            )
            async with connecting():
                await self._client.connect()

    async def abandon(self) -> None:
        """Hang up on a link that failed, and mark the loss."""
        if self._marked is LinkState.CONNECTED:
            self._mark(LinkState.LOST)
        await self._hang_up()

    async def close(self) -> None:
        """Carry out the driver's stop where the link still stands, and hang up; late packets still count."""
        if self._marked is LinkState.CONNECTED and not self.lost.is_set():
            with suppress(LinkError, TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    await self._carry_out(self._session.stop())
            await self._drain()
        await self._hang_up()

    async def battery_pct(self) -> int | None:
        """Read the battery level, which is none of the stream's business; None where it is not told."""
        if self._client is None:
            return None
        try:
            with plain_words(self._sensor.label):
                return await battery_level(self._client)
        except LinkError:
            return None

    async def _drain(self) -> None:
        """Wait until nothing more comes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                before_s = -1.0
                while self.heard_s != before_s and not self.lost.is_set():
                    before_s = self.heard_s
                    await asyncio.sleep(QUIET_S)

    def _mark(self, state: LinkState) -> None:
        self._marked = state
        self._deliver(link_packet(self._clock_ns(), state))

    async def _hang_up(self) -> None:
        if self._client is not None:
            with suppress(LinkError), plain_words():
                await self._client.disconnect()

    async def _carry_out(self, script: Script) -> None:
        answer: bytes | None = None
        async with self._one_at_a_time:
            with suppress(StopIteration):
                while True:
                    answer = await self._perform(script.send(answer))

    async def _perform(self, action: Action) -> bytes | None:
        if self.lost.is_set():
            raise self._broke()
        with plain_words(self._sensor.label):
            match action:
                case Subscribe():
                    await self._subscribe(action.uuid)
                case Read():
                    return await self._read(action)
                case Write():
                    await self._write(action.uuid, action.data, response=action.response)
                case Request():
                    return await self._request(action)
                case Pause():
                    await asyncio.sleep(action.seconds)
        return None

    async def _subscribe(self, uuid: str) -> None:
        if uuid in self._subscribed:
            return
        client = self._connected()
        characteristic = client.services.get_characteristic(uuid)
        if characteristic is None:
            raise BleakCharacteristicNotFoundError(uuid)
        # BlueZ loses packets under load when they come as D-Bus signals (bleak issue 1343); a socket from
        # AcquireNotify does not, but BlueZ offers it for notifications only. Other systems ignore the wish.
        # The client's own mtu_size is always 23 there; a characteristic's size is true since BlueZ 5.62.
        self.mtu = characteristic.max_write_without_response_size + ATT_HEADER_BYTES
        by_socket = "notify" in characteristic.properties
        await client.start_notify(characteristic, self._on_value, bluez={"use_start_notify": not by_socket})
        self._subscribed.add(uuid)

    async def _read(self, action: Read) -> bytes | None:
        client = self._connected()
        if action.optional and client.services.get_characteristic(action.uuid) is None:
            return None
        value = bytes(await client.read_gatt_char(action.uuid))
        self._deliver(RawPacket(self._clock_ns(), action.uuid, value, PacketKind.READ))
        return value

    async def _write(self, uuid: str, data: bytes, *, response: bool) -> None:
        self._deliver(RawPacket(self._clock_ns(), uuid, data, PacketKind.WRITE))
        await self._connected().write_gatt_char(uuid, data, response=response)

    async def _request(self, action: Request) -> bytes | None:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[action.answer_uuid] = action.prefix, answer
        try:
            await self._write(action.uuid, action.data, response=action.response)
            async with asyncio.timeout(OPTIONAL_REPLY_S if action.optional else REPLY_S) as limit:
                return await answer
        except TimeoutError:
            if action.optional and limit.expired():
                return None
            raise
        finally:
            del self._waiting[action.answer_uuid]
            answer.cancel()

    def _connected(self) -> BleakClient:
        if self._client is None:
            raise LinkError(f"{self._sensor.label} is not connected")
        return self._client

    def _on_value(self, characteristic: BleakGATTCharacteristic, value: bytearray) -> None:
        host_ns, self.heard_s = self._clock_ns(), time.monotonic()
        kind = PacketKind.NOTIFICATION if "notify" in characteristic.properties else PacketKind.INDICATION
        payload = bytes(value)
        self._deliver(RawPacket(host_ns, characteristic.uuid, payload, kind))
        prefix, waiting = self._waiting.get(characteristic.uuid, (b"", None))
        if waiting is not None and not waiting.done() and payload.startswith(prefix):
            waiting.set_result(payload)
        else:
            self.spoke |= kind is PacketKind.NOTIFICATION

    def _on_disconnected(self, _client: BleakClient) -> None:
        self.lost.set()
        for _, waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self._broke())

    def _broke(self) -> BrokenLinkError:
        return BrokenLinkError(f"the link to {self._sensor.label} broke", sensor=self._sensor.label)


async def battery_level(client: BleakClient) -> int | None:
    """Read the battery level in percent; None where the device has no battery service."""
    if client.services.get_characteristic(BATTERY_LEVEL_UUID) is None:
        return None
    value = await client.read_gatt_char(BATTERY_LEVEL_UUID)
    return percent(value)
