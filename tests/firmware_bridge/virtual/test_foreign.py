"""Drivers of other makes over the whole path: virtual sensor, virtual radio, the shipped link, its driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from firmware_bridge.link import Link, scan
from firmware_bridge.samples import SampleBlock
from firmware_bridge.sensors import StreamSettings, UnknownVersionError
from firmware_bridge.stream import SampleStream, StreamStats
from firmware_bridge.virtual.foreign import (
    Firmware,
    ForeignRig,
    MovesenseFirmware,
    PolarFirmware,
    WitMotionFirmware,
    foreign_sensor,
)
from firmware_bridge.virtual.foreign.firmware import Message
from firmware_bridge.virtual.source import SampleSource
from tests.firmware_bridge.virtual_bars import ramp

SPEED = 20.0
G = 9.80665

makes = pytest.mark.parametrize(
    ("make", "key", "rate_hz"),
    [
        (MovesenseFirmware, "movesense", 208.0),
        (WitMotionFirmware, "witmotion", 200.0),
        (PolarFirmware, "polar", 208.0),
    ],
)


@dataclass(frozen=True)
class Streamed:
    blocks: list[SampleBlock]
    stats: StreamStats
    link: Link
    rig: ForeignRig


async def streamed(
    firmware: Firmware, trouble: Callable[[ForeignRig], None] = lambda rig: None, *, speed: float = SPEED
) -> Streamed:
    """Stream a source to its end, with trouble after the thirtieth block."""
    blocks: list[SampleBlock] = []
    settings = StreamSettings(rate_hz=firmware.source.rate_hz)
    async with (
        foreign_sensor(firmware, speed=speed) as rig,
        Link.open(rig.sensor.address, backend=rig.backend, settings=settings, until=rig.finished) as link,
    ):
        stream = SampleStream(link.session)
        pending = [trouble]
        async for packet in link.packets():
            blocks += stream.feed(packet)
            if pending and len(blocks) >= 30:
                pending.pop()(rig)
    return Streamed(blocks, stream.stats, link, rig)


@makes
def test_every_sample_comes_through_the_link_as_it_was_measured(
    make: type[Firmware], key: str, rate_hz: float
):
    source = ramp(6.0, rate_hz=rate_hz)
    got = asyncio.run(streamed(make(source)))
    blocks, stats, link = got.blocks, got.stats, got.link
    assert link.sensor.driver.key == key
    assert link.info.rate_hz == rate_hz
    acc_mps2 = np.concatenate([block.acc_mps2 for block in blocks])
    assert stats.received == len(source)
    assert stats.lost == stats.missed == stats.undecodable == 0
    assert acc_mps2 == pytest.approx(source.acc_raw * (16 * G / 32768), abs=1e-4)
    gyr_radps = np.concatenate([block.gyr_radps for block in blocks if block.gyr_radps is not None])
    assert gyr_radps == pytest.approx(np.deg2rad(source.gyr_raw * (2000 / 32768)), abs=1e-5)
    t_s = np.concatenate([block.t_s for block in blocks])
    assert t_s == pytest.approx(np.arange(len(source)) / rate_hz, abs=2e-3)


@pytest.mark.parametrize("make", [MovesenseFirmware, WitMotionFirmware])
def test_a_lost_link_is_made_again_and_the_gap_marked(make: type[Firmware]):
    rate_hz = 208.0 if make is MovesenseFirmware else 200.0
    got = asyncio.run(streamed(make(ramp(20.0, rate_hz=rate_hz)), lambda rig: rig.air.drop(absent_s=2.0)))
    blocks, stats = got.blocks, got.stats
    assert got.link.reconnects == 1
    assert stats.streams == 2
    assert stats.gaps == 1
    t_s = np.concatenate([block.t_s for block in blocks])
    assert (np.diff(t_s) > 0).all()
    assert stats.received + stats.missed + stats.lost == pytest.approx(20.0 * rate_hz, rel=0.1)


@pytest.mark.parametrize(
    ("make", "rate_hz", "tolerance"), [(MovesenseFirmware, 208.0, 0.0), (WitMotionFirmware, 200.0, 0.15)]
)
def test_what_a_blocked_radio_costs_is_counted(make: type[Firmware], rate_hz: float, tolerance: float):
    source = ramp(12.0, rate_hz=rate_hz)
    got = asyncio.run(streamed(make(source), lambda rig: rig.air.stall(2.5), speed=8.0))
    lost = got.rig.sensor.lost
    assert lost > 200
    assert got.stats.received == len(source) - lost
    assert got.stats.lost == pytest.approx(lost, rel=tolerance)
    assert got.stats.streams == 1


class DeafFirmware(MovesenseFirmware):
    """Old firmware: it has the characteristics and answers nothing."""

    def command(self, uuid: str, data: bytes) -> list[Message]:
        return []


def test_a_sensor_that_answers_nothing_is_told_in_plain_words_before_long():
    async def started() -> None:
        async with (
            foreign_sensor(DeafFirmware(ramp())) as rig,
            asyncio.timeout(5),
            Link.open(rig.sensor.address, backend=rig.backend),
        ):
            pass

    with pytest.raises(UnknownVersionError, match="update its firmware"):
        asyncio.run(started())


def test_they_are_found_by_scanning_with_their_driver():
    async def found(source: SampleSource) -> list[str]:
        async with foreign_sensor(WitMotionFirmware(source)) as rig:
            return [hit.driver.key for hit in await scan(0.5, backend=rig.backend)]

    assert asyncio.run(found(ramp())) == ["witmotion"]
