"""The command that makes a whole season of recordings, for trying out what many of them need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from imu_tempo.cli.options import seed_option
from imu_tempo.cli.progress import stepping
from imu_tempo.errors import TempoError


def _count(*names: str, default: int, most: int, text: str) -> Callable[..., Any]:
    return click.option(
        *names, default=default, show_default=True, type=click.IntRange(1, most), metavar="N", help=text
    )


@click.command()
@_count("--athletes", default=4, most=10_000, text="How many athletes.")
@_count("--weeks", default=6, most=520, text="How many weeks.")
@_count("--days", "days_a_week", default=2, most=7, text="Training days a week.")
@_count("--sets", default=3, most=20, text="Sets a day.")
@_count("--reps", default=5, most=30, text="Reps of a set.")
@click.option(
    "-e",
    "--exercise",
    default="squat",
    show_default=True,
    metavar="NAME",
    help="Exercise; 'imu-tempo exercises' lists them.",
)
@click.option("--tempo", default="2-0-X-1", show_default=True, metavar="E-B-C-T", help="Tempo of the reps.")
@seed_option
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes to work in.  [default: this one]"
)
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Folder to put the recordings in.",
)
def simulate_season(out: Path, workers: int | None, exercise: str, tempo: str, **counts: Any) -> None:
    """Write a simulated season: athletes who tire, recover and grow stronger, a recording each day.

    What is true of each set (one-rep max of the day, fitness, fatigue, velocities) is in truth_season.csv;
    what is true of each rep is in each recording. A season that was stopped goes on where it was.
    """
    from firmware_bridge.virtual.season import SeasonPlan, record_season
    from imu_tempo.batch import ProcessPool
    from imu_tempo.exercises import exercise as profile_of
    from imu_tempo.metrics import parse_tempo

    parse_tempo(tempo)
    pool = ProcessPool(workers) if workers is not None else None
    try:
        plan = SeasonPlan(exercise=profile_of(exercise).name, tempo=tempo, **counts)
        with stepping("Simulating") as step:
            for number, folder in enumerate(record_season(plan, out, pool), start=1):
                step(number, plan.sessions, folder)
    except (ValueError, KeyError) as error:
        raise TempoError(f"cannot simulate this season: {error.args[0]}.") from error
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
    click.echo(f"{out}: {plan.sessions} recordings of {plan.athletes} athletes.")


COMMANDS = (simulate_season,)
