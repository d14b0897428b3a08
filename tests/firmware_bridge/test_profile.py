from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import firmware_bridge
from firmware_bridge import profile
from firmware_bridge.errors import DecodeError
from firmware_bridge.profile import (
    Config,
    DataPacket,
    Flag,
    Format,
    Op,
    Request,
    Response,
    StartSettings,
    Status,
)

NORMATIVE = (Path(firmware_bridge.__file__).parent / "PROFILE.md").read_text(encoding="utf-8")
SETTINGS_200 = StartSettings(rate_millihz=200_000, acc_range_g=16, gyr_range_dps=2000, latency_ms=40)

# Hand-computed. 0x10: version 1, format 0. 0x34: stream id 3, flag 4. seq 0x0102 = 258.
# index 0x01020304 = 16909060. t 0x0a0b0c0d = 168496141 us. 0x7fff = 32767, 0x8000 = -32768, 0xff9c = -100.
SIX_AXIS = bytes.fromhex(
    "10 34 0201 04030201 0d0c0b0a"
    " 0100 0200 ff7f 0080 9cff 0300"
    " 0004 fffb 0000 1000 f0ff 0800"
)  # fmt: skip
ACC_ONLY = bytes.fromhex("11 20 ffff ffffffff 00000000  0100 feff 0300")
COMPACT = bytes.fromhex("1f f0 0700 88130000  0100 0200 0300 0400 0500 0600")
# 16 g: f32(16 * 9.80665 / 32768) = 0x3b9ce80a. 2000 dps: f32(2000 * pi / 180 / 32768) = 0x3a8ba058.
CONFIG_200 = bytes.fromhex("01 00 08 01 400d0300 1000 d007 0ae89c3b 58a08b3a 2800 05 00")


def test_six_axis_packet_decodes_to_the_hand_computed_values():
    packet = profile.decode_data(SIX_AXIS)
    assert (packet.format, packet.flags, packet.stream_id) == (Format.ACC_GYR, Flag.LOST_BEFORE, 3)
    assert (packet.seq, packet.index, packet.t_us) == (258, 16_909_060, 168_496_141)
    assert packet.acc.tolist() == [[1, 2, 32767], [1024, -1025, 0]]
    assert packet.gyr is not None
    assert packet.gyr.tolist() == [[-32768, -100, 3], [16, -16, 8]]
    assert len(packet) == 2


def test_accelerometer_packet_has_no_gyro():
    packet = profile.decode_data(ACC_ONLY)
    assert (packet.format, packet.seq, packet.index, packet.t_us) == (Format.ACC, 65535, 2**32 - 1, 0)
    assert packet.acc.tolist() == [[1, -2, 3]]
    assert packet.gyr is None


def test_compact_packet_has_no_index_and_is_20_bytes():
    packet = profile.decode_data(COMPACT)
    assert len(COMPACT) == 20
    assert (packet.format, packet.stream_id, packet.seq, packet.index, packet.t_us) == (15, 15, 7, None, 5000)
    assert packet.gyr is not None
    assert (packet.acc.tolist(), packet.gyr.tolist()) == ([[1, 2, 3]], [[4, 5, 6]])


@pytest.mark.parametrize("data", [SIX_AXIS, ACC_ONLY, COMPACT])
def test_data_packets_encode_to_the_hand_written_bytes(data: bytes):
    assert profile.encode_data(profile.decode_data(data)) == data


def test_config_decodes_to_the_hand_computed_values():
    config = profile.decode_config(CONFIG_200)
    assert (config.format, config.samples_per_packet, config.streaming) == (Format.ACC_GYR, 8, True)
    assert (config.rate_hz, config.acc_range_g, config.gyr_range_dps) == (200.0, 16, 2000)
    assert config.acc_scale_mps2 == struct.unpack("<f", bytes.fromhex("0ae89c3b"))[0]
    assert config.acc_scale_mps2 == pytest.approx(16 * 9.80665 / 32768, rel=1e-7)
    assert config.gyr_scale_radps == pytest.approx(2000 * 3.141592653589793 / 180 / 32768, rel=1e-7)
    assert (config.latency_ms, config.stream_id) == (40, 5)
    assert profile.encode_config(config) == CONFIG_200


def test_a_sensor_answers_start_with_what_the_settings_say():
    assert profile.encode_config(Config.from_settings(SETTINGS_200, mtu=247, stream_id=5)) == CONFIG_200


def test_start_request_and_its_answer():
    request = bytes.fromhex("01 07 400d0300 1000 d007 2800")
    assert profile.encode_start(7, SETTINGS_200) == request
    assert profile.decode_request(request) == Request(Op.START, 7, SETTINGS_200)
    answer = bytes.fromhex("81 07 00") + CONFIG_200
    response = profile.decode_response(answer)
    assert (response.op, response.ref, response.status) == (Op.START, 7, Status.OK)
    assert response.config == profile.decode_config(CONFIG_200)
    assert profile.encode_response(response) == answer


def test_time_answer_is_a_64_bit_clock():
    answer = bytes.fromhex("83 ff 00 0807060504030201")
    assert profile.decode_response(answer) == Response(Op.TIME, 255, Status.OK, time_us=0x0102030405060708)
    assert profile.encode_response(profile.decode_response(answer)) == answer


@pytest.mark.parametrize("op", [Op.STOP, Op.TIME, Op.IDENTIFY])
def test_short_requests_are_opcode_and_reference(op: Op):
    assert profile.encode_request(op, 9) == bytes([op, 9])
    assert profile.decode_request(bytes([op, 9])) == Request(op, 9)


def test_start_needs_its_settings():
    with pytest.raises(ValueError, match="encode_start"):
        profile.encode_request(Op.START, 1)


@pytest.mark.parametrize(
    ("request_hex", "answer_hex"),
    [
        ("09 07", "89 07 01"),
        ("05 07", "85 07 01"),
        ("01 07 00", "81 07 02"),
        ("02 07 00", "82 07 02"),
        ("01 07 00000000 1000 d007 2800", "81 07 02"),
        ("01 07 400d0300 0000 d007 2800", "81 07 02"),
        ("01", None),
        ("", None),
    ],
)
def test_wrong_requests_are_refused_with_the_right_status(request_hex: str, answer_hex: str | None):
    request = bytes.fromhex(request_hex)
    with pytest.raises(DecodeError):
        profile.decode_request(request)
    assert profile.refuse(request) == (None if answer_hex is None else bytes.fromhex(answer_hex))


@pytest.mark.parametrize(
    ("decode", "hex_", "offset", "message"),
    [
        (profile.decode_data, "", 0, "empty"),
        (profile.decode_data, "20", 0, "version 2"),
        (profile.decode_data, "12" + 23 * "00", 0, "unknown format 2"),
        (profile.decode_data, "10" + 11 * "00", 12, "12 bytes"),
        (profile.decode_data, "10" + 22 * "00", 12, "23 bytes"),
        (profile.decode_data, "10 00", 2, "2 bytes"),
        (profile.decode_data, "1f" + 31 * "00", 8, "32 bytes"),
        (profile.decode_config, "01", 0, "1 bytes"),
        (profile.decode_config, "02" + CONFIG_200[1:].hex(), 0, "version 2"),
        (profile.decode_config, "01 07" + CONFIG_200[2:].hex(), 1, "format 7"),
        (profile.decode_config, "01 00 08 02" + CONFIG_200[4:].hex(), 3, "streaming is 2"),
        (profile.decode_config, "01 00 08 01 e7030000" + CONFIG_200[8:].hex(), 4, "0.999 Hz"),
        (profile.decode_config, CONFIG_200[:12].hex() + "0000c07f" + CONFIG_200[16:].hex(), 12, "nan"),
        (profile.decode_config, CONFIG_200[:12].hex() + "000000bf" + CONFIG_200[16:].hex(), 12, "-0.5"),
        (profile.decode_config, CONFIG_200[:16].hex() + "00000000" + CONFIG_200[20:].hex(), 16, "gyro scale"),
        (profile.decode_response, "81 07", 0, "2 bytes"),
        (profile.decode_response, "01 07 00", 0, "top bit"),
        (profile.decode_response, "81 07 09", 2, "status 9"),
        (profile.decode_response, "81 07 00 01", 3, "1 bytes"),
        (profile.decode_response, "82 07 00 01", 3, "4 bytes"),
        (profile.decode_response, "83 07 00 01", 3, "4 bytes"),
    ],
)
def test_wrong_bytes_tell_what_is_wrong_and_where(
    decode: Callable[[bytes], object], hex_: str, offset: int, message: str
):
    with pytest.raises(DecodeError, match=message) as caught:
        decode(bytes.fromhex(hex_))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("mtu", "rate_hz", "gyr_dps", "latency_ms", "expected"),
    [
        (247, 200, 2000, 1000, (Format.ACC_GYR, 19)),
        (517, 200, 2000, 1000, (Format.ACC_GYR, 19)),
        (185, 200, 2000, 1000, (Format.ACC_GYR, 14)),
        (247, 400, 2000, 40, (Format.ACC_GYR, 16)),
        (247, 200, 2000, 40, (Format.ACC_GYR, 8)),
        (247, 100, 2000, 1, (Format.ACC_GYR, 1)),
        (247, 200, 0, 1000, (Format.ACC, 38)),
        (23, 200, 0, 1000, (Format.ACC, 1)),
        (27, 200, 2000, 1000, (Format.ACC_GYR, 1)),
        (26, 200, 2000, 1000, (Format.COMPACT, 1)),
        (23, 200, 2000, 1000, (Format.COMPACT, 1)),
    ],
)
def test_packets_are_as_long_as_mtu_and_latency_allow(
    mtu: int, rate_hz: int, gyr_dps: int, latency_ms: int, expected: tuple[Format, int]
):
    assert profile.plan(mtu, StartSettings(rate_hz * 1000, 16, gyr_dps, latency_ms)) == expected


def test_an_mtu_that_holds_no_sample_is_refused():
    with pytest.raises(DecodeError, match="MTU of 22"):
        profile.plan(22, SETTINGS_200)


def test_packetise_numbers_cuts_and_flags():
    config = Config.from_settings(SETTINGS_200, mtu=247, stream_id=18)
    acc = np.zeros((18, 3), dtype=np.int16)
    acc[9, 1] = -32768
    gyr = np.zeros((18, 3), dtype=np.int16)
    gyr[17, 2] = 32767
    times = 2**32 - 5000 + 5000 * np.arange(18)
    packets = [
        profile.decode_data(data)
        for data in profile.packetise(
            acc, gyr, config=config, seq=65535, index=2**32 - 8, t_us=times, lost_before=True
        )
    ]
    assert [len(packet) for packet in packets] == [8, 8, 2]
    assert [packet.seq for packet in packets] == [65535, 0, 1]
    assert [packet.index for packet in packets] == [2**32 - 8, 0, 8]
    assert [packet.t_us for packet in packets] == [2**32 - 5000, 35_000, 75_000]
    assert [packet.flags for packet in packets] == [Flag.LOST_BEFORE, Flag.CLIP_ACC, Flag.CLIP_GYR]
    assert {packet.stream_id for packet in packets} == {2}


def test_the_normative_text_has_our_uuids_and_its_example_is_real():
    for uuid in (profile.SERVICE_UUID, profile.DATA_UUID, profile.CONTROL_UUID, profile.CONFIG_UUID):
        assert f"`{uuid}`" in NORMATIVE
    request, answer = (
        bytes.fromhex(line.split("control")[1]) for line in NORMATIVE.splitlines() if " control   " in line
    )
    assert profile.decode_request(request) == Request(Op.START, 7, SETTINGS_200)
    assert profile.decode_response(answer).config == Config.from_settings(SETTINGS_200, mtu=247, stream_id=1)


int16s = st.integers(-32768, 32767)


@st.composite
def data_packets(draw: st.DrawFn) -> DataPacket:
    kind = draw(st.sampled_from(Format))
    count = 1 if kind is Format.COMPACT else draw(st.integers(1, 38))
    values = draw(arrays(np.int16, (count, 6), elements=int16s))
    return DataPacket(
        format=kind,
        flags=draw(st.sampled_from([Flag(value) for value in range(16)])),
        stream_id=draw(st.integers(0, 15)),
        seq=draw(st.integers(0, 2**16 - 1)),
        index=None if kind is Format.COMPACT else draw(st.integers(0, 2**32 - 1)),
        t_us=draw(st.integers(0, 2**32 - 1)),
        acc=values[:, :3],
        gyr=None if kind is Format.ACC else values[:, 3:],
    )


@given(data_packets())
def test_data_packets_survive_the_wire(packet: DataPacket):
    again = profile.decode_data(profile.encode_data(packet))
    for name in ("format", "flags", "stream_id", "seq", "index", "t_us"):
        assert getattr(again, name) == getattr(packet, name)
    assert np.array_equal(again.acc, packet.acc)
    assert (again.gyr is None) == (packet.gyr is None)
    if packet.gyr is not None:
        assert np.array_equal(again.gyr, packet.gyr)


settings = st.builds(
    StartSettings,
    rate_millihz=st.integers(1_000, 1_700_000),
    acc_range_g=st.integers(1, 65535),
    gyr_range_dps=st.integers(0, 65535),
    latency_ms=st.integers(0, 65535),
)


@given(settings, st.integers(27, 517), st.integers(0, 255), st.booleans())
def test_configs_survive_the_wire(wanted: StartSettings, mtu: int, stream_id: int, streaming: bool):
    config = Config.from_settings(wanted, mtu=mtu, stream_id=stream_id, streaming=streaming)
    assert profile.decode_config(profile.encode_config(config)) == config


@given(settings, st.integers(0, 255))
def test_start_requests_survive_the_wire(wanted: StartSettings, ref: int):
    assert profile.decode_request(profile.encode_start(ref, wanted)) == Request(Op.START, ref, wanted)


likely_bytes = st.one_of(
    st.binary(max_size=260),
    st.builds(lambda first, rest: bytes([first]) + rest, st.sampled_from([0x10, 0x11, 0x1F]), st.binary()),
    st.builds(
        lambda op, rest: bytes([op]) + rest, st.sampled_from([1, 2, 0x81, 0x83]), st.binary(max_size=30)
    ),
    st.builds(lambda rest: b"\x01\x00\x08\x01" + rest, st.binary(min_size=20, max_size=20)),
)


@given(likely_bytes)
def test_any_bytes_decode_to_what_encodes_to_them_or_raise_a_decode_error(data: bytes):
    offsets = []
    for decode, encode in (
        (profile.decode_data, profile.encode_data),
        (profile.decode_response, profile.encode_response),
        (profile.decode_config, profile.encode_config),
    ):
        try:
            value = decode(data)
        except DecodeError as error:
            offsets.append(error.offset)
            continue
        reserved = isinstance(value, Config) or getattr(value, "config", None) is not None
        end = len(data) - reserved  # the last byte of a configuration means nothing
        assert encode(value)[:end] == data[:end]
    assert all(0 <= offset <= len(data) for offset in offsets)
