"""A session over the virtual radio, recorded: the replay must give the very floats that the live run gave."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from firmware_bridge.link import Link
from firmware_bridge.recording import Manifest, Recording, RecordingWriter
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
