"""The app's own recordings in the making, with an account kept beside them that shares no code."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge import profile
from firmware_bridge.errors import BridgeError
from firmware_bridge.link import FoundSensor
from firmware_bridge.recording.writer import OnTrouble
from firmware_bridge.sensors import LinkState, PacketKind, RawPacket, StreamSettings
from firmware_bridge.virtual.rig import VirtualRig
from imu_tempo.events import Event
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.web.take import Take

HELD_UP_S = 0.1


class SoakError(BridgeError):
    """Something was lost, or grew."""


@dataclass
class Count:
    """The sensor's own count, from the bytes of its packets: the check that shares no code."""

    before: int = 0
    now: int = 0

    def see(self, packet: RawPacket) -> None:
        """Follow the sample index: u32 at byte 4 of a packet with a header of 12 and 12 bytes a sample."""
        if packet.kind is PacketKind.LINK and packet.payload == LinkState.CONNECTED.value.encode():
            self.before, self.now = self.before + self.now, 0
        elif packet.characteristic == profile.DATA_UUID:
            (index,) = struct.unpack_from("<I", packet.payload, 4)
            self.now = index + (len(packet.payload) - 12) // 12

    @property
    def total(self) -> int:
        """Samples that the sensor has counted, over all its streams."""
        return self.before + self.now


@dataclass
class TakeSeen:
    """What one recording should hold.

    Attributes
    ----------
    folder, address, lifting
        Where it is, whose sensor it is of, what was lifted.
    first
        Position in the lifter's source of its first sample.
    received, lost, missed
        Samples, as told at its end.
    journalled, events
        Packets that were appended, and events that were told.
    count
        The sensor's own count.
    sealed
        It was sealed without an error.
    """

    folder: Path
    address: str
    lifting: Lifting
    first: int | None = None
    received: int = 0
    lost: int = 0
    missed: int = 0
    journalled: int = 0
    events: int = 0
    count: Count = field(default_factory=Count)
    sealed: bool = False


@dataclass
class Ledger:
    """Everything that was seen of recordings while they were made.

    Attributes
    ----------
    rigs
        The sensors by address.
    takes
        The recordings.
    longest_append_s, held_up, most_waiting
        The longest append; how many took longer than ``HELD_UP_S``; most packets that waited for the disk.
    """

    rigs: dict[str, VirtualRig] = field(default_factory=dict)
    takes: list[TakeSeen] = field(default_factory=list)
    longest_append_s: float = 0.0
    held_up: int = 0
    most_waiting: int = 0


class WatchedTake(Take):
    """A recording in the making, held against the sensor's own count after every packet."""

    def __init__(
        self,
        ledger: Ledger,
        parent: Path,
        sensor: FoundSensor,
        settings: StreamSettings,
        lifting: Lifting,
        *,
        simulated: bool,
        on_trouble: OnTrouble,
    ) -> None:
        super().__init__(parent, sensor, settings, lifting, simulated=simulated, on_trouble=on_trouble)
        self._ledger = ledger
        self._seen = TakeSeen(self.folder, sensor.address, lifting)
        ledger.takes.append(self._seen)

    def append(self, packet: RawPacket) -> None:
        """Journal a packet, and note how long that took."""
        begun_s = time.perf_counter()
        super().append(packet)
        took_s = time.perf_counter() - begun_s
        ledger = self._ledger
        ledger.longest_append_s = max(ledger.longest_append_s, took_s)
        ledger.held_up += took_s > HELD_UP_S
        ledger.most_waiting = max(ledger.most_waiting, self._writer.waiting)
        self._seen.journalled += 1

    def feed(self, packet: RawPacket) -> tuple[bool, list[Event]]:
        """Decode a packet, and compare.

        Raises
        ------
        SoakError
            Received and lost do not add up any more.
        """
        had_samples, events = super().feed(packet)
        seen, stats = self._seen, self.stats
        seen.events += len(events)
        seen.count.see(packet)
        if had_samples:
            seen.received, seen.lost, seen.missed = stats.received, stats.lost, stats.missed
            if seen.first is None:
                seen.first = self._ledger.rigs[seen.address].sensor.streams[-1].first + stats.lost
            if stats.received + stats.lost != seen.count.total:
                raise SoakError(
                    f"{seen.folder.name}, after packet {stats.packets}: {stats.received} received + "
                    f"{stats.lost} lost, but the sensor has counted {seen.count.total}"
                )
        return had_samples, events

    def finish(self) -> list[Event]:
        """End the stream."""
        events = super().finish()
        self._seen.events += len(events)
        return events

    def seal(self) -> None:
        """Seal it."""
        super().seal()
        self._seen.sealed = True
