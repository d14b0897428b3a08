"""Packets to sample blocks: a driver session and a session clock, the same live and in replay."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from firmware_bridge.clock import Placement, SessionClock
from firmware_bridge.errors import DecodeError
from firmware_bridge.samples import SampleBlock, SensorInfo
from firmware_bridge.sensors.base import Chunk, DriverSession, RawPacket

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StreamStats:
    """What has come and what has not.

    ``received + lost`` is the sensor's own sample count, added up over its streams.

    Attributes
    ----------
    packets
        Packets that gave samples.
    received, lost
        Samples had, and samples missing by the sensor's count.
    missed
        Samples missing by the clock alone: while the link was away, or the sensor slept.
    gaps
        Places where samples are missing.
    streams
        Times that the sensor started its counters.
    stale
        Packets whose samples were had before, or that came too late.
    undecodable
        Packets that the sensor's format does not allow.
    rate_hz
        Samples a second as measured by now: by the sensor's clock or, where it has none, by the host's (the
        nominal rate for the first 12 s). None before the first sample. ``SensorInfo.rate_hz`` is the rate
        that it was set to.
    """

    packets: int = 0
    received: int = 0
    lost: int = 0
    missed: int = 0
    gaps: int = 0
    streams: int = 0
    stale: int = 0
    undecodable: int = 0
    rate_hz: float | None = None


class SampleStream:
    """Turns a session's packets, in the order of the journal, into sample blocks.

    Parameters
    ----------
    session
        A fresh driver session.
    """

    def __init__(self, session: DriverSession) -> None:
        self._session = session
        self._clock = SessionClock()
        self._stream: int | None = None
        self._packets = self._received = self._lost = self._missed = 0
        self._gaps = self._streams = self._stale = self._undecodable = 0

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told of itself so far."""
        return self._session.info

    @property
    def stats(self) -> StreamStats:
        """What has come so far."""
        return StreamStats(
            packets=self._packets,
            received=self._received,
            lost=self._lost,
            missed=self._missed,
            gaps=self._gaps,
            streams=self._streams,
            stale=self._stale,
            undecodable=self._undecodable,
            rate_hz=self._clock.rate_hz,
        )

    def feed(self, packet: RawPacket) -> list[SampleBlock]:
        """Take in one packet of any kind; give the blocks that it completes, most often one or none.

        A packet that does not decode is counted in :attr:`stats`, and told in the log ever more rarely; its
        samples then show up as lost.
        """
        try:
            chunks = self._session.decode(packet)
        except DecodeError as error:
            self._undecodable += 1
            if self._undecodable.bit_count() == 1:  # 1, 2, 4, 8 ...: no log is filled
                _log.warning(
                    "packet on %s left out: %s (byte %d); %d by now",
                    packet.characteristic,
                    error,
                    error.offset,
                    self._undecodable,
                )
            return []
        return [block for chunk in chunks if (block := self._block(chunk)) is not None]

    def feed_all(self, packets: Iterable[RawPacket]) -> Iterator[SampleBlock]:
        """Feed packets one by one, and yield their blocks."""
        for packet in packets:
            yield from self.feed(packet)

    def _block(self, chunk: Chunk) -> SampleBlock | None:
        placement = self._clock.place(
            len(chunk),
            stream=chunk.stream,
            index=chunk.index,
            device_us=chunk.device_us,
            host_ns=chunk.host_ns,
            period_s=chunk.period_s,
        )
        if placement is None:
            self._stale += 1
            return None
        self._count(chunk, placement)
        return SampleBlock(
            t_s=placement.start_s + np.arange(len(chunk), dtype=np.float64) * placement.period_s,
            acc_mps2=chunk.acc_mps2,
            gyr_radps=chunk.gyr_radps,
            lost_before=placement.lost + placement.missed,
        )

    def _count(self, chunk: Chunk, placement: Placement) -> None:
        self._packets += 1
        self._received += len(chunk)
        self._lost += placement.lost
        self._missed += placement.missed
        self._gaps += placement.lost + placement.missed > 0
        self._streams += chunk.stream != self._stream
        self._stream = chunk.stream
