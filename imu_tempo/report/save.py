"""A report in the format that the name of its file asks for."""

from __future__ import annotations

from pathlib import Path

from imu_tempo.errors import TempoError
from imu_tempo.protocols import Protocol
from imu_tempo.report.image import write_png
from imu_tempo.report.page import write_html
from imu_tempo.report.pdf import write_pdf
from imu_tempo.report.view import Reported

FORMATS = (".html", ".htm", ".pdf", ".png")
"""Endings of a report's name."""


def write_report(
    results: Reported, path: str | Path, *, title: str | None = None, protocol: Protocol | None = None
) -> list[Path]:
    """Write a report as HTML, PDF or PNG, as the ending of its name says.

    Parameters
    ----------
    results
        What :func:`imu_tempo.analyze` or :func:`imu_tempo.replay` returned, or several of them, which make up
        one session.
    path
        File to write; missing folders are made.
    title
        Heading, by default the exercises and their load.
    protocol
        Training protocol to hold the sets against; a picture has no room for what it says.

    Returns
    -------
    list of Path
        The files written: one, or for PNG one a set besides that of the session.

    Raises
    ------
    TempoError
        The ending names no format that a report has.
    """
    ending = check_format(path)
    if ending == ".pdf":
        return [write_pdf(results, path, title=title, protocol=protocol)]
    if ending == ".png":
        return write_png(results, path, title=title)
    return [write_html(results, path, title=title, protocol=protocol)]


def check_format(path: str | Path) -> str:
    """Return the ending of a report's name.

    Raises
    ------
    TempoError
        It names no format that a report has.
    """
    name = Path(path)
    if name.suffix.lower() not in FORMATS:
        ending = f"{name.suffix!r}" if name.suffix else "a name without an ending"
        raise TempoError(
            f"A report is HTML, PDF or PNG, not {ending}: name it {name.stem}.html, .pdf or .png."
        )
    return name.suffix.lower()
