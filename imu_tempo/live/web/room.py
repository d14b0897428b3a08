"""The gym behind the page: its bars, the day's sets, and what a restart brings back."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from firmware_bridge.errors import BridgeError
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.recall import recalled_today
from imu_tempo.live.web.days import day_sets
from imu_tempo.live.web.hub import Hub, Json
from imu_tempo.live.web.memory import Bar, Memory
from imu_tempo.live.web.past import Past
from imu_tempo.live.web.plan import BARS, WebPlan
from imu_tempo.live.web.radio import Radio, virtual_gym
from imu_tempo.live.web.replays import Player
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.shelf import Shelf
from imu_tempo.live.web.station import Station
from imu_tempo.live.web.take import Take
from imu_tempo.schema import RepRow

_SAME_LIFT_S = 0.01
"""The page says the start of a lift to the millisecond."""
T = TypeVar("T")


class Room:
    """Everything that the page's requests act on.

    Attributes
    ----------
    hub
        What viewers are told.
    stations
        The bars by id.
    shelf, past
        Recordings, and the history.
    player
        The replay of a stored session.
    radio
        Where sensors are.
    in_work
        How many requests are being answered.
    """

    def __init__(self, plan: WebPlan, radio: Radio) -> None:
        self.plan = plan
        self.hub = Hub()
        self.radio = radio
        self._setups: dict[str, Setup] = {}
        self.shelf = Shelf(plan.out, plan.history, self._lifting_of, recall=plan.recall)
        self.past = Past(plan.history, simulated=radio.simulated)
        self.player = Player(self.hub)
        self.stations = {
            str(number): Station(
                str(number),
                self.hub,
                radio,
                plan.out,
                settings=plan.settings,
                usual=plan.lifting,
                on_set=self._on_set,
                recall=lambda lifting: self._recalled(lifting, strict=False),
            )
            for number in range(1, BARS + 1)
        }
        self.in_work = 0
        self._working: set[asyncio.Task[Any]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._day = date.today()
        self._sets: dict[str, list[Json]] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, plan: WebPlan) -> AsyncIterator[Room]:
        """Open the room for the block: what the day has brought so far is there, and wanted bars connect."""
        async with AsyncExitStack() as stack:
            radio = await stack.enter_async_context(virtual_gym(plan.speed)) if plan.virtual else Radio()
            room = cls(plan, radio)
            await room._wake()
            running = [asyncio.create_task(station.run()) for station in room.stations.values()]
            try:
                yield room
            finally:
                await room._close(running)

    # What requests do

    def station(self, number: str) -> Station:
        """Return a bar.

        Raises
        ------
        TempoError
            There is none of that number.
        """
        if number not in self.stations:
            raise TempoError(f"There is no bar {number[:8]}: expected {' or '.join(self.stations)}.")
        return self.stations[number]

    async def choose(self, number: str, setup: Setup) -> None:
        """Set what is lifted with a bar from now on.

        Raises
        ------
        TempoError
            It does not go together, or the history has no line for a stop at reps in reserve.
        """
        station = self.station(number)
        await self.work(lambda: setup.lifting(self.plan.lifting, self._recalled))
        station.choose(setup)
        self._remember()

    def connect(self, number: str, sensor: str | None) -> None:
        """Give a bar its sensor, or take it away; another bar that has it lets it go."""
        wanted = self.station(number)
        for other in self.stations.values():
            if other is not wanted and sensor is not None and other.sensor == sensor:
                other.connect(None)
        wanted.connect(sensor)
        self._remember()

    async def identify(self, sensor: str) -> None:
        """Make a sensor show itself, whether or not a bar has it.

        Raises
        ------
        LinkError
            It cannot, refuses, or is not in the air.
        """
        for station in self.stations.values():
            if station.sensor == sensor and await station.identify():
                return
        await self.radio.identify(sensor)

    async def say(self, key: str, at_s: float, make: Callable[[RepRow], Any]) -> None:
        """Say something of a rep: of the set in hand at once, else by its numbers of record."""
        station, rep = self._in_hand(key, at_s)
        if station is not None and rep is not None:
            edit = make(rep)
            await self.work(lambda: self.shelf.say_unseen(key, edit))
            station.mark(await self.work(lambda: self.shelf.edits(key)))
            return
        await self.work(lambda: self.shelf.say(key, at_s, make))
        await self.refresh(key)

    def _in_hand(self, key: str, at_s: float) -> tuple[Station | None, RepRow | None]:
        """Return the bar and the rep of a set that still goes on."""
        for station in self.stations.values():
            tracker = station.tracker
            if tracker is None or tracker.recording != key or tracker.summary is not None:
                continue
            rep = next((r for r in tracker.reps if abs(r.con_start_s - at_s) < _SAME_LIFT_S), None)
            return station, rep
        return None, None

    async def undo(self, key: str) -> str:
        """Take back what was last said of a recording's reps; return it in words."""
        said = await self.work(lambda: self.shelf.undo(key))
        edits = await self.work(lambda: self.shelf.edits(key))
        for station in self.stations.values():
            if station.tracker and station.tracker.recording == key and station.tracker.summary is None:
                station.mark(edits)
                return said
        await self.refresh(key)
        return said

    async def refresh(self, key: str) -> None:
        """Read a recording again, and tell what its sets are now."""
        opened = await self.work(lambda: self.shelf.open(key))
        over_s = math.inf
        for station in self.stations.values():
            tracker = station.tracker
            if tracker is not None and tracker.recording == key:
                over_s = tracker.goes_on_from_s
                for row, reps in opened.sets():
                    tracker.settle(row, reps)
                station.put_set()
        self._sets[key] = [one for one in day_sets(opened) if one["start_s"] < over_s]
        self._tell_day()
        said = self._lifting_of(key) or Lifting()
        await self.work(lambda: self.plan.keep(opened.folder, _besides(said), opened.result))

    async def work(self, what: Callable[[], T]) -> T:
        """Do something that takes time, beside the event loop; one at a time, so that bars keep a core."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(what)

    def soon(self, what: Coroutine[Any, Any, None]) -> None:
        """Do something as soon as may be, and tell of trouble on the page."""

        async def told() -> None:
            try:
                await what
            except (TempoError, BridgeError) as error:
                self.hub.put({"notice": {"text": str(error)}})

        task = asyncio.create_task(told())
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    # What happens by itself

    def _on_set(self, station: Station, take: Take) -> None:
        key = take.folder.name
        self._setups.setdefault(key, station.setup)
        self._remember()
        self.soon(self.refresh(key))

    async def _wake(self) -> None:
        """Bring back what was there before a restart, and what the user said now."""
        memory = Memory.read(self.plan.out, self._day)
        self._setups |= memory.recordings
        for number, (id_, station) in enumerate(self.stations.items()):
            remembered = memory.bars.get(id_, Bar())
            station.choose(self._first_setup(number, remembered))
            station.show_again()
            station.connect(self._first_sensor(number, remembered))
        self.hub.put(
            {
                "bars": list(self.stations),
                "day": {"date": self._day.isoformat(), "sets": []},
                "simulated": self.radio.simulated or None,
                "lan": self.plan.lan or None,
                "speed": self.radio.speed,
            }
        )
        self.soon(self._open_day())

    def _first_setup(self, number: int, remembered: Bar) -> Setup:
        if remembered.setup is not None:
            with suppress(TempoError):
                remembered.setup.lifting(self.plan.lifting)
                return remembered.setup
        setup = Setup.of(self.plan.lifting)
        if number < len(self.radio.suggestions) and self.plan.lifting.exercise is None:
            setup = Setup.of(self.radio.suggestions[number].lifting)
        if number < len(self.plan.sensors) and self.plan.sensors[number][1]:
            setup = Setup.read({**setup.as_json(), "athlete": self.plan.sensors[number][1]})
        return setup

    def _first_sensor(self, number: int, remembered: Bar) -> str | None:
        return self.plan.sensors[number][0] if number < len(self.plan.sensors) else remembered.sensor

    async def _open_day(self) -> None:
        """Read what was recorded today, oldest first; seal what a crash left open."""
        await self.work(lambda: self.shelf.mend(self._day))
        live = {s.tracker.recording for s in self.stations.values() if s.tracker}
        keys = await self.work(lambda: [key for key, _ in self.shelf.of_day(self._day)])
        for key in keys:
            if key in live or key in self._sets:
                continue
            with suppress(TempoError, BridgeError):  # one that holds nothing, as a sensor on a shelf
                opened = await self.work(lambda key=key: self.shelf.open(key))  # type: ignore[misc]
                self._sets[key] = day_sets(opened)
                self._tell_day()

    def _tell_day(self) -> None:
        if date.today() != self._day:
            self._day = date.today()
            self._sets = {
                key: sets for key, sets in self._sets.items() if key.startswith(self._day.isoformat())
            }
        sets = sorted((one for sets in self._sets.values() for one in sets), key=lambda one: one["at"])
        for number, one in enumerate(sets, start=1):
            one["no"] = number
        self.hub.put({"day": {"date": self._day.isoformat(), "sets": sets}})

    def _lifting_of(self, key: str) -> Lifting | None:
        """Return what was said of a recording that its manifest does not hold."""
        setup = self._setups.get(key)
        if setup is None:
            return None
        return _besides(setup.said(self.plan.lifting))

    def _recalled(self, lifting: Lifting, *, strict: bool = True) -> Lifting:
        """Fill in what the history knows of whoever lifts; waits for the disk."""
        return recalled_today(lifting, self.plan.history, wanted=self.plan.recall, strict=strict)

    def _remember(self) -> None:
        """Write down what a restart needs."""
        bars = {id_: Bar(station.setup, station.sensor) for id_, station in self.stations.items()}
        Memory(bars, self._setups).write(self.plan.out, date.today())

    async def _close(self, running: list[asyncio.Task[None]]) -> None:
        self.player.stop()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for station in self.stations.values():
            await station.settled()
        while self._working:
            await asyncio.wait(set(self._working))
        self.hub.close()


def _besides(lifting: Lifting) -> Lifting:
    """Return what was said of a recording, without what its manifest holds: edits may say that better."""
    return replace(lifting, exercise=None, load_kg=None, athlete=None, tempo=None, protocol=None)
