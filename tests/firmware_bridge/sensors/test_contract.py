"""What every driver must hold to, ours and those still to come."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.errors import BridgeError, DecodeError, LinkError
from firmware_bridge.recording import Manifest, Recording, RecordingWriter
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import (
    Action,
    Advertisement,
    Chunk,
    DriverSession,
    NoAnswerError,
    Pause,
    RawPacket,
    Read,
    Request,
    SettingRefusedError,
    StreamSettings,
    Subscribe,
    UnknownVersionError,
    Write,
    driver,
    driver_for,
    drivers,
    offer_of,
)
from firmware_bridge.sensors.base import PacketKind
from tests.firmware_bridge.sensors.contract import (
    Bench,
    FakeSensor,
    Loss,
    as_bytes,
    at_rest,
    fakes_of,
    started,
)

OURS = [key for key, found in drivers().items() if type(found).__module__.startswith("firmware_bridge.")]
FAKES = [
    pytest.param(fake, id=key if fake.__name__ == "Fake" else f"{key}-{fake.__name__}")
    for key in OURS
    for fake in fakes_of(key)
]
every_driver = pytest.mark.parametrize("key", drivers())
every_sensor = pytest.mark.parametrize("fake", FAKES)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_drivers_that_the_project_ships_are_installed():
    assert {"bip", "movesense", "witmotion", "metawear"} <= set(OURS)


@every_driver
def test_a_driver_goes_by_the_key_it_is_installed_under(key: str):
    assert driver(key).key == key
    assert driver(key).title
    assert driver(key).session(StreamSettings()).info.driver == key


# Who it is


@every_sensor
def test_its_advertisement_is_matched_by_its_driver_and_by_no_other(fake: type[FakeSensor]):
    for advertisement in fake.advertisements:
        assert [key for key, found in drivers().items() if found.matches(advertisement)] == [fake.key]


@every_driver
def test_a_stranger_is_not_matched(key: str):
    assert not driver(key).matches(Advertisement(None, "00:11:22:33:44:55"))
    assert not driver(key).matches(
        Advertisement(
            "Headphones", "00:11:22:33:44:55", -60, ("0000180f-0000-1000-8000-00805f9b34fb",), (76,)
        )
    )


def test_nobody_knows_a_stranger():
    assert driver_for(Advertisement("Headphones", "00:11:22:33:44:55")) is None


def test_an_unknown_driver_is_told_with_those_there_are():
    with pytest.raises(BridgeError, match=r"'nonesuch'.*bip"):
        driver("nonesuch")


# Starting and stopping


@every_driver
def test_a_start_begins_with_what_a_link_can_do(key: str):
    action = next(driver(key).session(StreamSettings()).start())
    assert isinstance(action, Subscribe | Read | Write | Request)
    assert UUID.fullmatch(action.uuid)


def uuids_of(key: str) -> list[str]:
    """Return the characteristics that a driver's start uses, as far as it gets without answers."""
    found: list[str] = []
    script = driver(key).session(StreamSettings()).start()
    try:
        action: Action = next(script)
        while True:
            match action:
                case Pause():
                    pass
                case Request():
                    found += [action.uuid, action.answer_uuid]
                case _:
                    found.append(action.uuid)
            action = script.send(None)
    except (StopIteration, LinkError):
        return found


@every_driver
@given(data=st.data())
def test_wrong_answers_to_a_start_are_link_errors(key: str, data: st.DataObject):
    script = driver(key).session(StreamSettings()).start()
    answers = data.draw(st.lists(st.none() | st.binary(max_size=30), min_size=12, max_size=12))
    try:
        next(script)
        for answer in answers:
            script.send(answer)
    except (StopIteration, LinkError):
        pass


@every_sensor
def test_a_start_makes_it_stream_what_the_info_says(fake: type[FakeSensor]):
    bench = started(fake())
    assert bench.fake.streaming
    bench.send(80)
    info = bench.stream.info
    assert info.driver == fake.key
    assert info.rate_hz == pytest.approx(bench.fake.rate_hz)
    assert_range(info.acc_range_mps2, bench.fake.acc_range_g, 9.80665)
    assert_range(info.gyr_range_radps, bench.fake.gyr_range_dps, np.pi / 180)
    assert info.time_source == fake.loss.value


def assert_range(told: float | None, true: float | None, unit: float) -> None:
    assert (told is None) == (true is None)
    assert told is None or true is None or told == pytest.approx(true * unit, rel=0.01)


@every_sensor
def test_every_setting_that_is_offered_is_what_the_sensor_is_set_to(fake: type[FakeSensor]):
    offer = offer_of(driver(fake.key))
    if offer is None:
        pytest.skip("the driver offers any setting")
    wishes = [StreamSettings(rate_hz=rate) for rate in offer.rates_hz]
    wishes += [StreamSettings(acc_range_g=size) for size in offer.acc_ranges_g]
    wishes += [StreamSettings(gyr_range_dps=size) for size in offer.gyr_ranges_dps]
    for wish in wishes:
        bench = started(fake(wish))
        got = bench.fake
        if wish.rate_hz in offer.rates_hz:
            assert got.rate_hz == wish.rate_hz
        if wish.acc_range_g in offer.acc_ranges_g:
            assert got.acc_range_g == wish.acc_range_g
        if wish.gyr_range_dps in offer.gyr_ranges_dps:
            assert got.gyr_range_dps == wish.gyr_range_dps
        assert bench.stream.info.rate_hz == pytest.approx(got.rate_hz)
        assert offer.time_source == bench.stream.info.time_source
        bench.send(40 * bench.fake.size)
        bench.assert_true(bench.number - 10, 10)


@every_sensor
def test_a_stop_ends_the_stream(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(16)
    bench.stop()
    assert bench.fake.streaming is not fake.stoppable
    bench.disconnect()
    bench.connect()
    assert bench.fake.streaming


@every_sensor
def test_a_sensor_that_cannot_be_started_says_why_in_plain_words(fake: type[FakeSensor]):
    for fault, (sensor, words) in fake.faults().items():
        with pytest.raises(LinkError, match=words) as caught:
            started(sensor)
        assert isinstance(caught.value, NoAnswerError | SettingRefusedError | UnknownVersionError), fault
        assert "; " in str(caught.value), f"{fault}: the error does not say what to do"


# What it measures


@every_sensor
def test_samples_come_out_in_si_units_on_a_steady_clock(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(long(bench))
    count = len(bench.t_s)
    assert count > 0.95 * bench.number  # a sensor may need a moment until both of its parts run
    bench.assert_true(bench.number - count, count)
    assert bench.t_s == pytest.approx(np.arange(count) / bench.fake.rate_hz, abs=0.002)
    assert (np.diff(bench.t_s) > 0).all()
    assert bench.stream.stats.lost == 0


@every_sensor
def test_at_rest_the_axis_that_points_up_reads_plus_one_g(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(48, motion=at_rest)
    bench.assert_true(0, 24, motion=at_rest)
    assert bench.acc_mps2[:, 2] == pytest.approx(9.80665, abs=0.03)


@every_sensor
def test_any_chunking_gives_the_same_samples(fake: type[FakeSensor]):
    rows = []
    for size in fake.sizes:
        bench = started(fake())
        bench.send(24 * max(fake.sizes), size=size)
        rows.append(np.hstack([bench.acc_mps2, bench.gyr_radps]))
    common = min(map(len, rows))
    assert common > 10 * max(fake.sizes)
    for other in rows[1:]:
        assert np.array_equal(rows[0][-common:], other[-common:])


@every_sensor
@given(data=st.data())
@settings(max_examples=30)
def test_a_byte_stream_may_be_cut_anywhere(fake: type[FakeSensor], data: st.DataObject):
    if not fake.serial:
        return
    whole, cut = started(fake()), started(fake())
    packets = whole.measure(24)
    whole.hear_all(packets)
    stream = b"".join(packet.payload for packet in packets)
    places = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=40)))
    for begin, end in zip([0, *places], [*places, len(stream)], strict=True):
        cut.hear(RawPacket(packets[-1].host_ns, packets[0].characteristic, stream[begin:end]))
    assert np.array_equal(whole.acc_mps2, cut.acc_mps2)
    assert np.array_equal(whole.gyr_radps, cut.gyr_radps)


# What goes wrong on the way


def whole(bench: Bench, seconds: float) -> int:
    """Whole packets of about so many seconds, in samples: some sensors send no others."""
    return bench.fake.size * round(seconds * bench.fake.rate_hz / bench.fake.size)


def long(bench: Bench) -> int:
    """Enough samples for the slowest of all rules, a loss told by arrival alone."""
    return whole(bench, 8.0)


def decoded(session: DriverSession, packet: RawPacket) -> tuple[list[Chunk], DecodeError | None]:
    try:
        return session.decode(packet), None
    except DecodeError as error:
        return [], error


@every_sensor
def test_a_packet_cut_short_is_a_decode_error_and_never_a_wrong_sample(fake: type[FakeSensor]):
    bench = started(fake())
    before, packet, *after = bench.measure(6 * bench.fake.size)
    truth = bench.truth(0, bench.number)[0]
    told = 0
    for length in range(len(packet.payload)):
        bench = started(fake())
        bench.hear(before)
        cut = RawPacket(packet.host_ns, packet.characteristic, packet.payload[:length])
        rows = []
        errors = 0
        for heard in (cut, *after):  # of a packet in two parts, the cut may show only with the second
            chunks, error = decoded(bench.session, heard)
            rows += [chunk.acc_mps2 for chunk in chunks]
            if error is not None:
                errors += 1
                assert 0 <= error.offset <= len(heard.payload)
        assert errors <= 1
        told += errors
        for row in np.concatenate(rows):
            assert np.abs(truth - row).max(axis=1).min() <= 9.80665 * bench.fake.acc_lsb_g + 1e-5
    assert fake.serial or told >= len(packet.payload) // 2


@every_sensor
@given(data=st.data())
@settings(max_examples=40)
def test_random_bytes_neither_crash_nor_desynchronise_for_good(fake: type[FakeSensor], data: st.DataObject):
    bench = started(fake())
    good = bench.measure(2 * bench.fake.size)
    bench.hear_all(good)
    uuids = [*{packet.characteristic for packet in good}, *uuids_of(fake.key), "unheard-of"]
    payloads = st.binary(max_size=244) | st.builds(
        lambda head, tail: head + tail,
        st.sampled_from([packet.payload[:4] for packet in good]),
        st.binary(max_size=240),
    )
    kinds = [kind for kind in PacketKind if kind is not PacketKind.WRITE]
    junk = st.builds(
        RawPacket, st.just(bench.host_ns), st.sampled_from(uuids), payloads, st.sampled_from(kinds)
    )
    for packet in data.draw(st.lists(junk, max_size=12)):
        if packet.kind is PacketKind.NOTIFICATION or packet.characteristic == "unheard-of":
            bench.hear(packet)
    if not fake.resyncs:
        return
    bench.send(long(bench))
    bench.assert_true(bench.number - 30, 30)


@every_driver
@given(data=st.data())
def test_random_packets_give_chunks_or_decode_errors_and_nothing_else(key: str, data: st.DataObject):
    session = driver(key).session(StreamSettings())
    session.decode(RawPacket(0, "", b"connected", PacketKind.LINK))
    packets = st.builds(
        RawPacket,
        st.integers(0, 2**63),
        st.sampled_from([*uuids_of(key), "unheard-of"]),
        st.binary(max_size=244),
        st.sampled_from(PacketKind),
    )
    for packet in data.draw(st.lists(packets, max_size=20)):
        chunks, error = decoded(session, packet)
        assert error is None or 0 <= error.offset <= len(packet.payload)
        assert all(len(chunk) > 0 for chunk in chunks)


@every_sensor
def test_counters_wrap_without_a_trace(fake: type[FakeSensor]):
    sensor = fake()
    sensor.near_wrap()
    bench = started(sensor)
    bench.send(400)
    assert bench.t_s == pytest.approx(np.arange(len(bench.t_s)) / sensor.rate_hz, abs=0.002)
    stats = bench.stream.stats
    assert (stats.lost, stats.missed, stats.stale, stats.gaps) == (0, 0, 0, 0)


@every_sensor
def test_lost_packets_are_counted(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(long(bench))
    lost = whole(bench, 0.6)
    bench.measure(lost)
    bench.send(long(bench))
    stats = bench.stream.stats
    if fake.loss is Loss.ARRIVAL:
        assert stats.lost == pytest.approx(lost, abs=0.1 * lost)
    else:
        assert stats.lost == lost
        assert bench.t_s[-1] == pytest.approx((bench.number - 1) / bench.fake.rate_hz, abs=0.01)


@every_sensor
def test_a_stall_that_is_caught_up_is_no_loss(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(long(bench))
    held_up = bench.measure(whole(bench, 0.9))
    for packet in held_up:
        bench.hear(RawPacket(bench.host_ns, packet.characteristic, packet.payload))
    bench.send(long(bench))
    assert (bench.stream.stats.lost, bench.stream.stats.missed) == (0, 0)


@every_sensor
def test_a_repeated_packet_is_not_counted_twice(fake: type[FakeSensor]):
    if fake.loss is Loss.ARRIVAL:
        pytest.skip("without counter and clock a repetition cannot be told from new samples")
    bench = started(fake())
    bench.send(10 * bench.fake.size)
    packets = bench.measure(10 * bench.fake.size)
    bench.hear_all([packet for packet in packets for _ in range(2)])
    assert bench.stream.stats.received == 20 * bench.fake.size
    assert bench.stream.stats.stale + bench.stream.stats.undecodable > 0
    assert bench.stream.stats.lost == 0


@every_sensor
def test_packets_out_of_order_never_turn_time_round(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(10 * bench.fake.size)
    packets = bench.measure(10 * bench.fake.size)
    packets[2], packets[3] = packets[3], packets[2]
    bench.hear_all(packets)
    assert (np.diff(bench.t_s) > 0).all()
    if fake.loss is not Loss.ARRIVAL:
        stats = bench.stream.stats
        assert stats.received + stats.lost == 20 * bench.fake.size


@every_sensor
def test_a_reconnect_begins_a_new_segment_and_goes_on(fake: type[FakeSensor]):
    bench = started(fake())
    bench.send(whole(bench, 2.0))
    had, left_ns = len(bench.t_s), bench.host_ns
    bench.disconnect(away_s=3.0)
    bench.connect()
    away_s = (bench.host_ns - left_ns) / 1e9
    bench.send(whole(bench, 2.0))
    stats = bench.stream.stats
    assert stats.streams == 2
    gaps = [block.lost_before for block in bench.blocks if block.lost_before]
    assert gaps == [pytest.approx(away_s * bench.fake.rate_hz, rel=0.1)]
    assert (np.diff(bench.t_s) > 0).all()
    again = len(bench.t_s) - had
    bench.assert_true(bench.number - again, again)


@every_sensor
def test_a_replay_from_the_journal_gives_the_very_same_floats(fake: type[FakeSensor], tmp_path: Path):
    bench = started(fake(StreamSettings(rate_hz=90.0, acc_range_g=7, gyr_range_dps=900)))
    bench.send(300)
    bench.measure(3 * bench.fake.size)
    bench.hear(RawPacket(bench.host_ns, bench.packets[-1].characteristic, b"\x07garbage"))
    bench.send(100)
    bench.disconnect(away_s=1.0)
    bench.connect()
    bench.send(100)
    bench.stop()
    manifest = Manifest(sensor=SensorInfo(fake.key), settings=bench.fake.settings)
    with RecordingWriter.create(tmp_path, manifest) as writer:
        for packet in bench.packets:
            writer.append(packet)
    recording = Recording.open(writer.path)
    assert [as_bytes(block) for block in recording.blocks()] == [as_bytes(block) for block in bench.blocks]
    assert recording.info.rate_hz == bench.stream.info.rate_hz
