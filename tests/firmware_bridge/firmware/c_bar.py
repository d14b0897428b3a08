"""Rig C: the C firmware as a process of its own, on the virtual air through a virtual HCI controller."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bumble import hci
from bumble.transport.common import StreamPacketSink, StreamPacketSource

from firmware_bridge.link import Backend
from firmware_bridge.virtual.air import AirController, VirtualAir
from firmware_bridge.virtual.backend import bleak_backend
from firmware_bridge.virtual.source import SampleSource

ADDRESS = "F0:0D:BA:2B:E1:02"
"""As in the port's ``main.c``."""

QEMU_ADDRESS = "F0:0D:BA:2B:E1:03"
QEMU_SESSION = 0x2100_0000
"""Where the port for QEMU looks for its samples."""

LIFT_AT_US = (1 << 32) - 1_500_000
"""The sensor's clock at the first START: its low 32 bits wrap a second and a half later, in every test."""


@dataclass
class CBar:
    """A running firmware and the air it is on."""

    air: VirtualAir
    backend: Backend
    process: asyncio.subprocess.Process
    address: str


def write_samples(source: SampleSource, path: Path) -> list[str]:
    """Write a source as the firmware reads it; return the options that describe it."""
    gyr = np.zeros_like(source.acc_raw) if source.gyr_raw is None else source.gyr_raw
    path.write_bytes(np.hstack([source.acc_raw, gyr]).astype("<i2").tobytes())
    return [
        *("--samples", str(path)),
        *("--rate-millihz", str(round(source.rate_hz * 1000))),
        *("--acc-g", str(source.acc_range_g)),
        *("--gyr-dps", str(source.gyr_range_dps)),
    ]


def write_session(source: SampleSource, path: Path, *, speed: int) -> None:
    """Write a source as the port for QEMU finds it in memory."""
    write_samples(source, path)
    ranges = (source.acc_range_g, source.gyr_range_dps)
    header = struct.pack("<IIHHIII", len(source), round(source.rate_hz * 1000), *ranges, speed, LIFT_AT_US, 0)
    path.write_bytes(header + path.read_bytes())


class SmallController(AirController):
    """A controller as the first BLE chips were: it takes pieces of 27 bytes, and holds a few."""

    le_acl_data_packet_length = 27

    def __init__(self, name: str, air: VirtualAir, pieces: int) -> None:
        self.total_num_le_acl_data_packets = pieces
        super().__init__(name, air)

    def packet_sent(self, destination: hci.Address, data: bytes) -> None:
        for _ in range(-(-len(data) // self.le_acl_data_packet_length)):
            super().packet_sent(destination, b"one piece")


@asynccontextmanager
async def plugged_in(
    command: Sequence[str], air: VirtualAir, pieces: int | None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a command whose standard input is the host's end of an HCI controller on the air."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    transport, source = await loop.create_connection(StreamPacketSource, sock=ours)
    name = "C firmware"
    controller = AirController(name, air) if pieces is None else SmallController(name, air, pieces)
    source.set_packet_sink(controller)
    controller.set_packet_sink(StreamPacketSink(transport))
    process = await asyncio.create_subprocess_exec(*command, stdin=theirs, stderr=asyncio.subprocess.PIPE)
    theirs.close()
    try:
        yield process
    finally:
        air.controllers.discard(controller)
        transport.close()
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end that a closed controller brings; a sanitiser's report is a failure."""
    try:
        async with asyncio.timeout(5):
            _, report = await process.communicate()
    except TimeoutError:
        process.kill()
        _, report = await process.communicate()
    assert "ERROR" not in report.decode(), report.decode()
    assert "runtime error" not in report.decode(), report.decode()


@asynccontextmanager
async def c_bar(
    programs: Path,
    source: SampleSource,
    folder: Path,
    *,
    speed: int = 20,
    options: Sequence[str] = (),
    pieces: int | None = None,
) -> AsyncIterator[CBar]:
    """Switch the C firmware on for the block, measuring a source; `pieces`: on a `SmallController`."""
    command = [
        str(programs / "bar-host"),
        *write_samples(source, folder / "samples.bin"),
        *("--speed", str(speed)),
        *("--lift-at-us", str(LIFT_AT_US)),
        *options,
    ]
    async with _on_air(command, speed, ADDRESS, pieces) as bar:
        yield bar


@asynccontextmanager
async def qemu_bar(elf: Path, source: SampleSource, folder: Path, *, speed: int) -> AsyncIterator[CBar]:
    """Switch the firmware for a Cortex-M3 on for the block, in QEMU."""
    session = folder / "session.bin"
    write_session(source, session, speed=speed)
    command = [
        *("qemu-system-arm", "-M", "mps2-an385", "-kernel", str(elf)),
        *("-display", "none", "-monitor", "none"),
        *("-chardev", "socket,id=h4,fd=0", "-serial", "chardev:h4"),
        *("-device", f"loader,file={session},addr={QEMU_SESSION:#x},force-raw=on"),
    ]
    async with _on_air(command, speed, QEMU_ADDRESS) as bar:
        yield bar


@asynccontextmanager
async def _on_air(
    command: Sequence[str], speed: int, address: str, pieces: int | None = None
) -> AsyncIterator[CBar]:
    air = VirtualAir(speed=speed)
    try:
        async with plugged_in(command, air, pieces) as process:
            yield CBar(air, bleak_backend(air), process, address)
    finally:
        air.close()
