"""A session over the virtual radio, recorded: the replay must give the very floats that the live run gave."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from functools import partial
from pathlib import Path

import pytest

from firmware_bridge.link import Link
from firmware_bridge.link.radio import THIS_COMPUTER
from firmware_bridge.recording import DiskFullError, Manifest, Recording, RecordingWriter, lines, reserve
from firmware_bridge.samples import SampleBlock, SensorInfo
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual.rig import virtual_sensor
from tests.firmware_bridge.virtual_bars import SPEED, ramp


def as_bytes(block: SampleBlock) -> tuple[bytes, bytes, bytes | None, int]:
    gyr = None if block.gyr_radps is None else block.gyr_radps.tobytes()
    return block.t_s.tobytes(), block.acc_mps2.tobytes(), gyr, block.lost_before


async def live_blocks(writer: RecordingWriter) -> list[SampleBlock]:
    """Record a hundred packets with a stall that loses samples and a lost link; return what came out live."""
    blocks: list[SampleBlock] = []
    async with (
        virtual_sensor(ramp(600), speed=SPEED) as bar,
        Link.open(bar.address, on_packet=writer.append, backend=bar.backend) as link,
    ):
        stream = SampleStream(link.session)
        troubles = {20: partial(bar.air.stall, 2.5), 60: partial(bar.air.drop, absent_s=2)}
        async for packet in link.packets():
            blocks += stream.feed(packet)
            troubles.pop(len(blocks), lambda: None)()
            if stream.stats.streams == 2 and len(blocks) >= 100:
                link.stop()
    assert stream.stats.lost > 0
    return blocks


def test_a_replay_gives_the_very_floats_of_the_live_run(tmp_path: Path):
    with RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip"))) as writer:
        live = asyncio.run(live_blocks(writer))
    replayed = Recording.open(writer.path).blocks()
    assert [as_bytes(block) for block in replayed] == [as_bytes(block) for block in live]


async def record_until_the_disk_is_full(writer: RecordingWriter) -> int:
    """Stream on, whatever the disk says; return how many samples came."""
    async with (
        virtual_sensor(ramp(2000), speed=SPEED) as bar,
        Link.open(bar.address, on_packet=writer.append, backend=bar.backend) as link,
    ):
        stream = SampleStream(link.session)

        async def decode_all() -> None:
            async for packet in link.packets():
                stream.feed(packet)

        with pytest.raises(DiskFullError, match="the disk is full; free some space"):
            await decode_all()
    return stream.stats.received


def test_a_full_disk_ends_the_session_and_all_that_came_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lines, "PATIENCE_S", 10.0)
    writer = RecordingWriter.create(tmp_path, Manifest(sensor=SensorInfo("bip")))
    write, journal = os.write, writer.path / "packets.jsonl"

    def write_until_full(descriptor: int, data: bytes) -> int:
        if journal.stat().st_size > 10_000 and (writer.path / reserve.RESERVE_NAME).exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", write_until_full)
    received = asyncio.run(record_until_the_disk_is_full(writer))
    recording = writer.seal()
    assert recording.sealed
    assert 100 < len(recording.arrays()) == received


def test_arrivals_are_stamped_by_a_clock_that_nobody_can_set():
    assert THIS_COMPUTER.clock_ns is time.monotonic_ns
