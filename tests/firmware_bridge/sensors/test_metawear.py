"""What is special about MetaWear; what it shares with other sensors is in ``test_contract.py``."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors import RawPacket, StreamSettings, driver
from firmware_bridge.sensors.metawear import LSB_PER_DPS, LSB_PER_G, NOTIFY_UUID, vectors
from tests.firmware_bridge.sensors.cases.metawear import Fake, R
from tests.firmware_bridge.sensors.contract import Bench, started
from tests.firmware_bridge.sensors.shared_packets import shared_packets

PUBLISHED = [
    (
        "031c62b7530de9fd16d04d0e57028affa1050a01",
        LSB_PER_G[8],
        [[-4.539, 0.833, -0.131], [-2.995, 0.894, 0.146], [-0.029, 0.352, 0.065]],
    ),
    ("030416c494a22ad0", LSB_PER_G[4], [[-1.872, -2.919, -1.495]]),
    ("13053e43ff7f0080", LSB_PER_DPS[500], [[262.409, 499.497, -499.512]]),
]
"""Frames and what they mean (g, deg/s), as the maker publishes them."""


@pytest.mark.parametrize(("hexadecimal", "per_lsb", "truth"), PUBLISHED)
def test_a_published_frame_decodes_to_its_values(hexadecimal: str, per_lsb: float, truth: list[list[float]]):
    assert vectors(bytes.fromhex(hexadecimal)) / per_lsb == pytest.approx(np.array(truth), abs=6e-4)


def test_every_recorded_frame_decodes_to_its_values():
    for packet in shared_packets("metawear"):
        size = int(packet["range"].split()[0])
        raw = vectors(bytes.fromhex(packet["hex"]))
        if "acc_g" in packet:
            assert raw / LSB_PER_G[size] == pytest.approx(np.array(packet["acc_g"]), abs=6e-4)
        else:
            assert raw / LSB_PER_DPS[size] == pytest.approx(np.array(packet["gyr_dps"]), abs=6e-4)


def test_a_published_frame_comes_through_the_driver_in_si_units():
    session = driver("metawear").session(StreamSettings(acc_range_g=8, gyr_range_dps=0))
    (chunk,) = session.decode(RawPacket(0, NOTIFY_UUID, bytes.fromhex(PUBLISHED[0][0])))
    assert chunk.acc_mps2 / 9.80665 == pytest.approx(np.array(PUBLISHED[0][2]), abs=6e-4)


@pytest.mark.parametrize(("board", "model"), [(Fake, "MetaMotion S"), (R, "MetaMotion R/RL")])
def test_both_chips_are_set_up_in_their_own_way(board: type[Fake], model: str):
    bench = started(board(StreamSettings(rate_hz=100, acc_range_g=16, gyr_range_dps=2000)))
    bench.send(99)
    bench.assert_true(0, 99)
    assert bench.stream.info.model == model
    assert (bench.fake.acc_range_g, bench.fake.gyr_range_dps) == (16, 2000)


def test_a_range_between_two_is_rounded_up_and_one_above_all_down():
    fake = Fake(StreamSettings(acc_range_g=5, gyr_range_dps=4000))
    started(fake)
    assert (fake.acc_range_g, fake.gyr_range_dps) == (8, 2000)


def test_a_gyro_that_starts_late_costs_the_accelerometers_early_samples():
    bench = started(Fake())
    bench.hear_all(packet for packet in bench.measure(12) if packet.payload[0] == 0x03)
    bench.send(300)
    bench.assert_true(12, 300)
    assert len(bench.t_s) == 300
    assert bench.stream.stats.lost == 0


@pytest.mark.parametrize("module", [0x03, 0x13])
def test_a_lost_frame_of_one_sensor_costs_as_much_of_the_other_and_no_more(module: int):
    bench = started(Fake())
    bench.send(600)
    packets = bench.measure(600)
    packets.remove(next(packet for packet in packets if packet.payload[0] == module))
    bench.hear_all(packets)
    bench.send(600)
    stats = bench.stream.stats
    assert stats.received + stats.lost == pytest.approx(bench.number, abs=3)
    assert stats.lost == 3
    bench.assert_true(bench.number - 300, 300) if module == 0x13 else assert_rows_belong_together(bench)


def assert_rows_belong_together(bench: Bench) -> None:
    """Assert that acc and gyr of the last rows are of one moment, whichever that is."""
    acc, gyr = bench.truth(bench.number - 310, 310)
    rows = np.hstack([bench.acc_mps2[-200:], bench.gyr_radps[-200:]])
    truth = np.hstack([acc, gyr])
    for row in rows:
        assert np.abs(truth - row).max(axis=1).min() < 0.01


def test_a_frame_of_one_sample_among_packed_ones_is_refused():
    bench = started(Fake())
    with pytest.raises(DecodeError, match="packed"):
        bench.session.decode(RawPacket(0, NOTIFY_UUID, bytes.fromhex(PUBLISHED[1][0])))


def test_what_an_earlier_client_left_running_is_stopped_first():
    fake = Fake()
    bench = Bench(fake)
    bench.connect()
    writes = [packet.payload.hex() for packet in bench.packets if packet.kind == "write"]
    assert writes.index("030100") < writes.index("0303a903")
    assert writes.index("130101") < writes.index("030101")
