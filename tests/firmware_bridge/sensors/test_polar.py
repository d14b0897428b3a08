"""Real bytes: Polar, "Polar Measurement Data Specification for 3rd Party"; polar-ble-sdk issue 443."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from firmware_bridge.errors import DecodeError, LinkError
from firmware_bridge.sensors import PacketKind, RawPacket, StreamSettings, driver, quiet_of
from firmware_bridge.sensors.polar.control import (
    CONTROL_UUID,
    DATA_UUID,
    Measurement,
    Op,
    Settings,
    decode_features,
    decode_reply,
    decode_start,
    encode_request,
)
from firmware_bridge.sensors.polar.frames import decode_frame, to_si
from tests.firmware_bridge.sensors.cases.polar import ACC, EPOCH_NS, GYRO, Fake, delta_frame
from tests.firmware_bridge.sensors.contract import Array, Bench, Sent, started
from tests.firmware_bridge.sensors.shared_packets import shared_packets

G = 9.80665

VERITY_FEATURES = bytes.fromhex("0f6e000000000000000000000000000000")
VERITY_OFFERS = bytes.fromhex("f00102000000013400010110000201080004 0103")
VERITY_START = bytes.fromhex("0202000134000101100002010800040103")
VERITY_STARTED = bytes.fromhex("f00202000005 0140da7f39")
VERITY_FRAME = bytes.fromhex("02646c76c43cc67f0780d0ff6501e40f0802fc07ff0c13f2")  # of its 29 differences, two
H10_OFFERS = bytes.fromhex("f001020000000419003200 6400c80001011000020302000400 0800")
H10_STARTED = bytes.fromhex("f00202000001")
H10_FRAME = bytes.fromhex("02ea54a2428b4552080145ffe4ffb50345ffe4ffb803")
LATER_VERITY_STARTED = bytes.fromhex("f002020000")
LATER_VERITY_FRAME = bytes.fromhex(
    "0200416fc41245930a81ee021ffe82ff080a10da20d6a30bd9cbe7d6f6c4e6f1e1f3e0151afe281bf8372c25201319110a2fed4f"
    "c07ef4e9bb6e800dc82fb03e14d1afb07f16c4cc2087340354128bff8d00c142fbe6d3dfb5e191532fbef9ed43b03efddb9b90"
    "3df503605f7bfad9dfae000b2464704012cccfbf04e4c533b038084180efc212ec178146fdfe5bb001f3d1d76f81ffcd7b0fc20136"
    "607f43d35f3f3f78cb06484eff000efc820551ab55e34a2d1d0c5fbde858734dbdeba06751020cc47041ca267fa0028919fe3f5f"
    "74e72244203f1566b0524d055ca41fbee96800"
)


# What real sensors said


def test_the_features_of_a_verity_sense_are_read():
    assert decode_features(VERITY_FEATURES) == {1, 2, 3, 5, 6}  # PPG, acc, PPI, gyro, magnetometer


def test_what_sensors_offer_is_read():
    assert decode_reply(H10_OFFERS).settings == Settings((25, 50, 100, 200), (16,), (2, 4, 8))
    assert decode_reply(VERITY_OFFERS).settings == Settings((52,), (16,), (8,), (3,))


def test_a_start_is_written_as_polar_writes_it():
    settings = Settings((52,), (16,), (8,), (3,))
    assert encode_request(Op.START, Measurement.ACC, settings) == VERITY_START
    assert decode_start(VERITY_START) == settings


def test_a_lone_reserved_byte_at_the_end_of_an_answer_is_passed_over():
    assert decode_reply(H10_STARTED).settings == Settings()


def test_differences_times_the_factor_are_in_g():
    factor = decode_reply(VERITY_STARTED).settings.factor
    frame = decode_frame(VERITY_FRAME)
    assert frame.stamp_ns == 540368444604181604
    assert frame.values.tolist() == [[-48, 357, 4068], [-52, 364, 4067], [-40, 383, 4053]]
    assert factor == pytest.approx(0.000244, abs=1e-9)
    assert np.linalg.norm(to_si(frame, factor), axis=1) == pytest.approx(G, rel=0.01)  # it lay still


def test_raw_samples_of_an_h10_are_in_mg():
    frame = decode_frame(H10_FRAME)
    assert frame.stamp_ns == 599618164814402794
    assert to_si(frame, None) == pytest.approx(np.array([[-187, -28, 949], [-187, -28, 952]]) * G / 1000)


def test_later_firmware_gives_no_factor_and_sends_mg():
    assert decode_reply(LATER_VERITY_STARTED).settings.factor is None
    frame = decode_frame(LATER_VERITY_FRAME)
    assert (len(LATER_VERITY_FRAME), len(frame), frame.type, frame.compressed) == (227, 58, 1, True)
    assert frame.values[0].tolist() == [750, -481, -126]
    norms = np.linalg.norm(to_si(frame, None), axis=1)
    assert norms.mean() == pytest.approx(G, rel=0.1)  # on an arm that moved: only g and not mg or LSB fits
    assert norms.min() > 0.5 * G
    assert norms.max() < 1.5 * G


def test_packets_recorded_from_real_sensors_decode_to_what_they_hold():
    raw, packed = shared_packets("polar")
    frame = decode_frame(bytes.fromhex(raw["hex"]))
    assert (frame.stamp_ns, len(frame)) == (raw["timestamp_ns"], raw["samples"])
    assert to_si(frame, None)[:2] == pytest.approx(np.array(raw["first_mg"]) * G / 1000)
    frame = decode_frame(bytes.fromhex(packed["hex"]))
    assert (frame.compressed, len(frame)) == (True, packed["samples"])
    assert frame.values[:2].tolist() == packed["first_raw"]


# Frames


@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(1, 80), st.just(3)), elements=st.integers(-(2**15), 2**15 - 1)
    ),
    st.integers(1, 80),
)
def test_differences_of_any_width_add_up_to_the_samples(rows: np.ndarray, block: int):
    frame = decode_frame(delta_frame(ACC, EPOCH_NS, rows, block=block))
    assert np.array_equal(frame.values, rows)


@pytest.mark.parametrize(
    ("kind", "content", "values"),
    [(0, "ff017f", [-1, 1, 127]), (2, "ffffff 010000 ff7f00", [-1, 1, 32767])],
)
def test_raw_samples_of_8_and_24_bits(kind: int, content: str, values: list[int]):
    data = struct.pack("<BQB", ACC, 5, kind) + bytes.fromhex(content)
    assert decode_frame(data).values.tolist() == [values]


def test_a_gyro_frame_of_floats_is_in_degrees_a_second():
    frame = decode_frame(struct.pack("<BQB3f", GYRO, 5, 1, 90.0, -180.0, 0.5))
    assert to_si(frame, None) == pytest.approx(np.deg2rad([[90.0, -180.0, 0.5]]))


def test_packed_floats_of_a_gyro_are_differences_of_bit_patterns():
    # The layout and its numbers: 1, 10 and 20 deg/s, then steps of 0x01a00000, 0x00800000 and -0x02133333.
    content = bytes.fromhex("0000803f 00002041 0000a041 1c01 0000a001 000008cd ccec0d")
    frame = decode_frame(struct.pack("<BQB", GYRO, 2_000_000_000, 0x81) + content)
    patterns = [0x3F800000 + 0x01A00000, 0x41200000 + 0x00800000, 0x41A00000 - 0x02133333]
    second = struct.unpack("<3f", struct.pack("<3I", *patterns))
    assert frame.values.tolist() == [[1.0, 10.0, 20.0], list(second)]
    assert to_si(frame, 0.5) == pytest.approx(0.5 * np.deg2rad(frame.values))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (struct.pack("<BQB", ACC, 5, 1), "and samples"),
        (struct.pack("<BQB", ACC, 5, 9) + bytes(6), "frame type 0x09 of measurement 2 is not known"),
        (struct.pack("<BQB", GYRO, 5, 0x82) + bytes(12), "frame type 0x82 of measurement 5 is not known"),
        (struct.pack("<BQB", ACC, 5, 1) + bytes(7), "no whole samples"),
        (struct.pack("<BQB", ACC, 5, 0x80) + bytes(5), "a reference sample"),
        (struct.pack("<BQB", ACC, 5, 0x80) + bytes(7), "cut short"),
        (struct.pack("<BQB", ACC, 5, 0x80) + bytes(6) + b"\x21\x01" + bytes(60), "33 bits"),
        (struct.pack("<BQB3f", GYRO, 5, 1, 1.0, float("nan"), 0.0), "not a number"),
        (struct.pack("<BQB3I", GYRO, 5, 1, 0x7F800001, 0, 0), "not a number"),
        (struct.pack("<BQB3I", GYRO, 5, 0x81, 0x7F800001, 0, 0), "not a number"),
    ],
)
def test_what_the_format_does_not_allow_is_told(frame: bytes, words: str):
    with pytest.raises(DecodeError, match=words):
        decode_frame(frame)


def test_samples_whose_scale_was_not_told_are_refused():
    with pytest.raises(DecodeError, match="need the factor"):
        to_si(decode_frame(VERITY_FRAME), None)


# An H10, and a Verity Sense in normal mode


class H10(Fake):
    """Accelerometer alone, raw frames, no setting for channels, a reserved byte behind START's answer."""

    features = 1 << 0 | 1 << ACC

    def tell(self, measurement: int, data: bytes) -> tuple[int, bytes]:
        assert measurement == ACC
        return 0, H10_OFFERS[5:]

    def begin(self, measurement: int, data: bytes) -> tuple[int, bytes]:
        assert measurement == ACC
        a, b, rate, c, d, bits, e, f, size = struct.unpack("<BBHBBHBBH", data)
        assert (a, b, c, d, bits, e, f) == (0, 1, 1, 1, 16, 2, 1)
        self.running.add(measurement)
        self.rate_hz, self.acc_range_g, self.acc_lsb_g = float(rate), size, 1e-3
        self.has_gyro, self.gyr_range_dps = False, None
        return 0, b"\x01"

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        sent = []
        for start in range(0, len(acc_g), size):
            end = min(start + size, len(acc_g))
            stamp_ns = EPOCH_NS + round((first + end - 1) / self.rate_hz * 1e9)
            rows = np.rint(acc_g[start:end] * 1000).astype("<i2")
            payload = struct.pack("<BQB", ACC, stamp_ns, 1) + rows.tobytes()
            sent.append(Sent(DATA_UUID, payload, first + end))
        return sent


def test_an_h10_streams_its_accelerometer_alone():
    bench = started(H10(StreamSettings(rate_hz=190, acc_range_g=16)))
    bench.send(360, size=36)
    info = bench.stream.info
    assert (info.rate_hz, info.gyr_range_radps) == (200.0, None)
    assert info.acc_range_mps2 == pytest.approx(8 * G)
    assert len(bench.t_s) == 360
    assert all(block.gyr_radps is None for block in bench.blocks)
    bench.assert_true(0, 360)


def test_where_sdk_mode_is_refused_normal_mode_has_to_do():
    busy = Fake()
    busy.sdk_allowed = False
    bench = started(busy)
    bench.send(240)
    assert bench.stream.info.rate_hz == 52.0
    bench.assert_true(0, 240)


def test_without_a_wish_for_the_gyro_it_is_not_started():
    bench = started(Fake(StreamSettings(gyr_range_dps=0)))
    assert bench.fake.running == {ACC}
    bench.send(48)
    assert len(bench.t_s) == 48
    assert bench.stream.info.gyr_range_radps is None


def test_a_stop_also_leaves_sdk_mode_which_has_no_heart_rate():
    bench = started(Fake())
    assert bench.fake.sdk
    assert bench.fake.running == {ACC, GYRO}
    bench.stop()
    assert not bench.fake.sdk
    assert not bench.fake.running


def test_what_an_earlier_client_left_running_is_stopped_first():
    fake = Fake()
    fake.power_up()
    bench = Bench(fake)
    fake.running |= {ACC, GYRO}
    bench.carry_out(bench.session.start())
    assert fake.sdk
    assert fake.rate_hz == 208.0


def test_a_refusal_names_the_settings_and_the_remedy():
    script = driver("polar").session(StreamSettings()).start()
    answers = {
        b"\x01\x02": H10_OFFERS,
        b"\x02\x02": bytes.fromhex("f002020a"),
        b"\x03\x02": bytes.fromhex("f0030206"),
    }

    def carry_out() -> None:
        action = next(script)
        while True:
            data = getattr(action, "data", b"")
            reading = action.uuid == CONTROL_UUID and not data
            action = script.send(b"\x0f\x05" if reading else answers.get(data[:2]))

    with pytest.raises(LinkError, match=r"to start at 200 Hz with a range of 8: it needs longer packets"):
        carry_out()


# Two streams that become one


def split(packets: list[RawPacket]) -> tuple[list[RawPacket], list[RawPacket]]:
    """Return the gyro's packets, and the accelerometer's."""
    return [p for p in packets if p.payload[0] == GYRO], [p for p in packets if p.payload[0] == ACC]


def test_a_lost_gyro_packet_takes_the_accelerometers_samples_with_it_and_they_are_counted():
    bench = started(Fake())
    bench.send(960)
    gyro, acc = split(bench.measure(240))
    bench.hear_all(p for p in [*gyro, *acc] if p is not gyro[4])
    bench.send(960)
    stats = bench.stream.stats
    assert stats.received + stats.lost == 2160
    assert stats.lost == pytest.approx(24, abs=2)
    assert stats.gaps == 1
    bench.assert_true(1200, 960)


@pytest.mark.parametrize("which", ["gyro first", "acc first", "a gyro packet behind"])
def test_the_order_in_which_the_two_arrive_does_not_matter(which: str):
    bench = started(Fake())
    gyro, acc = split(bench.measure(480))
    orders = {
        "gyro first": [*gyro, *acc],
        "acc first": [*acc, *gyro],
        "a gyro packet behind": [
            acc[0],
            *(p for pair in zip(gyro, acc[1:], strict=False) for p in pair),
            gyro[-1],
        ],
    }
    bench.hear_all(orders[which])
    assert len(bench.t_s) == 480
    bench.assert_true(0, 480)
    assert bench.stream.stats.gaps == 0


class Phased(Fake):
    """Gyro samples are taken 0.3 periods later than the accelerometer's, and its packets hold others."""

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        late = first + 0.3 + np.arange(len(gyr_dps))[:, None]
        gyr_dps = np.array([90.0, 60.0, -45.0]) * np.sin(late / np.array([23.0, 31.0, 13.0]) + 1.0)
        sent = []
        for measurement, rows, lsb, count, phase in (
            (GYRO, gyr_dps, self.gyr_lsb_dps, 30, 0.3),
            (ACC, acc_g, self.acc_lsb_g, size, 0.0),
        ):
            for start in range(0, len(rows), count):
                end = min(start + count, len(rows))
                stamp_ns = EPOCH_NS + round((first + end - 1 + phase) / self.rate_hz * 1e9)
                raw = np.rint(rows[start:end] / lsb).astype(np.int64)
                sent.append(Sent(DATA_UUID, delta_frame(measurement, stamp_ns, raw), first + end))
        return sorted(sent, key=lambda item: item.upto)


def test_the_angular_rate_is_told_for_the_accelerometers_instants():
    bench = started(Phased())
    bench.send(480)
    acc, gyr = bench.truth(0, 480)
    count = len(bench.t_s)
    assert count > 440
    # Between samples a straight line is off by an eighth of a period squared times the second derivative.
    bound = np.deg2rad(45.0 / 13.0**2 / 8 + 2 * bench.fake.gyr_lsb_dps)
    assert np.abs(bench.gyr_radps[1:] - gyr[1:count]).max() < bound
    assert bench.acc_mps2 == pytest.approx(acc[:count], abs=bench.fake.acc_lsb_g * G)


def test_a_gyro_that_falls_silent_is_told_and_nothing_goes_missing_silently():
    bench = started(Fake())
    bench.send(960)
    _, acc = split(bench.measure(15 * 208))
    bench.hear_all(acc)
    assert bench.stream.stats.undecodable > 0
    bench.send(960)
    stats = bench.stream.stats
    assert stats.received + stats.lost == 960 + 15 * 208 + 960


def test_frames_that_come_before_their_start_is_answered_are_kept():
    bench = started(Fake(StreamSettings(gyr_range_dps=0)))
    answer = next(p for p in reversed(bench.packets) if p.kind is PacketKind.INDICATION)
    early, late = bench.measure(48)
    again = Bench(bench.fake)
    again.hear_all(p for p in bench.packets if p is not answer)
    again.hear_all([early, answer, late])
    assert len(again.t_s) == 48


def test_frames_of_an_earlier_clients_stream_are_not_taken_for_ours():
    bench = started(Fake(StreamSettings(gyr_range_dps=0)))
    begun = next(i for i, p in enumerate(bench.packets) if p.payload[:2] == bytes([Op.START, ACC]))
    stray, *ours = bench.measure(72)
    again = Bench(bench.fake)
    again.hear_all([*bench.packets[:begun], stray, *bench.packets[begun:], *ours])
    assert len(again.t_s) == 48


# The clock


def stamped(packet: RawPacket, by_ns: int) -> RawPacket:
    measurement, stamp_ns = struct.unpack_from("<BQ", packet.payload)
    return replace(packet, payload=struct.pack("<BQ", measurement, stamp_ns + by_ns) + packet.payload[9:])


def test_a_clock_that_is_set_while_streaming_begins_a_new_stream_and_no_years_are_lost():
    bench = started(Fake())
    bench.send(960)
    bench.hear_all(stamped(p, 9 * 365 * 86_400 * 10**9) for p in bench.measure(960))
    stats = bench.stream.stats
    assert (stats.streams, stats.lost) == (2, 0)
    assert bench.t_s[-1] == pytest.approx(1920 / 208, abs=0.2)
    bench.assert_true(1920 - 900, 900)


@pytest.mark.parametrize("off", [-0.02, 0.02])
def test_sample_times_follow_the_sensors_clock_and_not_the_nominal_rate(off: float):
    bench = started(Fake())
    true_hz = 208 * (1 + off)
    bench.fake.rate_hz = true_hz
    bench.send(208 * 20, size=57)
    assert len(bench.t_s) == 208 * 20
    assert bench.stream.stats.lost == 0
    periods = np.diff(bench.t_s[208 * 5 :])
    assert periods.mean() == pytest.approx(1 / true_hz, rel=1e-4)


def test_a_frame_lost_between_others_shows_as_time_that_no_sample_fills():
    bench = started(H10(StreamSettings(rate_hz=200)))
    bench.send(36 * 20, size=36)
    packets = bench.measure(36 * 4, size=36)
    bench.hear_all([packets[0], packets[2], packets[3]])
    assert bench.stream.stats.lost == 36
    assert bench.t_s[-1] == pytest.approx((36 * 24 - 1) / 200, abs=0.001)


def test_other_measurements_that_were_left_running_are_passed_over():
    session = driver("polar").session(StreamSettings())
    assert session.decode(RawPacket(0, DATA_UUID, bytes([1]) + bytes(30))) == []


def test_slow_long_frames_are_no_silence_to_the_watchdog():
    slow = started(Fake(StreamSettings(rate_hz=52)))
    assert quiet_of(slow.session) == pytest.approx(150 / 52)
    assert quiet_of(started(Fake()).session) < 1.0


def test_frames_that_no_start_announced_are_told_and_not_kept_for_ever():
    session = driver("polar").session(StreamSettings())
    frame = RawPacket(0, DATA_UUID, H10_FRAME)
    for _ in range(64):
        assert session.decode(frame) == []
    with pytest.raises(DecodeError, match="was not started"):
        session.decode(frame)


def test_stamps_that_jitter_by_a_millisecond_lose_nothing_and_are_evened_out():
    rng = np.random.default_rng(1)
    bench = started(Fake())
    for _ in range(208 * 30 // 48):
        packets = bench.measure(48)
        jitter_ns = [round(rng.normal(0, 1e6)) for _ in range(2)]
        bench.hear_all(stamped(packet, jitter_ns[k // 2]) for k, packet in enumerate(packets))
    stats = bench.stream.stats
    assert (stats.lost, stats.missed, stats.undecodable) == (0, 0, 0)
    late = bench.t_s[208 * 10 :]
    even = np.arange(len(late)) / 208
    assert np.abs(late - late.mean() - (even - even.mean())).max() < 1e-3
