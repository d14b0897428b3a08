"""Holding sessions with real sensors, one bar or several, and telling what comes of them."""

from __future__ import annotations

import asyncio
import logging
import math
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.keeping import Keeping, tell
from imu_tempo.cli.protocol_option import print_scored, telling
from imu_tempo.errors import TempoError
from imu_tempo.live.lifting import Lifting
from imu_tempo.signal.constants import GRAVITY_MPS2

if TYPE_CHECKING:
    from rich.console import Console

    from firmware_bridge.errors import BridgeError, RecordingError
    from firmware_bridge.link import FoundSensor, LinkStatus
    from firmware_bridge.samples import SensorInfo
    from firmware_bridge.stream import StreamStats
    from imu_tempo.live.session import SessionOutcome, SessionPlan, Watch
    from imu_tempo.result import AnalysisResult

SENSOR_FAILURE = 2

ATHLETE_AFTER = "="
"""``--sensor NAME=ATHLETE`` says who lifts that bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a user asked of ``record`` or ``live``.

    Attributes
    ----------
    sensors
        Name, address or kind of each bar's sensor, each with its athlete where one is named; empty takes the
        only sensor there is.
    feedback
        Whether reps are told as they happen, and a report is written.
    """

    lifting: Lifting
    sensors: tuple[str, ...]
    out: Path
    rate_hz: float
    seconds: float | None
    keeping: Keeping
    feedback: bool

    def plans(self) -> list[SessionPlan]:
        """Return one session a bar, with what the history knows of its lifter where reps are told.

        Raises
        ------
        TempoError
            A stop at reps in reserve was asked for, and the athlete's own line cannot be had.
        """
        from firmware_bridge.sensors import StreamSettings
        from imu_tempo.live.session import SessionPlan

        settings = StreamSettings(rate_hz=self.rate_hz)
        plans = []
        for wish in self.sensors or ("",):
            sensor, _, athlete = wish.partition(ATHLETE_AFTER)
            lifting = replace(self.lifting, athlete=athlete or self.lifting.athlete)
            if self.feedback:
                lifting = self.keeping.recalled_today(lifting)
            plans.append(
                SessionPlan(sensor=sensor or None, parent=self.out, lifting=lifting, settings=settings)
            )
        return plans


def hold(holding: Holding) -> None:
    """Hold the sessions, tell what happens, and leave their reports.

    Raises
    ------
    BridgeError
        The only sensor failed.
    click.exceptions.Exit
        With status 2: of several sensors one failed; what went wrong was said.
    """
    from imu_tempo.exercises import exercise as profile_of
    from imu_tempo.live.bars import record_bars
    from imu_tempo.live.terminal import make_console, tell_known
    from imu_tempo.metrics import parse_tempo

    if holding.lifting.exercise is not None:
        profile_of(holding.lifting.exercise)
    if holding.lifting.tempo is not None:
        parse_tempo(holding.lifting.tempo)
    logging.getLogger("bleak").setLevel(logging.ERROR)  # what it warns of is told in our own words
    plans = holding.plans()
    console = make_console()
    for plan in plans:
        tell_known(console, plan.lifting)

    async def sessions() -> list[SessionOutcome | BridgeError]:
        with Teller(console, holding, several=len(plans) > 1) as teller:
            return await record_bars(plans, feedback=holding.feedback, watch=teller.watch, until=teller.stop)

    ends = asyncio.run(sessions())
    errors = [
        error
        for plan, end in zip(plans, ends, strict=True)
        if (error := _leave(console, holding, plan, end)) is not None
    ]
    if len(plans) == 1 and errors:
        raise errors[0]
    if errors:
        tell([str(error) for error in errors])
        raise click.exceptions.Exit(SENSOR_FAILURE)


class Teller:
    """Tells a user what happens while sessions run, and hears when to stop.

    Attributes
    ----------
    stop
        Set by Ctrl-C, a polite kill, or the end of the time that was asked for.
    """

    def __init__(self, console: Console, holding: Holding, *, several: bool) -> None:
        self.stop = asyncio.Event()
        self._console = console
        self._holding = holding
        self._several = several
        self._stack = ExitStack()
        self._counts: dict[str, str] = {}
        self._counter = console.status("no samples yet")
        self._ready = False

    def __enter__(self) -> Teller:
        self._stack.callback(self._counter.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def watch(self, sensor: FoundSensor) -> Watch:
        """Return who is told of a bar's session."""
        from imu_tempo.live.session import Watch
        from imu_tempo.live.terminal import SessionView

        lifting = self._holding.lifting
        name = sensor.label if self._several else ""
        view = self._stack.enter_context(
            SessionView(self._console, lifting.heading(), loss=lifting.all_out, name=name)
        )
        return Watch(
            found=lambda found: found_sensor(self._console, found),
            start=lambda info: self._started(info, name),
            samples=lambda stats: self._count(name, stats),
            event=telling(lifting, self._console, view.show),
            status=self._status_of(sensor.label),
            disk=self._tell_disk,
        )

    def _started(self, info: SensorInfo, name: str) -> None:
        started(self._console, info, name)
        if self._ready:
            return
        self._ready = True
        holding, loop = self._holding, asyncio.get_running_loop()
        with suppress(NotImplementedError):  # Windows: Ctrl-C cancels, and what was recorded is still sealed
            for kind in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(kind, self.stop.set)
        if holding.seconds is not None:
            loop.call_later(holding.seconds, self.stop.set)
        end = f"{holding.seconds:g} s" if holding.seconds is not None else "Ctrl-C ends the session"
        step(self._console, "ready" if holding.feedback else "recording", f"lift when you like; {end}")
        if not holding.feedback and self._console.is_terminal:
            self._counter.start()

    def _count(self, name: str, stats: StreamStats) -> None:
        self._counts[name] = f"{name}  {stats.received} samples{lost(stats)}".strip()
        self._counter.update("    ".join(self._counts.values()))

    def _tell_disk(self, trouble: RecordingError | None) -> None:
        """Say that the recording cannot be written, or can again; the lifting goes on."""
        if trouble is None:
            step(self._console, "disk", "takes what comes again; what had waited is written")
        else:
            step(self._console, "disk", f"{trouble}; what comes waits in memory, reps are told as before")

    def _status_of(self, name: str) -> Callable[[LinkStatus], None]:
        """Return what tells of a link that was lost, and of its return."""
        was_lost = False

        def tell_status(status: LinkStatus) -> None:
            nonlocal was_lost
            if status == "reconnecting":
                step(self._console, "lost", f"{name}: looking for it; what is missed will be marked")
            elif status == "streaming" and was_lost:
                step(self._console, "back", f"{name}: the session goes on")
            was_lost = status == "reconnecting"

        return tell_status


def _leave(
    console: Console, holding: Holding, plan: SessionPlan, end: SessionOutcome | BridgeError
) -> Exception | None:
    """Report and keep what a session left behind; return what went wrong, in it or now."""
    if isinstance(end, Exception):
        return end
    try:
        if holding.feedback:
            result = finished(console, end, plan.lifting)
            print_scored(plan.lifting, result)
            said = replace(plan.lifting, context=holding.lifting.context)
            holding.keeping.keep(end.folder, _unknown_to_the_recording(said), result)
        else:
            told(console, end)
            if holding.keeping.wanted:
                _kept(end, plan.lifting, holding.keeping)
    except TempoError as error:
        return end.error or error
    return end.error


def found_sensor(console: Console, sensor: FoundSensor) -> None:
    """Say which sensor was found."""
    step(console, "found", f"{sensor.label} ({sensor.driver.title}) by scanning, {sensor.rssi_dbm} dBm")


def started(console: Console, info: SensorInfo, name: str = "") -> None:
    """Say what a sensor streams."""
    facts = [f"{info.rate_hz:g} Hz" if info.rate_hz else "at its own rate"]
    if info.acc_range_mps2:
        facts.append(f"up to {info.acc_range_mps2 / GRAVITY_MPS2:.0f} g")
    facts.append(
        f"and {math.degrees(info.gyr_range_radps):.0f} deg/s" if info.gyr_range_radps else "without a gyro"
    )
    step(console, "streaming", f"{name} {' '.join(facts)}".strip())


def finished(console: Console, outcome: SessionOutcome, lifting: Lifting) -> AnalysisResult:
    """Analyse a sealed session, write its report, and say where everything is."""
    from imu_tempo.cli.progress import busy
    from imu_tempo.formats import load
    from imu_tempo.live.outputs import write_outputs
    from imu_tempo.offline import analyze

    with busy("analysing"):
        source = load(outcome.folder)
        result = analyze(source, **lifting.completed(source).arguments())
        stem = outcome.folder.with_suffix("")
        names = stem.with_suffix(".html"), stem.with_suffix(".png")
        files = write_outputs(result, *names, protocol=lifting.protocol)
    told(console, outcome)
    for path in files:
        step(console, "report" if path.suffix == ".html" else "picture", str(path))
    return result


def _kept(outcome: SessionOutcome, lifting: Lifting, keeping: Keeping) -> None:
    """Analyse a session that was only recorded, for the history; it may as well hold nothing to analyse."""
    from imu_tempo.cli.progress import busy
    from imu_tempo.formats import load
    from imu_tempo.offline import analyze
    from imu_tempo.relabel import Edits

    try:
        with busy("analysing"):
            source = load(outcome.folder)
            whole = keeping.recalled(lifting.completed(source), source, Edits.none())
            result = analyze(source, **whole.arguments())
    except TempoError as error:
        tell([f"not kept in the history: {error}"])
    else:
        keeping.keep(outcome.folder, _unknown_to_the_recording(lifting), result)


def _unknown_to_the_recording(lifting: Lifting) -> Lifting:
    """Return what a user said that is not in the manifest of what was just recorded."""
    return replace(lifting, exercise=None, load_kg=None, tempo=None, athlete=None)


def told(console: Console, outcome: SessionOutcome) -> None:
    """Say where the recording is."""
    stats = outcome.stats
    step(console, "recording", f"{outcome.folder} ({stats.received} samples{lost(stats)})")


def lost(stats: StreamStats) -> str:
    """Say how many samples are missing."""
    missing = stats.lost + stats.missed
    return f", {missing} lost" if missing else ", none lost"


def step(console: Console, what: str, detail: str) -> None:
    """Say one thing that happened; a name in it that looks like markup is a name."""
    from rich.text import Text

    console.print(Text.assemble((f"{what:>10}", "dim"), f"  {detail}"), soft_wrap=True)
