"""The soak, made short: every sample is received or counted as lost, and a replay tells what was told."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from benchmarks.soak import lifters, run, seen, trouble, watch
from benchmarks.soak.after import Account
from benchmarks.soak.page import Viewer
from benchmarks.soak.seen import Soak
from benchmarks.soak.takes import SoakError
from benchmarks.virtual_time import THREAD_PACE, VirtualTimeLoop, run_virtual

SECONDS = 80.0


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soak:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifters, "SPARE_S", 40.0)
        patch.setattr(trouble, "CALM_S", (2.0, 8.0))
        patch.setattr(trouble, "DROP_RATIO", 0.3)
        patch.setattr(trouble, "REBOOT_RATIO", 0.2)
        patch.setattr(trouble, "LONG_RATIO", 0.0)
        patch.setattr(trouble, "ABSENT_S", (0.0, 3.0))
        patch.setattr(trouble, "SETTLE_S", 5.0)
        patch.setattr(run, "SETTLE_S", 5.0)
        patch.setattr(watch, "WATCH_S", 5.0)
        return run.soak(SECONDS / run.S_PER_HOUR, tmp_path_factory.mktemp("soak"), seed=4)


def test_nothing_is_lost_and_a_replay_tells_what_was_told(soaked: Soak) -> None:
    soaked.check()
    assert soaked.total("received") + soaked.total("lost") == soaked.counted
    all_s = soaked.total("received") + soaked.total("lost") + soaked.total("missed")
    assert all_s == pytest.approx(2 * SECONDS * 400.0, rel=0.1)
    assert soaked.account.events > 20
    assert soaked.account.differing == 0


def test_everything_went_wrong_meanwhile(soaked: Soak) -> None:
    bad = soaked.troubles
    assert min(bad.stalls, bad.drops, bad.reboots, bad.full_disk, bad.clock_sets, bad.slow_disk) > 0
    assert soaked.total("missed") > 0
    assert soaked.ledger.most_waiting > 25  # packets a second of one sensor
    assert soaked.account.clock_sets > 0


def test_reps_with_no_loss_near_are_told_and_no_others(soaked: Soak) -> None:
    account = soaked.account
    assert account.reps > 5
    assert account.clear_told == account.clear_reps
    assert account.ghosts == 0


def test_both_viewers_show_what_the_room_does(soaked: Soak) -> None:
    assert soaked.astray == 0
    assert soaked.wholes >= soaked.viewers >= 2 or soaked.viewers > soaked.wholes >= 2
    assert soaked.reads > 50


def test_a_soak_that_loses_something_fails(soaked: Soak) -> None:
    lost = replace(soaked.ledger.takes[0], received=soaked.ledger.takes[0].received - 1)
    ledger = replace(soaked.ledger, takes=[lost, *soaked.ledger.takes[1:]])
    with pytest.raises(SoakError, match="received \\+ lost, and the sensors' count"):
        replace(soaked, ledger=ledger).check()
    account = soaked.account
    changes: dict[str, Account] = {
        "packets sealed and appended": replace(account, packets=account.packets - 1),
        "a replay says 1 of": replace(account, differing=1),
        "reps clear of losses": replace(account, clear_told=0, clear_reps=50),
        "the clock was set": replace(account, clock_sets=0),
    }
    for words, changed in changes.items():
        with pytest.raises(SoakError, match=words):
            replace(soaked, account=changed).check()
    with pytest.raises(SoakError, match="nobody caught an error"):
        replace(soaked, overlooked=["an error"]).check()


def test_memory_that_grows_is_a_fault_once_there_was_time_to_settle() -> None:
    leak = [500.0 + 0.5 * minute for minute in range(watch.LOOKS)]
    grown = Soak()
    grown.held.memory_mb = leak
    with pytest.raises(SoakError, match="memory grew by"):
        grown.check()
    grown.held.memory_mb = leak[: watch.LOOKS // 2]
    grown.check()
    grown.held.files = [20] * (watch.LOOKS - 1) + [20 + seen.MAX_GROWTH + 1]
    with pytest.raises(SoakError, match="files grew by 5"):
        grown.check()


def test_a_viewer_shows_what_it_was_sent() -> None:
    viewer = Viewer(0)
    viewer.take({"event": "state", "id": "a-1", "data": '{"state": {"x": 1, "y": 2}}'})
    viewer.take({"event": "patch", "id": "a-2", "data": '{"patch": {"x": null, "z": [3]}}'})
    viewer.take({"event": "beat", "id": "a-2", "data": "{}"})
    assert (viewer.state, viewer.last, viewer.messages, viewer.wholes) == ({"y": 2, "z": [3]}, "a-2", 3, 1)


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


def test_virtual_time_waits_for_threads() -> None:
    async def meanwhile() -> float:
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        ticking = asyncio.create_task(asyncio.sleep(3600.0))
        await asyncio.to_thread(time.sleep, 0.1)
        ticking.cancel()
        return loop.time() - begun_s

    assert 0.1 * THREAD_PACE * 0.9 < run_virtual(meanwhile()) < 600.0


def test_rounds_that_hold_the_loop_up_are_seen() -> None:
    async def busy() -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        await asyncio.sleep(1.0)
        end_s = time.thread_time() + 0.15
        while time.thread_time() < end_s:
            pass
        await asyncio.sleep(1.0)
        return loop.rounds.longest_cpu_s, loop.rounds.held_up

    longest_s, held_up = run_virtual(busy())
    assert longest_s >= 0.15
    assert held_up == 1
