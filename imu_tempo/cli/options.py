"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from imu_tempo.cli.set_options import set_options
from imu_tempo.definitions import Definitions, Edges, LossReference
from imu_tempo.live.lifting import Lifting

if TYPE_CHECKING:
    from imu_tempo.calibration import SensorCalibration

Command = TypeVar("Command", bound=Callable[..., Any])


def lifting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --exercise, --load, --tempo and --athlete; the command takes them as one ``lifting``."""

    @wraps(command)
    def gathered(
        *args: Any,
        exercise: str | None,
        load_kg: float | None,
        tempo: str | None,
        athlete: str | None,
        **others: Any,
    ) -> Any:
        lifting = Lifting(exercise=exercise, load_kg=load_kg, tempo=tempo, athlete=athlete)
        return command(*args, lifting=lifting, **others)

    return _with(
        gathered,
        click.option("--athlete", metavar="ID", help="Athlete's id."),
        click.option("--tempo", metavar="E-B-C-T", help="Prescribed tempo, such as 3-1-X-1."),
        click.option("--load", "load_kg", type=click.FloatRange(min=0), metavar="KG", help="Load in kg."),
        click.option("-e", "--exercise", metavar="NAME", help="Exercise; 'imu-tempo exercises' lists them."),
    )


def measuring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --calibration, the switches of the definitions and what is known of a set, into ``lifting``."""

    @wraps(command)
    def gathered(
        *args: Any,
        lifting: Lifting,
        calibration: str | None,
        edges: Edges,
        edge_velocity_mps: float,
        velocity_loss_from: LossReference,
        **others: Any,
    ) -> Any:
        definitions = Definitions(
            edges=edges, edge_velocity_mps=edge_velocity_mps, velocity_loss_from=velocity_loss_from
        )
        measuring = replace(lifting, definitions=definitions, calibration=_calibration(calibration))
        return command(*args, lifting=measuring, **others)

    usual = Definitions()
    return _with(
        set_options(gathered),
        click.option(
            "--velocity-loss-from",
            type=click.Choice(get_args(LossReference)),
            default=usual.velocity_loss_from,
            show_default=True,
            help="Rep that velocity loss is reckoned from.",
        ),
        click.option(
            "--edge-velocity",
            "edge_velocity_mps",
            type=float,
            metavar="M/S",
            default=usual.edge_velocity_mps,
            show_default=True,
            help="Vertical speed at which a phase departs and arrives.",
        ),
        click.option(
            "--edges",
            type=click.Choice(get_args(Edges)),
            default=usual.edges,
            show_default=True,
            help="Phase edges: by that speed, or at 5 and 95 % of the travel.",
        ),
        click.option(
            "--calibration",
            metavar="FILE",
            help="Calibration to use, or 'none'.  [default: the one stored for the sensor]",
        ),
    )


def seed_option(command: Command) -> Command:
    """Add --seed."""
    return click.option(
        "--seed",
        default=1,
        show_default=True,
        type=click.IntRange(0, 2**32 - 1),
        metavar="N",
        help="Number that the simulated chance starts from: another one, another set.",
    )(command)


def unit_check_option(command: Command) -> Command:
    """Add --no-unit-check."""
    return click.option(
        "--no-unit-check",
        "check_units",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Take the numbers as SI units though they look like others.",
    )(command)


def edits_option(command: Command) -> Command:
    """Add --no-edits."""
    return click.option(
        "--no-edits",
        "edited",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Leave out what was said afterwards with 'imu-tempo relabel'.",
    )(command)


def _with(command: Callable[..., Any], *options: Callable[..., Any]) -> Callable[..., Any]:
    for option in options:
        command = option(command)
    return command


def _calibration(choice: str | None) -> SensorCalibration | None:
    if choice is None:
        return None
    from imu_tempo.calibration import UNCALIBRATED, load_calibration

    return UNCALIBRATED if choice == "none" else load_calibration(choice)
