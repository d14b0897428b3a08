"""The set report as one HTML file that needs nothing else: no script, no font, no request."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

from imu_tempo.protocols import Protocol
from imu_tempo.report import facts, sections
from imu_tempo.report.html import text
from imu_tempo.report.view import Reported, headline, session_of


def write_html(
    results: Reported, path: str | Path, *, title: str | None = None, protocol: Protocol | None = None
) -> Path:
    """Write the report of a recording, or of several as one session, as one self-contained HTML file.

    Parameters
    ----------
    results
        What :func:`imu_tempo.analyze` or :func:`imu_tempo.replay` returned, or several of them; one without
        reps gives a page that says so and lists why.
    path
        File to write; missing folders are made.
    title
        Heading, by default the exercises and their load.
    protocol
        Training protocol to hold the sets against.

    Returns
    -------
    Path
        The file written.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render(results, title=title, protocol=protocol), encoding="utf-8")
    return target


def render(results: Reported, *, title: str | None = None, protocol: Protocol | None = None) -> str:
    """Return the page that :func:`write_html` writes."""
    session = session_of(results, protocol)
    body = [sections.overview(session)] if len(session.views) > 1 else []
    body += [sections.one_set(view, session) for view in session.views]
    body += [] if session.views else [sections.nothing(session)]
    body.append(sections.endmatter(session))
    return Template(_asset("page.html")).substitute(
        kind="session report" if len(session.results) > 1 else "set report",
        title=text(title or session.title),
        style=_style(),
        facts=text(" \N{MIDDLE DOT} ".join(headline(session))),
        notice=f'<p class="notice">{text(facts.SIMULATED)}</p>' if session.simulated else "",
        body="\n".join(body),
        disclaimer=text(facts.NO_DIAGNOSIS),
        version=text(facts.MADE_BY),
    )


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _style() -> str:
    from imu_tempo.plots.style import DARK, LIGHT

    return Template(_asset("page.css")).substitute(light=LIGHT.css(), dark=DARK.css())
