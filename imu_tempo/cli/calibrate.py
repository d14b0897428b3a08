"""The command that calibrates a sensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from imu_tempo.cli.options import unit_check_option
from imu_tempo.signal.constants import GRAVITY_MPS2

if TYPE_CHECKING:
    from firmware_bridge.samples import SensorInfo
    from imu_tempo.calibration import CalibrationFit


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--sensor", metavar="NAME", help="Name or address of the sensor, if the recordings do not say.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File to write, for --calibration.  [default: kept for the sensor, and used from then on]",
)
@unit_check_option
def calibrate(files: tuple[Path, ...], sensor: str | None, out: Path | None, check_units: bool) -> None:
    """Calibrate a sensor from recordings in which it lies still in six orientations or more.

    FILE is a recording of all of them in turn, or there is one for each: on every side of a box, for three
    seconds, hands off. Add the box's edges, twelve more, and the lean of the axes is fitted as well.
    """
    from imu_tempo.calibration import find_stills, fit_calibration, save_calibration
    from imu_tempo.formats import load
    from imu_tempo.samples import Samples

    sources = [load(file, check_units=check_units) for file in files]
    name = sensor or _one_sensor([source.info for source in sources])
    stills = [still for source in sources for still in find_stills(Samples.of(source.blocks))]
    fit = fit_calibration(stills, sensor=name)
    path = save_calibration(fit.calibration, out)
    for what, detail in _report(fit):
        click.echo(f"{what:>10}  {detail}")
    click.echo(f"{'saved':>10}  {path}")


def _one_sensor(infos: Sequence[SensorInfo]) -> str:
    """Return the address or name that all recordings share."""
    names = {info.address or info.name for info in infos}
    known = sorted(name for name in names if name)
    if len(known) > 1:
        raise click.UsageError(
            f"The recordings are of different sensors ({', '.join(known)}): calibrate one at a time, or say"
            " --sensor NAME if they are one."
        )
    if not known:
        raise click.UsageError("The recordings do not say which sensor they are of: say --sensor NAME.")
    return known[0]


def _report(fit: CalibrationFit) -> list[tuple[str, str]]:
    """Say what was found: what the sensor reads too much, and how sure that is."""
    found = fit.calibration
    mg = 1e3 / GRAVITY_MPS2
    said = [
        ("sensor", f"{found.sensor}: {fit.stills} stills in {found.orientations} orientations"),
        ("offset", f"{_axes([v * mg for v in found.offset_mps2], '+.1f')} mg"),
        ("scale", f"{_axes([100.0 / v - 100.0 for v in found.scale], '+.2f')} %"),
    ]
    if any(found.cross_axis):
        said.append(("lean", f"{_axes([math.degrees(v) for v in found.cross_axis], '+.2f', _PAIRS)} deg"))
    else:
        said.append(("lean", "not fitted: that needs the sensor on its edges as well"))
    said.append(("gyro", f"{_axes([math.degrees(v) for v in found.gyro_offset_radps], '+.2f')} deg/s"))
    left = f"{found.residual_mg:.1f} mg left" if fit.spare else "no orientation to spare that would check it"
    said.append(("fit", f"{left}; condition {found.condition:.1f} (1 is best, 15 the limit)"))
    if fit.missing:
        said.append(("missing", f"never lay with its axes {', '.join(fit.missing)}"))
    return said


_PAIRS = ("xy", "xz", "yz")


def _axes(values: Sequence[float], form: str, names: Sequence[str] = ("x", "y", "z")) -> str:
    return ", ".join(f"{name} {value:{form}}" for name, value in zip(names, values, strict=True))


COMMANDS = (calibrate,)
