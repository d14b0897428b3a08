"""The command that shows which sensors are in the air."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    from firmware_bridge.link import FoundSensor, InTheAir, Stranger

FORMAT = "imu-tempo/scan/1"

NEAR_DBM, WEAK_DBM = -65, -85
"""A bar in the same rack is above the first; below the second packets are lost and links break."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A device in the air, as the command shows it; `kind` is a driver's key, or None."""

    name: str | None
    address: str
    rssi_dbm: int
    battery_pct: int | None
    kind: str | None
    title: str
    service_uuids: tuple[str, ...] = ()
    company_ids: tuple[int, ...] = ()

    def line(self) -> tuple[str, ...]:
        """Return its cells."""
        battery = "" if self.battery_pct is None else f"{self.battery_pct} %"
        return (
            self.name or "(no name)",
            self.address,
            f"{self.rssi_dbm} dBm {strength(self.rssi_dbm)}",
            battery,
            self.title,
        )


@click.command()
@click.option(
    "--seconds",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.5, 300),
    metavar="S",
    help="Stop after so many seconds.",
)
@click.option("--battery", is_flag=True, help="Connect to sensors that do not advertise their battery level.")
@click.option("--all", "everything", is_flag=True, help="Show devices that no driver knows as well.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: what was heard.")
@click.option(
    "--identify",
    "wanted",
    metavar="NAME",
    help="Let the sensor of this name or address blink, and list nothing.",
)
def scan(seconds: float, battery: bool, everything: bool, as_json: bool, wanted: str | None) -> None:
    """Listen for bar sensors, nearest first."""
    from imu_tempo.cli.progress import busy

    logging.getLogger("bleak").setLevel(logging.ERROR)
    if wanted is not None:
        _refuse_with_identify({"--battery": battery, "--all": everything, "--json": as_json})
        with busy(f"looking for {wanted}"):
            label = asyncio.run(_identify(wanted, seconds))
        click.echo(f"{label} blinks now.")
        return
    with busy(f"listening for {seconds:g} s"):
        air, levels = asyncio.run(_listen(seconds, battery=battery))
    seen = [_sensor(sensor, levels.get(sensor.address)) for sensor in air.sensors]
    strangers = [_stranger(stranger) for stranger in air.strangers] if everything else []
    if as_json:
        click.echo(_json([*seen, *strangers]))
        return
    if seen or strangers:
        _show([*seen, *strangers])
    if not seen:
        click.echo("No bar sensor was heard: switch it on, bring it near, and disconnect it from any phone.")
        if air.strangers and not everything:
            click.echo(f"{len(air.strangers)} other devices were heard; --all lists them.")


def strength(rssi_dbm: int) -> str:
    """Return a signal strength in words."""
    if rssi_dbm >= NEAR_DBM:
        return "near"
    return "in reach" if rssi_dbm >= WEAK_DBM else "weak"


def _refuse_with_identify(given: Mapping[str, bool]) -> None:
    for name, said in given.items():
        if said:
            raise TempoError(f"--identify lets one sensor blink and lists nothing: leave {name} out.")


async def _identify(wanted: str, seconds: float) -> str:
    """Let a sensor show itself; return what it is called."""
    from firmware_bridge.link import find, identify

    sensor = await find(wanted, timeout_s=seconds)
    await identify(sensor)
    return sensor.label


async def _listen(seconds: float, *, battery: bool) -> tuple[InTheAir, dict[str, int | None]]:
    """Listen, then ask those that have not told their battery level: one at a time, as adapters connect."""
    from firmware_bridge.errors import LinkError
    from firmware_bridge.link import listen, read_battery

    air = await listen(seconds)
    levels: dict[str, int | None] = {}
    for sensor in air.sensors if battery else ():
        if sensor.battery_pct is None:
            try:
                levels[sensor.address] = await read_battery(sensor)
            except LinkError as error:
                click.echo(f"{sensor.label}: {error}", err=True)
    return air, levels


def _sensor(sensor: FoundSensor, level: int | None) -> Seen:
    battery = sensor.battery_pct if sensor.battery_pct is not None else level
    driver = sensor.driver
    return Seen(sensor.name, sensor.address, sensor.rssi_dbm, battery, driver.key, driver.title)


def _stranger(stranger: Stranger) -> Seen:
    return Seen(
        stranger.name,
        stranger.address,
        stranger.rssi_dbm,
        stranger.battery_pct,
        None,
        "unknown",
        stranger.service_uuids,
        stranger.company_ids,
    )


def _show(seen: Sequence[Seen]) -> None:
    lines = [device.line() for device in seen]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        click.echo(_padded(cells, widths))


def _padded(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _json(seen: Sequence[Seen]) -> str:
    devices = [
        {
            "name": device.name,
            "address": device.address,
            "rssi_dbm": device.rssi_dbm,
            "battery_pct": device.battery_pct,
            "driver": device.kind,
            "service_uuids": device.service_uuids,
            "company_ids": device.company_ids,
        }
        for device in seen
    ]
    return json.dumps({"format": FORMAT, "devices": devices}, indent=2)


COMMANDS = (scan,)
