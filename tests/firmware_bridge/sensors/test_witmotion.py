"""What is special about WitMotion; what it shares with other sensors is in ``test_contract.py``."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors import Pause, RawPacket, StreamSettings, Subscribe, Write, driver
from firmware_bridge.sensors.witmotion import NOTIFY_UUID, Frames
from tests.firmware_bridge.sensors.cases.witmotion import Fake
from tests.firmware_bridge.sensors.contract import Bench, started
from tests.firmware_bridge.sensors.shared_packets import shared_packets

G = 9.80665
LOGGED = [
    ("556135ff59ff0a08000000000000b9fc", [-0.0991, -0.0815, 1.0049], [0, 0, 0]),
    ("5561e403ebf43f007c0202ff330052fe", [0.4863, -1.3853, 0.0308], [38.82, -15.50, 3.11]),
]
"""Real frames without their last two angles, which the log did not show."""


def decoded(payload: bytes, settings: StreamSettings | None = None):
    session = driver("witmotion").session(settings or StreamSettings())
    return session.decode(RawPacket(0, NOTIFY_UUID, payload))


def frame(hexadecimal: str) -> bytes:
    return bytes.fromhex(hexadecimal).ljust(20, b"\0")


@pytest.mark.parametrize(("hexadecimal", "acc_g", "gyr_dps"), LOGGED)
def test_a_real_frame_decodes_to_its_log(hexadecimal: str, acc_g: list[float], gyr_dps: list[float]):
    (chunk,) = decoded(frame(hexadecimal))
    assert chunk.acc_mps2[0] == pytest.approx(np.array(acc_g) * G, abs=1e-3)
    assert chunk.gyr_radps[0] == pytest.approx(np.deg2rad(gyr_dps), abs=2e-4)


def test_every_recorded_frame_decodes_to_its_log():
    for packet in shared_packets("witmotion"):
        (chunk,) = decoded(frame(packet["hex"]))
        assert chunk.acc_mps2[0] / G == pytest.approx(packet["acc_g"], abs=1e-4)
        assert np.rad2deg(chunk.gyr_radps[0]) == pytest.approx(packet["gyr_dps"], abs=0.01)


def test_the_samples_of_one_notification_are_one_chunk():
    (chunk,) = decoded(frame(LOGGED[0][0]) * 8)
    assert len(chunk) == 8


def test_the_gyro_is_left_out_where_nobody_wants_it():
    (chunk,) = decoded(frame(LOGGED[0][0]), StreamSettings(gyr_range_dps=0))
    assert chunk.gyr_radps is None


def test_settings_come_before_listening_and_slowly():
    actions = list(driver("witmotion").session(StreamSettings(rate_hz=90)).start())
    writes = [action.data.hex() for action in actions if isinstance(action, Write)]
    assert writes == ["ffaa6988b5", "ffaa030900", "ffaa1f0300", "ffaa000000"]
    for number, action in enumerate(actions):
        if isinstance(action, Write):
            assert actions[number + 1] == Pause(0.15)
    assert actions.index(Subscribe(NOTIFY_UUID)) > actions.index(Pause(0.15))
    assert [type(action) for action in actions].index(Subscribe) > 5


@pytest.mark.parametrize(("rate_hz", "bandwidth"), [(200, 2), (100, 3), (50, 4), (20, 5), (10, 6)])
def test_the_filter_is_the_widest_below_half_the_rate(rate_hz: float, bandwidth: int):
    fake = Fake(StreamSettings(rate_hz=rate_hz))
    started(fake)
    assert fake.saved[0x1F] == bandwidth


def test_a_sensor_that_stays_at_another_rate_is_believed():
    fake = Fake(StreamSettings(rate_hz=200))
    fake.only = 9
    bench = started(fake)
    bench.send(200)
    assert bench.stream.info.rate_hz == 100.0
    assert np.diff(bench.t_s) == pytest.approx(0.01)


def test_an_answer_between_samples_is_no_sample():
    answer = b"\x55\x71\x03\x00" + bytes([0x0B]) + bytes(15)
    sample = frame(LOGGED[1][0])
    (chunk,) = decoded(sample + answer + sample)
    assert len(chunk) == 2


def test_it_finds_back_after_bytes_that_are_no_frame():
    frames = Frames()
    good = frame(LOGGED[1][0])
    assert frames.feed(good[:13]) == ([], 0)
    assert frames.feed(good * 2) == ([good, good], 13)
    assert frames.feed(b"\x55\x55\x55" + good) == ([good], 3)


def test_a_head_inside_a_sample_is_no_frame():
    tricky = b"\x55\x61" + b"\x55\x61" * 9
    assert Frames().feed(tricky * 5) == ([tricky] * 5, 0)


def test_bytes_without_any_frame_are_an_error():
    with pytest.raises(DecodeError, match="30 bytes that belong to no frame"):
        decoded(bytes(30))


def test_a_radio_that_drops_a_third_is_noticed_and_time_stays_true():
    """As on a Mac with one frame a notification: 200 Hz are set, 133 arrive."""
    bench = started(Fake())
    for _ in range(60):
        for packet in bench.measure(48, size=16)[:2]:
            bench.hear(packet)
    stats = bench.stream.stats
    assert stats.received == 60 * 32
    assert stats.received + stats.lost == pytest.approx(bench.number, rel=0.05)
    assert bench.t_s[-1] == pytest.approx(bench.number / 200, abs=1.5)


@pytest.mark.parametrize("true_hz", [198.7, 199.6, 201.0])
def test_a_rate_that_is_a_little_off_is_no_loss(true_hz: float):
    bench = started(Fake())
    numbers = np.arange(0, 200 * 120, 8)
    for number, packet in zip(numbers, bench.measure(len(numbers) * 8), strict=True):
        arrival_ns = 5_000_000_000 + round((number + 8) / true_hz * 1e9)
        bench.hear(RawPacket(arrival_ns, packet.characteristic, packet.payload))
    assert bench.stream.stats.lost == 0


def test_stalls_as_logged_are_no_loss():
    """Gaps to 0.92 s between notifications, later caught up."""
    rng = np.random.default_rng(4)
    bench = Bench(Fake())
    bench.connect()
    held: list[RawPacket] = []
    until_ns = 0
    for packet in bench.measure(200 * 60):
        if packet.host_ns > until_ns and rng.random() < 0.01:
            until_ns = packet.host_ns + round(rng.uniform(0.1, 0.92) * 1e9)
        held.append(packet)
        if packet.host_ns >= until_ns:
            for each in held:
                bench.hear(RawPacket(packet.host_ns, each.characteristic, each.payload))
            held = []
    assert bench.stream.stats.lost == 0
    assert bench.stream.stats.gaps == 0
