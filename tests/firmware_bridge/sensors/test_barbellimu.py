from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors import LinkState, PacketKind, RawPacket, StreamSettings, driver, link_packet
from firmware_bridge.sensors.barbellimu import COMMAND_UUID, STATUS_UUID, STREAM_UUID
from tests.firmware_bridge.sensors.cases.barbellimu import Fake
from tests.firmware_bridge.sensors.contract import started

# Laid out by hand: 1.5 s, acc 12, -1000, 998 mg, gyro 90, -0.5, 2000 deg/s in 16ths, packet 200, streaming.
SAMPLE = bytes.fromhex("60e31600 0c00 18fc e603 a005 f8ff 007d c8 01 0000")


def fresh(**settings: float):
    session = driver("barbellimu").session(StreamSettings(**settings))
    session.decode(link_packet(0, LinkState.CONNECTED))
    return session


def test_a_sample_is_in_mg_and_sixteenths_of_a_degree_a_second():
    (chunk,) = fresh().decode(RawPacket(7, STREAM_UUID, SAMPLE))
    assert chunk.acc_mps2 == pytest.approx(np.array([[0.012, -1.0, 0.998]]) * 9.80665)
    assert chunk.gyr_radps == pytest.approx(np.deg2rad([[90.0, -0.5, 2000.0]]))
    assert (chunk.device_us, chunk.index, chunk.host_ns) == (1_500_000, 0, 7)


@pytest.mark.parametrize("length", [0, 4, 19, 21])
def test_a_packet_of_another_length_is_refused(length: int):
    with pytest.raises(DecodeError, match=f"{length} bytes, a sample has 20"):
        fresh().decode(RawPacket(0, STREAM_UUID, (SAMPLE + bytes(9))[:length]))


def test_the_status_tells_firmware_and_ranges():
    session = fresh()
    session.decode(RawPacket(0, STATUS_UUID, bytes.fromhex("6400 02 01 03 01 01 09"), PacketKind.READ))
    info = session.info
    assert info.firmware == "1.9"
    assert info.acc_range_mps2 == pytest.approx(8 * 9.80665)
    assert info.gyr_range_radps == pytest.approx(np.deg2rad(500))


def test_a_range_that_no_register_code_stands_for_is_unknown_and_no_error():
    session = fresh()
    session.decode(RawPacket(0, STATUS_UUID, bytes.fromhex("6400 10 fa 03 01 01 09"), PacketKind.READ))
    assert (session.info.acc_range_mps2, session.info.gyr_range_radps) == (None, None)


@pytest.mark.parametrize(("wish", "got"), [(10, 50), (80, 100), (150, 125), (190, 200), (1000, 200)])
def test_the_nearest_rate_that_the_chip_can_keep_is_asked_for(wish: float, got: int):
    actions = list(driver("barbellimu").session(StreamSettings(rate_hz=wish)).stop())
    assert [action.data for action in actions] == [b"\x02"]
    bench = started(Fake(StreamSettings(rate_hz=wish)))
    writes = [p.payload for p in bench.packets if p.characteristic == COMMAND_UUID]
    assert writes == [b"\x02", b"\x01" + got.to_bytes(2, "little")]
    assert bench.stream.info.rate_hz == got


@pytest.mark.parametrize("lost", [1, 255, 256, 257, 300, 1024, 5000])
def test_losses_of_more_than_the_8_bit_counter_holds_are_counted_by_the_clock(lost: int):
    bench = started(Fake())
    bench.send(600)
    bench.measure(lost)
    bench.send(600)
    stats = bench.stream.stats
    assert (stats.received, stats.lost, stats.gaps) == (1200, lost, 1)
    assert bench.t_s[-1] == pytest.approx((bench.number - 1) / 200, abs=0.005)


def test_a_sensor_that_stood_still_lost_no_packet_and_the_clock_tells_what_is_missing():
    bench = started(Fake())
    bench.send(600)
    bench.fake.seq -= 200  # for a second nothing was measured, and nothing counted
    bench.number += 200
    bench.send(600)
    stats = bench.stream.stats
    assert (stats.lost, stats.gaps) == (0, 1)
    assert stats.missed == pytest.approx(200, abs=2)
    assert bench.t_s[-1] == pytest.approx(1399 / 200, abs=0.01)


def test_the_calibration_command_is_never_sent():
    bench = started(Fake())
    bench.stop()
    assert all(p.payload[0] in (1, 2) for p in bench.packets if p.characteristic == COMMAND_UUID)


class Slow(Fake):
    """Its status tells the new rate only when it is read again."""

    stale_reads = 1

    def read(self, uuid: str) -> bytes | None:
        status = super().read(uuid)
        if status is None or self.stale_reads == 0:
            return status
        self.stale_reads -= 1
        return b"\x64\x00" + status[2:]


def test_a_status_that_lags_behind_is_read_again():
    bench = started(Slow())
    assert bench.fake.streaming
    assert bench.stream.info.rate_hz == 200.0
