"""A link that stays up: packets of one sensor over as many connections as it takes."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from typing import Any

from firmware_bridge.background import background
from firmware_bridge.errors import BridgeError, LinkError
from firmware_bridge.link.connection import Connection, Deliver
from firmware_bridge.link.errors import BrokenLinkError, LinkLostError, SensorNotFoundError, SensorSilentError
from firmware_bridge.link.radio import THIS_COMPUTER, Backend
from firmware_bridge.link.search import FIND_S, FoundSensor, find
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import DriverSession, RawPacket, StreamSettings, quiet_of

SILENCE_S = 1.0
SILENCE_PACKETS = 10
"""A link that says nothing for a second, or for ten packets where those take longer, is taken for dead.
Operating systems report a lost link only after the supervision timeout (4 to 6 s); a set should not wait."""

QUIET_PACKETS = 2
"""Of packets that take long to fill, as a driver says, two in a row do not come."""

FIRST_PACKET_S = 5.0
"""A sensor that was told to start may have to wake its parts and fill its first packet."""

SILENT_CONNECTIONS = 3
"""A sensor that connects, starts and says nothing, so many times in a row, will not begin to speak."""

CATCH_UP_S = 0.1
"""Before silence counts: time for an event loop that was busy elsewhere to fetch what had arrived."""

CONNECT_ATTEMPTS = 4
"""On a busy band every few connections fail to be established; four in a row hardly ever do."""

BACK_OFF_S = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Pauses between attempts to reconnect. The first ones are short, since most losses are a body in the way;
the last repeats, so that a sensor with a flat battery does not keep the radio busy."""

RECONNECT_S = 60.0
"""After a minute without the sensor someone has to look at it: the stream ends with an error."""

RESCAN_S = 5.0
"""One attempt's search. A sensor that lost its central advertises fast: it is heard soon or not at all."""

_log = logging.getLogger(__name__)


class LinkStatus(StrEnum):
    """What a link is doing, for people to see."""

    STREAMING = "streaming"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


OnStatus = Callable[[LinkStatus], None]


class Link:
    """A sensor's packets as they come; open it with :meth:`open`, and iterate :meth:`packets`.

    Attributes
    ----------
    sensor
        What was found.
    session
        The driver's session; give it to the sample stream that decodes the packets.
    status
        See :class:`LinkStatus`.
    reconnects
        How often the link was lost and made again.
    """

    def __init__(
        self,
        sensor: FoundSensor,
        settings: StreamSettings,
        *,
        on_packet: Deliver | None = None,
        on_status: OnStatus | None = None,
        backend: Backend | None = None,
    ) -> None:
        self.sensor = sensor
        self.session: DriverSession = sensor.driver.session(settings)
        self.status = LinkStatus.CLOSED
        self.reconnects = 0
        self._backend = backend or THIS_COMPUTER
        self._on_packet = on_packet
        self._on_status = on_status
        packet_s = max(settings.latency_ms / 1000, 1 / settings.rate_hz)
        self._silence_s = max(SILENCE_S, SILENCE_PACKETS * packet_s)
        self._failure: BridgeError | OSError | None = None
        self._queue: asyncio.Queue[RawPacket | None] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self._connection = self._new_connection(sensor)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        who: str | FoundSensor | None = None,
        *,
        settings: StreamSettings | None = None,
        on_packet: Deliver | None = None,
        on_status: OnStatus | None = None,
        until: asyncio.Event | None = None,
        timeout_s: float = FIND_S,
        backend: Backend | None = None,
    ) -> AsyncIterator[Link]:
        """Find a sensor, connect, start it, and keep the link up for the block.

        Parameters
        ----------
        who
            A found sensor, or a name, an address or a driver's key; None takes the only sensor there is.
        settings
            What to ask of the sensor; it may answer with the nearest it can do.
        on_packet
            Called with every packet as it arrives, before anything else sees it: the journal. It must not
            block.
        on_status
            Called when the link is up, when it was lost and is being made again, and when it is closed.
        until
            When set, the link stops as by :meth:`stop`.
        timeout_s
            How long to look for the sensor.
        backend
            The radio; None is this computer's Bluetooth.

        Raises
        ------
        LinkError
            The sensor cannot be found, reached or started, and what to do about it.
        """
        sensor = (
            who if isinstance(who, FoundSensor) else await find(who, timeout_s=timeout_s, backend=backend)
        )
        link = cls(
            sensor, settings or StreamSettings(), on_packet=on_packet, on_status=on_status, backend=backend
        )
        await link._connect()
        link._tell(LinkStatus.STREAMING)
        async with background() as spawn:
            supervision = spawn(link._supervise())
            if until is not None:
                spawn(link._stop_when(until))
            try:
                yield link
            finally:
                link.stop()
                await supervision

    @property
    def info(self) -> SensorInfo:
        """What is known of the sensor so far; more once a sample stream has decoded the first packets."""
        return replace(self.session.info, name=self.sensor.name, address=self.sensor.address)

    async def packets(self) -> AsyncIterator[RawPacket]:
        """Yield every packet in order, link marks included, until the link is stopped.

        Raises
        ------
        LinkError
            The sensor was lost and did not come back.
        BridgeError, OSError
            What `on_packet` raised: the journal could not be written.
        """
        while (packet := await self._queue.get()) is not None:
            yield packet
        self._queue.put_nowait(None)
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop the sensor and hang up; :meth:`packets` still gives what had been sent, and ends."""
        self._stopping.set()

    @property
    def mtu(self) -> int | None:
        """ATT MTU of the present connection in bytes: 23 carries one sample a packet, 247 nineteen."""
        return self._connection.mtu

    async def battery_pct(self) -> int | None:
        """Read the battery level in percent; None where the sensor does not tell, or is not connected now."""
        return await self._connection.battery_pct()

    async def identify(self) -> None:
        """Make the sensor show itself, by a light or a buzz, while it streams.

        Raises
        ------
        CannotIdentifyError
            Its kind cannot.
        LinkError
            It is not connected now, or refuses.
        """
        if self.status is not LinkStatus.STREAMING:
            raise BrokenLinkError(f"{self.sensor.label} is not connected now", sensor=self.sensor.label)
        await self._connection.identify()

    async def _connect(self) -> None:
        """Connect, again where the radio failed; not again where the sensor refuses or is silent."""
        for pause_s in BACK_OFF_S[: CONNECT_ATTEMPTS - 1]:
            try:
                return await self._connection.open()
            except BrokenLinkError as error:
                _log.info("%s: %s", self.sensor.label, error)
            await asyncio.sleep(pause_s)
            self._connection = self._new_connection(await self._heard_again())
        await self._connection.open()

    async def _heard_again(self) -> FoundSensor:
        """Return a fresh find: systems forget a device soon after a scan. The old one where none is heard."""
        try:
            return await find(self.sensor.address, timeout_s=RESCAN_S, backend=self._backend)
        except SensorNotFoundError:
            return self.sensor

    def _new_connection(self, sensor: FoundSensor) -> Connection:
        return Connection(sensor, self.session, self._deliver, self._backend)

    def _tell(self, status: LinkStatus) -> None:
        self.status = status
        if self._on_status is not None:
            self._on_status(status)

    def _deliver(self, packet: RawPacket) -> None:
        if self._on_packet is not None:
            try:
                self._on_packet(packet)
            except (BridgeError, OSError) as error:  # a full disk must not vanish inside the radio's callback
                self._failure = self._failure or error
                self.stop()
        self._queue.put_nowait(packet)

    async def _stop_when(self, event: asyncio.Event) -> None:
        await event.wait()
        self.stop()

    async def _supervise(self) -> None:
        """Watch the link, make it again when it breaks, and end the stream."""
        silent = 0
        try:
            while await self._broken():
                silent = 0 if self._connection.spoke else silent + 1
                self._tell(LinkStatus.RECONNECTING)
                await self._connection.abandon()
                if silent >= SILENT_CONNECTIONS:
                    raise _says_nothing(self.sensor.label)
                if not await self._unless_stopped(self._reconnect()):
                    break
                self.reconnects += 1
                self._tell(LinkStatus.STREAMING)
        except LinkError as error:
            self._failure = self._failure or error
        finally:
            await self._connection.close()
            self._tell(LinkStatus.CLOSED)
            self._queue.put_nowait(None)

    async def _broken(self) -> bool:
        """Wait until the link is lost or silent (True) or the user stops it (False)."""
        connection = self._connection
        while not self._stopping.is_set():
            if connection.lost.is_set():
                _log.info("%s: the link was lost", self.sensor.label)
                return True
            heard_s = connection.heard_s
            silence_s = max(self._silence_s, QUIET_PACKETS * quiet_of(self.session))
            silence_s = silence_s if connection.spoke else max(FIRST_PACKET_S, silence_s)
            left_s = silence_s - (time.monotonic() - heard_s)
            if left_s > 0:
                await _first_of(min(left_s, self._silence_s), connection.lost, self._stopping)
                continue
            await _first_of(CATCH_UP_S, self._stopping)
            if connection.heard_s == heard_s:
                _log.info("%s: nothing heard for %.1f s", self.sensor.label, silence_s)
                return not self._stopping.is_set()
        return False

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do `work` to its end (True), or leave it when the user stops the link (False)."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            working.cancel()
        await asyncio.wait({working})
        if working.cancelled():
            return False
        working.result()
        return True

    async def _reconnect(self) -> None:
        """Try until the link is up again, or the time for it is over."""
        loop = asyncio.get_running_loop()
        give_up = loop.time() + RECONNECT_S
        for pause_s in itertools.chain(BACK_OFF_S, itertools.repeat(BACK_OFF_S[-1])):
            try:
                fresh = await find(self.sensor.address, timeout_s=RESCAN_S, backend=self._backend)
                self._connection = self._new_connection(fresh)
                await self._connection.open()
            except LinkError as error:
                if loop.time() + pause_s > give_up:
                    raise LinkLostError(self.sensor.label, waited_s=RECONNECT_S, last=error) from error
                _log.info("%s: %s", self.sensor.label, error)
                await asyncio.sleep(pause_s)
            else:
                return


def _says_nothing(sensor: str) -> SensorSilentError:
    return SensorSilentError(
        f"{sensor} is connected and sends no data",
        sensor=sensor,
        advice="switch it off and on; charge it if that does not help",
    )


async def _first_of(timeout_s: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, or the time is over."""
    waiters = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiters, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
