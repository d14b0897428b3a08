"""The C codec against the Python codec, byte for byte, and against bytes that mean nothing."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge import profile
from firmware_bridge.profile import Config, DataPacket, Flag, Format, StartSettings
from tests.firmware_bridge.firmware.building import COMPILER

pytestmark = COMPILER

PACKETS = 100_000
CONFIGS = 20_000
CONFIG_RECORD = "<HIHHHBB"
MANY_AT_A_TIME = 38  # samples in the longest packet: 244 bytes, accelerometer alone


def run(program: Path, *words: str, given: bytes = b"") -> bytes:
    done = subprocess.run([str(program), *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return done.stdout


def random_packets(count: int, rng: np.random.Generator) -> list[DataPacket]:
    formats = rng.choice([Format.ACC_GYR, Format.ACC, Format.COMPACT], count)
    sizes = rng.integers(1, MANY_AT_A_TIME + 1, count)
    heads = zip(
        formats.tolist(),
        sizes.tolist(),
        rng.integers(0, 16, count).tolist(),
        rng.integers(0, 16, count).tolist(),
        rng.integers(0, 1 << 16, count).tolist(),
        rng.integers(0, 1 << 32, count).tolist(),
        rng.integers(0, 1 << 32, count).tolist(),
        strict=True,
    )
    pool = rng.integers(-32768, 32768, (4096, 6), dtype=np.int16)
    packets = []
    for kind, size, flags, stream_id, seq, index, t_us in heads:
        n = 1 if kind == Format.COMPACT else size
        rows = pool[index % (4096 - n) :][:n]
        packets.append(
            DataPacket(
                format=Format(kind),
                flags=Flag(flags),
                stream_id=stream_id,
                seq=seq,
                index=None if kind == Format.COMPACT else index,
                t_us=t_us,
                acc=rows[:, :3],
                gyr=None if kind == Format.ACC else rows[:, 3:],
            )
        )
    return packets


def as_record(packet: DataPacket) -> bytes:
    head = struct.pack(
        "<BBBBHII",
        packet.format,
        packet.flags,
        packet.stream_id,
        len(packet),
        packet.seq,
        packet.index or 0,
        packet.t_us,
    )
    gyr = np.zeros_like(packet.acc) if packet.gyr is None else packet.gyr
    return head + np.hstack([packet.acc, gyr]).astype("<i2").tobytes()


def test_a_hundred_thousand_packets_encode_to_the_same_bytes(programs: Path):
    packets = random_packets(PACKETS, np.random.default_rng(20260301))
    made = run(programs / "check/encode", "data", given=b"".join(map(as_record, packets)))
    expected = [profile.encode_data(packet) for packet in packets]
    assert made == b"".join(struct.pack("<H", len(data)) + data for data in expected)


def test_configurations_plans_and_scales_are_the_same_bytes(programs: Path):
    rng = np.random.default_rng(7)
    rows = list(
        zip(
            rng.choice([23, 24, 26, 27, 30, 185, 247, 517], CONFIGS).tolist(),
            rng.integers(1_000, 1_700_001, CONFIGS).tolist(),
            rng.integers(1, 65536, CONFIGS).tolist(),
            (rng.integers(0, 65536, CONFIGS) * rng.integers(0, 2, CONFIGS)).tolist(),
            (rng.integers(0, 65536, CONFIGS) >> rng.integers(0, 17, CONFIGS)).tolist(),
            rng.integers(0, 256, CONFIGS).tolist(),
            rng.integers(0, 2, CONFIGS).tolist(),
            strict=True,
        )
    )
    made = run(
        programs / "check/encode", "config", given=b"".join(struct.pack("<HIHHHBB", *row) for row in rows)
    )
    for place, (mtu, rate, acc, gyr, latency, stream_id, streaming) in enumerate(rows):
        config = Config.from_settings(
            StartSettings(rate, acc, gyr, latency), mtu=mtu, stream_id=stream_id, streaming=bool(streaming)
        )
        answer = made[25 * place : 25 * (place + 1)]
        assert answer == b"\x01" + profile.encode_config(config), (mtu, rate, acc, gyr, latency)


@pytest.mark.parametrize("mtu", [0, 3, 22])
def test_an_mtu_without_room_for_one_sample_is_refused(programs: Path, mtu: int):
    made = run(
        programs / "check/encode", "config", given=struct.pack("<HIHHHBB", mtu, 200_000, 16, 2000, 40, 1, 1)
    )
    assert made[0] == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_bytes_of_every_length_break_nothing(programs: Path, seed: int):
    out = run(programs / "check/fuzz", str(seed), "60")
    ok, bad_opcode, bad_parameter, bad_state, refused, answered, notified = map(int, out.split())
    assert min(ok, bad_opcode, bad_parameter, bad_state, refused, answered, notified) > 0
