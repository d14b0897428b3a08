"""The session: the coach's page served as ``imu-tempo live --web`` does it, on virtual time."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.soak.lifters import RATE_HZ, Lifter, lifters
from benchmarks.soak.page import Viewer, post
from benchmarks.soak.seen import Soak
from benchmarks.soak.takes import WatchedTake
from benchmarks.soak.trouble import (
    ERROR_RATIO,
    LONG_ABSENT_S,
    SETTLE_S,
    VirtualWall,
    disturb,
    fill_the_disk,
    slow_disk,
)
from benchmarks.soak.watch import watch
from benchmarks.virtual_time import VirtualTimeLoop, run_virtual
from firmware_bridge.background import background
from firmware_bridge.sensors import StreamSettings
from firmware_bridge.virtual.air import VirtualAir
from firmware_bridge.virtual.rig import virtual_sensor
from imu_tempo.cli.keeping import Keeping
from imu_tempo.live.web import WebPlan, serve
from imu_tempo.live.web.access import Access
from imu_tempo.live.web.radio import Radio, Suggestion
from imu_tempo.live.web.room import Room

S_PER_HOUR = 3600.0
CALM_END_S = 20.0
"""Nothing is disturbed any more: the last stream of each sensor ends in peace."""
PASSED_ON_S = 5.0
COACH_S = (150.0, 600.0)
"""Between two choices of the coach at a bar: each begins a new recording."""
LOADS_KG = (60.0, 140.0)


def soak(
    hours: float, folder: Path, *, seed: int = 0, progress: Callable[[float], None] = lambda share: None
) -> Soak:
    """Hold a session, read back and replay what it left, and tell what was seen; Ctrl-C ends it sooner.

    Raises
    ------
    SoakError
        Received and lost do not add up, right after the packet with which they stopped to.
    """
    seen, chance = Soak(), random.Random(seed)
    seconds = hours * S_PER_HOUR
    people = lifters(seconds, seed)
    begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
    with (
        slow_disk(random.Random(seed + 1), seen.troubles),
        mock.patch("imu_tempo.live.web.room.virtual_gym", partial(_gym, people, seen)),
        mock.patch("imu_tempo.live.web.station.Take", partial(WatchedTake, seen.ledger)),
    ):
        run_virtual(_hold(seconds, folder, people, chance, seen, progress))
    seen.wall_s, seen.cpu_s = time.perf_counter() - begun_s, time.process_time() - begun_cpu_s
    begun_s = time.perf_counter()
    by_address = {lifter.address: lifter for lifter in people}
    for number, take in enumerate(seen.ledger.takes, start=1):
        seen.account.add(take, by_address[take.address])
        progress(1.0 + number / len(seen.ledger.takes))
    seen.after_s = time.perf_counter() - begun_s
    return seen


@asynccontextmanager
async def _gym(people: Sequence[Lifter], seen: Soak, speed: float) -> AsyncIterator[Radio]:
    """Open a gym with two bars, in the place of the one that a demonstration has."""
    air = VirtualAir(error_ratio=ERROR_RATIO, speed=speed)
    async with AsyncExitStack() as stack:
        stack.callback(air.close)
        for lifter in people:
            sensor = virtual_sensor(lifter.source, air=air, name=lifter.name, address=lifter.address)
            seen.ledger.rigs[lifter.address] = await stack.enter_async_context(sensor)
        backend = seen.ledger.rigs[people[0].address].backend
        suggestions = tuple(Suggestion(lifter.address, lifter.lifting) for lifter in people)
        yield Radio(backend=backend, simulated=True, speed=speed, air=air, suggestions=suggestions)


async def _hold(
    seconds: float,
    folder: Path,
    people: Sequence[Lifter],
    chance: random.Random,
    seen: Soak,
    progress: Callable[[float], None],
) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    loop.set_exception_handler(lambda _, context: _overlooked(context, seen))
    wall = VirtualWall()
    history = folder / "history"
    plan = WebPlan(
        out=folder / "recordings",
        history=history,
        sensors=tuple((lifter.address, "") for lifter in people),
        settings=StreamSettings(rate_hz=RATE_HZ),
        virtual=True,
        port=0,
        keep=Keeping(True, history).keep,
    )
    with (
        mock.patch("imu_tempo.live.web.hub.time", wall),
        mock.patch("firmware_bridge.clock.wall.time", wall),
    ):
        async with _served(plan) as (room, port):
            viewers, calm = [Viewer(port), Viewer(port)], asyncio.Event()
            async with asyncio.TaskGroup() as group:
                looking = [
                    group.create_task(watch(seconds, seen.held, progress)),
                    group.create_task(viewers[0].watch()),
                    group.create_task(viewers[1].doze(random.Random(chance.random()), calm)),
                ]
                await _go_wrong(seconds - CALM_END_S, room, port, chance, wall, seen)
                seen.hours = loop.time() / S_PER_HOUR
                calm.set()
                await _let_go(room, port, seen)
                seen.rounds = loop.rounds
                seen.astray = sum(viewer.state != room.hub.state for viewer in viewers)
                for task in looking:
                    task.cancel()
    seen.reads, seen.wholes, seen.viewers = (
        sum(getattr(viewer, name) for viewer in viewers) for name in ("messages", "wholes", "connections")
    )


async def _go_wrong(
    seconds: float, room: Room, port: int, chance: random.Random, wall: VirtualWall, seen: Soak
) -> None:
    """Let everything go wrong until the time is over or Ctrl-C; then wait until all is well again."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    with suppress(NotImplementedError, ValueError):  # Windows, and threads
        loop.add_signal_handler(signal.SIGINT, over.set)
    rigs, troubles = list(seen.ledger.rigs.values()), seen.troubles
    async with background() as spawn:
        spawn(disturb(rigs, chance, troubles))
        spawn(fill_the_disk(seconds, chance, troubles))
        spawn(wall.be_set(seconds, troubles))
        spawn(_coach(port, seconds, room, chance, seen))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await over.wait()
    troubles.disk_is_full = False
    async with asyncio.timeout(LONG_ABSENT_S[1] + CALM_END_S):
        while any(room.hub.state[f"{number}.link"]["state"] != "streaming" for number in room.stations):
            await asyncio.sleep(1.0)
    await asyncio.sleep(CALM_END_S)


def _overlooked(context: dict[str, Any], seen: Soak) -> None:
    """Take down what nobody caught."""
    seen.overlooked.append(f"{context.get('message')}: {context.get('exception')!r}")


def _served(plan: WebPlan) -> AbstractAsyncContextManager[tuple[Room, int]]:
    """Serve the page for the block, by the call that the command makes."""

    @asynccontextmanager
    async def served() -> AsyncIterator[tuple[Room, int]]:
        until = asyncio.Event()
        ready: asyncio.Future[tuple[Room, Access]] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            serve(plan, until=until, on_ready=lambda room, access, url: ready.set_result((room, access)))
        )
        either: set[asyncio.Future[Any]] = {serving, ready}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        room, access = await ready
        try:
            yield room, access.port
        finally:
            until.set()
            await serving

    return served()


async def _coach(port: int, seconds: float, room: Room, chance: random.Random, seen: Soak) -> None:
    """Put another load on a bar now and then."""
    while True:
        await asyncio.sleep(chance.uniform(*COACH_S) * min(1.0, seconds / COACH_S[1]))
        number = chance.choice(list(room.stations))
        setup = room.stations[number].setup.as_json()
        setup["load_kg"] = 2.5 * round(chance.uniform(*LOADS_KG) / 2.5)
        async with seen.troubles.no_room_to_end:
            status = await post(port, f"/api/bars/{number}/setup", setup)
            assert status == 200, status
            await asyncio.sleep(SETTLE_S)
        seen.setups += 1


async def _let_go(room: Room, port: int, seen: Soak) -> None:
    """Let both sensors go, and wait until everything is sealed, read and shown."""
    for number in room.stations:
        assert await post(port, f"/api/bars/{number}/sensor", {"sensor": ""}) == 200
    await asyncio.sleep(PASSED_ON_S)
    for station in room.stations.values():
        await station.settled()
    await room.work(lambda: None)
    await asyncio.sleep(PASSED_ON_S)
    seen.held.note()
