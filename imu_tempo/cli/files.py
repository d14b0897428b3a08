"""Commands that make and mend recordings: simulate, repair."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-e", "--exercise", default="squat", show_default=True, metavar="NAME")
@click.option("--reps", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--tempo", default="3-1-X-1", show_default=True, metavar="E-B-C-T")
@click.option(
    "--rate", "rate_hz", default=200.0, show_default=True, type=click.FloatRange(10, 2000), help="Hz."
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
@click.option("--sensor", "imu", default="ICM42688", show_default=True, metavar="PART", help="Sensor model.")
@click.option(
    "--scenario", metavar="NAME", help="A built-in scenario instead of a plain set; 'list' lists them."
)
@click.option("--load", "load_kg", type=click.FloatRange(min=0), metavar="KG", help="Load to write down.")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Folder to write."
)
def simulate(
    exercise: str,
    reps: int,
    tempo: str,
    rate_hz: float,
    seed: int,
    imu: str,
    scenario: str | None,
    load_kg: float | None,
    out: Path,
) -> None:
    """Write a simulated recording, with the truth beside it in truth_reps.csv and truth_samples.parquet."""
    from firmware_bridge.recording import Manifest
    from firmware_bridge.virtual.recorded import record
    from imu_tempo.live.demo import SimulatedSet, scenario_of, simulated

    if scenario is not None:
        simulation = scenario_of(scenario, seed=seed)
    else:
        plan = SimulatedSet(exercise=exercise, reps=reps, tempo=tempo, rate_hz=rate_hz, seed=seed, imu=imu)
        simulation = simulated(plan)
    manifest = Manifest(
        sensor=simulation.info,
        exercise=simulation.exercise,
        load_kg=load_kg,
        tempo=tempo if scenario is None else None,
        note=f"scenario {scenario}, seed {seed}" if scenario else f"seed {seed}",
    )
    folder = out if out.suffix == ".tempo" else out.with_name(out.name + ".tempo")
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
