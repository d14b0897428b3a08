"""Rig C: the C firmware streams over the virtual radio to the shipped client; the engine finds the reps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError

from firmware_bridge import profile
from firmware_bridge.link import Backend, Link, scan
from firmware_bridge.samples import SampleBlock
from firmware_bridge.sensors import RawPacket, StreamSettings
from firmware_bridge.stream import SampleStream, StreamStats
from firmware_bridge.virtual import Simulation, simple_set
from firmware_bridge.virtual.bluez import private_bus
from firmware_bridge.virtual.source import SampleSource
from tests.firmware_bridge.bluez_rig import bluez
from tests.firmware_bridge.firmware.building import COMPILER
from tests.firmware_bridge.firmware.c_bar import ADDRESS, CBar, c_bar
from tests.firmware_bridge.virtual_bars import data_packets, ramp
from tests.system_parts import needs

pytestmark = COMPILER

REPS = 3
LIMIT_S = 20
"""Wall seconds that any of these may take on a busy machine; they need about one."""


@dataclass(frozen=True)
class Received:
    """What came over one link."""

    packets: list[RawPacket]
    blocks: list[SampleBlock]
    stats: StreamStats

    def acc_raw(self) -> np.ndarray:
        return np.vstack([packet.acc for stream in data_packets(self.packets) for packet in stream])


async def receive(
    bar: CBar,
    enough: Callable[[StreamStats], bool],
    *,
    backend: Backend | None = None,
    settings: StreamSettings | None = None,
    trouble: dict[int, str] | None = None,
) -> Received:
    """Stream until it is enough; stall or drop the air after so many packets."""
    backend = backend or bar.backend
    done = asyncio.Event()
    packets: list[RawPacket] = []
    blocks: list[SampleBlock] = []
    troubles = dict(trouble or {})
    async with Link.open(bar.address, settings=settings, backend=backend, until=done) as link:
        stream = SampleStream(link.session)
        async for packet in link.packets():
            packets.append(packet)
            blocks += stream.feed(packet)
            match troubles.pop(len(packets), None):
                case "stall":
                    bar.air.stall(2.5)
                case "drop":
                    bar.air.drop(absent_s=2)
            if enough(stream.stats):
                done.set()
    return Received(packets, blocks, stream.stats)


def lifted(
    programs: Path,
    tmp_path: Path,
    source: SampleSource,
    *,
    options: tuple[str, ...] = (),
    pieces: int | None = None,
    enough: Callable[[StreamStats], bool] | None = None,
    **receiving: Any,
) -> Received:
    """One session with the C firmware; by default until every sample came or is known to be lost."""
    whole = enough or (lambda stats: stats.received + stats.lost >= len(source))

    async def main() -> Received:
        async with (
            asyncio.timeout(LIMIT_S),
            c_bar(programs, source, tmp_path, options=options, pieces=pieces) as bar,
        ):
            return await receive(bar, whole, **receiving)

    return asyncio.run(main())


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simple_set(reps=REPS, tempo="2-1-X-1")


@pytest.fixture(scope="module")
def session(programs: Path, simulation: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Received:
    return lifted(programs, tmp_path_factory.mktemp("rig"), SampleSource.of(simulation))


def test_every_sample_arrives_as_it_was_fed(session: Received, simulation: Simulation):
    (stream,) = data_packets(session.packets)
    np.testing.assert_array_equal(session.acc_raw(), simulation.acc_raw)
    np.testing.assert_array_equal(np.vstack([packet.gyr for packet in stream]), simulation.gyr_raw)
    assert [packet.seq for packet in stream] == list(range(len(stream)))
    assert (session.stats.received, session.stats.lost, session.stats.undecodable) == (simulation.taken, 0, 0)


def test_samples_come_in_si_units_on_an_even_clock_through_a_wrap_of_the_devices(
    session: Received, simulation: Simulation
):
    acc = np.vstack([block.acc_mps2 for block in session.blocks])
    gyr = np.vstack([block.gyr_radps for block in session.blocks])
    t_s = np.concatenate([block.t_s for block in session.blocks])
    np.testing.assert_allclose(acc, simulation.acc_mps2, rtol=1e-6)
    np.testing.assert_allclose(gyr, simulation.gyr_radps, rtol=1e-6)
    np.testing.assert_allclose(np.diff(t_s), 1 / simulation.imu.rate_hz, atol=3e-6)
    (stream,) = data_packets(session.packets)
    assert stream[-1].t_us < stream[0].t_us


def test_the_engine_finds_the_reps_that_were_lifted(session: Received, simulation: Simulation):
    from imu_tempo.engine import Engine

    engine = Engine("squat")
    for block in session.blocks:
        engine.push(block)
    engine.finish()
    reps = engine.result("rig C").reps
    truth = simulation.truth_reps
    assert len(reps) == REPS
    np.testing.assert_allclose(reps["con_start_s"], [rep.con_start_s for rep in truth], atol=0.15)


def test_the_scan_shows_the_service_the_name_and_the_driver(programs: Path, tmp_path: Path):
    async def main():
        async with c_bar(programs, ramp(1), tmp_path, options=["--name", "Rack 4"]) as bar:
            return await scan(0.3, backend=bar.backend)

    (found,) = asyncio.run(main())
    assert (found.name, found.address, found.driver.key) == ("Rack 4", ADDRESS, "bip")


@pytest.mark.parametrize("mtu", [23, 27, 100])
def test_small_mtus_stream_too(programs: Path, tmp_path: Path, mtu: int):
    source = ramp(3)
    received = lifted(programs, tmp_path, source, options=("--mtu", str(mtu)))
    np.testing.assert_array_equal(received.acc_raw(), source.acc_raw)


@pytest.mark.parametrize(("pieces", "most_samples"), [(12, 19), (3, 5)])
def test_a_controller_with_little_room_gets_pieces_and_if_need_be_a_smaller_mtu(
    programs: Path, tmp_path: Path, pieces: int, most_samples: int
):
    source = ramp(4)
    received = lifted(programs, tmp_path, source, pieces=pieces, settings=StreamSettings(latency_ms=200))
    np.testing.assert_array_equal(received.acc_raw(), source.acc_raw)
    assert max(map(len, data_packets(received.packets)[0])) == most_samples


def test_an_accelerometer_stream_has_the_settings_that_were_asked_for(programs: Path, tmp_path: Path):
    source = ramp(4)
    received = lifted(programs, tmp_path, source, settings=StreamSettings(gyr_range_dps=0, latency_ms=100))
    (stream,) = data_packets(received.packets)
    assert {packet.gyr is None for packet in stream} == {True}
    assert max(map(len, stream)) == 20
    np.testing.assert_array_equal(received.acc_raw(), source.acc_raw)


def test_a_blocked_radio_loses_samples_that_the_index_accounts_for(programs: Path, tmp_path: Path):
    source = ramp(12, rate_hz=400)
    received = lifted(programs, tmp_path, source, options=("--fifo", "16"), trouble={30: "stall"})
    stats = received.stats
    assert stats.received + stats.lost == len(source)
    assert stats.lost > 0
    kept = [
        (packet, source.acc_raw[packet.index : packet.index + len(packet)])
        for packet in data_packets(received.packets)[0]
    ]
    for packet, measured in kept:
        np.testing.assert_array_equal(packet.acc, measured)


def test_a_lost_link_is_made_again_and_begins_a_stream_of_its_own(programs: Path, tmp_path: Path):
    source = ramp(300)
    received = lifted(
        programs,
        tmp_path,
        source,
        trouble={60: "drop"},
        enough=lambda stats: stats.streams == 2 and stats.packets >= 120,
    )
    first, second = data_packets(received.packets)
    assert second[0].stream_id == first[0].stream_id + 1
    assert (second[0].seq, second[0].index) == (0, 0)
    begin = int(second[0].acc[0, 0])
    assert begin > first[-1].acc[-1, 0] + 400  # two seconds of lifting that nobody heard
    for packet in second:
        assert packet.index is not None
        assert packet.acc[:, 0].tolist() == list(
            range(begin + packet.index, begin + packet.index + len(packet))
        )


@needs("dbus-daemon")
def test_a_lift_reaches_unmodified_bleak_through_bluez(programs: Path, tmp_path: Path):
    source = ramp(10)

    async def main() -> Received:
        async with (
            asyncio.timeout(LIMIT_S),
            c_bar(programs, source, tmp_path) as bar,
            bluez(bar.air),
        ):
            return await receive(
                bar, lambda stats: stats.received + stats.lost >= len(source), backend=Backend()
            )

    with private_bus():
        received = asyncio.run(main())
    np.testing.assert_array_equal(received.acc_raw(), source.acc_raw)
    assert received.stats.lost == 0


def test_the_server_refuses_what_no_client_should_do(programs: Path, tmp_path: Path):
    async def main():
        async with c_bar(programs, ramp(1), tmp_path) as bar:
            device = await BleakScanner.find_device_by_address(ADDRESS, backend=bar.backend.scanner)
            async with BleakClient(device, backend=bar.backend.client) as client:
                with pytest.raises(BleakGATTProtocolError):  # not subscribed: nowhere to answer
                    await client.write_gatt_char(profile.CONTROL_UUID, b"\x03\x01", response=True)
                answers: asyncio.Queue[bytes] = asyncio.Queue()
                await client.start_notify(
                    profile.CONTROL_UUID, lambda _, value: answers.put_nowait(bytes(value))
                )
                with pytest.raises(BleakGATTProtocolError):
                    await client.write_gatt_char(profile.CONTROL_UUID, b"\x03", response=True)
                with pytest.raises(BleakGATTProtocolError):
                    await client.read_gatt_char(profile.DATA_UUID)
                await client.write_gatt_char(profile.CONTROL_UUID, b"\x04\x01", response=True)
                assert await answers.get() == b"\x84\x01\x00"
                assert bytes(await client.read_gatt_char("2a19")) == bytes([87])
                assert bytes(await client.read_gatt_char("2a29")) == b"imu-tempo"

    asyncio.run(main())
