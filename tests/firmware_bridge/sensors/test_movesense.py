"""What is special about Movesense; what it shares with other sensors is in ``test_contract.py``."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors import RawPacket, StreamSettings, driver
from firmware_bridge.sensors.movesense import NOTIFY_UUID, vectors
from tests.firmware_bridge.sensors.cases.movesense import Fake
from tests.firmware_bridge.sensors.contract import Bench, started
from tests.firmware_bridge.sensors.shared_packets import shared_packets

CAPTURED = bytes.fromhex(
    "aca1020094b578bf399b8840cdb20d4155ff7cbf6a60884092c70c4182627cbfa2e988405da00c418bf871bf71248940c38c0c41"
    "48e17abf713daabf3333b3bec3f568bf713daabf3e0ad7beae4721bff628bcbf3e0ad7beae4721bf3333b3bf3e0ad7be"
)
"""A real /Meas/IMU6/52 packet without its header; beside it lay the sensor's own log, which is the truth."""
LOGGED_MPS2 = [
    [-0.97152, 4.26895, 8.85615],
    [-0.98827, 4.26177, 8.79872],
    [-0.98588, 4.27852, 8.78915],
    [-0.94520, 4.28570, 8.78437],
]
LOGGED_DPS = [[-0.98, -1.33, -0.35], [-0.91, -1.33, -0.42], [-0.63, -1.47, -0.42], [-0.63, -1.40, -0.42]]


def decoded(rate_hz: float, *payloads: bytes):
    session = driver("movesense").session(StreamSettings(rate_hz=rate_hz))
    return [chunk for data in payloads for chunk in session.decode(RawPacket(0, NOTIFY_UUID, data))]


def test_a_real_packet_decodes_to_what_the_sensor_logged():
    (chunk,) = decoded(52, b"\x02\x63" + CAPTURED)
    assert chunk.acc_mps2 == pytest.approx(np.array(LOGGED_MPS2), abs=1e-5)
    assert chunk.gyr_radps == pytest.approx(np.deg2rad(LOGGED_DPS), abs=1e-6)
    assert chunk.device_us == 172_460_000
    assert np.linalg.norm(chunk.acc_mps2, axis=1) == pytest.approx(9.8, abs=0.1)  # a sensor at rest


@pytest.mark.parametrize("cut", range(1, len(CAPTURED)))
def test_a_packet_in_two_parts_is_put_together_wherever_it_is_cut(cut: int):
    (chunk,) = decoded(52, b"\x02\x63" + CAPTURED[:cut], b"\x03\x63" + CAPTURED[cut:])
    assert chunk.acc_mps2 == pytest.approx(np.array(LOGGED_MPS2), abs=1e-5)


def test_every_recorded_packet_decodes_to_its_log():
    for packet in shared_packets("movesense"):
        body = bytes.fromhex(packet["hex"])
        blocks = [name for name in packet["expect"] if name.startswith("Array")]
        if "ArrayMagn" in blocks and len(blocks) == 1:
            continue  # a magnetometer alone is of no use to us
        acc, gyr = vectors(body, len(blocks))
        got = dict(zip(blocks, (acc, gyr), strict=False))
        for name, rows in got.items():
            truth = [[row[axis] for axis in "xyz"] for row in packet["expect"][name]]
            assert rows == pytest.approx(np.array(truth), abs=1e-6), packet["path"]


def test_without_the_gyro_only_the_accelerometer_is_asked_for():
    session = driver("movesense").session(StreamSettings(rate_hz=100, gyr_range_dps=0))
    script = session.start()
    next(script)
    script.send(None)
    acc_config = script.send(b"\x01\x01\x01serial")
    subscribe = script.send(None)
    assert acc_config.data == b"\x04\x02/Meas/Acc/Config"
    assert subscribe.data == b"\x01\x63/Meas/Acc/104"
    with pytest.raises(StopIteration):
        script.send(b"\x01\x63\xc8\x00")


def test_200_hz_is_rounded_to_what_the_sensor_has():
    assert started(Fake(StreamSettings(rate_hz=200))).stream.info.rate_hz == 208.0


def test_it_tells_its_product_firmware_and_ranges():
    info = started(Fake()).stream.info
    assert (info.model, info.firmware) == ("SS2_NGP", "Showcase 2.3.1")
    assert info.acc_range_mps2 == pytest.approx(8 * 9.80665)
    assert info.gyr_range_radps == pytest.approx(np.deg2rad(2000))


def test_firmware_that_packs_fewer_samples_is_learnt_from():
    bench = started(Fake(StreamSettings(rate_hz=208)))
    bench.send(96, size=8)  # 196 bytes in one notification, where 388 in two are usual
    assert bench.stream.stats.received == 88  # the first was waiting for a second part
    bench.assert_true(8, 88)


def test_firmware_that_packs_more_samples_is_learnt_from():
    bench = started(Fake(StreamSettings(rate_hz=104)))
    bench.send(128, size=16)
    bench.assert_true(48, 80)
    assert bench.stream.stats.received + bench.stream.stats.lost >= 112


def test_a_second_part_alone_is_left_out_and_its_samples_counted_as_lost():
    bench = started(Fake())
    bench.send(160)
    packets = bench.measure(160)
    bench.hear_all(packets[:4] + packets[5:])
    stats = bench.stream.stats
    assert (stats.received, stats.lost, stats.undecodable) == (304, 16, 1)


def test_a_lost_second_part_is_lost_even_where_the_first_looks_whole():
    session = driver("movesense").session(StreamSettings(rate_hz=208))
    rows = np.vstack([np.full((16, 3), 9.0), np.full((16, 3), 50.0)]).astype("<f4").tobytes()
    got = []
    for number in range(6):
        body = struct.pack("<I", 1000 + number * 77) + rows
        first, second = body[:148], body[148:]  # 148 = 4 + 6 vectors: by itself a packet of 3 samples
        for payload in (b"\x02\x63" + first, *([] if number in (2, 3) else [b"\x03\x63" + second])):
            got += session.decode(RawPacket(0, NOTIFY_UUID, payload))
    assert [len(chunk) for chunk in got] == [16] * 4
    assert all((chunk.acc_mps2 == 9.0).all() for chunk in got)
    assert [chunk.index for chunk in got] == [0, 16, 64, 80]


def test_an_overflow_that_is_no_multiple_of_a_packet_is_counted_too():
    bench = started(Fake())
    bench.send(320)
    bench.measure(77)
    bench.send(320)
    assert (bench.stream.stats.received, bench.stream.stats.lost) == (640, 77)


@pytest.mark.parametrize("rate_error", [0.97, 1.03])
def test_the_true_rate_is_learnt_and_no_loss(rate_error: float):
    fake = Fake()
    bench = started(fake)
    nominal_hz, fake.rate_hz = fake.rate_hz, fake.rate_hz * rate_error
    bench.send(16 * 200)
    assert bench.stream.stats.lost == 0
    assert 1 / np.diff(bench.t_s[-1000:]).mean() == pytest.approx(nominal_hz * rate_error, rel=1e-3)


def test_values_that_no_sensor_measures_are_refused():
    nonsense = CAPTURED[:4] + np.full(24, np.nan, "<f4").tobytes()
    with pytest.raises(DecodeError, match="no Movesense can measure"):
        decoded(52, b"\x02\x63" + nonsense)


def test_data_of_a_subscription_that_is_not_ours_is_refused():
    with pytest.raises(DecodeError, match="subscription 7") as caught:
        decoded(52, b"\x02\x07" + CAPTURED)
    assert caught.value.offset == 1


def test_a_silent_sensor_is_told_from_old_firmware_only_by_advice():
    old = Fake()
    old.greets = False
    with pytest.raises(Exception, match="GATT SensorData Protocol") as caught:
        Bench(old).connect()
    assert caught.value.advice.startswith("update its firmware")
