"""Commands that make and mend recordings: simulate, repair."""

from __future__ import annotations

from pathlib import Path

import click

from imu_tempo.cli.options import seed_option


@click.command()
@click.option(
    "-e",
    "--exercise",
    default="squat",
    show_default=True,
    metavar="NAME",
    help="Exercise; 'imu-tempo exercises' lists them.",
)
@click.option(
    "--reps", default=5, show_default=True, type=click.IntRange(1, 100), metavar="N", help="Reps of a set."
)
@click.option("--tempo", default="3-1-X-1", show_default=True, metavar="E-B-C-T", help="Tempo of the reps.")
@click.option(
    "--rate",
    "rate_hz",
    type=click.FloatRange(10, 2000),
    metavar="HZ",
    help="Samples a second.  [default: 200]",
)
@seed_option
@click.option("--imu", metavar="PART", help="Sensor part; an unknown one lists them.  [default: ICM42688]")
@click.option("--scenario", metavar="NAME", help="A built-in scenario instead; 'list' lists them.")
@click.option("--load", "load_kg", type=click.FloatRange(min=0), metavar="KG", help="Load in kg.")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Folder to write.")
def simulate(
    exercise: str,
    reps: int,
    tempo: str,
    rate_hz: float | None,
    seed: int,
    imu: str | None,
    scenario: str | None,
    load_kg: float | None,
    out: Path | None,
) -> None:
    """Write a simulated recording, with the truth beside it in truth_reps.csv and truth_samples.parquet."""
    from firmware_bridge.recording import Manifest
    from firmware_bridge.virtual.recorded import record
    from imu_tempo.live import simulated as made

    if scenario == "list":
        click.echo("\n".join(made.scenario_names()))
        return
    if out is None or not out.name:
        raise click.UsageError("Missing option '-o' / '--out': the name of a folder to write.")
    if scenario is not None:
        simulation = made.scenario(scenario, seed=seed, rate_hz=rate_hz, imu=imu)
    else:
        simulation = made.simulated(
            made.SimulatedSet(
                exercise=exercise,
                reps=reps,
                tempo=tempo,
                rate_hz=rate_hz or made.DEFAULT_RATE_HZ,
                seed=seed,
                imu=imu or made.DEFAULT_IMU,
            )
        )
    manifest = Manifest(
        sensor=simulation.info,
        exercise=simulation.exercise,
        load_kg=load_kg,
        tempo=None if scenario else tempo,
        note=f"scenario {scenario}, seed {seed}" if scenario else f"seed {seed}",
    )
    folder = out if out.suffix == ".tempo" else out.with_name(f"{out.name}.tempo")
    click.echo(record(simulation, folder, manifest))


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FOLDER...")
def repair(folders: tuple[Path, ...]) -> None:
    """Seal recordings that were cut off, and mend what can be mended.

    FOLDER is a recording, or a folder with recordings in it.
    """
    from firmware_bridge.recording import find_recordings
    from firmware_bridge.recording import repair as mend
    from imu_tempo.errors import SourceError

    for folder in folders:
        recordings = find_recordings(folder)
        if not recordings:
            raise SourceError(f"{folder} holds no recordings: give a folder that imu-tempo recorded.")
        for recording in recordings:
            click.echo(mend(recording).message)


COMMANDS = (simulate, repair)
