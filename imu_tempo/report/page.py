"""The set report as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

from imu_tempo import __version__
from imu_tempo.report import sections
from imu_tempo.report.html import text
from imu_tempo.report.view import SetView, exercise_title, is_simulated, load_text, set_views, source_name
from imu_tempo.result import AnalysisResult

SIMULATED = "Simulated data: nobody lifted this. It was made to show and test the software."


def write_report(result: AnalysisResult, path: str | Path, *, title: str | None = None) -> Path:
    """Write the report of a recording as one self-contained HTML file.

    Parameters
    ----------
    result
        What :func:`imu_tempo.analyze` or :func:`imu_tempo.replay` returned; one without reps gives a page
        that says so and lists why.
    path
        File to write; missing folders are made.
    title
        Heading, by default the exercise and its load.

    Returns
    -------
    Path
        The file written.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render(result, title=title), encoding="utf-8")
    return target


def render(result: AnalysisResult, *, title: str | None = None) -> str:
    """Return the page that :func:`write_report` writes."""
    views = set_views(result)
    body = [sections.overview(views)] if len(views) > 1 else []
    body += [sections.one_set(view, alone=len(views) == 1) for view in views]
    body += [] if views else [sections.nothing(result)]
    body += [sections.not_counted(result), sections.definitions(result, views), sections.signal(result)]
    return Template(_asset("page.html")).substitute(
        title=text(title or _title(result, views)),
        style=_style(),
        facts=text(_facts(result, views)),
        notice=f'<p class="notice">{text(SIMULATED)}</p>' if is_simulated(result) else "",
        body="\n".join(body),
        version=text(__version__),
    )


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    from imu_tempo.plots.style import DARK, LIGHT

    return Template(_asset("page.css")).substitute(light=LIGHT.css(), dark=DARK.css())


def _title(result: AnalysisResult, views: list[SetView]) -> str:
    loads = {load_text(view.summary.load_kg) for view in views}
    load = loads.pop() if len(loads) == 1 else ""
    return exercise_title(result.exercise) + (f", {load}" if load else "")


def _facts(result: AnalysisResult, views: list[SetView]) -> str:
    athletes = dict.fromkeys(view.summary.athlete for view in views if view.summary.athlete)
    parts = [
        source_name(result),
        f"athlete {', '.join(athletes)}" if athletes else "",
        f"{result.duration_s:.0f} s at {result.rate_hz:.0f} Hz",
    ]
    return " \N{MIDDLE DOT} ".join(part for part in parts if part)
