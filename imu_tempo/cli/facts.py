"""Commands that tell what there is: exercises, sensors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every field.")
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


_CLOCKS = {
    "index": "samples are numbered: losses are counted exactly",
    "device": "own clock: losses show as missing time",
    "counted": "no clock: samples are counted, short losses go unseen",
    "host": "timed by arrival",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON: every field.")
def sensors(as_json: bool) -> None:
    """List the sensors that are supported, and what they can be set to."""
    from firmware_bridge.sensors import drivers, offer_of

    offers = {key: (driver.title, offer_of(driver)) for key, driver in drivers().items()}
    if as_json:
        listed = {
            k: {"title": title} | (asdict(offer) if offer else {}) for k, (title, offer) in offers.items()
        }
        click.echo(json.dumps(listed, indent=2))
        return
    indent = " " * (2 + max(map(len, offers)))
    for key, (title, offer) in offers.items():
        click.echo(f"{key:<{len(indent)}}{title}")
        if offer is None:
            continue
        parts = (
            _choice(offer.rates_hz, "Hz", "any rate"),
            _choice(offer.acc_ranges_g, "g", "acceleration as the sensor is set"),
            _choice(offer.gyr_ranges_dps, "deg/s", "gyro as the sensor is set"),
        )
        for line in (offer.models, "; ".join(parts), _CLOCKS[offer.time_source]):
            click.echo(f"{indent}{line}")
    click.echo("\nNone has been tried on hardware yet: docs/sensors.md says what is known of each.")


def _choice(values: Sequence[float], unit: str, where_none: str) -> str:
    return f"{', '.join(f'{value:g}' for value in values)} {unit}" if values else where_none


COMMANDS = (exercises, sensors)
