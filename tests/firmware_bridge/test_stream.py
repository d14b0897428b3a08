from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge import profile
from firmware_bridge.samples import SampleBlock
from firmware_bridge.sensors import PacketKind, RawPacket
from firmware_bridge.sensors.bip import EARLY_PACKETS
from tests.firmware_bridge.made_packets import MadeSensor, fresh_stream, raw_acc, raw_gyr

ACC_SCALE = float(np.float32(16 * 9.80665 / 32768))
GYR_SCALE = float(np.float32(np.deg2rad(2000) / 32768))


def times_s(blocks: list[SampleBlock]) -> np.ndarray:
    return np.concatenate([block.t_s for block in blocks])


def test_samples_come_out_in_si_units_on_the_devices_clock():
    sensor, stream = MadeSensor(), fresh_stream()
    blocks = list(stream.feed_all([*sensor.connect(), *sensor.send(20)]))
    assert [len(block) for block in blocks] == [8, 8, 4]
    assert times_s(blocks) == pytest.approx(np.arange(20) / 200, abs=1e-12)
    numbers = np.arange(20)
    assert np.array_equal(np.concatenate([b.acc_mps2 for b in blocks]), raw_acc(numbers) * ACC_SCALE)
    gyr = [block.gyr_radps for block in blocks if block.gyr_radps is not None]
    assert np.array_equal(np.concatenate(gyr), raw_gyr(numbers) * GYR_SCALE)
    assert stream.info.rate_hz == 200.0
    assert stream.info.acc_range_mps2 == pytest.approx(16 * 9.80665)


def test_an_accelerometer_stream_has_no_gyro():
    sensor, stream = MadeSensor(has_gyr=False), fresh_stream()
    (block,) = stream.feed_all([*sensor.connect(), *sensor.send(8)])
    assert block.gyr_radps is None
    assert stream.info.gyr_range_radps is None


@pytest.mark.parametrize("per_packet", [1, 5, 19])
@pytest.mark.parametrize("rate_hz", [197.3, 200.0, 206.8])
def test_times_follow_the_true_rate_whatever_the_packet_size(per_packet: int, rate_hz: float):
    sensor, stream = MadeSensor(per_packet=per_packet, rate_hz=rate_hz), fresh_stream()
    t_s = times_s(list(stream.feed_all([*sensor.connect(), *sensor.send(4000)])))
    # The first packet comes before anyone can know the true rate; after it only the stamps' 1 us is left.
    assert t_s[per_packet:] == pytest.approx(np.array(sensor.truth_s[per_packet:]), abs=2e-6)
    assert t_s[:per_packet] == pytest.approx(np.array(sensor.truth_s[:per_packet]), abs=per_packet * 2e-4)
    assert (np.diff(t_s) > 0).all()


def test_packet_number_index_and_time_wrap_without_a_trace():
    sensor, stream = MadeSensor(seq=2**16 - 3, first_us=2**32 - 120_000), fresh_stream()
    start = sensor.connect()
    sensor.index = 2**32 - 20
    blocks = list(stream.feed_all([*start, *sensor.send(160)]))
    assert times_s(blocks) == pytest.approx(np.arange(160) / 200, abs=1e-9)
    assert [block.lost_before for block in blocks[1:]] == [0] * 19
    assert stream.stats.received == 160


def test_samples_lost_before_the_radio_are_counted_though_no_packet_is_missing():
    sensor, stream = MadeSensor(), fresh_stream()
    packets = [*sensor.connect(), *sensor.send(80)]
    sensor.lose(264)
    packets += sensor.send(80)
    seqs = [profile.decode_data(p.payload).seq for p in packets if p.characteristic == profile.DATA_UUID]
    assert seqs == list(range(20))
    blocks = list(stream.feed_all(packets))
    assert [block.lost_before for block in blocks] == [0] * 10 + [264] + [0] * 9
    assert times_s(blocks) == pytest.approx(np.array(sensor.truth_s), abs=1e-9)
    stats = stream.stats
    assert (stats.received, stats.lost, stats.gaps, stats.missed) == (160, 264, 1, 0)
    assert stats.received + stats.lost == sensor.index


def test_notifications_lost_by_the_host_are_counted_too():
    sensor, stream = MadeSensor(), fresh_stream()
    packets = [*sensor.connect(), *sensor.send(40)]
    sensor.send(24, arrive=False)
    blocks = list(stream.feed_all([*packets, *sensor.send(16)]))
    assert [block.lost_before for block in blocks] == [0, 0, 0, 0, 0, 24, 0]
    assert times_s(blocks) == pytest.approx(np.array(sensor.truth_s), abs=1e-9)


def test_the_beginning_of_a_stream_can_be_lost():
    sensor, stream = MadeSensor(), fresh_stream()
    start = sensor.connect()
    sensor.lose(5)
    (block,) = stream.feed_all([*start, *sensor.send(8)])
    assert block.lost_before == 5
    assert block.t_s[0] == 0.0
    assert stream.stats.lost == 5


def test_a_compact_stream_counts_by_packet_and_bridges_losses_by_time():
    sensor, stream = MadeSensor(mtu=23, seq=2**16 - 30), fresh_stream()
    start = sensor.connect()
    packets = [*start, *sensor.send(50)]
    assert {len(p.payload) for p in packets if p.characteristic == profile.DATA_UUID} == {20}
    sensor.lose(33)
    packets += sensor.send(50)
    sensor.send(7, arrive=False)
    packets += sensor.send(10)
    blocks = list(stream.feed_all(packets))
    lost = {number: block.lost_before for number, block in enumerate(blocks) if block.lost_before}
    assert lost == {0: 2**16 - 30, 50: 33, 100: 7}
    assert times_s(blocks) == pytest.approx(np.array(sensor.truth_s), abs=1e-9)


def test_a_reconnect_begins_a_new_stream_on_the_same_clock():
    sensor, stream = MadeSensor(), fresh_stream()
    packets = [*sensor.connect(), *sensor.send(400), *sensor.reconnect(2.5), *sensor.send(400)]
    blocks = list(stream.feed_all(packets))
    t_s = times_s(blocks)
    assert t_s == pytest.approx(np.array(sensor.truth_s), abs=1e-3)
    assert (np.diff(t_s) > 0).all()
    gaps = [block.lost_before for block in blocks if block.lost_before]
    assert gaps == [500]
    stats = stream.stats
    assert (stats.streams, stats.received, stats.lost, stats.missed, stats.gaps) == (2, 800, 0, 500, 1)


def test_leftovers_of_an_earlier_clients_stream_are_left_out():
    old = MadeSensor(stream_id=6, number=5000)
    old.connect()
    leftovers = old.send(16)
    sensor, stream = MadeSensor(stream_id=7), fresh_stream()
    connected, reply = sensor.connect()
    blocks = list(stream.feed_all([connected, *leftovers, reply, *sensor.send(16)]))
    assert sum(len(block) for block in blocks) == 16
    assert np.array_equal(blocks[0].acc_mps2, raw_acc(np.arange(8)) * ACC_SCALE)


def test_data_that_overtakes_the_start_reply_is_kept():
    sensor = MadeSensor()
    connected, reply = sensor.connect()
    data = sensor.send(40)
    late = list(fresh_stream().feed_all([connected, *data[:2], reply, *data[2:]]))
    in_order = list(fresh_stream().feed_all([connected, reply, *data]))
    assert np.array_equal(times_s(late), times_s(in_order))


def test_a_stream_that_no_reply_announced_is_not_dropped_silently():
    sensor, stream = MadeSensor(), fresh_stream()
    other = MadeSensor(stream_id=8)
    other.connect()
    assert list(stream.feed_all([*sensor.connect(), *other.send(8 * (EARLY_PACKETS + 5))])) == []
    assert stream.stats.undecodable == 5


def test_a_packet_that_does_not_decode_is_counted_and_its_samples_are_lost():
    sensor, stream = MadeSensor(), fresh_stream()
    packets = [*sensor.connect(), *sensor.send(24)]
    packets[3] = RawPacket(packets[3].host_ns, profile.DATA_UUID, packets[3].payload[:-1])
    blocks = list(stream.feed_all(packets))
    assert [block.lost_before for block in blocks] == [0, 8]
    assert (stream.stats.undecodable, stream.stats.received + stream.stats.lost) == (1, 24)


def test_a_packet_that_comes_twice_counts_once():
    sensor, stream = MadeSensor(), fresh_stream()
    packets = [*sensor.connect(), *sensor.send(24)]
    blocks = list(stream.feed_all([*packets[:4], packets[3], *packets[4:]]))
    assert sum(len(block) for block in blocks) == 24
    assert stream.stats.stale == 1


actions = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 60)),
        st.tuples(st.just("lose"), st.integers(1, 500)),
        st.tuples(st.just("drop"), st.integers(1, 60)),
        st.tuples(st.just("away"), st.integers(1, 50)),
    ),
    max_size=25,
)


@given(actions)
def test_whatever_is_lost_the_count_adds_up_and_the_times_are_true(steps: list[tuple[str, int]]):
    sensor, stream = MadeSensor(), fresh_stream()
    blocks = list(stream.feed_all(sensor.connect()))
    ended, seen = 0, 0  # sensor's count in the streams before, and in this one up to the last that arrived
    for action, count in [*steps, ("send", 8)]:
        if action == "send":
            blocks += stream.feed_all(sensor.send(count))
            seen = sensor.index
        elif action == "drop":
            sensor.send(count, arrive=False)
        elif action == "lose":
            sensor.lose(count)
        elif blocks:  # without a sample before it, there is nothing to tell the time away from
            ended, seen = ended + seen, 0
            blocks += stream.feed_all(sensor.reconnect(count / 10))
    stats = stream.stats
    assert stats.received == sum(len(block) for block in blocks)
    assert stats.received + stats.lost == ended + seen
    assert sum(block.lost_before for block in blocks) == stats.lost + stats.missed
    truth_s = np.array(sensor.truth_s)
    assert times_s(blocks) == pytest.approx(truth_s - truth_s[0], abs=0.1)
    assert (np.diff(times_s(blocks)) > 0).all()


uuids = st.sampled_from([profile.DATA_UUID, profile.CONTROL_UUID, profile.CONFIG_UUID, "", "x"])
heads = st.sampled_from(
    [b"", b"\x10\x10", b"\x10\x20\x01\x00", b"\x1f\x10", b"\x11\x10", b"\x81\x01\x00", b"connected"]
)
noise = st.builds(
    RawPacket,
    st.integers(0, 2**62),
    uuids,
    st.builds(lambda head, body: head + body, heads, st.binary(max_size=80)),
    st.sampled_from(PacketKind),
)


@given(st.lists(noise, max_size=30))
def test_noise_never_breaks_a_stream_nor_turns_time_round(packets: list[RawPacket]):
    sensor, stream = MadeSensor(), fresh_stream()
    blocks = list(stream.feed_all(sensor.connect()))
    for packet in packets:
        blocks += stream.feed_all([packet, *sensor.send(3)])
    if blocks:
        assert (np.diff(times_s(blocks)) > 0).all()
