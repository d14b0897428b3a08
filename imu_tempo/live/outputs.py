"""What a session leaves for people: the report page and its picture."""

from __future__ import annotations

from pathlib import Path

from imu_tempo.errors import TempoError
from imu_tempo.result import AnalysisResult


def write_outputs(result: AnalysisResult, html: Path, *, png: Path | None = None) -> list[Path]:
    """Write the set report as HTML and, where asked, as PNG; return the files.

    Raises
    ------
    TempoError
        They cannot be written there.
    """
    from imu_tempo.report import write_png, write_report

    try:
        html.parent.mkdir(parents=True, exist_ok=True)
        files = [write_report(result, html)]
        if png is not None:
            png.parent.mkdir(parents=True, exist_ok=True)
            files += write_png(result, png)
    except OSError as error:
        raise TempoError(
            f"{error.filename or html} cannot be written ({(error.strerror or str(error)).lower()}):"
            " choose another place with -o."
        ) from error
    return files
