"""Sample sources and clients for tests on the virtual air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from bleak import BleakClient, BleakScanner
from numpy.typing import NDArray

from firmware_bridge import profile
from firmware_bridge.sensors import PacketKind, RawPacket
from firmware_bridge.virtual.rig import VirtualRig
from firmware_bridge.virtual.source import SampleSource
from firmware_bridge.virtual.streamer import Stream

SPEED = 50.0
"""Air seconds a wall second: ten seconds of samples take a fifth of a second."""


def ramp(
    seconds: float = 10.0, *, rate_hz: float = 200.0, gyro: bool = True, lost: NDArray[np.bool_] | None = None
) -> SampleSource:
    """Samples that each tell their position: no two rows are equal within 32768."""
    n = round(seconds * rate_hz)
    acc = np.arange(n, dtype=np.int64)[:, None] + np.array([0, 7, -11])
    return SampleSource(
        rate_hz=rate_hz,
        acc_range_g=16,
        gyr_range_dps=2000 if gyro else 0,
        acc_raw=acc.astype(np.int16),
        gyr_raw=(-acc).astype(np.int16) if gyro else None,
        lost=lost,
    )


def data_packets(packets: list[RawPacket]) -> list[list[profile.DataPacket]]:
    """Decoded data packets, one list a connection."""
    streams: list[list[profile.DataPacket]] = []
    for packet in packets:
        if packet.kind is PacketKind.LINK and packet.payload == b"connected":
            streams.append([])
        elif packet.kind is PacketKind.NOTIFICATION and packet.characteristic == profile.DATA_UUID:
            streams[-1].append(profile.decode_data(packet.payload))
    return streams


def assert_exact(source: SampleSource, stream: Stream, packets: list[profile.DataPacket]) -> int:
    """Assert that every sample is the source's at that index; return how many came."""
    for packet in packets:
        assert packet.index is not None
        at = slice(stream.first + packet.index, stream.first + packet.index + len(packet))
        np.testing.assert_array_equal(packet.acc, source.acc_raw[at])
        if source.gyr_raw is not None and packet.gyr is not None:
            np.testing.assert_array_equal(packet.gyr, source.gyr_raw[at])
    assert [packet.seq for packet in packets] == list(range(len(packets)))
    return sum(map(len, packets))


class Client:
    """A bare bleak client of the profile, to test the sensor without the link."""

    def __init__(self, client: BleakClient) -> None:
        self.bleak = client
        self.data: list[profile.DataPacket] = []
        self.answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def ask(self, request: bytes) -> profile.Response:
        await self.bleak.write_gatt_char(profile.CONTROL_UUID, request, response=True)
        return profile.decode_response(await self.answers.get())

    async def start(
        self, *, rate_hz: float = 200, acc_g: int = 16, gyr_dps: int = 2000, latency_ms: int = 40
    ) -> profile.Config:
        settings = profile.StartSettings(round(rate_hz * 1000), acc_g, gyr_dps, latency_ms)
        answer = await self.ask(profile.encode_start(1, settings))
        assert answer.status is profile.Status.OK
        if answer.config is not None:
            return answer.config
        return profile.decode_config(bytes(await self.bleak.read_gatt_char(profile.CONFIG_UUID)))

    async def finish(self, bar: VirtualRig) -> None:
        """Wait for the end of the source, and for everything that is on its way."""
        await bar.finished.wait()
        await self.ask(profile.encode_request(profile.Op.STOP, 9))


@asynccontextmanager
async def connected(bar: VirtualRig) -> AsyncIterator[Client]:
    device = await BleakScanner.find_device_by_address(bar.address, timeout=5, backend=bar.backend.scanner)
    assert device is not None
    async with BleakClient(device, backend=bar.backend.client) as bleak_client:
        client = Client(bleak_client)
        await bleak_client.start_notify(
            profile.CONTROL_UUID, lambda _, value: client.answers.put_nowait(bytes(value))
        )
        await bleak_client.start_notify(
            profile.DATA_UUID, lambda _, value: client.data.append(profile.decode_data(bytes(value)))
        )
        yield client
