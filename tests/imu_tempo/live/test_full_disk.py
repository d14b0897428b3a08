"""A disk that is full while people lift: reps are told as ever, and nothing is missing once it has room."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.link import find, stream
from firmware_bridge.recording import DiskFullError, Recording, lines
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.rig import virtual_sensor
from imu_tempo.events import Event, RepEvent, SetEnded, to_json
from imu_tempo.formats import load
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.replaying import replay_events
from imu_tempo.live.session import SessionOutcome, SessionPlan, Watch, hold_session
from imu_tempo.live.simulated import SimulatedSet, simulated

SPEED = 20.0
LIFTING = Lifting(exercise="squat", tempo="2-1-X-1")


class Disk:
    """A disk that is full between the first rep and some later moment; the reserve is no help to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, data: bytes) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._write(descriptor, data)


def hold(
    tmp_path: Path, disk: Disk, *, again_at_rep: int | None, gone_at_rep: int | None = None
) -> tuple[SessionOutcome, list[Event], list[RecordingError | None]]:
    """Hold a session of four reps; the disk is full from the first, until a later one or for good.

    The sensor may be gone for good as well.
    """
    gone = asyncio.Event()
    simulation = simulated(SimulatedSet(reps=4, tempo="2-1-X-1"))
    events: list[Event] = []
    told: list[RecordingError | None] = []

    def hear(event: Event) -> None:
        events.append(event)
        if isinstance(event, RepEvent) and event.rep.rep_no == 1:
            disk.full = True
        if isinstance(event, RepEvent) and event.rep.rep_no == again_at_rep:
            disk.full = False
        if isinstance(event, RepEvent) and event.rep.rep_no == gone_at_rep:
            gone.set()

    async def leave(air: VirtualAir) -> None:
        await gone.wait()
        air.drop(absent_s=3600.0)

    async def main() -> SessionOutcome:
        async with virtual_sensor(simulation, speed=SPEED) as bar:
            sensor = await find(bar.address, backend=bar.backend)
            plan = SessionPlan(sensor=sensor, parent=tmp_path, lifting=LIFTING)
            watch = Watch(event=hear, disk=told.append)
            leaving = asyncio.create_task(leave(bar.air))
            try:
                until = bar.finished if gone_at_rep is None else None
                return await hold_session(plan, sensor, watch=watch, until=until, backend=bar.backend)
            finally:
                leaving.cancel()

    return asyncio.run(main()), events, told


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(lines, "RETRY_S", 0.02)
    return Disk(monkeypatch)


def reps(events: list[Event]) -> set[int]:
    return {event.rep.rep_no for event in events if isinstance(event, RepEvent)}


def test_reps_are_told_while_the_disk_is_full_and_the_recording_has_them_all(
    tmp_path: Path, disk: Disk
) -> None:
    outcome, events, told = hold(tmp_path, disk, again_at_rep=3)
    assert outcome.error is None
    assert isinstance(told[0], DiskFullError)
    assert "the disk is full; free some space" in str(told[0])
    assert reps(events) == {1, 2, 3, 4}
    assert isinstance(events[-1], SetEnded)
    recording = Recording.open(outcome.folder)
    assert recording.sealed
    assert len(recording.arrays()) == outcome.stats.received
    assert list(recording.events()) == [to_json(event) for event in events]
    replayed = replay_events(load(outcome.folder), **LIFTING.arguments())
    assert [to_json(event) for event in replayed] == [to_json(event) for event in events]


def test_a_disk_that_stays_full_costs_the_recording_and_not_the_reps_and_it_is_told(
    tmp_path: Path, disk: Disk
) -> None:
    outcome, events, told = hold(tmp_path, disk, again_at_rep=None)
    assert [type(trouble) for trouble in told] == [DiskFullError]
    assert reps(events) == {1, 2, 3, 4}
    assert isinstance(outcome.error, DiskFullError)
    assert "lines that waited for it are lost" in str(outcome.error)
    recording = Recording.open(outcome.folder)
    assert recording.sealed
    assert 0 < len(recording.arrays()) < outcome.stats.received


def test_a_full_disk_and_a_sensor_that_is_gone_are_both_told(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "RECONNECT_S", 0.1)
    monkeypatch.setattr(stream, "RESCAN_S", 0.05)
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.02,))
    outcome, _, _ = hold(tmp_path, disk, again_at_rep=None, gone_at_rep=2)
    assert isinstance(outcome.error, DiskFullError)
    assert "did not come back" in str(outcome.error)
    assert "the disk is full" in str(outcome.error)
