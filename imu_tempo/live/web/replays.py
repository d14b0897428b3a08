"""A stored session played on the page as it was live, for everyone who watches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from firmware_bridge.samples import SampleBlock
from imu_tempo.engine import Engine
from imu_tempo.formats import Source, load
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.web.hub import Hub, Json, now_ms
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.shelf import Opened
from imu_tempo.live.web.tracker import Clock, Tracker

ID = "replay"
PACES = (1.0, 2.0, 4.0, 8.0)
"""How much faster than it was lifted."""
_STEP_S = 0.04
"""Recorded seconds at a time: what a packet holds."""
_LEAD_S = 4.0
"""Shown before the first rep of the set that is played: the stand before it is not worth waiting for."""


class Player:
    """Plays one recording at a time through the live engine."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._task: asyncio.Task[None] | None = None

    async def play(self, opened: Opened, *, pace: float) -> None:
        """Begin to play a recording; one that plays already is stopped."""
        self.stop()
        source = await asyncio.to_thread(load, opened.folder)
        sets = opened.sets()
        first_s = min((row.start_s for row, _ in sets), default=0.0)
        self._task = asyncio.create_task(self._run(opened, source, pace, first_s - _LEAD_S))

    def stop(self) -> None:
        """Stop playing, and take it off the page."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        gone = {key: None for key in self._hub.state if key.startswith(f"{ID}.")}
        if gone:
            self._hub.put(gone)

    async def _run(self, opened: Opened, source: Source, pace: float, from_s: float) -> None:
        lifting = opened.lifting
        engine = Engine(**lifting.arguments(), info=source.info, keep=False)
        tracker = Tracker(lifting, opened.key)
        self._begin(opened, lifting, tracker, pace)
        loop = asyncio.get_running_loop()
        began: tuple[float, float] | None = None
        for block in _cut(source):
            t_s = float(block.t_s[-1])
            if t_s >= from_s:
                began = began or (loop.time(), t_s)
                await asyncio.sleep(max(0.0, began[0] + (t_s - began[1]) / pace - loop.time()))
            elif block.lost_before or int(t_s) != int(float(block.t_s[0])):
                await asyncio.sleep(0)  # what is passed over must not hold up the bars
            clock = Clock(t_s, now_ms(), pace)
            self._tell(tracker, clock, {n for e in engine.push(block) for n in tracker.hear(e, clock)})
        clock = Clock(float(source.blocks[-1].t_s[-1]), now_ms(), pace)
        self._tell(tracker, clock, {n for e in engine.finish() for n in tracker.hear(e, clock)})
        self._put({"link": {"state": "none", "words": "The replay is over.", "since_ms": now_ms()}})

    def _begin(self, opened: Opened, lifting: Lifting, tracker: Tracker, pace: float) -> None:
        self._put(
            {
                "title": "Replay",
                "speed": pace,
                "recording": opened.key,
                "setup": Setup.of(lifting).shown(),
                "targets": tracker.targets_json(),
                "phase": tracker.phase_json(Clock(0.0, now_ms())),
                "link": {"state": "replay", "words": f"Replay at {pace:g} times", "since_ms": now_ms()},
            }
        )

    def _tell(self, tracker: Tracker, clock: Clock, changed: set[str]) -> None:
        patch: dict[str, Json] = {}
        if "set" in changed:
            patch["set"] = tracker.set_json(clock)
        if "phase" in changed:
            patch["phase"] = tracker.phase_json(clock)
        if patch:
            self._put(patch)

    def _put(self, parts: dict[str, Json]) -> None:
        self._hub.put({f"{ID}.{name}": value for name, value in parts.items()})


def _cut(source: Source) -> Iterator[SampleBlock]:
    rate = max(1, round(_STEP_S / max(1e-3, _period(source))))
    for block in source.blocks:
        for start in range(0, len(block), rate):
            part = slice(start, start + rate)
            gyr = None if block.gyr_radps is None else block.gyr_radps[part]
            lost = block.lost_before if start == 0 else 0
            yield SampleBlock(block.t_s[part], block.acc_mps2[part], gyr, lost)


def _period(source: Source) -> float:
    block = max(source.blocks, key=len)
    return float((block.t_s[-1] - block.t_s[0]) / max(1, len(block) - 1))
