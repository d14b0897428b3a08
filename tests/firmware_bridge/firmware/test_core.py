"""The profile core, seen as a client, an IMU and a radio see it, against the words of ``PROFILE.md``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge import profile
from firmware_bridge.profile import Config, Flag, Format, Op, Response, StartSettings, Status
from tests.firmware_bridge.firmware.building import COMPILER
from tests.firmware_bridge.firmware.console import Console, as_word, console

pytestmark = COMPILER

SETTINGS = StartSettings(rate_millihz=200_000, acc_range_g=16, gyr_range_dps=2000, latency_ms=40)
PERIOD_US = 5_000


@dataclass
class Sensor:
    """The core with a client connected; samples tell their number since START."""

    core: Console
    number: int = 0
    ref: int = 0
    packets: list[profile.DataPacket] = field(default_factory=list)

    def request(self, data: bytes) -> Response | None:
        assert self.core.ask("write", as_word(data)) == "0"
        return self.answer()

    def answer(self) -> Response | None:
        data = self.core.value("answer")
        return profile.decode_response(data) if data else None

    def start(self, wanted: StartSettings = SETTINGS) -> Config:
        self.ref += 1
        response = self.request(profile.encode_start(self.ref, wanted))
        assert response is not None
        assert (response.op, response.ref, response.status) == (Op.START, self.ref, Status.OK)
        self.number = 0
        return response.config or self.config()

    def config(self) -> Config:
        return profile.decode_config(self.core.value("config"))

    def measure(self, count: int, *, take: bool = True) -> None:
        for _ in range(count):
            k = self.number
            self.core.ask("clock", k * PERIOD_US)
            self.core.ask("push", k * PERIOD_US, k, -k, 2048, 7, k % 100, -k)
            self.number += 1
            if take:
                self.take()

    def lose(self, count: int) -> None:
        self.core.ask("lose", count)
        self.number += count

    def take(self) -> list[profile.DataPacket]:
        taken = []
        while data := self.core.value("packet"):
            taken.append(profile.decode_data(data))
        self.packets += taken
        return taken

    def assert_true(self) -> None:
        """Every sample is the one of its index, in packets without a hole inside."""
        for packet in self.packets:
            assert packet.index is not None
            numbers = np.arange(packet.index, packet.index + len(packet))
            np.testing.assert_array_equal(packet.acc[:, 0], numbers)
            assert packet.t_us == packet.index * PERIOD_US
        assert [packet.seq for packet in self.packets] == list(range(len(self.packets)))


@pytest.fixture(scope="module")
def core(programs: Path) -> Iterator[Console]:
    with console(programs / "check/console") as running:
        yield running


@pytest.fixture
def sensor(core: Console) -> Sensor:
    return connected(core)


def connected(core: Console, *, capacity: int = 256, mtu: int = 247) -> Sensor:
    core.ask_all([("reset", capacity), ("connect",), ("mtu", mtu), ("notify", 1)])
    return Sensor(core)


# Streaming


def test_samples_go_out_in_full_packets_each_once_and_in_order(sensor: Sensor):
    config = sensor.start()
    assert config == Config.from_settings(SETTINGS, mtu=247, stream_id=1)
    sensor.measure(80)
    assert [len(packet) for packet in sensor.packets] == [8] * 10
    assert {packet.stream_id for packet in sensor.packets} == {1}
    assert not any(packet.flags for packet in sensor.packets)
    sensor.assert_true()


def test_the_worked_example_of_the_profile(core: Console):
    sensor = connected(core)
    core.ask("write", "0107400d03001000d0072800")
    assert core.value("answer").hex() == "81070001000801400d03001000d0070ae89c3b58a08b3a28000100"
    sensor.measure(8, take=False)
    assert core.value("packet")[:12].hex() == "101000000000000000000000"
    sensor.measure(8, take=False)
    assert core.value("packet")[:12].hex() == "1010010008000000409c0000"


def test_a_packet_goes_when_its_first_sample_is_as_old_as_the_latency(sensor: Sensor):
    sensor.start()
    sensor.measure(3)
    sensor.core.ask("clock", 39_999)
    assert sensor.take() == []
    sensor.core.ask("clock", 40_000)
    assert [len(packet) for packet in sensor.take()] == [3]


def test_lost_samples_close_the_packet_leave_a_hole_in_the_index_and_set_the_flag(sensor: Sensor):
    sensor.start()
    sensor.measure(3)
    sensor.lose(5)
    assert [len(packet) for packet in sensor.take()] == [3]
    sensor.measure(8)
    before, after = sensor.packets
    assert (before.flags, after.flags) == (Flag(0), Flag.LOST_BEFORE)
    assert (after.index, after.seq) == (8, 1)
    sensor.assert_true()


def test_samples_that_find_the_queue_full_are_counted(core: Console):
    sensor = connected(core, capacity=20)
    sensor.start()
    sensor.measure(50, take=False)
    assert core.ask("counts").split()[3] == "30"
    sensor.take()
    sensor.measure(8)
    assert [(packet.index, len(packet), packet.flags) for packet in sensor.packets] == [
        (0, 8, 0),
        (8, 8, 0),
        (16, 4, 0),
        (50, 8, Flag.LOST_BEFORE),
    ]
    sensor.assert_true()


def test_values_at_the_end_of_the_range_are_flagged_in_their_packet_only(sensor: Sensor):
    sensor.start()
    sensor.core.ask("push", 0, 0, 0, 32767, 0, 0, 0)
    sensor.core.ask("push", 0, 0, 0, 0, -32768, 0, 0)
    sensor.number = 2
    sensor.measure(14)
    first, second = sensor.packets
    assert (first.flags, second.flags) == (Flag.CLIP_ACC | Flag.CLIP_GYR, Flag(0))


def test_gyro_registers_mean_nothing_in_an_accelerometer_stream(sensor: Sensor):
    config = sensor.start(StartSettings(200_000, 16, 0, 40))
    sensor.core.ask("push", 0, 1, 2, 3, 32767, 0, 0)
    sensor.core.ask("clock", 40_000)
    (packet,) = sensor.take()
    assert (config.format, config.gyr_scale_radps) == (Format.ACC, 0.0)
    assert (packet.gyr, packet.flags, packet.acc.tolist()) == (None, Flag(0), [[1, 2, 3]])


@pytest.mark.parametrize(("mtu", "kind"), [(23, Format.COMPACT), (26, Format.COMPACT), (27, Format.ACC_GYR)])
def test_the_smallest_mtus_carry_one_sample_a_packet(core: Console, mtu: int, kind: Format):
    sensor = connected(core, mtu=mtu)
    config = sensor.start()
    sensor.measure(3)
    assert (config.format, config.samples_per_packet) == (kind, 1)
    assert [packet.format for packet in sensor.packets] == [kind] * 3
    assert [packet.acc[0, 0] for packet in sensor.packets] == [0, 1, 2]


def test_nothing_is_notified_that_was_not_subscribed_to(sensor: Sensor):
    sensor.core.ask("notify", 0)
    sensor.start()
    sensor.measure(20)
    assert sensor.packets == []
    stopped = sensor.request(profile.encode_request(Op.STOP, 2))
    assert stopped is not None
    assert stopped.status is Status.OK


def test_index_sequence_and_queue_wrap_without_a_seam(core: Console):
    sensor = connected(core, capacity=7)
    sensor.start(StartSettings(200_000, 16, 2000, 0))
    sensor.lose((1 << 32) - 3)
    seen = []
    for begin in range(0, 65_536 + 100, 100):
        commands = [
            command
            for number in range(begin, begin + 100)
            for command in (("push", number, number % 1000, 0, 0, 0, 0, 0), ("packet",))
        ]
        seen += [profile.decode_data(bytes.fromhex(word)) for word in core.ask_all(commands)[1::2]]
    numbers = range(len(seen))
    assert [packet.seq for packet in seen] == [number % (1 << 16) for number in numbers]
    assert [packet.index for packet in seen] == [(number - 3) % (1 << 32) for number in numbers]
    assert [number for number in numbers if seen[number].flags] == [0]


# The control point


def test_answer_to_start_comes_before_the_first_packet(sensor: Sensor):
    sensor.core.ask("write", profile.encode_start(9, SETTINGS).hex())
    sensor.measure(16)
    assert sensor.packets == []
    assert sensor.answer() is not None
    assert len(sensor.take()) == 2


def test_start_answer_leaves_the_configuration_out_where_the_mtu_has_no_room(core: Console):
    for mtu, length in ((29, 3), (30, 27)):
        connected(core, mtu=mtu)
        core.ask("write", profile.encode_start(1, SETTINGS).hex())
        assert len(core.value("answer")) == length


def test_each_start_begins_a_stream_of_its_own(sensor: Sensor):
    for expected in (1, 2, 3):
        assert sensor.start().stream_id == expected
        sensor.packets.clear()
        sensor.measure(8)
        assert (sensor.packets[0].seq, sensor.packets[0].index) == (0, 0)
        assert sensor.packets[0].stream_id == expected
        sensor.request(profile.encode_request(Op.STOP, 0))


def test_stop_sends_what_waits_and_then_answers(sensor: Sensor):
    sensor.start()
    sensor.measure(11, take=False)
    sensor.core.ask("write", profile.encode_request(Op.STOP, 5).hex())
    assert sensor.answer() is None
    assert [len(packet) for packet in sensor.take()] == [8, 3]
    assert sensor.answer() == Response(Op.STOP, 5, Status.OK)
    assert not sensor.config().streaming
    assert sensor.core.ask("push", 0, 0, 0, 0, 0, 0, 0) == "0"
    assert sensor.core.ask("counts").split()[:2] == ["1", "1"]


def test_stop_while_not_streaming_is_done(sensor: Sensor):
    assert sensor.request(profile.encode_request(Op.STOP, 8)) == Response(Op.STOP, 8, Status.OK)


def test_a_client_that_unsubscribes_does_not_hold_up_the_answer_to_stop(sensor: Sensor):
    sensor.start()
    sensor.measure(11, take=False)
    sensor.core.ask("write", profile.encode_request(Op.STOP, 5).hex())
    assert sensor.answer() is None
    sensor.core.ask("notify", 0)
    assert sensor.answer() == Response(Op.STOP, 5, Status.OK)
    sensor.core.ask("notify", 1)
    assert sensor.take() == []


def test_time_is_the_clock_of_the_data_packets_in_64_bits(sensor: Sensor):
    sensor.core.ask("clock", (1 << 40) + 123)
    answer = sensor.request(profile.encode_request(Op.TIME, 3))
    assert answer == Response(Op.TIME, 3, Status.OK, time_us=(1 << 40) + 123)


def test_identify_shows_which_bar_it_is(sensor: Sensor):
    assert sensor.request(profile.encode_request(Op.IDENTIFY, 4)) == Response(Op.IDENTIFY, 4, Status.OK)
    assert sensor.core.ask("counts").split()[2] == "1"


def test_what_the_sensor_cannot_do_is_answered_with_what_it_does(sensor: Sensor):
    assert sensor.start(StartSettings(1_600_000, 16, 2000, 40)).rate_hz == 800.0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x00\x01", Status.BAD_OPCODE),
        (b"\x05\x01", Status.BAD_OPCODE),
        (b"\xff\x01", Status.BAD_OPCODE),
        (b"\x02\x01\x00", Status.BAD_PARAMETER),
        (b"\x01\x01", Status.BAD_PARAMETER),
        (profile.encode_start(1, SETTINGS) + b"\x00", Status.BAD_PARAMETER),
        (struct.pack("<BBIHHH", 1, 1, 999, 16, 2000, 40), Status.BAD_PARAMETER),
        (struct.pack("<BBIHHH", 1, 1, 1_700_001, 16, 2000, 40), Status.BAD_PARAMETER),
        (struct.pack("<BBIHHH", 1, 1, 200_000, 0, 2000, 40), Status.BAD_PARAMETER),
    ],
)
def test_wrong_requests_are_refused_as_the_python_codec_refuses_them(
    sensor: Sensor, data: bytes, status: Status
):
    sensor.core.ask("write", data.hex())
    answer = sensor.core.value("answer")
    assert answer == profile.refuse(data)
    assert answer[2] == status
    assert sensor.core.ask("counts").split()[0] == "0"


def test_start_while_streaming_is_refused_and_the_stream_goes_on(sensor: Sensor):
    sensor.start()
    sensor.measure(8)
    refused = sensor.request(profile.encode_start(2, SETTINGS))
    assert refused == Response(Op.START, 2, Status.BAD_STATE)
    sensor.measure(8)
    assert [packet.index for packet in sensor.packets] == [0, 8]


def test_start_is_refused_where_the_imu_does_not_answer(sensor: Sensor):
    sensor.core.ask("absent", 1)
    assert sensor.request(profile.encode_start(1, SETTINGS)) == Response(Op.START, 1, Status.BAD_STATE)
    sensor.core.ask("absent", 0)
    assert sensor.start().stream_id == 1


def test_a_request_too_short_to_be_answered_refuses_the_write(sensor: Sensor):
    assert [sensor.core.ask("write", word) for word in ("-", "01")] == [str(0x0D)] * 2
    assert sensor.core.ask("answer") == "-"


def test_a_request_before_the_last_one_is_answered_is_refused_and_changes_nothing(sensor: Sensor):
    time = profile.encode_request(Op.TIME, 1).hex()
    stop = profile.encode_request(Op.STOP, 2).hex()
    assert [sensor.core.ask("write", word) for word in (time, stop)] == ["0", str(0xFE)]
    answer = sensor.answer()
    assert answer is not None
    assert answer.op == Op.TIME


def test_a_lost_connection_stops_the_stream_and_leaves_nothing_behind(sensor: Sensor):
    sensor.start()
    sensor.measure(5, take=False)
    sensor.core.ask_all([("disconnect",), ("connect",), ("mtu", 247), ("notify", 1)])
    assert sensor.core.ask("packet") == sensor.core.ask("answer") == "-"
    assert not sensor.config().streaming
    assert sensor.start().stream_id == 2
    sensor.measure(8)
    assert [packet.index for packet in sensor.packets] == [0]


def test_configuration_shows_the_defaults_before_the_first_start_and_the_last_stream_after_it(sensor: Sensor):
    before = sensor.config()
    assert before == Config.from_settings(SETTINGS, mtu=247, stream_id=0, streaming=False)
    wanted = StartSettings(400_000, 8, 0, 50)
    during = sensor.start(wanted)
    sensor.request(profile.encode_request(Op.STOP, 0))
    assert during.streaming
    assert sensor.config() == Config.from_settings(wanted, mtu=247, stream_id=1, streaming=False)


# Anything, in any order


happenings = st.one_of(
    st.tuples(st.just("measure"), st.integers(1, 30)),
    st.tuples(st.just("lose"), st.integers(1, 100)),
    st.tuples(st.just("take"), st.integers(1, 4)),
    st.tuples(st.just("wait"), st.integers(1, 60_000)),
)


@settings(max_examples=60)
@given(st.lists(happenings, max_size=30), st.integers(1, 64), st.sampled_from([27, 60, 247]))
def test_received_and_lost_add_up_to_the_index_whatever_happens(core: Console, steps, capacity, mtu):
    sensor = connected(core, capacity=capacity, mtu=mtu)
    config = sensor.start()
    for what, amount in steps:
        if what == "measure":
            sensor.measure(amount, take=False)
        elif what == "lose":
            sensor.lose(amount)
        elif what == "wait":
            core.ask("clock", sensor.number * PERIOD_US + amount)
        else:
            data = [core.value("packet") for _ in range(amount)]
            sensor.packets += [profile.decode_data(one) for one in data if one]
    sensor.take()
    core.ask("write", profile.encode_request(Op.STOP, 0).hex())
    sensor.take()
    sensor.measure(1)
    sensor.assert_true()
    next_index = 0
    for packet in sensor.packets:
        assert packet.index is not None
        assert 1 <= len(packet) <= config.samples_per_packet
        assert bool(packet.flags & Flag.LOST_BEFORE) == (packet.index != next_index)
        next_index = packet.index + len(packet)
    dropped = int(core.ask("counts").split()[3])
    lost = sum(amount for what, amount in steps if what == "lose")
    assert sum(map(len, sensor.packets)) + dropped + lost == sensor.number - 1
