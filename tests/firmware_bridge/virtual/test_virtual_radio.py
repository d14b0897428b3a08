"""The virtual air, the bleak backend on it, and the virtual sensor, each seen through plain bleak."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode

from firmware_bridge import profile
from firmware_bridge.virtual import LossModel, simple_set
from firmware_bridge.virtual.air import SUPERVISION_TIMEOUT_S, VirtualAir
from firmware_bridge.virtual.rig import virtual_sensor
from firmware_bridge.virtual.source import SampleSource
from firmware_bridge.virtual.transmit import TX_QUEUE_PACKETS
from tests.firmware_bridge.virtual_bars import SPEED, assert_exact, connected, ramp


def test_scan_hears_service_and_name_from_scan_response():
    async def main():
        async with virtual_sensor(ramp(), name="Bar Z9", speed=SPEED) as bar:
            found = await BleakScanner.discover(0.2, return_adv=True, backend=bar.backend.scanner)
        (device, adv) = found[bar.address]
        assert (device.name, adv.local_name) == ("Bar Z9", "Bar Z9")
        assert adv.service_uuids == [profile.SERVICE_UUID]

    asyncio.run(main())


def test_service_filter_keeps_others_out():
    async def main():
        heart_rate = "0000180d-0000-1000-8000-00805f9b34fb"
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            scanner = bar.backend.scanner
            assert await BleakScanner.discover(0.1, service_uuids=[profile.SERVICE_UUID], backend=scanner)
            assert not await BleakScanner.discover(0.1, service_uuids=[heart_rate], backend=scanner)

    asyncio.run(main())


def test_every_sample_arrives_once_in_order_and_on_the_device_clock():
    async def main():
        source = ramp(10)
        async with virtual_sensor(source, speed=SPEED) as bar, connected(bar) as client:
            config = await client.start()
            await client.finish(bar)
        (stream,) = bar.sensor.streams
        assert assert_exact(source, stream, client.data) == stream.sent == stream.made == len(source) == 2000
        assert {len(packet) for packet in client.data} == {config.samples_per_packet} == {8}
        steps_us = np.diff([packet.t_us for packet in client.data])
        assert set(steps_us) == {8 * 5000}
        assert not any(packet.flags for packet in client.data)

    asyncio.run(main())


def test_speed_does_not_cost_samples_however_high():
    async def main():
        source = ramp(20)
        async with virtual_sensor(source, speed=5000) as bar, connected(bar) as client:
            await client.start()
            await client.finish(bar)
        assert sum(map(len, client.data)) == len(source)

    asyncio.run(main())


def test_busy_event_loop_makes_the_sensor_late_but_loses_nothing():
    async def main():
        source = ramp(20)
        async with virtual_sensor(source, speed=SPEED) as bar, connected(bar) as client:
            await client.start()
            await _until(lambda: len(client.data) > 5)
            _block_the_loop(0.15)  # 7.5 s on the air, ten times what the sensor's queue holds
            await client.finish(bar)
        assert sum(map(len, client.data)) == len(source)

    asyncio.run(main())


def test_stall_overflows_the_queue_and_leaves_a_hole_in_the_index_not_in_the_sequence():
    async def main():
        source = ramp(10)
        async with virtual_sensor(source, speed=20) as bar, connected(bar) as client:
            await client.start()
            await _until(lambda: len(client.data) > 20)
            bar.air.stall(3.0)
            await client.finish(bar)
        (stream,) = bar.sensor.streams
        assert assert_exact(source, stream, client.data) == stream.sent < stream.made == len(source)
        holes = _holes(client.data)
        assert len(holes) == 1
        (after, missing) = holes[0]
        assert missing == len(source) - stream.sent
        queue_s = TX_QUEUE_PACKETS * 0.04
        assert missing / 200 == pytest.approx(3.0 - queue_s, abs=0.4)
        flagged = [packet.seq for packet in client.data if packet.flags & profile.Flag.LOST_BEFORE]
        assert flagged == [after.seq]

    asyncio.run(main())


def test_short_stall_is_caught_up_without_loss():
    async def main():
        source = ramp(6)
        async with virtual_sensor(source, speed=10) as bar, connected(bar) as client:
            await client.start()
            await _until(lambda: len(client.data) > 5)
            bar.air.stall(0.3)
            await client.finish(bar)
        assert sum(map(len, client.data)) == len(source)

    asyncio.run(main())


def test_stall_beyond_the_supervision_timeout_breaks_the_link():
    async def main():
        gone = asyncio.Event()
        async with virtual_sensor(ramp(60), speed=SPEED) as bar:
            device = await BleakScanner.find_device_by_address(bar.address, backend=bar.backend.scanner)
            client = BleakClient(device, lambda _: gone.set(), backend=bar.backend.client)
            await client.connect()
            bar.air.stall(SUPERVISION_TIMEOUT_S + 1)
            async with asyncio.timeout(2):
                await gone.wait()
            assert not client.is_connected
            await client.disconnect()

    asyncio.run(main())


def test_link_loss_fails_the_procedure_in_flight_and_leaves_the_sensor_reachable():
    async def main():
        async with virtual_sensor(ramp(60), speed=5) as bar:
            device = await BleakScanner.find_device_by_address(bar.address, backend=bar.backend.scanner)
            client = BleakClient(device, backend=bar.backend.client)
            await client.connect()
            reading = asyncio.ensure_future(client.read_gatt_char(profile.CONFIG_UUID))
            await asyncio.sleep(0)
            bar.air.drop()
            with pytest.raises(BleakError, match="disconnected"):
                await reading
            with pytest.raises(BleakError, match="Not connected"):
                await client.read_gatt_char(profile.CONFIG_UUID)
            await client.connect()
            assert len(await client.read_gatt_char(profile.CONFIG_UUID)) == profile.CONFIG_LEN
            await client.disconnect()

    asyncio.run(main())


def test_drop_of_one_address_spares_the_other():
    async def main():
        air = VirtualAir(speed=SPEED)
        other = "F0:0D:BA:2B:E1:02"
        async with (
            virtual_sensor(ramp(), air=air) as left,
            virtual_sensor(ramp(), air=air, name="Bar B", address=other) as right,
            connected(left) as kept,
            connected(right) as cut,
        ):
            air.drop(address=other)
            await _until(lambda: not cut.bleak.is_connected)
            assert kept.bleak.is_connected
        air.close()

    asyncio.run(main())


def test_sensor_in_use_does_not_advertise_and_does_again_afterwards():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            scanner = bar.backend.scanner
            async with connected(bar):
                assert not await BleakScanner.discover(0.1, backend=scanner)
            assert await BleakScanner.discover(0.1, backend=scanner)

    asyncio.run(main())


def test_connecting_to_an_absent_device_times_out_cleanly():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar:
            client = BleakClient("F0:00:00:00:00:99", timeout=0.1, backend=bar.backend.client)
            with pytest.raises(TimeoutError):
                await client.connect()
            assert len(bar.air.controllers) == 1

    asyncio.run(main())


def test_mtu_of_the_oldest_phones_streams_compact_packets():
    async def main():
        source = ramp(2)
        async with virtual_sensor(source, mtu=23, speed=5) as bar, connected(bar) as client:
            config = await client.start()
            await client.finish(bar)
        assert config.format is profile.Format.COMPACT
        assert [packet.seq for packet in client.data] == list(range(len(source)))
        np.testing.assert_array_equal(np.vstack([packet.acc for packet in client.data]), source.acc_raw)

    asyncio.run(main())


def test_long_latency_is_cut_to_what_one_packet_holds():
    async def main():
        source = ramp(4, rate_hz=400)
        async with virtual_sensor(source, speed=SPEED) as bar, connected(bar) as client:
            config = await client.start(rate_hz=400, latency_ms=500)
            await client.finish(bar)
        assert config.samples_per_packet == 19
        assert assert_exact(source, bar.sensor.streams[0], client.data) == len(source)
        assert len(client.data[-1]) == len(source) % 19

    asyncio.run(main())


def test_start_answers_with_what_the_sensor_can_do():
    async def main():
        async with virtual_sensor(ramp(2, gyro=False), speed=SPEED) as bar, connected(bar) as client:
            before = profile.decode_config(bytes(await client.bleak.read_gatt_char(profile.CONFIG_UUID)))
            config = await client.start(rate_hz=833, acc_g=4, gyr_dps=500)
            during = profile.decode_config(bytes(await client.bleak.read_gatt_char(profile.CONFIG_UUID)))
        assert (config.rate_hz, config.acc_range_g, config.gyr_range_dps) == (200.0, 16, 0)
        assert config.format is profile.Format.ACC
        assert (before.streaming, during.streaming) == (False, True)

    asyncio.run(main())


def test_accelerometer_alone_on_request():
    async def main():
        source = ramp(2)
        async with virtual_sensor(source, speed=SPEED) as bar, connected(bar) as client:
            await client.start(gyr_dps=0)
            await client.finish(bar)
        assert all(packet.gyr is None for packet in client.data)
        assert assert_exact(source, bar.sensor.streams[0], client.data) == len(source)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x7f\x05", profile.Status.BAD_OPCODE),
        (b"\x01\x05\x00", profile.Status.BAD_PARAMETER),
        (profile.encode_start(5, profile.StartSettings(0, 16, 2000, 40)), profile.Status.BAD_PARAMETER),
    ],
)
def test_wrong_requests_are_refused_and_change_nothing(request_bytes, status):
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar, connected(bar) as client:
            answer = await client.ask(request_bytes)
            assert (answer.op, answer.ref, answer.status) == (request_bytes[0], 5, status)
            assert not bar.sensor.streams
            await client.start()

    asyncio.run(main())


def test_start_while_streaming_is_refused_and_the_stream_goes_on():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar, connected(bar) as client:
            await client.start()
            settings = profile.StartSettings(200_000, 16, 2000, 40)
            answer = await client.ask(profile.encode_start(2, settings))
            assert answer.status is profile.Status.BAD_STATE
            await client.finish(bar)
            assert sum(map(len, client.data)) == bar.sensor.streams[0].sent == len(bar.sensor.source)

    asyncio.run(main())


def test_stop_sends_the_packet_that_is_being_filled():
    async def main():
        source = ramp(60)
        async with virtual_sensor(source, speed=5) as bar, connected(bar) as client:
            config = await client.start(latency_ms=95)
            await _until(lambda: len(client.data) > 2)
            await client.ask(profile.encode_request(profile.Op.STOP, 2))
        (stream,) = bar.sensor.streams
        assert config.samples_per_packet == 19
        assert sum(map(len, client.data)) == stream.sent == stream.made
        assert {len(packet) for packet in client.data[:-1]} == {19}

    asyncio.run(main())


def test_request_too_short_to_answer_is_an_att_error():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar, connected(bar) as client:
            with pytest.raises(BleakGATTProtocolError) as caught:
                await client.bleak.write_gatt_char(profile.CONTROL_UUID, b"\x01", response=True)
            assert caught.value.code is BleakGATTProtocolErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH

    asyncio.run(main())


def test_time_runs_with_the_air_and_identify_is_noticed():
    async def main():
        async with virtual_sensor(ramp(), speed=SPEED) as bar, connected(bar) as client:
            times = []
            for ref in range(2):
                before_ns = bar.air.clock_ns()
                answer = await client.ask(profile.encode_request(profile.Op.TIME, ref))
                times.append((before_ns, answer.time_us, bar.air.clock_ns()))
            await client.ask(profile.encode_request(profile.Op.IDENTIFY, 3))
        (first_sent, first_us, first_back), (second_sent, second_us, second_back) = times
        assert (second_sent - first_back) / 1e3 <= second_us - first_us <= (second_back - first_sent) / 1e3
        assert bar.sensor.identified == 1

    asyncio.run(main())


def test_stop_stops_and_a_new_start_is_a_new_stream():
    async def main():
        source = ramp(20)
        async with virtual_sensor(source, speed=SPEED) as bar, connected(bar) as client:
            await client.start()
            await _until(lambda: len(client.data) > 3)
            await client.ask(profile.encode_request(profile.Op.STOP, 2))
            first, stopped_at = list(client.data), len(client.data)
            await client.start()
            await client.finish(bar)
        one, two = bar.sensor.streams
        assert two.config.stream_id == one.config.stream_id + 1
        assert_exact(source, one, first)
        second = client.data[stopped_at:]
        assert second[0].index == second[0].seq == 0
        assert_exact(source, two, second)
        assert two.first >= one.first + one.made

    asyncio.run(main())


def test_samples_lost_inside_the_sensor_are_holes_in_the_index():
    async def main():
        lost = np.zeros(2000, dtype=bool)
        lost[100:130] = lost[1001] = lost[1990:] = True
        source = ramp(10, lost=lost)
        async with virtual_sensor(source, speed=SPEED) as bar, connected(bar) as client:
            await client.start()
            await client.finish(bar)
        (stream,) = bar.sensor.streams
        came = assert_exact(source, stream, client.data)
        assert (came, stream.made) == ((~lost).sum(), 2000)
        assert [(packet.index, missing) for packet, missing in _holes(client.data)] == [(130, 30), (1002, 1)]

    asyncio.run(main())


def test_simulation_streams_with_its_own_losses():
    async def main():
        sim = simple_set(reps=1, around=False, loss=LossModel(holes_s=((1.0, 0.5),)))
        source = SampleSource.of(sim)
        async with virtual_sensor(sim, speed=SPEED) as bar, connected(bar) as client:
            await client.start()
            await client.finish(bar)
        came = np.concatenate([packet.index + np.arange(len(packet)) for packet in client.data])
        np.testing.assert_array_equal(came, sim.index)
        assert_exact(source, bar.sensor.streams[0], client.data)

    asyncio.run(main())


def test_source_refuses_ranges_that_the_profile_cannot_carry():
    with pytest.raises(ValueError, match="gyr_range_dps 100000"):
        SampleSource.of(simple_set(reps=1, imu="perfect"))


def test_radio_errors_delay_packets_and_lose_none():
    async def longest_gap_s(error_ratio: float) -> float:
        air = VirtualAir(speed=5, error_ratio=error_ratio, seed=1)
        arrivals: list[float] = []
        source = ramp(8)
        async with virtual_sensor(source, air=air) as bar, connected(bar) as client:
            await client.bleak.stop_notify(profile.DATA_UUID)

            def take(_, value):
                arrivals.append(asyncio.get_running_loop().time())
                client.data.append(profile.decode_data(bytes(value)))

            await client.bleak.start_notify(profile.DATA_UUID, take)
            await client.start()
            await client.finish(bar)
        air.close()
        assert assert_exact(source, bar.sensor.streams[0], client.data) == len(source)
        return float(np.max(np.diff(arrivals)))

    async def main():
        assert await longest_gap_s(0.4) > await longest_gap_s(0.0)

    asyncio.run(main())


@pytest.mark.parametrize("ratio", [-0.1, 1.0])
def test_air_refuses_impossible_error_ratios(ratio):
    with pytest.raises(ValueError, match="error_ratio must be at least 0 and below 1"):
        VirtualAir(error_ratio=ratio)


@pytest.mark.parametrize("wrong", [{"speed": 0.0}, {"interval_s": -1.0}, {"packets_per_event": 0}])
def test_air_refuses_impossible_settings(wrong):
    with pytest.raises(ValueError, match="must be positive"):
        VirtualAir(**wrong)


def test_packets_move_no_faster_than_the_connection_events_carry_them():
    async def main():
        air = VirtualAir(interval_s=0.01, packets_per_event=1)
        arrivals: list[float] = []
        async with virtual_sensor(ramp(3, rate_hz=400), air=air) as bar, connected(bar) as client:
            await client.bleak.stop_notify(profile.DATA_UUID)
            await client.bleak.start_notify(
                profile.DATA_UUID, lambda *_: arrivals.append(asyncio.get_running_loop().time())
            )
            await client.start(rate_hz=400, latency_ms=5)  # 200 packets a second, and room for 100
            await _until(lambda: len(arrivals) >= 12)
        air.close()
        assert arrivals[11] - arrivals[0] > 10 * 0.01

    asyncio.run(main())


def _holes(packets):
    ends = [packet.index + len(packet) for packet in packets[:-1]]
    pairs = zip(packets[1:], ends, strict=True)
    return [(packet, packet.index - end) for packet, end in pairs if packet.index != end]


def _block_the_loop(seconds: float) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        pass


async def _until(true) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.002)
