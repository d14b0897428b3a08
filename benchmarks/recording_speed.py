"""Print how fast recordings are written and read: an hour of six axes at 200 Hz.

Run it with ``python benchmarks/recording_speed.py``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from firmware_bridge import profile
from firmware_bridge.recording import Manifest, Recording, RecordingWriter
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import PacketKind, RawPacket, StreamSettings, driver
from firmware_bridge.stream import SampleStream

HOUR_S = 3600
RATE_HZ = 200
T = TypeVar("T")


def hour_of_packets() -> list[RawPacket]:
    """Make what a sensor sends in an hour: noise of the size of a lift, 8 samples a packet."""
    rng = np.random.default_rng(0)
    count = HOUR_S * RATE_HZ
    settings = profile.StartSettings(RATE_HZ * profile.MILLI, 16, 2000, 40)
    config = profile.Config.from_settings(settings, mtu=247, stream_id=1)
    reply = profile.encode_response(profile.Response(profile.Op.START, 1, profile.Status.OK, config))
    payloads = profile.packetise(
        rng.normal((0, 0, 2048), 300, (count, 3)).astype(np.int16),
        rng.normal(0, 500, (count, 3)).astype(np.int16),
        config=config,
        seq=0,
        index=0,
        t_us=np.arange(count) * (1_000_000 // RATE_HZ),
    )
    step_ns = config.samples_per_packet * 1_000_000_000 // RATE_HZ
    data = [RawPacket((n + 1) * step_ns, profile.DATA_UUID, payload) for n, payload in enumerate(payloads)]
    return [RawPacket(0, profile.CONTROL_UUID, reply, PacketKind.INDICATION), *data]


def timed(what: str, work: Callable[[], T], packets: int) -> T:
    """Do some work and print how long it took."""
    start_s = time.perf_counter()
    result = work()
    took_s = time.perf_counter() - start_s
    print(f"{what:42s} {took_s:7.2f} s   {took_s / packets * 1e6:6.1f} us a packet")
    return result


def main() -> None:
    """Write and read the hour."""
    packets = hour_of_packets()
    count = len(packets)
    with tempfile.TemporaryDirectory() as folder:
        writer = RecordingWriter.create(folder, Manifest(sensor=SensorInfo("bip")))

        def append_all() -> None:
            for packet in packets:
                writer.append(packet)

        timed("append (journal, fsync every second)", append_all, count)
        stream = SampleStream(driver("bip").session(StreamSettings()))
        timed("decode and clock (the live path)", lambda: list(stream.feed_all(packets)), count)
        sealed = timed("seal (table and compression)", writer.seal, count)
        timed("read everything from the packets", lambda: list(sealed.blocks()), count)
        timed("read everything from the table", lambda: Recording.open(sealed.path).arrays(), count)
        for file in sorted(Path(sealed.path).iterdir()):
            print(f"{file.name:42s} {file.stat().st_size / 1e6:7.2f} MB")


if __name__ == "__main__":
    main()
