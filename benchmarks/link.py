"""Print what the radio link costs and how fast it is: ``python -m benchmarks.link [--markdown]``.

- *Client*: unmodified bleak with its BlueZ backend, our link, journal and decoder, in a process of its own;
  the sensor, the air and BlueZ are in another. Its CPU time is what the system charged that process.
- *Notifications*: as many as get through bleak's API over the virtual air, sensor and client in one process.
- *First sample*: from the call that looks for a sensor by its name to its first decoded sample, over BlueZ.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.tables import markdown_table, text_table
from firmware_bridge.link import Link, find
from firmware_bridge.recording import Manifest, RecordingWriter
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors import PacketKind, StreamSettings
from firmware_bridge.stream import SampleStream
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.bluez import bus_is_possible, private_bus, virtual_bluez
from firmware_bridge.virtual.rig import virtual_sensor
from firmware_bridge.virtual.source import SampleSource

Row = list[str]
HEADS = ["", "measured", "target", "verdict"]

RATE_HZ = 400.0
CPU_TARGET_RATIO = 0.05
NOTIFICATIONS_TARGET_HZ = 3000.0
FIRST_SAMPLE_TARGET_S = 2.0
AGAIN_TARGET_S = 3.0
"""Our own wish: no more than one rep of a set should be missed for a blink of the radio."""

FAST_AIR_SPEED = 200.0
FAST_AIR_S = 30.0
STARTS = 5
SERVED = "served"
LONG_S = 3600.0


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long to stream at 400 Hz (15)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    logging.getLogger("bleak").setLevel(logging.ERROR)
    if options.serve:
        asyncio.run(_serve())
        return
    rows = [*_over_bluez(options.seconds), *asyncio.run(_notification_rows())]
    print((markdown_table if options.markdown else text_table)(HEADS, rows))


def samples(seconds: float) -> SampleSource:
    """Make noise of the size of a lift: six axes at 400 Hz."""
    rng = np.random.default_rng(0)
    count = round(seconds * RATE_HZ)
    return SampleSource(
        rate_hz=RATE_HZ,
        acc_range_g=16,
        gyr_range_dps=2000,
        acc_raw=rng.normal((0, 0, 2048), 300, (count, 3)).astype(np.int16),
        gyr_raw=rng.normal(0, 500, (count, 3)).astype(np.int16),
    )


# -- over BlueZ, in two processes


async def _serve() -> None:
    """Be the sensor, the air and BlueZ until our reader leaves; each line that comes in breaks the link."""
    async with virtual_sensor(samples(LONG_S)) as bar, virtual_bluez(bar.air):
        print(SERVED, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            bar.air.drop()


@contextmanager
def _served() -> Iterator[subprocess.Popen[str]]:
    with private_bus():
        command = [sys.executable, "-m", "benchmarks.link", "--serve"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                if process.stdout.readline().strip() != SERVED:
                    raise RuntimeError(
                        "the virtual sensor and BlueZ did not come up; run with --serve to see why"
                    )
                yield process
            finally:
                assert process.stdin is not None
                process.stdin.close()
                process.wait(10)


def _over_bluez(seconds: float) -> Iterator[Row]:
    if not bus_is_possible():
        yield ["over BlueZ", "not measured: dbus-daemon is not installed", "", ""]
        return
    with _served() as process:
        first_s = [asyncio.run(_first_sample_s()) for _ in range(STARTS)]
        yield _below("scan to first sample: longest", max(first_s), FIRST_SAMPLE_TARGET_S)
        yield ["scan to first sample: median", f"{statistics.median(first_s):.2f} s", "", ""]
        again_s = asyncio.run(_again_s(process))
        yield _below("link loss to next sample", again_s, AGAIN_TARGET_S)
        cpu_ratio, received, lost = asyncio.run(_client_cost(seconds))
        verdict = "ok" if cpu_ratio < CPU_TARGET_RATIO else "NOT MET"
        yield [
            f"client at {RATE_HZ:g} Hz x 6 axes",
            f"{cpu_ratio:.1%} of a core",
            f"{CPU_TARGET_RATIO:.0%}",
            verdict,
        ]
        yield ["samples in that time", f"{received} received, {lost} lost", "", ""]


async def _first_sample_s() -> float:
    start_s = time.perf_counter()
    async with Link.open("Bar A12", settings=StreamSettings(rate_hz=RATE_HZ)) as link:
        stream = SampleStream(link.session)
        async for packet in link.packets():
            if stream.feed(packet):
                return time.perf_counter() - start_s
    raise RuntimeError("the sensor sent no sample")


async def _again_s(process: subprocess.Popen[str]) -> float:
    """Return how long no sample comes when the radio breaks off, link loss noticed by the system at once."""
    lost_s = 0.0
    async with Link.open("Bar A12", settings=StreamSettings(rate_hz=RATE_HZ)) as link:
        async for packet in link.packets():
            if packet.kind is PacketKind.NOTIFICATION:
                if not lost_s:
                    assert process.stdin is not None
                    process.stdin.write("\n")
                    process.stdin.flush()
                    lost_s = time.perf_counter()
                elif link.reconnects:
                    return time.perf_counter() - lost_s
    raise RuntimeError("the sensor did not come back")


async def _client_cost(seconds: float) -> tuple[float, int, int]:
    """Return (CPU seconds a second, samples received, samples lost) of streaming into a recording."""
    sensor = await find("Bar A12")
    with tempfile.TemporaryDirectory() as folder:
        writer = RecordingWriter.create(folder, Manifest(sensor=SensorInfo("bip")))
        done = asyncio.Event()
        settings = StreamSettings(rate_hz=RATE_HZ)
        async with Link.open(sensor, settings=settings, on_packet=writer.append, until=done) as link:
            stream = SampleStream(link.session)
            asyncio.get_running_loop().call_later(seconds, done.set)
            cpu_s, wall_s = time.process_time(), time.perf_counter()
            async for packet in link.packets():
                stream.feed(packet)
            cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
        writer.seal()
        assert list(Path(folder).iterdir())
    return cpu_s / wall_s, stream.stats.received, stream.stats.lost


# -- bleak's API over the virtual air


async def _notification_rows() -> list[Row]:
    air = VirtualAir(speed=FAST_AIR_SPEED)
    settings = StreamSettings(rate_hz=RATE_HZ, latency_ms=1)  # one sample a notification
    count = 0
    async with (
        virtual_sensor(samples(FAST_AIR_S), air=air) as bar,
        Link.open(bar.address, settings=settings, until=bar.finished, backend=bar.backend) as link,
    ):
        start_s = last_s = time.perf_counter()
        async for packet in link.packets():
            if packet.kind is PacketKind.NOTIFICATION:
                count += 1
                last_s = time.perf_counter()
    air.close()
    (sent,) = bar.sensor.streams
    rate_hz = count / (last_s - start_s)
    verdict = "ok" if rate_hz >= NOTIFICATIONS_TARGET_HZ else "NOT MET"
    what = "notifications, sensor and client in one process"
    return [
        [what, f"{rate_hz:,.0f} a second", f"{NOTIFICATIONS_TARGET_HZ:,.0f}", verdict],
        ["of those sent, lost", f"{sent.packets - count} of {sent.packets}", "", ""],
    ]


def _below(label: str, value_s: float, limit_s: float) -> Row:
    return [label, f"{value_s:.2f} s", f"{limit_s:g} s", "ok" if value_s < limit_s else "NOT MET"]


if __name__ == "__main__":
    main()
