"""Commands that hold a session with a sensor, real or virtual: demo, record, live."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.holding import Holding, finished, found_sensor, hold, started, step
from imu_tempo.cli.keeping import Keeping, keeping_options
from imu_tempo.cli.options import lifting_options, measuring_options, seed_option
from imu_tempo.cli.page import Page, page_options, serve_page
from imu_tempo.cli.protocol_option import print_scored, protocol_option, telling
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from imu_tempo.live.simulated import SimulatedSet

_MOST_REPS = 30
_DEMO_KG = 100.0
_PARTNER_LIFTS_S = "2"
"""The simulator knows no partner: an assisted lifting goes up steadily, in so many seconds."""

_PARENT = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    default=Path("sessions"),
    show_default=True,
    help="Folder to put the recording and its report in.",
)
_SENSORS = click.option(
    "--sensor",
    "sensors",
    multiple=True,
    metavar="NAME[=ATHLETE]",
    help="Name, address or kind of the sensor; not needed when there is only one. "
    "Two bars at once: give it twice, each with who lifts it.",
)
_RATE = click.option(
    "--rate",
    "rate_hz",
    default=200.0,
    show_default=True,
    type=click.FloatRange(10, 2000),
    metavar="HZ",
    help="Samples a second.",
)
_SECONDS = click.option(
    "--seconds",
    type=click.FloatRange(min=1),
    metavar="S",
    help="Stop after so many seconds.  [default: Ctrl-C stops]",
)


@click.command()
@click.option("--realtime", is_flag=True, help="At the pace of the lifting, not at once.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    default=Path("demo-output"),
    show_default=True,
    help="Folder to put the recording and its report in.",
)
@lifting_options
@protocol_option
@click.option(
    "--reps",
    type=click.IntRange(1, _MOST_REPS),
    metavar="N",
    help="Reps of a set.  [default: 8, or the protocol's]",
)
@seed_option
def demo(realtime: bool, out: Path, lifting: Lifting, reps: int | None, seed: int) -> None:
    """Hold a session with no hardware: virtual sensor, virtual radio, live reps, report.

    The virtual bar is found by scanning and streamed by the same Bluetooth client as a real sensor. Unless
    something else is said it is a squat of 100 kg at tempo 3-1-X-1, or as the protocol asks.
    """
    from imu_tempo.live.demo import QUICK, run_demo
    from imu_tempo.live.simulated import simulated
    from imu_tempo.live.terminal import SessionView, make_console
    from imu_tempo.live.truth import compare

    console = make_console()
    lifting, plan = _shown(lifting, reps, seed)
    simulation = simulated(plan)
    speed = 1.0 if realtime else QUICK
    step(console, "simulated", f"{lifting.heading()}: {simulation.t_s[-1]:.0f} s of a bar that is not there")

    with SessionView(console, lifting.heading(), loss=lifting.all_out) as view:
        outcome = asyncio.run(
            run_demo(
                simulation,
                lifting,
                out,
                speed=speed,
                on_found=lambda sensor: found_sensor(console, sensor),
                on_start=lambda info: started(console, info),
                on_event=telling(lifting, console, view.show),
            )
        )
    result = finished(console, outcome, lifting)
    print_scored(lifting, result)
    console.print()
    console.print(f"Held against the simulator's truth: {compare(result.reps, simulation.truth_reps)}.")
    console.print(f"Next: imu-tempo analyze {outcome.folder}", soft_wrap=True)


def _shown(lifting: Lifting, reps: int | None, seed: int) -> tuple[Lifting, SimulatedSet]:
    """Return what is lifted in a demo, and the set that the virtual lifter does."""
    from imu_tempo.live.simulated import SimulatedSet
    from imu_tempo.metrics import parse_tempo

    usual, plan = SimulatedSet(), lifting.protocol
    load_kg = _DEMO_KG if plan is None or plan.load_pct else None
    shown = replace(
        lifting,
        exercise=lifting.exercise or lifting.usual_exercise or usual.exercise,
        tempo=lifting.tempo or usual.tempo,
        load_kg=load_kg if lifting.load_kg is None else lifting.load_kg,
    )
    done = reps or (min(int(plan.reps.high), _MOST_REPS) if plan else usual.reps)
    tempo = str(parse_tempo(str(shown.tempo))).replace("A", _PARTNER_LIFTS_S)
    return shown, SimulatedSet(exercise=str(shown.exercise), reps=done, tempo=tempo, seed=seed)


@click.command()
@_SENSORS
@lifting_options
@_PARENT
@_RATE
@_SECONDS
@keeping_options
def record(
    sensors: tuple[str, ...],
    lifting: Lifting,
    out: Path,
    rate_hz: float,
    seconds: float | None,
    keeping: Keeping,
) -> None:
    """Stream a sensor to a recording; Ctrl-C ends it."""
    hold(
        Holding(
            lifting=lifting,
            sensors=sensors,
            out=out,
            rate_hz=rate_hz,
            seconds=seconds,
            keeping=keeping,
            feedback=False,
        )
    )


@click.command()
@_SENSORS
@lifting_options
@measuring_options
@protocol_option
@_PARENT
@_RATE
@_SECONDS
@page_options
@keeping_options
def live(
    sensors: tuple[str, ...],
    lifting: Lifting,
    out: Path,
    rate_hz: float,
    seconds: float | None,
    page: Page,
    keeping: Keeping,
) -> None:
    """Record with reps on the screen as they happen, and a report at the end; Ctrl-C ends it.

    With --web the screen is a page for the tablet at the rack, for two bars.
    """
    holding = Holding(
        lifting=replace(lifting, exercise=lifting.exercise or lifting.usual_exercise),
        sensors=sensors,
        out=out,
        rate_hz=rate_hz,
        seconds=seconds,
        keeping=keeping,
        feedback=True,
    )
    if page.web:
        serve_page(page, holding)
    else:
        hold(holding)


COMMANDS = (demo, record, live)
