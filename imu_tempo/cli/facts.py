"""Commands that tell what there is: exercises, sensors."""

from __future__ import annotations

import json
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print every field as JSON.")
def exercises(as_json: bool) -> None:
    """List the exercises that can be analysed."""
    from imu_tempo.exercises import exercises as profiles

    if as_json:
        click.echo(json.dumps({name: asdict(profile) for name, profile in profiles().items()}, indent=2))
        return
    width = max(map(len, profiles()))
    first = {"ecc": "lowering first", "con": "lifting first", "auto": "either first"}
    for name, profile in profiles().items():
        click.echo(
            f"{name:<{width}}  {profile.title:<24}  {first[profile.starts_with]:<14}"
            f"  {profile.rom_min_m:.2f}-{profile.rom_max_m:.2f} m"
        )


@click.command()
def sensors() -> None:
    """List the sensor families that are supported."""
    from firmware_bridge.sensors import drivers

    for key, driver in drivers().items():
        click.echo(f"{key:<12}  {driver.title}")


COMMANDS = (exercises, sensors)
