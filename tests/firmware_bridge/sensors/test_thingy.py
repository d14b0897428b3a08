"""Layouts: Nordic Thingy:52 v2.2.0, Firmware architecture, Motion service."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors import PacketKind, RawPacket, StreamSettings, driver
from firmware_bridge.sensors.thingy import CONFIG_UUID, RATES_HZ, RAW_UUID
from tests.firmware_bridge.sensors.cases.thingy import Fake
from tests.firmware_bridge.sensors.contract import Bench, started

ON_A_TABLE = bytes.fromhex("faff f4ff f603")
"""Acceleration that a Thingy on a table sent (devzone.nordicsemi.com, question 47415)."""


def decoded(payload: bytes):
    (chunk,) = driver("thingy").session(StreamSettings()).decode(RawPacket(0, RAW_UUID, payload))
    return chunk


def test_a_thingy_on_a_table_feels_one_g_and_its_z_axis_points_down():
    acc = decoded(ON_A_TABLE + bytes(12)).acc_mps2
    assert acc == pytest.approx(np.array([[6, 12, -1014]]) / 1024 * 9.80665)
    assert np.linalg.norm(acc) == pytest.approx(9.80665, rel=0.01)


def test_the_gyro_has_eleven_integer_and_five_fractional_bits():
    gyr = decoded(struct.pack("<9h", 0, 0, -1024, 32, -2880, 16, 0, 0, 0)).gyr_radps
    assert gyr == pytest.approx(np.deg2rad([[1.0, -90.0, 0.5]]))


@pytest.mark.parametrize("length", [0, 17, 19])
def test_a_packet_of_another_length_is_refused(length: int):
    with pytest.raises(DecodeError, match=f"{length} bytes, a sample has 18"):
        decoded(bytes(length))


def config_writes(bench: Bench) -> list[bytes]:
    return [p.payload for p in bench.packets if (p.kind, p.characteristic) == (PacketKind.WRITE, CONFIG_UUID)]


def test_the_rate_is_written_to_flash_only_where_it_is_another():
    first = started(Fake())
    assert config_writes(first) == [struct.pack("<4HB", 1000, 500, 500, 50, 1)]
    assert config_writes(started(first.fake)) == []


def test_no_rate_is_asked_for_that_the_radio_would_thin_out_unseen():
    assert max(RATES_HZ) == 50.0
    assert all(200 % rate == 0 for rate in RATES_HZ)
    assert started(Fake(StreamSettings(rate_hz=200))).stream.info.rate_hz == 50.0


def test_time_is_counted_and_said_to_be():
    bench = started(Fake())
    bench.send(500)
    assert bench.stream.info.time_source == "counted"
    assert bench.stream.info.firmware == "2.2.0"
    assert np.diff(bench.t_s) == pytest.approx(0.02)


def test_without_a_wish_for_the_gyro_the_accelerometer_comes_alone():
    bench = started(Fake(StreamSettings(gyr_range_dps=0)))
    bench.send(50)
    assert all(block.gyr_radps is None for block in bench.blocks)
    assert bench.stream.info.gyr_range_radps is None
