"""Soak the bridge: ``python -m benchmarks.soak [--hours 2] [--seed 0] [--folder DIR]``.

A sensor streams six axes at 400 Hz for hours, on virtual time, through the virtual radio, the real link and
driver, into a real recording on a slow disk. Meanwhile the radio stalls (short enough to catch up, or so long
that the sensor drops samples), the link dies and comes back, and the disk does not answer for up to a second
of wall time, which is half a minute or more of the session's. After every packet

    samples received + samples lost = the sensor's own count

as read from the bytes of its packets; at the end the recording is sealed, and must hold the same. Memory and
open files are watched, and so is the longest time that the event loop waited for the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.tables import text_table
from benchmarks.virtual_time import run_virtual
from firmware_bridge import profile
from firmware_bridge.errors import BridgeError
from firmware_bridge.link import Link
from firmware_bridge.recording import Manifest, Recording, RecordingWriter
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import LinkState, PacketKind, RawPacket, StreamSettings
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.rig import VirtualRig, virtual_sensor
from firmware_bridge.virtual.source import SampleSource

RATE_HZ = 400.0
S_PER_HOUR = 3600.0
ERROR_RATIO = 0.02
CALM_S = (5.0, 30.0)
STALL_S = (0.2, 1.4)
"""A sensor's queue holds 0.64 s, the watchdog waits for 1 s: some stalls cost nothing, some samples, some
the link."""
ABSENT_S = (0.0, 10.0)
DROP_RATIO = 0.15
"""Of the troubles, so many are lost links; the others are stalls."""

SLOW_SYNC_S = (0.0, 1.0)
SLOW_WRITE_S = 0.2
SLOW_WRITE_RATIO = 0.002
WATCH_S = 60.0
SETTLED_RATIO = 0.2
"""Memory is compared with what it was after a fifth of the session: until then buffers and caches fill."""

PAGE_BYTES = 4096
MB = 1e6
MAX_GROWTH_MB = 16.0
HELD_UP_S = 0.1
HELD_UP_RATIO = 0.1
"""The recorder's own patience is 20 ms. A busy computer may hold up a packet for longer now and then; a
recorder that waited for the disk would do so as often as that does not answer."""


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
class Soak:
    """What was seen.

    Attributes
    ----------
    received, lost, missed, packets, reconnects, stalls
        Of the session.
    sensor_last
        What the sensor itself counted in its last stream, which ended in peace.
    counted
        The sensor's count, as its packets tell.
    counted_last
        Of its last stream.
    wall_s, longest_wait_s, held_up, disk_stalls, most_waiting
        Wall time of the session; the longest append, and how many took long; how often the disk did; most
        packets that waited for it.
    memory_mb, files
        As watched, once a minute of the session.
    sealed_samples, sealed_lost, sealed_packets, seal_s
        What the recording holds, and how long sealing took.
    journalled
        Packets that were appended.
    """

    received: int = 0
    lost: int = 0
    missed: int = 0
    packets: int = 0
    reconnects: int = 0
    stalls: int = 0
    sensor_last: int = 0
    counted: int = 0
    counted_last: int = 0
    wall_s: float = 0.0
    longest_wait_s: float = 0.0
    held_up: int = 0
    disk_stalls: int = 0
    most_waiting: int = 0
    journalled: int = 0
    sealed_samples: int = 0
    sealed_lost: int = 0
    sealed_packets: int = 0
    seal_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    @property
    def growth_mb(self) -> float:
        """Memory at the end, over what it was when it had settled."""
        if not self.memory_mb:
            return 0.0
        return self.memory_mb[-1] - self.memory_mb[int(SETTLED_RATIO * len(self.memory_mb))]

    def check(self) -> None:
        """Raise where anything was lost, or grew.

        Raises
        ------
        SoakError
            What, and by how much.
        """
        equal = [
            ("received + lost, and the sensor's count", self.received + self.lost, self.counted),
            ("the last stream, and what its sensor says", self.counted_last, self.sensor_last),
            ("samples sealed and received", self.sealed_samples, self.received),
            ("losses sealed and seen", self.sealed_lost, self.lost + self.missed),
            ("packets sealed and appended", self.sealed_packets, self.journalled),
        ]
        wrong = [f"{what}: {one} and {other}" for what, one, other in equal if one != other]
        if self.growth_mb > MAX_GROWTH_MB:
            wrong.append(f"memory grew by {self.growth_mb:.1f} MB")
        if self.files and max(self.files) > self.files[0] + 4:
            wrong.append(f"open files went from {self.files[0]} to {max(self.files)}")
        if self.held_up > 1 + HELD_UP_RATIO * self.disk_stalls:
            wrong.append(f"the disk held up {self.held_up} packets")
        if wrong:
            raise SoakError("; ".join(wrong))


def soak(
    hours: float, folder: Path, *, seed: int = 0, progress: Callable[[float], None] | None = None
) -> Soak:
    """Record a session, seal it, and tell what was seen.

    Raises
    ------
    SoakError
        Received and lost do not add up, right after the packet with which they stopped to.
    """
    seen, chance = Soak(), random.Random(seed)
    writer = RecordingWriter.create(folder, Manifest(sensor=SensorInfo("bip"), simulated=True))
    begun_s = time.perf_counter()
    with _slow_disk(random.Random(seed + 1), seen):
        run_virtual(_record(hours * S_PER_HOUR, writer, chance, seen, progress or (lambda share: None)))
    seen.wall_s = time.perf_counter() - begun_s
    begun_s = time.perf_counter()
    recording = writer.seal()
    seen.seal_s = time.perf_counter() - begun_s
    _read_back(recording, seen)
    return seen


async def _record(
    seconds: float,
    writer: RecordingWriter,
    chance: random.Random,
    seen: Soak,
    progress: Callable[[float], None],
) -> None:
    count, air = Count(), VirtualAir(error_ratio=ERROR_RATIO)

    def append(packet: RawPacket) -> None:
        begun_s = time.perf_counter()
        writer.append(packet)
        took_s = time.perf_counter() - begun_s
        seen.longest_wait_s = max(seen.longest_wait_s, took_s)
        seen.held_up += took_s > HELD_UP_S
        seen.most_waiting = max(seen.most_waiting, writer.waiting)
        seen.journalled += 1

    settings = StreamSettings(rate_hz=RATE_HZ)
    async with (
        virtual_sensor(_source(seconds), air=air) as bar,
        Link.open(
            bar.address, settings=settings, on_packet=append, until=bar.finished, backend=bar.backend
        ) as link,
    ):
        helpers = [
            asyncio.create_task(_trouble(bar, chance, seen)),
            asyncio.create_task(_watch(seconds, seen, progress)),
        ]
        stream = SampleStream(link.session)
        async for packet in link.packets():
            count.see(packet)
            if stream.feed(packet):
                _compare(stream, count)
        for helper in helpers:
            helper.cancel()
    air.close()
    stats, (*_, last) = stream.stats, bar.sensor.streams
    seen.received, seen.lost, seen.missed, seen.packets = (
        stats.received,
        stats.lost,
        stats.missed,
        stats.packets,
    )
    seen.counted, seen.counted_last, seen.sensor_last = count.total, count.now, last.made
    seen.reconnects = link.reconnects


def _compare(stream: SampleStream, count: Count) -> None:
    stats = stream.stats
    if stats.received + stats.lost != count.total:
        raise SoakError(
            f"after packet {stats.packets}: {stats.received} received + {stats.lost} lost, "
            f"but the sensor has counted {count.total}"
        )


def _source(seconds: float) -> SampleSource:
    """Make a bar at rest, of any length, that takes no memory."""
    count = round(seconds * RATE_HZ)
    return SampleSource(
        rate_hz=RATE_HZ,
        acc_range_g=16,
        gyr_range_dps=2000,
        acc_raw=np.broadcast_to(np.array([0, 0, 2048], np.int16), (count, 3)),
        gyr_raw=np.broadcast_to(np.zeros(3, np.int16), (count, 3)),
    )


async def _trouble(bar: VirtualRig, chance: random.Random, seen: Soak) -> None:
    while True:
        await asyncio.sleep(chance.uniform(*CALM_S))
        if chance.random() < DROP_RATIO:
            bar.air.drop(absent_s=chance.uniform(*ABSENT_S))
        else:
            bar.air.stall(chance.uniform(*STALL_S))
            seen.stalls += 1


async def _watch(seconds: float, seen: Soak, progress: Callable[[float], None]) -> None:
    begun_s = asyncio.get_running_loop().time()
    while True:
        await asyncio.sleep(WATCH_S)
        if Path("/proc/self/statm").exists():
            seen.memory_mb.append(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / MB)
            seen.files.append(len(list(Path("/proc/self/fd").iterdir())))
        progress((asyncio.get_running_loop().time() - begun_s) / seconds)


@contextmanager
def _slow_disk(chance: random.Random, seen: Soak) -> Iterator[None]:
    """Make the disk slow for threads; nothing but a thread may wait for it."""
    stopped, loop_thread = threading.Event(), threading.get_ident()

    def slow(work: Callable[..., Any], how_long_s: Callable[[], float]) -> Callable[..., Any]:
        def work_slowly(*args: Any) -> Any:
            if threading.get_ident() != loop_thread and (seconds := how_long_s()):
                seen.disk_stalls += seconds > HELD_UP_S
                stopped.wait(seconds)
            return work(*args)

        return work_slowly

    def hiccup_s() -> float:
        return SLOW_WRITE_S if chance.random() < SLOW_WRITE_RATIO else 0.0

    with (
        mock.patch("os.fsync", slow(os.fsync, lambda: chance.uniform(*SLOW_SYNC_S))),
        mock.patch("os.write", slow(os.write, hiccup_s)),
    ):
        try:
            yield
        finally:
            stopped.set()


def _read_back(recording: Recording, seen: Soak) -> None:
    contents = Recording.open(recording.path).manifest.contents
    assert contents is not None
    seen.sealed_samples, seen.sealed_packets = contents.samples, contents.packets
    seen.sealed_lost = contents.lost + contents.missed


def rows(hours: float, seen: Soak) -> list[list[str]]:
    """Write down what was seen."""
    grown = f"{seen.growth_mb:+.1f} MB" if seen.memory_mb else "not measured on this system"
    files = f"{min(seen.files)} to {max(seen.files)}" if seen.files else "not measured on this system"
    return [
        ["session", f"{hours:g} h at {RATE_HZ:g} Hz, in {seen.wall_s:.0f} s"],
        ["stalls, lost links", f"{seen.stalls}, {seen.reconnects}"],
        ["samples received", f"{seen.received:,}"],
        ["samples lost, by the sensor's count", f"{seen.lost:,}"],
        ["samples missed while the link was away", f"{seen.missed:,}"],
        ["received + lost - the sensor's count", f"{seen.received + seen.lost - seen.counted}"],
        ["samples sealed - received", f"{seen.sealed_samples - seen.received}"],
        ["packets sealed - appended", f"{seen.sealed_packets - seen.journalled}"],
        ["most packets that waited for the disk", f"{seen.most_waiting}"],
        ["times that it did not answer for 0.1 s", f"{seen.disk_stalls}"],
        ["packets that the loop was held up for 0.1 s by", f"{seen.held_up}"],
        ["longest append", f"{seen.longest_wait_s * 1e3:.1f} ms"],
        ["memory, from a fifth of the session to its end", grown],
        ["open files", files],
        ["sealing", f"{seen.seal_s:.1f} s"],
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Soak, print, and end with an error where something was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=2.0, help="length of the session (2)")
    parser.add_argument("--seed", type=int, default=0, help="of the troubles (0)")
    parser.add_argument("--folder", help="where to record; a temporary folder where not given")
    options = parser.parse_args(argv)
    told = sys.stderr.isatty()

    def progress(share: float) -> None:
        if told:
            print(f"\r{share:4.0%}", end="", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        seen = soak(options.hours, Path(folder), seed=options.seed, progress=progress)
    print(text_table(["soak", ""], rows(options.hours, seen)))
    try:
        seen.check()
    except SoakError as error:
        sys.exit(f"FAILED: {error}")


if __name__ == "__main__":
    main()
