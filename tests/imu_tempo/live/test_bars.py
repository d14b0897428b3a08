"""Two bars in one loop: a recording each, and none ends with the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firmware_bridge.errors import LinkError
from firmware_bridge.link import LinkLostError, SensorNotFoundError, stream
from firmware_bridge.recording import Recording
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.rig import VirtualRig, virtual_sensor
from imu_tempo.live import bars
from imu_tempo.live.bars import record_bars
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.session import SessionOutcome, SessionPlan, Watch
from tests.firmware_bridge.virtual_bars import ramp

LEFT, RIGHT = "F0:0D:BA:2B:E1:01", "F0:0D:BA:2B:E1:02"
SPEED = 20.0


@asynccontextmanager
async def two_bars(seconds: float) -> AsyncIterator[tuple[VirtualRig, VirtualRig]]:
    air = VirtualAir(speed=SPEED)
    async with (
        virtual_sensor(ramp(seconds), air=air, name="Left", address=LEFT) as left,
        virtual_sensor(ramp(seconds), air=air, name="Right", address=RIGHT) as right,
    ):
        yield left, right
    air.close()


def plans(tmp_path: Path, *sensors: str) -> list[SessionPlan]:
    return [SessionPlan(sensor=name, parent=tmp_path, lifting=Lifting()) for name in sensors]


def test_each_bar_has_its_own_recording(tmp_path: Path) -> None:
    async def main():
        async with two_bars(5) as (left, right):
            stop = asyncio.Event()

            async def stop_at_the_end():
                await left.finished.wait()
                await right.finished.wait()
                stop.set()

            ending = asyncio.create_task(stop_at_the_end())
            ends = await record_bars(
                plans(tmp_path, "Right", "Left"), feedback=False, until=stop, backend=left.backend
            )
            await ending
        return ends

    right, left = asyncio.run(main())
    assert (right.info.name, left.info.name) == ("Right", "Left")
    for end in (left, right):
        assert (end.stats.received, end.error) == (1000, None)
        assert Recording.open(end.folder).sealed
        assert Recording.open(end.folder).manifest.sensor.name == end.info.name


def test_bar_that_is_lost_for_good_does_not_end_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "RECONNECT_S", 0.1)
    monkeypatch.setattr(stream, "RESCAN_S", 0.05)
    monkeypatch.setattr(stream, "BACK_OFF_S", (0.02,))
    said: dict[str, list[str]] = {"Left": [], "Right": []}

    async def main():
        async with two_bars(60) as (left, _):
            stop = asyncio.Event()

            def watch(sensor) -> Watch:
                def samples(stats) -> None:
                    if sensor.name == "Right" and stats.received == 400:
                        left.air.drop(absent_s=3600, address=RIGHT)
                    if sensor.name == "Left" and "closed" in said["Right"] and stats.received > 2000:
                        stop.set()

                return Watch(samples=samples, status=lambda status: said[sensor.name].append(str(status)))

            return await record_bars(
                plans(tmp_path, "Left", "Right"),
                feedback=False,
                watch=watch,
                until=stop,
                backend=left.backend,
            )

    left, right = asyncio.run(main())
    assert left.error is None
    assert left.stats.received > 2000
    assert isinstance(right, SessionOutcome)
    assert isinstance(right.error, LinkLostError)
    assert 400 <= right.stats.received < left.stats.received
    assert Recording.open(right.folder).sealed
    assert said == {
        "Left": ["streaming", "closed"],
        "Right": ["streaming", "reconnecting", "closed"],
    }


def test_absent_and_doubly_named_bars_are_told_in_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_each = bars.find_each

    async def quickly(wanted, **options):
        return await find_each(wanted, timeout_s=0.3, **options)

    monkeypatch.setattr(bars, "find_each", quickly)

    async def main():
        async with two_bars(2) as (left, _):
            return await record_bars(
                plans(tmp_path, "Left", "Nobody", LEFT),
                feedback=False,
                until=left.finished,
                backend=left.backend,
            )

    left, nobody, twice = asyncio.run(main())
    assert isinstance(left, SessionOutcome)
    assert isinstance(nobody, SensorNotFoundError)
    assert isinstance(twice, LinkError)
    assert str(twice) == "Left was named twice; a sensor can be in one session only"
    assert len(list(tmp_path.iterdir())) == 1
