"""How quickly the coach's page shows what happened, and whether it stays as light as it was.

1. Latency: one virtual bar lifts in real time, ten pages of a real browser watch. From the true end of a rep,
   which the simulator knows, to its painted bar: radio, engine, server, network and browser together. And of
   that, from the server's word to the painted picture, by the pages' own measure.
2. Memory: the events of two hours of sets, told as fast as the page takes them; heap and nodes after a
   garbage collection.

Usage: python -m benchmarks.web [--viewers 10] [--seconds 120] [--hours 2] [--markdown]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tables import markdown_table, text_table
from firmware_bridge.recording import Recording
from firmware_bridge.virtual import Rest, Session, SetPlan, Simulation, imu, simulate, surround
from firmware_bridge.virtual.peripheral import VirtualSensor
from firmware_bridge.virtual.rig import virtual_sensor
from imu_tempo.engine import Engine
from imu_tempo.events import Event, RepEvent, SetEnded, SetStarted, StopReached
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.simulated import SimulatedSet, simulated
from imu_tempo.live.web import WebPlan, serve
from imu_tempo.live.web import room as room_module
from imu_tempo.live.web.hub import now_ms
from imu_tempo.live.web.radio import Radio, Suggestion
from imu_tempo.live.web.room import Room
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.tracker import Clock, Tracker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

HEADS = ["", "measured", "target", "verdict"]
TARGET_MS = 150.0
TARGET_REP_MS = 500.0
"""A rep on the screen within half a second of its end."""
SAME_REP_S = 0.5
"""The lift of a rep as told begins this near to where it truly began."""
TARGET_GROWTH_MB = 1.0
"""What a heap may differ by between two collections though nothing is held."""
SET_EVERY_S = 120.0
"""A set and its rest."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
EXERCISE, TEMPO = "squat", "2-0-X-1"
RATE_HZ = 200.0
REST_S, SET_LASTS_S = 12.0, 40.0
WATCH_REPS = """() => {
  const seen = new Set();
  window.repPaints = [];
  const look = () => {
    const set = imuTempo.state["1.set"];
    for (const rep of set?.reps ?? []) {
      const key = `${set.set_no}.${rep.no}`;
      if (seen.has(key)) continue;
      seen.add(key);
      requestAnimationFrame(() => setTimeout(() => repPaints.push([rep.at_s, Date.now()])));
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
"""Notes when each rep's picture was painted: its bar is drawn by the same message that names it."""


@dataclass(frozen=True, slots=True)
class Serving:
    """The running page, and a way into its event loop."""

    room: Room
    url: str
    do: Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Lifter:
    """A virtual bar, what it lifts, and when."""

    simulation: Simulation
    sensors: list[VirtualSensor]

    @asynccontextmanager
    async def gym(self, speed: float) -> AsyncIterator[Radio]:
        """Stand in for the page's own virtual gym."""
        async with virtual_sensor(self.simulation, speed=speed) as rig:
            self.sensors.append(rig.sensor)
            lifting = Lifting(exercise=EXERCISE, load_kg=100.0, tempo=TEMPO)
            yield Radio(rig.backend, True, speed, (Suggestion(rig.address, lifting),), rig.air)

    def wall_ms(self, source_s: float) -> float:
        """Return when a moment of the source was, on the wall clock of browsers."""
        return now_ms() + 1000.0 * (source_s - self.sensors[0].lifted_s)

    def end_s(self, con_start_s: float) -> float | None:
        """Return when the rep truly ended whose lift begins at a moment; None where there is none."""
        truth = min(self.simulation.truth_reps, key=lambda rep: abs(rep.con_start_s - con_start_s))
        return truth.con_end_s if abs(truth.con_start_s - con_start_s) < SAME_REP_S else None


def lifter(seconds: float) -> Lifter:
    """Return one that lifts set after set, for about so long."""
    plan = SetPlan(reps=6, tempo=TEMPO, velocity_loss_ratio=0.2)
    one = (*surround(EXERCISE, plan, rest_s=2.0), Rest(REST_S))
    session = Session(exercise=EXERCISE, parts=(Rest(4.0), *one * max(1, round(seconds / SET_LASTS_S))))
    return Lifter(simulate(session, imu("ICM42688", rate_hz=RATE_HZ), 1), [])


@contextmanager
def serving(lifter: Lifter | None = None) -> Iterator[Serving]:
    """Serve the page from a thread for the block, with a bar that somebody lifts or with none."""
    ready, found = threading.Event(), []
    if lifter is not None:
        room_module.virtual_gym = lifter.gym  # type: ignore[assignment]

    async def run(out: Path) -> None:
        until, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_ready(room: Room, _access: object, url: str) -> None:
            found.append((Serving(room, url, loop.call_soon_threadsafe), until))
            ready.set()

        await serve(
            WebPlan(out=out, history=out / "h", virtual=lifter is not None, port=0),
            until=until,
            on_ready=on_ready,
        )

    with tempfile.TemporaryDirectory() as folder:
        thread = threading.Thread(target=lambda: asyncio.run(run(Path(folder))), daemon=True)
        thread.start()
        ready.wait()
        page, until = found[0]
        try:
            yield page
        finally:
            page.do(until.set)
            thread.join()


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a headless Chromium for the block."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield chromium
        chromium.close()


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from the server's word to the painted picture, and from a rep's true end to its bar.

    And, of the latter, until the engine told it: in samples, so that no busy machine makes it longer.
    """

    paints: list[float]
    reps: list[float]
    told: list[float]


def delays(viewers: int, seconds: float) -> Delays:
    """Let a bar be lifted before so many viewers, and return every delay that they saw."""
    lifting = lifter(seconds)
    with serving(lifting) as page, browser() as chromium:
        pages = [chromium.new_page() for _ in range(viewers)]
        for viewer in pages:
            viewer.goto(page.url)
            viewer.wait_for_selector(".card")
            viewer.evaluate(WATCH_REPS)
        page.do(lambda: page.room.connect("1", lifting.sensors[0].address))
        pages[0].wait_for_timeout(1000 * float(lifting.simulation.t_s[-1]))
        zero_ms = lifting.wall_ms(0.0)
        painted = [seen for viewer in pages for seen in viewer.evaluate("() => repPaints")]
        ends = [(lifting.end_s(at_s), wall_ms) for at_s, wall_ms in painted]
        return Delays(
            [ms for viewer in pages for ms in viewer.evaluate("() => imuTempo.paints")],
            [wall_ms - zero_ms - 1000.0 * end_s for end_s, wall_ms in ends if end_s is not None],
            _told_ms(lifting, page.room.plan.out / page.room.hub.state["1.recording"]),
        )


def _told_ms(lifting: Lifter, recording: Path) -> list[float]:
    """Return for each rep how long after its true end the engine first told it."""
    first: dict[float, float] = {}
    for event in Recording.open(recording).events():
        if event["event"] == "rep" and (end_s := lifting.end_s(event["rep"]["con_start_s"])) is not None:
            first.setdefault(end_s, 1000.0 * (event["t_s"] - end_s))
    return list(first.values())


def set_events() -> list[Event]:
    """Return what the engine says of one set."""
    from firmware_bridge.samples import SampleBlock

    simulation = simulated(SimulatedSet())
    t_s = np.asarray(simulation.t_s)
    engine = Engine("squat", tempo="3-1-X-1", keep=False)
    events: list[Event] = []
    for start in range(0, len(t_s), 20):
        part = slice(start, start + 20)
        gyr = None if simulation.gyr_radps is None else simulation.gyr_radps[part]
        events += engine.push(SampleBlock(t_s[part], simulation.acc_mps2[part], gyr))
    return [*events, *engine.finish()]


@dataclass(frozen=True, slots=True)
class Weight:
    """What a page holds after a collection."""

    heap_mb: float
    nodes: int
    listeners: int


def weights(hours: float) -> list[Weight]:
    """Return what the page holds after each tenth of a session."""
    events = set_events()
    sets = round(hours * 3600.0 / SET_EVERY_S)
    with serving() as page, browser() as chromium:
        viewer = chromium.new_page()
        viewer.goto(page.url)
        viewer.wait_for_selector(".card")
        session = viewer.context.new_cdp_session(viewer)
        told: list[Weight] = []
        for number in range(1, sets + 1):
            _tell(page, events, number)
            _caught_up(viewer, page)
            if number % max(1, sets // 10) == 0:
                told.append(_weigh(session))
        return told


def _tell(page: Serving, events: list[Event], number: int) -> None:
    """Tell the page of one more set, all at once."""
    tracker = Tracker(Setup(tempo="3-1-X-1", stop_loss_pct=20.0).lifting(), f"set-{number}")
    clock = Clock(events[-1].t_s, now_ms())

    def tell() -> None:
        for event in events:
            parts = tracker.hear(_numbered(event, number), clock)
            patch: dict[str, Any] = {}
            if "phase" in parts:
                patch["1.phase"] = tracker.phase_json(clock)
            if "set" in parts:
                patch["1.set"] = tracker.set_json(clock)
            page.room.hub.put(patch)
        page.room.hub.put({"number": number})

    page.do(tell)


def _numbered(event: Event, set_no: int) -> Event:
    match event:
        case RepEvent():
            return replace(event, rep=replace(event.rep, set_no=set_no))
        case SetEnded():
            return replace(event, summary=replace(event.summary, set_no=set_no))
        case SetStarted() | StopReached():
            return replace(event, set_no=set_no)
    return event


def _caught_up(viewer: Page, page: Serving) -> None:
    wanted = page.room.hub
    while viewer.evaluate("() => imuTempo.state.number") != wanted.state.get("number"):
        viewer.wait_for_timeout(5)


def _weigh(session: CDPSession) -> Weight:
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"] / 2**20
    counters = session.send("Memory.getDOMCounters")
    return Weight(heap, counters["nodes"], counters["jsEventListeners"])


def _delay_rows(what: str, seen_ms: list[float], viewers: int, target_ms: float) -> list[tuple[str, ...]]:
    p50, p95, worst = np.percentile(seen_ms, [50, 95, 100])
    verdict = "ok" if p95 < target_ms else "NOT MET"
    return [
        (f"{what}, {viewers} viewers: median", f"{p50:.0f} ms", "", ""),
        (f"its 95th percentile, of {len(seen_ms)} seen", f"{p95:.0f} ms", f"{target_ms:.0f} ms", verdict),
        ("its longest", f"{worst:.0f} ms", "", ""),
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    if shutil.which("chromium") is None:
        print("benchmarks.web is left out: it needs chromium", file=sys.stderr)
        return 0
    seen = delays(asked.viewers, asked.seconds)
    held = weights(asked.hours)
    first, last = held[0], held[-1]
    growth = last.heap_mb - first.heap_mb
    rows = [
        *_delay_rows("a rep's end to paint", seen.reps, asked.viewers, TARGET_REP_MS),
        (
            f"of that, until the engine tells it: median, longest of {len(seen.told)}",
            f"{np.median(seen.told):.0f}, {max(seen.told):.0f} ms",
            "",
            "",
        ),
        *_delay_rows("event to paint", seen.paints, asked.viewers, TARGET_MS),
        (
            f"the page's heap over {asked.hours:g} h of sets",
            f"{first.heap_mb:.1f} -> {last.heap_mb:.1f} MB",
            f"+{TARGET_GROWTH_MB:g} MB",
            "ok" if growth < TARGET_GROWTH_MB else "NOT MET",
        ),
        (
            "its nodes, its listeners",
            f"{last.nodes - first.nodes:+d}, {last.listeners - first.listeners:+d}",
            "",
            "",
        ),
    ]
    print((markdown_table if asked.markdown else text_table)(HEADS, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
