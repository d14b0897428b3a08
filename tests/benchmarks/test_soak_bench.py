"""The soak, made short: every sample of it is received or counted as lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from benchmarks import soak
from benchmarks.virtual_time import run_virtual


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> soak.Soak:
    return soak.soak(90 / soak.S_PER_HOUR, tmp_path_factory.mktemp("soak"), seed=3)


def test_nothing_is_lost_under_stalls_lost_links_and_a_slow_disk(seen: soak.Soak) -> None:
    seen.check()
    assert seen.received + seen.lost == seen.counted
    assert seen.received + seen.lost + seen.missed == pytest.approx(90 * soak.RATE_HZ, rel=0.02)
    assert seen.stalls > 0
    assert seen.reconnects > 0
    assert seen.lost > 0


def test_a_soak_that_loses_something_fails(seen: soak.Soak) -> None:
    with pytest.raises(soak.SoakError, match="received \\+ lost, and the sensor's count"):
        replace(seen, received=seen.received - 1, sealed_samples=seen.received - 1).check()
    with pytest.raises(soak.SoakError, match="packets sealed and appended"):
        replace(seen, journalled=seen.journalled + 1).check()
    with pytest.raises(soak.SoakError, match=r"memory grew by 99\.0 MB"):
        replace(seen, memory_mb=[1.0, 100.0]).check()


def test_virtual_time_passes_in_timers_alone() -> None:
    async def an_hour() -> list[float]:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        ended_s = []

        async def wait(seconds: float) -> None:
            await asyncio.sleep(seconds)
            ended_s.append(loop.time() - begun_s)

        async with asyncio.TaskGroup() as group:
            for seconds in (3600.0, 0.5, 10.0):
                group.create_task(wait(seconds))
        return ended_s

    assert run_virtual(an_hour()) == pytest.approx([0.5, 10.0, 3600.0], abs=1e-3)
