"""Layouts: Movella DOT BLE Service Specification, XD0506P revision C, tables 7, 13 to 15 and 17."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors import PacketKind, RawPacket, StreamSettings, driver
from firmware_bridge.sensors.movella import (
    DEVICE_UUID,
    LONG_UUID,
    MEASUREMENT_UUID,
    MEDIUM_UUID,
    RATES_HZ,
    SHORT_UUID,
    decode_payload,
)
from tests.firmware_bridge.sensors.cases.movella import Fake
from tests.firmware_bridge.sensors.contract import Bench, started

ACC = (0.5, -9.75, 1.25)  # exact in float32
GYR = (90.0, -0.5, 1024.0)


def test_rate_quantities_are_acceleration_and_angular_rate_of_the_sensor():
    data = struct.pack("<I6f", 1_000_000, *ACC, *GYR).ljust(40, b"\0")
    acc, gyr = decode_payload(21, MEDIUM_UUID, data)
    assert acc.tolist() == [list(ACC)]
    assert gyr.tolist() == [list(GYR)]


def test_the_two_other_modes_that_hold_them_are_read_too():
    with_mag = struct.pack("<I6f3h", 5, *ACC, *GYR, 1, 2, 3)
    with_quaternion = struct.pack("<I4f6f", 5, 1.0, 0.0, 0.0, 0.0, *ACC, *GYR)
    for mode, uuid, data in ((20, MEDIUM_UUID, with_mag), (26, LONG_UUID, with_quaternion)):
        acc, gyr = decode_payload(mode, uuid, data)
        assert acc.tolist() == [list(ACC)]
        assert gyr.tolist() == [list(GYR)]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (1, "only the maker's own software"),
        (3, "taken gravity out"),
        (5, "orientation alone"),
        (6, "taken gravity out"),
        (16, "taken gravity out"),
        (19, "sums over an interval"),
        (24, "orientation and angular rate alone"),
        (99, "not a known mode"),
        (None, "no start was seen"),
    ],
)
def test_what_is_no_specific_force_is_refused_in_plain_words(mode: int | None, words: str):
    with pytest.raises(DecodeError, match=rf"{words}.*; record with mode 21, rate quantities"):
        decode_payload(mode, MEDIUM_UUID, bytes(40))


def test_a_recording_of_another_apps_stream_is_refused_packet_by_packet():
    session = driver("movella").session(StreamSettings())
    session.decode(RawPacket(0, MEASUREMENT_UUID, bytes([1, 1, 16]), PacketKind.WRITE))
    with pytest.raises(DecodeError, match=r"payload mode 16 .*gravity"):
        session.decode(RawPacket(0, MEDIUM_UUID, struct.pack("<I6f", 5, *GYR, *ACC)))


@pytest.mark.parametrize(
    ("uuid", "data", "words"),
    [
        (SHORT_UUID, bytes(28), "does not come on"),
        (MEDIUM_UUID, bytes(27), "27 bytes, payload mode 21 has 28"),
        (MEDIUM_UUID, struct.pack("<I6f", 0, float("nan"), 0, 0, 0, 0, 0), "no DOT can measure"),
        (MEDIUM_UUID, struct.pack("<I6f", 0, 0, 0, 0, 1e30, 0, 0), "no DOT can measure"),
        (MEDIUM_UUID, bytes.fromhex("00000000 0100807f") + bytes(20), "no DOT can measure"),  # signalling NaN
    ],
)
def test_what_is_no_sample_is_told(uuid: str, data: bytes, words: str):
    with pytest.raises(DecodeError, match=words):
        decode_payload(21, uuid, data)


def device_writes(bench: Bench) -> list[bytes]:
    return [p.payload for p in bench.packets if (p.kind, p.characteristic) == (PacketKind.WRITE, DEVICE_UUID)]


def test_the_rate_is_written_to_flash_only_where_it_is_another():
    first = started(Fake())
    assert [data[24:26] for data in device_writes(first)] == [b"\x3c\x00"]
    again = started(first.fake)
    assert device_writes(again) == []


def test_the_rates_for_recordings_in_the_sensors_memory_are_not_offered():
    assert 120.0 not in RATES_HZ
    assert started(Fake(StreamSettings(rate_hz=200))).stream.info.rate_hz == 60.0


def test_what_an_app_left_running_is_stopped_before_the_rate_is_set():
    fake = Fake()
    bench = Bench(fake)
    fake.power_up()
    fake.streaming = True
    bench.carry_out(bench.session.start())
    assert (fake.rate_hz, fake.mode, fake.streaming) == (60.0, 21, True)


def test_the_sensor_tells_its_generation_and_firmware():
    info = started(Fake()).stream.info
    assert (info.model, info.firmware) == ("XS-T02", "2.4.0")


def test_single_lost_samples_are_counted_by_the_sensors_clock():
    bench = started(Fake())
    packets = bench.measure(600)
    dropped = {100, 101, 102, 250, 400, 401}
    bench.hear_all(packet for number, packet in enumerate(packets) if number not in dropped)
    stats = bench.stream.stats
    assert (stats.received, stats.lost, stats.gaps) == (594, 6, 3)
    assert np.diff(bench.t_s).max() == pytest.approx(4 / 60, abs=0.001)
