"""What a sensor's firmware does between IMU and radio: sample, pack, queue, drop what does not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge import profile
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.source import SampleSource
from firmware_bridge.virtual.transmit import TransmitQueue

MIN_ROUND_WALL_S = 0.002
"""The firmware loop's shortest pause on the wall clock; several packets a round at high speed."""

BOOT_US = 90_000_000
"""What the sensor's clock shows at first: to a client no clock starts at 0."""

US_PER_S = 1e6
NS_PER_US = 1e3

Notify = Callable[[bytes], Awaitable[None]]


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


class Streamer:
    """Samples a source on the sensor's clock, and sends what is due while a stream runs.

    Attributes
    ----------
    finished
        Set at the end of the source, when its last sample has been queued or nobody wants it.
    streams
        One entry a START.
    current
        The stream that runs.
    """

    def __init__(self, source: SampleSource, air: VirtualAir) -> None:
        self.source = source
        self.finished = asyncio.Event()
        self.streams: list[Stream] = []
        self.current: Stream | None = None
        self._air = air
        self._queue: TransmitQueue | None = None
        self._notify: Notify | None = None
        self._powered_ns = air.clock_ns()
        self._lift_start_us: int | None = None

    @property
    def lifting(self) -> bool:
        """Whether the source has begun; it begins with the first START and then goes on."""
        return self._lift_start_us is not None

    @property
    def lifted_s(self) -> float:
        """How far into the source the lifter is, in seconds of its clock; 0 before it begins."""
        return 0.0 if self._lift_start_us is None else (self.clock_us() - self._lift_start_us) / US_PER_S

    def clock_us(self) -> int:
        """Read the sensor's microsecond clock."""
        on_air_us = (self._air.clock_ns() - self._powered_ns) / NS_PER_US
        return BOOT_US + round(on_air_us * self.source.clock_ratio)

    def restart_clock(self) -> None:
        """Begin the sensor's clock anew, as after a loose battery; what is lifted goes on."""
        before_us = self.clock_us()
        self._powered_ns = self._air.clock_ns()
        if self._lift_start_us is not None:
            self._lift_start_us -= before_us - self.clock_us()

    def attach(self, queue: TransmitQueue, notify: Notify) -> None:
        """Send over a connection from now on."""
        self._queue, self._notify = queue, notify

    def detach(self) -> None:
        """Stop: the connection is gone."""
        self._queue = self._notify = self.current = None

    def begin(self, config: profile.Config) -> None:
        """Begin a stream with the sample that is due next."""
        if self._lift_start_us is None:
            self._lift_start_us = self.clock_us()
            first = 0
        else:
            first = self._due()
        self.current = Stream(config, first)
        self.streams.append(self.current)

    async def end(self) -> None:
        """End the stream, with what is in the packet being filled."""
        if self.current is not None:
            await self._send_due(self.current, self._due(), flush=True)
        self.current = None

    async def lift(self) -> None:
        """Go through the source at its own rate, sending what has become due."""
        while True:
            due = self._due()
            behind = self.current is not None and await self._send_due(self.current, due)
            if due == len(self.source) and not behind:
                break
            per_packet = self.current.config.samples_per_packet if self.current else 1
            await asyncio.sleep(max(per_packet / self.source.rate_hz / self._air.speed, MIN_ROUND_WALL_S))
        self.finished.set()

    def _due(self) -> int:
        """Position in the source of the first sample that is not measured yet."""
        since_us = self.clock_us() - (self._lift_start_us or 0)
        return min(len(self.source), int(since_us * self.source.rate_hz / US_PER_S))

    async def _send_due(self, stream: Stream, due: int, *, flush: bool = False) -> bool:
        """Send the full packets that are due, at the end (of the source or with `flush`) also a short one.

        Returns True if there are more.
        """
        flush |= due == len(self.source)
        full = stream.config.samples_per_packet
        blocked = self._queue is not None and self._queue.full() and self._queue.blocked()
        while self.current is stream and self._queue is not None:
            stream.skip_lost(self.source.lost, due)
            count = self._in_a_row(stream.position, min(stream.position + full, due))
            filling = count < full and stream.position + count == due
            if not count or (filling and not flush):
                return False
            if not self._queue.full():
                await self._send(stream, count)
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

    async def _send(self, stream: Stream, count: int) -> None:
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
        if self._notify is not None:
            await self._notify(payload)


def _leading(flags: NDArray[np.bool_]) -> int:
    """How many values are True before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))
