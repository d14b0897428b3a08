"""A link and its streams, over the virtual air and over radios that fail in every way that real ones do."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from bleak.exc import (
    BleakDBusError,
    BleakDeviceNotFoundError,
)

from firmware_bridge import profile
from firmware_bridge.errors import LinkError, RecordingError
from firmware_bridge.link import (
    Link,
    LinkLostError,
    LinkStatus,
    SensorRefusedError,
    SensorSilentError,
    UnsupportedFirmwareError,
    find,
    stream,
)
from firmware_bridge.sensors import (
    LinkState,
    PacketKind,
    RawPacket,
    Request,
    StreamSettings,
    Subscribe,
    Write,
)
from firmware_bridge.sensors.bip import BipDriver, BipSession
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual import simple_set
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.rig import VirtualRig, virtual_sensor
from tests.firmware_bridge.virtual_bars import SPEED, assert_exact, data_packets, ramp

OTHER_ADDRESS = "F0:0D:BA:2B:E1:02"


# Streaming


def test_stream_is_the_source_sample_for_sample():
    async def main():
        source = ramp(10)
        async with virtual_sensor(source, speed=SPEED) as bar, _open(bar, until=bar.finished) as link:
            assert link.status is LinkStatus.STREAMING
            packets = [packet async for packet in link.packets()]
        (received,) = data_packets(packets)
        (sent,) = bar.sensor.streams
        assert assert_exact(source, sent, received) == len(source)
        assert link.status is LinkStatus.CLOSED
        assert link.reconnects == 0
        assert [packet async for packet in link.packets()] == []
        return packets, link

    packets, link = asyncio.run(main())
    stamps = [packet.host_ns for packet in packets]
    assert stamps == sorted(stamps)
    assert [packet.kind for packet in packets[:2]] == [PacketKind.LINK, PacketKind.READ]
    assert not any(packet.payload == b"lost" for packet in packets)
    assert (link.info.name, link.info.address) == ("Bar A12", "F0:0D:BA:2B:E1:01")


def test_settings_reach_the_sensor_and_its_answer_the_session():
    async def main():
        settings = StreamSettings(rate_hz=100, gyr_range_dps=0, latency_ms=100)
        source = ramp(4, rate_hz=100)
        async with (
            virtual_sensor(source, speed=SPEED) as bar,
            _open(bar, until=bar.finished, settings=settings) as link,
        ):
            decoded = SampleStream(link.session)
            blocks = [block async for packet in link.packets() for block in decoded.feed(packet)]
        assert {len(block) for block in blocks} == {10}
        assert all(block.gyr_radps is None for block in blocks)
        assert (link.info.rate_hz, link.info.model, link.info.firmware) == (100.0, "virtual bar", "1.0")

    asyncio.run(main())


def test_simulation_comes_out_of_the_sample_stream_as_the_simulator_made_it():
    sim = simple_set(reps=1, around=False)

    async def main():
        async with virtual_sensor(sim, speed=SPEED) as bar, _open(bar, until=bar.finished) as link:
            decoded = SampleStream(link.session)
            blocks = [block async for packet in link.packets() for block in decoded.feed(packet)]
        np.testing.assert_allclose(np.vstack([block.acc_mps2 for block in blocks]), sim.acc_mps2, rtol=1e-6)
        np.testing.assert_allclose(np.vstack([block.gyr_radps for block in blocks]), sim.gyr_radps, rtol=1e-6)
        np.testing.assert_allclose(np.concatenate([block.t_s for block in blocks]), sim.t_s, atol=2e-6)
        assert (decoded.stats.lost, decoded.stats.undecodable) == (0, 0)

    asyncio.run(main())


def test_smallest_mtu_streams_too():
    async def main():
        source = ramp(3)
        async with virtual_sensor(source, speed=5, mtu=23) as bar, _open(bar, until=bar.finished) as link:
            decoded = SampleStream(link.session)
            blocks = [block async for packet in link.packets() for block in decoded.feed(packet)]
        assert sum(map(len, blocks)) == len(source)
        assert decoded.stats.lost == 0

    asyncio.run(main())


def test_journal_sees_every_packet_before_the_consumer():
    async def main():
        journal: list[RawPacket] = []
        async with (
            virtual_sensor(ramp(4), speed=SPEED) as bar,
            _open(bar, until=bar.finished, on_packet=journal.append) as link,
        ):
            async for packet in link.packets():
                assert packet in journal
                consumed = packet
        assert consumed == journal[-1]

    asyncio.run(main())


def test_failing_journal_ends_the_stream_with_its_error():
    async def main():
        def full_disk(packet: RawPacket) -> None:
            if packet.kind is PacketKind.NOTIFICATION:
                raise RecordingError("the disk is full; free some space", path="x")

        async with (
            virtual_sensor(ramp(60), speed=SPEED) as bar,
            _open(bar, on_packet=full_disk) as link,
        ):
            with pytest.raises(RecordingError, match="disk is full"):
                async for _ in link.packets():
                    pass
        assert link.status is LinkStatus.CLOSED

    asyncio.run(main())


def test_stop_ends_the_stream_and_leaves_the_sensor_quiet_and_free():
    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar, _open(bar) as link:
            packets = []
            async for packet in link.packets():
                packets.append(packet)
                if len(packets) == 40:
                    link.stop()
            (received,) = data_packets(packets)
            (sent,) = bar.sensor.streams
            assert sum(map(len, received)) == sent.sent
            assert await find(bar.address, backend=bar.backend)

    asyncio.run(main())


def test_battery_is_read_beside_the_stream():
    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar:
            async with _open(bar) as link:
                assert await link.battery_pct() == 87
            assert await link.battery_pct() is None

    asyncio.run(main())


def test_two_bars_at_once_keep_their_own_streams():
    async def main():
        left_source, right_source = ramp(10), ramp(8, rate_hz=100)
        air = VirtualAir(speed=SPEED)

        async def collect(bar: VirtualRig):
            async with _open(bar, until=bar.finished) as link:
                return data_packets([packet async for packet in link.packets()])

        async with (
            virtual_sensor(left_source, air=air) as left,
            virtual_sensor(right_source, air=air, name="Bar B", address=OTHER_ADDRESS) as right,
        ):
            ((of_left,), (of_right,)) = await asyncio.gather(collect(left), collect(right))
        air.close()
        assert assert_exact(left_source, left.sensor.streams[0], of_left) == len(left_source)
        assert assert_exact(right_source, right.sensor.streams[0], of_right) == len(right_source)

    asyncio.run(main())


def test_stamps_of_a_fast_air_are_as_in_the_gym():
    async def main():
        async with virtual_sensor(ramp(10), speed=SPEED) as bar, _open(bar, until=bar.finished) as link:
            packets = [
                packet async for packet in link.packets() if packet.characteristic == profile.DATA_UUID
            ]
        span_s = (packets[-1].host_ns - packets[0].host_ns) / 1e9
        assert span_s > 9  # and a fiftieth of that by the wall clock

    asyncio.run(main())


# Losing and regaining


def test_lost_link_is_made_again_and_marked_and_no_sample_is_misplaced():
    async def main():
        source = ramp(150)
        async with virtual_sensor(source, speed=SPEED) as bar, _open(bar) as link:
            packets = []
            async for packet in link.packets():
                packets.append(packet)
                if len(packets) == 60:
                    bar.air.drop(absent_s=5)
                if link.reconnects and len(data_packets(packets)[-1]) == 200:
                    link.stop()
        marks = [packet.payload.decode() for packet in packets if packet.kind is PacketKind.LINK]
        assert marks == [LinkState.CONNECTED, LinkState.LOST, LinkState.CONNECTED]
        assert link.reconnects == 1
        first, second = bar.sensor.streams
        of_first, of_second = data_packets(packets)
        came = assert_exact(source, first, of_first)
        assert 0 < came <= first.sent  # what was in the air when the link died is gone
        assert assert_exact(source, second, of_second) == second.sent == second.made
        assert second.first - (first.first + first.made) > 4 * 200

        decoded = SampleStream(BipDriver().session(StreamSettings()))
        blocks = list(decoded.feed_all(packets))
        assert decoded.stats.streams == 2
        assert decoded.stats.received == came + second.sent
        after_gap = next(block for block in blocks if block.lost_before)
        assert after_gap.t_s[0] == pytest.approx(second.first / 200, abs=2.0)

    asyncio.run(main())


def test_stall_leaves_a_hole_that_the_stream_accounts_for():
    async def main():
        source = ramp(20)
        async with virtual_sensor(source, speed=20) as bar, _open(bar, until=bar.finished) as link:
            decoded = SampleStream(link.session)
            async for packet in link.packets():
                if decoded.feed(packet) and decoded.stats.packets == 20:
                    bar.air.stall(2.5)
        (sent,) = bar.sensor.streams
        stats = decoded.stats
        assert stats.lost > 0
        assert (stats.received, stats.lost, stats.gaps) == (sent.sent, sent.made - sent.sent, 1)
        assert stats.received + stats.lost == len(source)
        assert link.reconnects == 0

    asyncio.run(main())


def test_silent_sensor_is_taken_for_lost_and_started_again(monkeypatch):
    monkeypatch.setattr(stream, "SILENCE_S", 0.1)
    monkeypatch.setattr(stream, "SILENCE_PACKETS", 0)
    monkeypatch.setattr(stream, "CATCH_UP_S", 0.02)

    async def main():
        async with virtual_sensor(ramp(60), speed=20) as bar, _open(bar, until=bar.finished) as link:
            packets = []
            async for packet in link.packets():
                packets.append(packet)
                if len(packets) == 40:
                    bar.sensor.hang()
                if link.reconnects and len(data_packets(packets)[-1]) > 3:
                    link.stop()
        assert link.reconnects == 1
        assert [stream.config.stream_id for stream in bar.sensor.streams] == [1, 2]

    asyncio.run(main())


def test_sensor_that_starts_again_with_its_clock_at_zero_costs_no_more_than_a_gap():
    async def main():
        source = ramp(40)
        async with virtual_sensor(source, speed=20) as bar, _open(bar, until=bar.finished) as link:
            samples, packets, blocks = SampleStream(link.session), [], []
            async for packet in link.packets():
                packets.append(packet)
                blocks += samples.feed(packet)
                if len(packets) == 60:
                    bar.sensor.reboot()
        before, after = (stream_ for stream_ in data_packets(packets) if stream_)
        t_s = np.concatenate([block.t_s for block in blocks])
        assert after[0].t_us < before[-1].t_us  # the sensor's own clock began anew
        assert (np.diff(t_s) > 0).all()
        assert t_s[-1] == pytest.approx(len(source) / source.rate_hz, abs=1.0)
        last = bar.sensor.streams[-1]
        stats = samples.stats
        assert stats.received + stats.lost == sum(len(p.acc) for p in before) + last.made
        assert stats.missed > 0

    asyncio.run(main())


def test_sensor_that_connects_and_never_speaks_ends_the_stream(monkeypatch):
    for limit in ("SILENCE_S", "FIRST_PACKET_S"):
        monkeypatch.setattr(stream, limit, 0.05)
    monkeypatch.setattr(stream, "SILENCE_PACKETS", 0)
    monkeypatch.setattr(stream, "CATCH_UP_S", 0.01)

    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            sensor = await find(bar.address, backend=bar.backend)
            mute = replace(sensor, driver=_DriverOf(_NeverStarts))
            monkeypatch.setattr("firmware_bridge.link.search.driver_for", lambda adv: mute.driver)
            async with Link.open(mute, backend=bar.backend) as link:
                with pytest.raises(SensorSilentError, match="Bar A12 is connected and sends no data; switch"):
                    async for _ in link.packets():
                        pass
            assert link.reconnects == stream.SILENT_CONNECTIONS - 1

    asyncio.run(main())


def test_first_packet_may_take_its_time(monkeypatch):
    monkeypatch.setattr(stream, "SILENCE_S", 0.05)
    monkeypatch.setattr(stream, "SILENCE_PACKETS", 0)
    monkeypatch.setattr(stream, "CATCH_UP_S", 0.01)

    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            sensor = await find(bar.address, backend=bar.backend)
            late = replace(sensor, driver=_DriverOf(_NeverStarts))
            async with Link.open(late, backend=bar.backend) as link:
                await asyncio.sleep(0.3)
                assert link.status is LinkStatus.STREAMING

    asyncio.run(main())


def test_status_is_told_as_it_changes():
    said: list[LinkStatus] = []

    async def main():
        async with (
            virtual_sensor(ramp(100), speed=SPEED) as bar,
            _open(bar, on_status=said.append) as link,
        ):
            async for packet in link.packets():
                if packet.kind is PacketKind.NOTIFICATION and not link.reconnects:
                    bar.air.drop()
                elif link.reconnects:
                    link.stop()

    asyncio.run(main())
    assert said == ["streaming", "reconnecting", "streaming", "closed"]


def test_mtu_is_what_was_agreed():
    async def main():
        for mtu in (23, 185, 247):
            async with virtual_sensor(ramp(), speed=SPEED, mtu=mtu) as bar, _open(bar) as link:
                assert link.mtu == mtu

    asyncio.run(main())


def test_two_bars_do_not_connect_at_the_same_moment():
    most = now = 0

    async def main():
        air = VirtualAir(speed=SPEED)
        async with (
            virtual_sensor(ramp(60), air=air) as left,
            virtual_sensor(ramp(60), air=air, name="Bar B", address=OTHER_ADDRESS) as right,
        ):

            class Counted(left.backend.client):
                async def connect(self, pair, **kwargs):
                    nonlocal most, now
                    now += 1
                    most = max(most, now)
                    await super().connect(pair, **kwargs)
                    now -= 1

            async def use(bar):
                async with Link.open(bar.address, backend=replace(bar.backend, client=Counted)):
                    pass

            await asyncio.gather(use(left), use(right))
        air.close()

    asyncio.run(main())
    assert most == 1


def test_sensor_that_does_not_come_back_ends_the_stream_with_an_error(monkeypatch):
    monkeypatch.setattr(stream, "RECONNECT_S", 0.3)
    monkeypatch.setattr(stream, "RESCAN_S", 0.05)
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.02, 0.05))

    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar, _open(bar) as link:
            bar.air.drop(absent_s=3600)
            with pytest.raises(
                LinkLostError, match=r"Bar A12 was lost and did not come back in 0\.3 s: no sensor"
            ) as caught:
                async for _ in link.packets():
                    pass
            assert caught.value.waited_s == 0.3
            assert link.status is LinkStatus.CLOSED

    asyncio.run(main())


def test_stop_while_reconnecting_does_not_wait_for_the_sensor():
    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar, _open(bar) as link:
            bar.air.drop(absent_s=3600)
            async with asyncio.timeout(1):
                async for packet in link.packets():
                    if packet.payload == b"lost":
                        link.stop()
            assert link.reconnects == 0

    asyncio.run(main())


# Failing


class _OtherRequest(BipSession):
    def start(self):
        yield Subscribe(profile.CONTROL_UUID)
        yield Request(profile.CONTROL_UUID, b"\x7f\x01")
        raise LinkError("the sensor refused to start")


class _OldFirmware(BipSession):
    def start(self):
        yield Subscribe("0000dead-0000-1000-8000-00805f9b34fb")


class _BadWrite(BipSession):
    def start(self):
        yield Write(profile.CONTROL_UUID, b"\x01")


class _Mute(BipSession):
    def start(self):
        yield Request(profile.CONTROL_UUID, profile.encode_request(profile.Op.TIME, 1))


class _NeverStarts(BipSession):
    def start(self):
        yield Subscribe(profile.DATA_UUID)

    def stop(self):
        yield from ()


@pytest.mark.parametrize(
    ("session", "message", "kind"),
    [
        (_OtherRequest, "the sensor refused to start", LinkError),
        (
            _OldFirmware,
            "Bar A12 does not offer what its kind of sensor must .*0000dead.*update its firmware",
            UnsupportedFirmwareError,
        ),
        (_BadWrite, "Bar A12 refused a command .*Invalid Attribute Value Length", SensorRefusedError),
        (_Mute, "Bar A12 does not answer in time", SensorSilentError),
    ],
)
def test_sensor_that_cannot_be_started_is_let_go_with_a_reason(monkeypatch, session, message, kind):
    monkeypatch.setattr("firmware_bridge.link.connection.REPLY_S", 0.1)

    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            sensor = await find(bar.address, backend=bar.backend)
            sensor = replace(sensor, driver=_DriverOf(session))
            with pytest.raises(kind, match=message):
                async with Link.open(sensor, backend=bar.backend):
                    pytest.fail("the link must not open")
            assert await find(bar.address, backend=bar.backend), "the sensor must be free again"

    asyncio.run(main())


@pytest.mark.parametrize(("failures", "attempts"), [(2, 3), (9, 4)])
def test_connection_that_fails_to_be_established_is_tried_again_a_few_times(monkeypatch, failures, attempts):
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.001, 0.001, 0.001))
    tries = 0

    async def main():
        nonlocal tries
        async with virtual_sensor(ramp(60), speed=SPEED) as bar:

            class Flaky(bar.backend.client):
                async def connect(self, pair, **kwargs):
                    nonlocal tries
                    tries += 1
                    if tries <= failures:
                        raise BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"])
                    await super().connect(pair, **kwargs)

            async with Link.open(bar.address, backend=replace(bar.backend, client=Flaky)) as link:
                assert link.status is LinkStatus.STREAMING

    if failures < attempts:
        asyncio.run(main())
    else:
        with pytest.raises(LinkError, match=r"the link to Bar A12 failed .*le-connection-abort-by-local"):
            asyncio.run(main())
    assert tries == attempts


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TimeoutError(), "Bar A12 does not answer in time"),
        (BleakDeviceNotFoundError("x"), "Bar A12 cannot be reached; bring it near"),
    ],
)
def test_sensor_that_does_not_answer_is_not_waited_for_twice(error, message):
    tries = 0

    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar:

            class Silent(bar.backend.client):
                async def connect(self, pair, **kwargs):
                    nonlocal tries
                    tries += 1
                    raise error

            with pytest.raises(LinkError, match=message):
                async with Link.open(bar.address, backend=replace(bar.backend, client=Silent)):
                    pytest.fail("the link must not open")
        assert tries == 1

    asyncio.run(main())


def test_link_that_dies_while_it_is_set_up_is_made_again():
    async def main():
        dropped = False
        async with virtual_sensor(ramp(20), speed=SPEED) as bar:

            def drop_once(packet: RawPacket) -> None:
                nonlocal dropped
                if packet.kind is PacketKind.READ and not dropped:
                    dropped = True
                    bar.air.drop()

            async with _open(bar, until=bar.finished, on_packet=drop_once) as link:
                packets = [packet async for packet in link.packets()]
        marks = [packet.payload for packet in packets if packet.kind is PacketKind.LINK]
        assert marks == [b"connected", b"lost", b"connected"]
        assert sum(map(len, data_packets(packets)[-1])) == 20 * 200

    asyncio.run(main())


class _DriverOf:
    key = title = "test"

    def __init__(self, session):
        self._session = session

    def matches(self, adv):
        return True

    def session(self, settings):
        return self._session(settings)


def test_error_in_the_block_comes_out_as_it_is_and_frees_the_sensor():
    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar:
            with pytest.raises(ZeroDivisionError):
                async with _open(bar):
                    1 / 0  # noqa: B018
            assert await find(bar.address, backend=bar.backend)

    asyncio.run(main())


def test_cancelling_the_user_of_a_link_leaves_no_task_behind():
    async def main():
        async with virtual_sensor(ramp(60), speed=SPEED) as bar:
            before = asyncio.all_tasks()

            async def use():
                async with _open(bar) as link:
                    async for _ in link.packets():
                        streaming.set()

            streaming = asyncio.Event()
            user = asyncio.create_task(use())
            await streaming.wait()
            user.cancel()
            with pytest.raises(asyncio.CancelledError):
                await user
            assert await find(bar.address, backend=bar.backend)
            # the sensor's own tasks: lifting goes on
            assert len(asyncio.all_tasks() - before) <= 1

    asyncio.run(main())


def test_link_is_clean_in_development_mode():
    program = """
import asyncio
from firmware_bridge.link import Link
from firmware_bridge.virtual.rig import virtual_sensor
from tests.firmware_bridge.virtual_bars import ramp

async def main():
    asyncio.get_running_loop().slow_callback_duration = 60.0  # a busy machine is not what this is about
    async with virtual_sensor(ramp(150), speed=50) as bar:
        async with Link.open(bar.address, backend=bar.backend) as link:
            count = 0
            async for packet in link.packets():
                count += 1
                if count == 20:
                    bar.air.drop()
                if link.reconnects:
                    link.stop()
        print(link.reconnects)

asyncio.run(main())
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def _open(bar: VirtualRig, **options):
    return Link.open(bar.address, backend=bar.backend, **options)
