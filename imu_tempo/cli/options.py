"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def lifting_options(command: Command) -> Command:
    """Add --exercise, --load, --tempo and --athlete."""
    for option in (
        click.option("--athlete", metavar="ID", help="Athlete id, kept with every rep."),
        click.option("--tempo", metavar="E-B-C-T", help="Prescribed tempo, such as 3-1-X-1."),
        click.option("--load", "load_kg", type=click.FloatRange(min=0), metavar="KG", help="Load in kg."),
        click.option("-e", "--exercise", metavar="NAME", help="Exercise; 'imu-tempo exercises' lists them."),
    ):
        command = option(command)
    return command


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
