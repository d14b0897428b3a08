"""One bar of the gym: its sensor, its recordings, and what the page shows of it.

A station wants a sensor or none. While it wants one it looks for it, streams it, and looks for it again after
a loss, for as long as the server runs; no page has to be open. What the coach changes begins a new recording:
the sensor is started anew for it, so that each recording stands by itself and counts its own losses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from firmware_bridge.background import background
from firmware_bridge.errors import BridgeError, RecordingError
from firmware_bridge.link import FoundSensor, Link, LinkStatus
from firmware_bridge.sensors import RawPacket, StreamSettings, can_identify
from imu_tempo.errors import TempoError
from imu_tempo.events import Event, SetEnded
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.web.hub import Hub, Json, now_ms
from imu_tempo.live.web.lights import Lights
from imu_tempo.live.web.radio import Radio
from imu_tempo.live.web.setup import Recall, Setup
from imu_tempo.live.web.take import Take
from imu_tempo.live.web.tracker import Clock, Tracker

RETRY_S = 5.0
"""Pause between searches for a sensor that is away: a set is never further off than this."""

OnSet = Callable[["Station", Take], None]


class Station:
    """One bar.

    Attributes
    ----------
    id
        Its name on the page: ``"1"``, ``"2"``.
    setup
        What the coach has chosen.
    sensor
        Name or address of the sensor that is wanted; None for none.
    """

    def __init__(
        self,
        id: str,  # noqa: A002 - it is one
        hub: Hub,
        radio: Radio,
        out: Path,
        *,
        settings: StreamSettings,
        usual: Lifting,
        on_set: OnSet,
        recall: Recall | None = None,
    ) -> None:
        self.id = id
        self.setup = Setup()
        self.sensor: str | None = None
        self._label = ""
        self._hub, self._radio, self._out = hub, radio, out
        self._settings, self._usual, self._on_set, self._recall = settings, usual, on_set, recall
        self._changed = asyncio.Event()
        self._hang_up = asyncio.Event()
        self._found: FoundSensor | None = None
        self._take: Take | None = None
        self._lifting = usual
        self._sealing: set[asyncio.Task[None]] = set()
        self._tracker: Tracker | None = None
        self._clock = Clock(0.0, now_ms(), radio.speed)
        self._link: Link | None = None
        self._lights = Lights(self._put, lambda: self._fresh_tracker().signal_json(self._clock))

    # What the coach does

    def choose(self, setup: Setup) -> None:
        """Take a new choice: what is lifted from now on goes into a new recording.

        Raises
        ------
        TempoError
            It does not go together with what was said when the server was started.
        """
        setup.lifting(self._usual)
        changed = setup != self.setup
        self.setup = setup
        self._put(setup=setup.shown(), targets=self._fresh_tracker().targets_json())
        if changed:
            self._roll()

    def connect(self, sensor: str | None) -> None:
        """Want a sensor, or none; the one before is let go."""
        if sensor == self.sensor and sensor is not None and self._lights.link_state == "streaming":
            return
        self.sensor = sensor
        self._label = ""
        self._hang_up.set()
        self._changed.set()
        if sensor is None:
            self._put(title=f"Bar {self.id}")
            self._tell_link("none", "")

    async def identify(self) -> bool:
        """Make the sensor show itself, by the link that streams it; False where none does.

        Raises
        ------
        LinkError
            It cannot, or refuses.
        """
        if self._link is None:
            return False
        await self._link.identify()
        return True

    def mark(self, edits: tuple[Any, ...]) -> None:
        """Show at once what was said of reps of the set in hand."""
        if self._tracker is not None:
            self._tracker.mark(edits)
            self._put_set()

    @property
    def tracker(self) -> Tracker | None:
        """The set in hand."""
        return self._tracker

    def show_again(self) -> None:
        """Tell the page all of it."""
        self._put(
            title=self._label or f"Bar {self.id}",
            setup=self.setup.shown(),
            targets=self._fresh_tracker().targets_json(),
            phase=self._fresh_tracker().phase_json(self._clock),
        )
        if self._lights.link_state is None:
            self._tell_link("none", "")

    def put_set(self) -> None:
        """Tell the page the set anew, as when its numbers of record have come."""
        self._put_set()

    # What runs

    async def run(self) -> None:
        """Keep the wanted sensor streaming, until cancelled; what was being recorded is then sealed."""
        while True:
            self._changed.clear()
            self._hang_up.clear()
            if self.sensor is None:
                await self._changed.wait()
                continue
            try:
                await self._hold()
            except (BridgeError, TempoError) as error:
                self._tell_link("lost", str(error))
            except OSError as error:  # the disk is full or gone: say so, and go on trying
                self._tell_link("lost", f"The recording cannot be written: {error}")
            if not self._changed.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_S):
                        await self._changed.wait()

    async def _hold(self) -> None:
        """Find the sensor and stream it until it is lost for good, or let go."""
        if self._lights.link_state != "lost":
            self._tell_link("searching", "Looking for the sensor")
        found = await self._search()
        if found is None or self._hang_up.is_set():
            return
        self._lifting = await asyncio.to_thread(self.setup.lifting, self._usual, self._recall)
        self._put(known=self._lifting.arguments()["context"].recalled_words())
        self._found, self._label = found, found.label
        self._put(title=found.label)
        self._tell_link("connecting", f"Connecting to {found.label}")
        self._take = None
        try:
            async with (
                Link.open(
                    found,
                    settings=self._settings,
                    on_packet=self._journal,
                    on_status=self._on_status,
                    until=self._hang_up,
                    backend=self._radio.backend,
                ) as link,
                background() as spawn,
            ):
                self._link = link
                watching = [
                    spawn(self._lights.watch_battery(link)),
                    spawn(self._lights.watch_signal(lambda: self._take.stats if self._take else None)),
                ]
                try:
                    async for packet in link.packets():
                        self._on_packet(packet)
                finally:
                    self._link = None
                    for task in watching:
                        task.cancel()
        finally:
            self._end_take()

    async def _search(self) -> FoundSensor | None:
        """Look for the sensor; None as soon as the coach wants something else."""
        finding = asyncio.ensure_future(self._radio.find(self.sensor))
        changing = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({finding, changing}, return_when=asyncio.FIRST_COMPLETED)
            return finding.result() if finding.done() else None
        finally:
            for task in (finding, changing):
                task.cancel()

    def _journal(self, packet: RawPacket) -> None:
        """Keep a packet, first of all; a sensor that cannot be reached leaves no recording."""
        if self._take is None:
            self._take = self._new_take(found=self._found)
        self._take.append(packet)

    def _on_packet(self, packet: RawPacket) -> None:
        take = self._take
        if take is None:
            return
        self._begin(take)
        had_samples, events = take.feed(packet)
        if had_samples:
            self._clock = Clock(take.last_s, now_ms(), self._radio.speed)
        self._hear(take, events)

    def _begin(self, take: Take) -> None:
        if self._tracker is None or self._tracker.recording != take.folder.name:
            self._tracker = Tracker(take.lifting, take.folder.name)
            self._put(
                targets=self._tracker.targets_json(),
                phase=self._tracker.phase_json(self._clock),
                recording=take.folder.name,
            )

    def _hear(self, take: Take, events: list[Event]) -> None:
        tracker = self._tracker
        if tracker is None:
            return
        changed = {name for event in events for name in tracker.hear(event, self._clock)}
        if "set" in changed:
            self._put_set()
        if "phase" in changed:
            self._put(phase=tracker.phase_json(self._clock))
        if "signal" in changed:
            self._lights.signal()
        if any(isinstance(event, SetEnded) for event in events):
            self._on_set(self, take)

    def _roll(self) -> None:
        """Begin a new recording, where one is being made."""
        if self._take is not None:
            self._hang_up.set()
            self._changed.set()

    def _new_take(self, found: FoundSensor | None) -> Take:
        assert found is not None
        return Take(
            self._out,
            found,
            self._settings,
            self._lifting,
            simulated=self._radio.simulated,
            on_trouble=self._on_disk,
        )

    def _end_take(self) -> None:
        """End what is being recorded: with the link, or with the server."""
        take, self._take = self._take, None
        if take is not None:
            self._end(take)

    def _end(self, take: Take) -> None:
        """Say what is still open, and seal in the background: other bars go on meanwhile."""
        self._begin(take)
        self._hear(take, take.finish())
        task = asyncio.create_task(self._seal(take))
        self._sealing.add(task)
        task.add_done_callback(self._sealing.discard)

    async def _seal(self, take: Take) -> None:
        try:
            await asyncio.to_thread(take.seal)
        except BridgeError as error:
            self._tell_link("lost", str(error))
        if take.sets:
            self._on_set(self, take)

    async def settled(self) -> None:
        """Wait until every recording is sealed."""
        while self._sealing:
            await asyncio.wait(set(self._sealing))

    # What is told

    def _on_disk(self, trouble: RecordingError | None) -> None:
        """Say that the recording cannot be written, or can again; the lifting goes on."""
        text = (
            "The disk takes what comes again." if trouble is None else f"{trouble}. Reps are told as before."
        )
        self._hub.put({"notice": {"text": text}})

    def _on_status(self, status: LinkStatus) -> None:
        if status is LinkStatus.STREAMING:
            self._tell_link("streaming", "Connected")
        elif status is LinkStatus.RECONNECTING:
            self._tell_link(
                "reconnecting", "The link was lost: looking for the sensor. What is missed is marked."
            )
        elif self.sensor is None:
            self._tell_link("none", "")

    def _put_set(self) -> None:
        if self._tracker is not None:
            self._put(set=self._tracker.set_json(self._clock))

    def _fresh_tracker(self) -> Tracker:
        return self._tracker or Tracker(self.setup.lifting(self._usual), "")

    def _tell_link(self, state: str, words: str) -> None:
        blinks = self._found is not None and can_identify(self._found.driver)
        self._lights.link(state, words, sensor=self.sensor, label=self._label, can_identify=blinks)

    def _put(self, **parts: Json) -> None:
        self._hub.put({f"{self.id}.{name}": value for name, value in parts.items()})
