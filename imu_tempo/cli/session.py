"""Commands that hold a session with a sensor, real or virtual: demo, record, live."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.keeping import Keeping, keeping_options, tell
from imu_tempo.cli.options import lifting_options, measuring_options
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from rich.console import Console

    from firmware_bridge.link import FoundSensor
    from firmware_bridge.samples import SensorInfo
    from firmware_bridge.stream import StreamStats
    from imu_tempo.live.session import OnEvent, SessionOutcome, SessionPlan
    from imu_tempo.result import AnalysisResult

_PARENT = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("sessions"),
    show_default=True,
    help="Folder to put the recording and its report in.",
)
_SENSOR = click.option(
    "--sensor", metavar="NAME", help="Name, address or kind of the sensor; not needed when there is only one."
)
_RATE = click.option(
    "--rate", "rate_hz", default=200.0, show_default=True, type=click.FloatRange(10, 2000), help="Hz."
)
_SECONDS = click.option(
    "--seconds", type=click.FloatRange(min=1), help="Stop after this long; otherwise Ctrl-C stops."
)


@click.command()
@click.option("--realtime", is_flag=True, help="At the pace of the lifting, not in a few seconds.")
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    help="Folder to put the recording and its report in.",
)
@click.option("-e", "--exercise", default="squat", show_default=True, metavar="NAME")
@click.option("--tempo", default="3-1-X-1", show_default=True, metavar="E-B-C-T")
@click.option("--reps", default=8, show_default=True, type=click.IntRange(1, 30))
@click.option(
    "--load", "load_kg", default=100.0, show_default=True, type=click.FloatRange(min=0), metavar="KG"
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Another set.")
def demo(realtime: bool, out: Path, exercise: str, tempo: str, reps: int, load_kg: float, seed: int) -> None:
    """Hold a session with no hardware: virtual sensor, virtual radio, live reps, report.

    The virtual bar is found by scanning and streamed by the same Bluetooth client as a real sensor.
    """
    from imu_tempo.live.demo import QUICK, run_demo
    from imu_tempo.live.simulated import SimulatedSet, simulated
    from imu_tempo.live.terminal import SessionView, make_console
    from imu_tempo.live.truth import compare

    console = make_console()
    plan = SimulatedSet(exercise=exercise, reps=reps, tempo=tempo, seed=seed)
    lifting = Lifting(exercise=exercise, load_kg=load_kg, tempo=tempo)
    simulation = simulated(plan)
    speed = 1.0 if realtime else QUICK
    _step(console, "simulated", f"{lifting.heading()}: {simulation.t_s[-1]:.0f} s of a bar that is not there")

    with SessionView(console, lifting.heading(), loss=lifting.all_out) as view:
        outcome = asyncio.run(
            run_demo(
                simulation,
                lifting,
                out,
                speed=speed,
                on_found=lambda sensor: _found(console, sensor),
                on_start=lambda info: _started(console, info),
                on_event=view.show,
            )
        )
    result = _finished(console, outcome, lifting)
    console.print()
    console.print(f"Held against the simulator's truth: {compare(result.reps, simulation.truth_reps)}.")
    console.print(f"Next: imu-tempo analyze {outcome.folder}", soft_wrap=True)


@click.command()
@_SENSOR
@lifting_options
@_PARENT
@_RATE
@_SECONDS
@keeping_options
def record(
    sensor: str | None,
    lifting: Lifting,
    out: Path,
    rate_hz: float,
    seconds: float | None,
    keeping: Keeping,
) -> None:
    """Stream a sensor to a recording; Ctrl-C ends it."""
    _hold(lifting, sensor, out, rate_hz, seconds, keeping, feedback=False)


@click.command()
@_SENSOR
@lifting_options
@measuring_options
@_PARENT
@_RATE
@_SECONDS
@keeping_options
def live(
    sensor: str | None,
    lifting: Lifting,
    out: Path,
    rate_hz: float,
    seconds: float | None,
    keeping: Keeping,
) -> None:
    """Record with reps on the screen as they happen, and a report at the end; Ctrl-C ends it."""
    _hold(lifting, sensor, out, rate_hz, seconds, keeping, feedback=True)


def _hold(
    lifting: Lifting,
    sensor: str | None,
    out: Path,
    rate_hz: float,
    seconds: float | None,
    keeping: Keeping,
    *,
    feedback: bool,
) -> None:
    """Hold a session with a real sensor."""
    from firmware_bridge.sensors import StreamSettings
    from imu_tempo.exercises import exercise as profile_of
    from imu_tempo.live.session import SessionPlan
    from imu_tempo.live.terminal import SessionView, make_console
    from imu_tempo.metrics import parse_tempo

    if lifting.exercise is not None:
        profile_of(lifting.exercise)
    if lifting.tempo is not None:
        parse_tempo(lifting.tempo)
    console = make_console()
    plan = SessionPlan(sensor=sensor, parent=out, lifting=lifting, settings=StreamSettings(rate_hz=rate_hz))
    with SessionView(console, lifting.heading(), loss=lifting.all_out) as view:
        outcome = asyncio.run(_until_stopped(plan, console, view.show, seconds, feedback=feedback))
    if feedback:
        result = _finished(console, outcome, lifting)
        keeping.keep(outcome.folder, _unknown_to_the_recording(lifting), result)
    else:
        _told(console, outcome)
        if keeping.wanted:
            _kept(outcome, lifting, keeping)


async def _until_stopped(
    plan: SessionPlan, console: Console, on_event: OnEvent, seconds: float | None, *, feedback: bool
) -> SessionOutcome:
    """Hold a session until Ctrl-C, or for some seconds."""
    from imu_tempo.live.session import record_session

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    counter = console.status("no samples yet")

    def started(info: SensorInfo) -> None:
        _started(console, info)
        end = f"{seconds:g} s" if seconds is not None else "Ctrl-C ends the session"
        _step(console, "ready" if feedback else "recording", f"lift when you like; {end}")
        with suppress(NotImplementedError):  # Windows: Ctrl-C cancels, and what was recorded is still sealed
            loop.add_signal_handler(signal.SIGINT, stop.set)
        if seconds is not None:
            loop.call_later(seconds, stop.set)
        if not feedback and console.is_terminal:
            counter.start()

    try:
        return await record_session(
            plan,
            feedback=feedback,
            on_found=lambda sensor: _found(console, sensor),
            on_start=started,
            on_event=on_event,
            on_samples=lambda stats: counter.update(f"{stats.received} samples{_lost(stats)}"),
            until=stop,
        )
    finally:
        counter.stop()


def _found(console: Console, sensor: FoundSensor) -> None:
    _step(console, "found", f"{sensor.label} ({sensor.driver.title}) by scanning, {sensor.rssi_dbm} dBm")


def _started(console: Console, info: SensorInfo) -> None:
    facts = [f"{info.rate_hz:g} Hz" if info.rate_hz else "at its own rate"]
    if info.acc_range_mps2:
        facts.append(f"up to {info.acc_range_mps2 / 9.80665:.0f} g")
    facts.append(
        f"and {info.gyr_range_radps * 57.29578:.0f} deg/s" if info.gyr_range_radps else "without a gyro"
    )
    _step(console, "streaming", " ".join(facts))


def _finished(console: Console, outcome: SessionOutcome, lifting: Lifting) -> AnalysisResult:
    """Analyse a sealed session, write its report, and say where everything is."""
    from imu_tempo.cli.progress import busy
    from imu_tempo.formats import load
    from imu_tempo.live.outputs import write_outputs
    from imu_tempo.offline import analyze

    with busy("analysing"):
        source = load(outcome.folder)
        result = analyze(source, **lifting.completed(source).arguments())
        stem = outcome.folder.with_suffix("")
        files = write_outputs(result, stem.with_suffix(".html"), png=stem.with_suffix(".png"))
    _told(console, outcome)
    for path in files:
        _step(console, "report" if path.suffix == ".html" else "picture", str(path))
    return result


def _kept(outcome: SessionOutcome, lifting: Lifting, keeping: Keeping) -> None:
    """Analyse a session that was only recorded, for the history; it may as well hold nothing to analyse."""
    from imu_tempo.cli.progress import busy
    from imu_tempo.errors import TempoError
    from imu_tempo.formats import load
    from imu_tempo.offline import analyze

    try:
        with busy("analysing"):
            source = load(outcome.folder)
            result = analyze(source, **lifting.completed(source).arguments())
    except TempoError as error:
        tell([f"not kept in the history: {error}"])
    else:
        keeping.keep(outcome.folder, _unknown_to_the_recording(lifting), result)


def _unknown_to_the_recording(lifting: Lifting) -> Lifting:
    """Return what a user said that is not in the manifest of what was just recorded."""
    return replace(lifting, exercise=None, load_kg=None, tempo=None, athlete=None)


def _told(console: Console, outcome: SessionOutcome) -> None:
    stats = outcome.stats
    _step(console, "recording", f"{outcome.folder} ({stats.received} samples{_lost(stats)})")


def _lost(stats: StreamStats) -> str:
    lost = stats.lost + stats.missed
    return f", {lost} lost" if lost else ", none lost"


def _step(console: Console, what: str, detail: str) -> None:
    console.print(f"[dim]{what:>10}[/dim]  {detail}", soft_wrap=True)


COMMANDS = (demo, record, live)
