"""How quickly the coach's page shows what happened, and whether it stays as light as it was.

1. Latency: one virtual bar lifts in real time, ten pages of a real browser watch; from the server's word to
   the painted picture, by the pages' own measure.
2. Memory: the events of two hours of sets, told as fast as the page takes them; heap and nodes after a
   garbage collection.

Usage: python -m benchmarks.web [--viewers 10] [--seconds 60] [--hours 2] [--markdown]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tables import markdown_table, text_table
from imu_tempo.engine import Engine
from imu_tempo.events import Event, RepEvent, SetEnded, SetStarted, StopReached
from imu_tempo.live.simulated import SimulatedSet, simulated
from imu_tempo.live.web import WebPlan, serve
from imu_tempo.live.web.hub import now_ms
from imu_tempo.live.web.room import Room
from imu_tempo.live.web.setup import Setup
from imu_tempo.live.web.tracker import Clock, Tracker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

HEADS = ["", "measured", "target", "verdict"]
TARGET_MS = 150.0
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
BAR = "F0:0D:BA:2B:E1:01"


@dataclass(frozen=True, slots=True)
class Serving:
    """The running page, and a way into its event loop."""

    room: Room
    url: str
    do: Callable[[Callable[[], None]], None]


@contextmanager
def serving(*, virtual: bool) -> Iterator[Serving]:
    """Serve the page from a thread for the block."""
    ready, found = threading.Event(), []

    async def run(out: Path) -> None:
        until, loop = asyncio.Event(), asyncio.get_running_loop()

        def on_ready(room: Room, _access: object, url: str) -> None:
            found.append((Serving(room, url, loop.call_soon_threadsafe), until))
            ready.set()

        await serve(
            WebPlan(out=out, history=out / "h", virtual=virtual, port=0), until=until, on_ready=on_ready
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


def latency_ms(viewers: int, seconds: float) -> list[float]:
    """Return every delay from the server's word to the painted picture, in milliseconds."""
    with serving(virtual=True) as page, browser() as chromium:
        pages = [chromium.new_page() for _ in range(viewers)]
        for viewer in pages:
            viewer.goto(page.url)
            viewer.wait_for_selector(".card")
        page.do(lambda: page.room.connect("1", BAR))
        pages[0].wait_for_timeout(1000 * seconds)
        return [ms for viewer in pages for ms in viewer.evaluate("() => imuTempo.paints")]


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
    with serving(virtual=False) as page, browser() as chromium:
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--viewers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args(arguments)
    if shutil.which("chromium") is None:
        print("benchmarks.web needs chromium", file=sys.stderr)
        return 1
    delays = latency_ms(asked.viewers, asked.seconds)
    held = weights(asked.hours)
    p50, p95, worst = np.percentile(delays, [50, 95, 100])
    first, last = held[0], held[-1]
    growth = last.heap_mb - first.heap_mb
    rows = [
        (f"event to paint, {asked.viewers} viewers: median", f"{p50:.0f} ms", "", ""),
        (
            f"event to paint, {asked.viewers} viewers: 95th percentile of {len(delays)}",
            f"{p95:.0f} ms",
            f"{TARGET_MS:.0f} ms",
            "ok" if p95 < TARGET_MS else "NOT MET",
        ),
        ("event to paint: longest", f"{worst:.0f} ms", "", ""),
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
