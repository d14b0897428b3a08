"""Which bar is which: a sensor shows itself, alone or while it streams; one that cannot says so."""

from __future__ import annotations

import asyncio

import pytest

from firmware_bridge import profile
from firmware_bridge.link import BrokenLinkError, CannotIdentifyError, Link, LinkStatus, find, identify
from firmware_bridge.sensors import PacketKind, StreamSettings, can_identify, drivers
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual.foreign import PolarFirmware, foreign_sensor
from firmware_bridge.virtual.rig import virtual_sensor
from tests.firmware_bridge.bluez_rig import bar_on_bluez, system_bus
from tests.firmware_bridge.virtual_bars import SPEED, assert_exact, data_packets, ramp
from tests.system_parts import needs


def test_a_sensor_shows_itself_and_is_free_again():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            for times in (1, 2):
                await identify(await find(bar.address, backend=bar.backend), backend=bar.backend)
                assert bar.sensor.identified == times
            assert bar.sensor.streams == [], "nothing was started"

    asyncio.run(main())


def test_a_sensor_shows_itself_while_it_streams_and_no_sample_is_lost():
    async def main():
        source = ramp(20)
        async with (
            virtual_sensor(source, speed=SPEED) as bar,
            Link.open(bar.address, until=bar.finished, backend=bar.backend) as link,
        ):
            packets, asked = [], False
            async for packet in link.packets():
                packets.append(packet)
                if not asked and packet.characteristic == profile.DATA_UUID:
                    asked = True
                    await link.identify()
        assert bar.sensor.identified == 1
        (received,) = data_packets(packets)
        (sent,) = bar.sensor.streams
        assert assert_exact(source, sent, received) == len(source)
        return packets

    packets = asyncio.run(main())
    written = [packet.payload[0] for packet in packets if packet.kind is PacketKind.WRITE]
    assert written == [profile.Op.START, profile.Op.IDENTIFY, profile.Op.STOP], "all of it is journalled"
    decoded = SampleStream(drivers()["bip"].session(StreamSettings()))
    assert sum(len(block) for packet in packets for block in decoded.feed(packet)) == 4000
    assert decoded.stats.undecodable == 0


def test_a_sensor_of_another_make_says_that_it_cannot():
    async def main():
        async with foreign_sensor(PolarFirmware(ramp(rate_hz=208)), speed=SPEED) as rig:
            sensor = await find(backend=rig.backend)
            with pytest.raises(CannotIdentifyError, match="cannot be asked to show itself; move it"):
                await identify(sensor, backend=rig.backend)

    asyncio.run(main())


def test_only_the_open_profile_is_known_to_have_a_command_for_it():
    assert [key for key, driver in drivers().items() if can_identify(driver)] == ["bip"]


def test_a_sensor_that_was_lost_is_not_asked():
    async def main():
        async with (
            virtual_sensor(ramp(60), speed=10) as bar,
            Link.open(bar.address, backend=bar.backend) as link,
        ):
            bar.air.drop(30.0, address=bar.address)
            while link.status is LinkStatus.STREAMING:
                await asyncio.sleep(0.01)
            with pytest.raises(BrokenLinkError, match="not connected now"):
                await link.identify()

    asyncio.run(main())


@needs("dbus-daemon")
def test_a_sensor_shows_itself_over_bluez():
    async def main():
        async with bar_on_bluez(ramp(20)) as (bar, _):
            await identify(await find(bar.address))
            async with Link.open(bar.address) as link:
                await link.identify()
            assert bar.sensor.identified == 2

    with system_bus():
        asyncio.run(main())
