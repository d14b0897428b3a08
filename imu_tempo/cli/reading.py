"""Options that say what another tool's file is, where it does not tell by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from imu_tempo.formats.readers import ReadOptions


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --format, --device, --map and --unit; the command takes them as ``reading``, None without any."""

    @wraps(command)
    def gathered(
        *args: Any,
        file_format: str | None,
        device: str | None,
        mapped: tuple[str, ...],
        units: tuple[str, ...],
        **others: Any,
    ) -> Any:
        return command(*args, reading=_options(file_format, device, mapped, units), **others)

    for option in (
        click.option(
            "--unit",
            "units",
            multiple=True,
            metavar="KIND=UNIT",
            help="Unit of mapped columns: acc=g, gyr=deg/s, time=ms.  [default: m/s^2, rad/s, s]",
        ),
        click.option(
            "--map",
            "mapped",
            multiple=True,
            metavar="OURS=THEIRS",
            help="A column of a table that no reader knows, such as acc_x=ax or acc_x=-ax; or a TOML file.",
        ),
        click.option("--device", metavar="NAME", help="Which device of a file that holds several."),
        click.option(
            "--format",
            "file_format",
            metavar="KEY",
            help="Format of another tool's file; 'imu-tempo formats' lists them.  [default: by its header]",
        ),
    ):
        gathered = option(gathered)
    return gathered


def _options(
    file_format: str | None, device: str | None, mapped: tuple[str, ...], units: tuple[str, ...]
) -> ReadOptions | None:
    if not (file_format or device or mapped or units):
        return None
    from imu_tempo.formats.readers import ReadOptions, mapping_of

    return ReadOptions(format=file_format, device=device, mapping=mapping_of(mapped, units))
