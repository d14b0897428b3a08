"""The process that is killed: it records or repairs, and tells over a pipe what it has done."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np

from firmware_bridge.link import Link
from firmware_bridge.recording import Manifest, RecordingWriter, repair, writer
from firmware_bridge.recording.journal import OPEN_NAME, encode_line
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import RawPacket, StreamSettings
from firmware_bridge.virtual.rig import virtual_sensor
from firmware_bridge.virtual.source import SampleSource

RATE_HZ = 400.0
SPEED = 20.0
LONGEST_S = 600.0
RANGE_G = 16
COUNT_TO = 30_000
"""The sensor measures its own sample number: the low part on one axis, the high part on the next."""

BEFORE_SEAL_S = 0.25
STARTED, APPENDED, WAITING, SYNCED, SEALING, DONE = b"TAWSED"
_HEAD = struct.Struct("<BI")


@dataclass
class Said:
    """What a recorder told before it was killed.

    Attributes
    ----------
    lines
        Lines of the packets appended, in order.
    promised
        So many of them had reached the system.
    synced
        Size of the journal that was on the disk.
    """

    lines: list[bytes] = field(default_factory=list)
    promised: int = 0
    synced: int = 0
    seen: set[int] = field(default_factory=set)

    def hear(self, kind: int, body: bytes) -> None:
        """Take in a word of the recorder."""
        self.seen.add(kind)
        if kind in (APPENDED, WAITING):
            self.lines.append(body)
        if kind == APPENDED:
            self.promised = len(self.lines)
        if kind == SYNCED:
            self.synced = struct.unpack("<Q", body)[0]


def killed(work: Callable[[int], None], *, after: int | None, wait_s: float | None) -> Said:
    """Fork a process that works; kill it so long after its word (None lets it end itself)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            work(writing)
        finally:
            os._exit(1)
    os.close(writing)
    said, text = Said(), bytearray()
    kill_at_s: float | None = None
    try:
        while True:
            left_s = None if kill_at_s is None else max(0.0, kill_at_s - time.monotonic())
            if select.select([reading], [], [], left_s)[0]:
                data = os.read(reading, 2**16)
                if not data:
                    break
                text += data
                _hear(text, said)
                if wait_s is not None and kill_at_s is None and after in said.seen:
                    kill_at_s = time.monotonic() + wait_s
            elif left_s == 0.0:
                os.kill(child, signal.SIGKILL)
                kill_at_s = None
                wait_s = None
    finally:
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return said


def _hear(text: bytearray, said: Said) -> None:
    while len(text) >= _HEAD.size:
        kind, length = _HEAD.unpack_from(text)
        if len(text) < _HEAD.size + length:
            return
        said.hear(kind, bytes(text[_HEAD.size : _HEAD.size + length]))
        del text[: _HEAD.size + length]


def _say(pipe: int, kind: int, body: bytes = b"") -> None:
    os.write(pipe, _HEAD.pack(kind, len(body)) + body)


def record_until_killed(path: Path, pipe: int, *, seals: bool, step: int | None) -> NoReturn:
    """Record until killed, or for a moment, and seal."""
    writer.SYNC_S /= SPEED
    recorder = RecordingWriter.create(path, Manifest(sensor=SensorInfo("bip"), simulated=True))
    _tell_of_syncs(path / OPEN_NAME, pipe)

    def append(packet: RawPacket) -> None:
        recorder.append(packet)
        _say(pipe, WAITING if recorder.waiting else APPENDED, encode_line(packet))

    asyncio.run(_stream(append, BEFORE_SEAL_S if seals else LONGEST_S / SPEED, lambda: _say(pipe, STARTED)))
    if step is not None:
        _die_at(step)
    _say(pipe, SEALING)
    recorder.seal()
    _say(pipe, DONE)
    os._exit(0)


async def _stream(append: Callable[[RawPacket], None], wall_s: float, begun: Callable[[], None]) -> None:
    async with (
        virtual_sensor(_source(), speed=SPEED) as bar,
        Link.open(
            bar.address, settings=StreamSettings(rate_hz=RATE_HZ), on_packet=append, backend=bar.backend
        ) as link,
    ):
        asyncio.get_running_loop().call_later(wall_s, link.stop)
        begun()
        async for _ in link.packets():
            pass


def repair_until_killed(path: Path, pipe: int, *, step: int) -> NoReturn:
    """Repair, and be killed before some step of it."""
    _die_at(step)
    repair(path)
    _say(pipe, DONE)
    os._exit(0)


def _tell_of_syncs(journal: Path, pipe: int) -> None:
    """Tell, each time that the journal was brought to the disk, how much of it that was."""
    sync, inode = os.fsync, journal.stat().st_ino

    def sync_and_tell(descriptor: int) -> None:
        known = os.fstat(descriptor)
        sync(descriptor)
        if known.st_ino == inode:
            _say(pipe, SYNCED, struct.pack("<Q", known.st_size))

    os.fsync = sync_and_tell  # type: ignore[assignment]


def _die_at(step: int) -> None:
    """Kill this process before the file step of a number."""
    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, _: object) -> None:
        if event in ("open", "os.rename", "os.remove", "os.truncate"):
            count()

    sync = os.fsync

    def sync_or_die(descriptor: int) -> None:
        count()
        sync(descriptor)

    os.fsync = sync_or_die  # type: ignore[assignment]
    sys.addaudithook(hook)


def _source() -> SampleSource:
    """Make a sensor that measures its own sample number."""
    number = np.arange(round(LONGEST_S * RATE_HZ))
    acc = np.stack([number % COUNT_TO, number // COUNT_TO, np.full_like(number, 2048)], axis=1)
    return SampleSource(
        rate_hz=RATE_HZ,
        acc_range_g=RANGE_G,
        gyr_range_dps=2000,
        acc_raw=acc.astype(np.int16),
        gyr_raw=np.zeros_like(acc, dtype=np.int16),
    )
