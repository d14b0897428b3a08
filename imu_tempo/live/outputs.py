"""What a session leaves for people: the report as a page, a PDF or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imu_tempo.errors import TempoError

if TYPE_CHECKING:
    from imu_tempo.protocols import Protocol
    from imu_tempo.report.view import Reported


def write_outputs(
    results: Reported,
    *paths: Path,
    png: Path | None = None,
    title: str | None = None,
    protocol: Protocol | None = None,
) -> list[Path]:
    """Write the report under each of the names, in the format of its ending; return the files.

    Raises
    ------
    TempoError
        They cannot be written there, or an ending is of no format that a report has.
    """
    from imu_tempo.report import check_format, write_report

    wanted = [*paths, *([png] if png is not None else [])]
    for path in wanted:
        check_format(path)
    try:
        return [
            file for path in wanted for file in write_report(results, path, title=title, protocol=protocol)
        ]
    except OSError as error:
        raise TempoError(
            f"{error.filename or wanted[0]} cannot be written ({(error.strerror or str(error)).lower()}):"
            " choose another place with -o."
        ) from error
