"""The report as pictures: what a coach sends to an athlete."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from imu_tempo.plots import bars, motion, tempo
from imu_tempo.plots.style import FONT_PT, LIGHT, POINTS_PER_INCH, SMALL_PT
from imu_tempo.report import cards, words
from imu_tempo.report.letters import printable, shorten
from imu_tempo.report.session_words import session_sentences, totals
from imu_tempo.report.sheet import Paper, Sheet
from imu_tempo.report.view import (
    Reported,
    Session,
    SetView,
    exercise_title,
    headline,
    is_simulated,
    load_text,
    session_of,
    source_name,
)
from imu_tempo.schema import SetRow, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE_IN = (7.2, 9.0)
"""Four by five, as phones show pictures; 1080 by 1350 pixels."""
DPI = 150

# Places in shares of the picture's width and height.
_LEFT, _RIGHT = 0.06, 0.95
_TILE_COLUMNS, _TILE_TOP, _TILE_ROW = 3, 0.875, 0.083
_WORDS_TOP, _WORDS_WRAP, _WORDS_LINES = 0.695, 80, 3
_VELOCITY = (0.105, 0.39, _RIGHT - 0.105, 0.185)
_TEMPO = (0.105, 0.065, 0.43, 0.235)
_LOSS = (0.625, 0.065, _RIGHT - 0.665, 0.235)
_PAPER = Paper(width_in=SIZE_IN[0], height_in=SIZE_IN[1], margin_in=0.45, foot_in=0.3)
_SESSION_SENTENCES = 4
_HEADING_PT = 22.0
_HEADING_ROOM_PT = 5.05 * POINTS_PER_INCH
"""Room beside the marks at the right."""


def write_png(results: Reported, path: str | Path, *, title: str | None = None) -> list[Path]:
    """Write one picture a set and, where there are several sets, one of the session.

    Parameters
    ----------
    results
        What :func:`imu_tempo.analyze` or :func:`imu_tempo.replay` returned, or several of them; one without
        reps gives a picture that says so.
    path
        File to write: the set, or the session, whose sets get ``-set1``, ``-set2`` ... before the suffix.
        Missing folders are made.
    title
        Heading, by default the exercise.

    Returns
    -------
    list of Path
        The files written: the session first, then the sets in order.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    session = session_of(results)
    heading = title or session.exercise_names
    if not session.views:
        return [_save(_empty(session, heading), target)]
    if len(session.views) == 1:
        return [_save(_picture(session.views[0], heading), target)]
    written = [_save(_overview(session, heading), target)]
    for view in session.views:
        name = title or exercise_title(view.summary.exercise or view.result.exercise)
        picture = _picture(view, f"{name}, set {view.number}")
        written.append(_save(picture, target.with_name(f"{target.stem}-set{view.number}{target.suffix}")))
    return written


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=DPI, format="png")
    return path


def _new(heading: str, facts: list[str], *, simulated: bool) -> Figure:
    """Return a picture with its heading."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_IN, facecolor=LIGHT.paper)
    figure.text(
        _LEFT,
        0.967,
        shorten(printable(heading), _HEADING_PT, _HEADING_ROOM_PT, bold=True),
        size=_HEADING_PT,
        weight="bold",
        color=LIGHT.ink,
        va="top",
        parse_math=False,
    )
    line = printable("  \N{MIDDLE DOT}  ".join(fact for fact in facts if fact))
    line = shorten(line, FONT_PT, _HEADING_ROOM_PT)
    figure.text(_LEFT, 0.921, line, size=FONT_PT, color=LIGHT.muted, va="top", parse_math=False)
    marks = [("imu-tempo", LIGHT.ecc)] + ([("simulated data", LIGHT.alarm)] if simulated else [])
    for place, (mark, colour) in enumerate(marks):
        y = 0.961 - 0.04 * place
        figure.text(_RIGHT, y, mark, size=FONT_PT, weight="bold", color=colour, ha="right", va="top")
    return figure


def _picture(view: SetView, heading: str) -> Figure:
    """Return the picture of one set."""
    row = view.summary
    reps = f"{row.reps} rep{'s' if row.reps > 1 else ''}"
    athlete = f"athlete {row.athlete}" if row.athlete else ""
    told = [load_text(row.load_kg), reps, athlete, source_name(view.result)]
    figure = _new(heading, told, simulated=is_simulated(view.result))
    _tiles(figure, view)
    figure.text(
        _LEFT, _WORDS_TOP, "\n".join(_said(view)), size=10.5, color=LIGHT.ink, va="top", linespacing=1.45
    )
    motion.velocity_time(view.samples, view.rep_table, ax=figure.add_axes(_VELOCITY))
    phases = tempo.tempo_bars(view.rep_table, view.prescription, ax=figure.add_axes(_TEMPO))
    # The same colours are named above the velocity already.
    if legend := phases.get_legend():
        legend.remove()
    threshold_pct = bars.DEFAULT_LOSS_PCT if row.vl_valid else None
    loss = bars.velocity_loss(view.rep_table, threshold_pct=threshold_pct, ax=figure.add_axes(_LOSS))
    for ax, title in ((phases, "Tempo of each rep"), (loss, "Lifting velocity of each rep")):
        ax.set_title(title, size=FONT_PT, weight="bold", color=LIGHT.ink, loc="left", pad=8)
    return figure


def _said(view: SetView) -> list[str]:
    """Return the lines of as many sentences as there is room for."""
    lines: list[str] = []
    said = ""
    for sentence in words.sentences(view):
        said = f"{said} {words.unbroken(sentence)}".strip()
        wrapped = textwrap.wrap(said, _WORDS_WRAP)
        if len(wrapped) > _WORDS_LINES:
            break
        lines = wrapped
    return lines


def _tiles(figure: Figure, view: SetView) -> None:
    shown = [tile for tile in words.tiles(view) if tile.label != words.REPS]
    width = (_RIGHT - _LEFT) / _TILE_COLUMNS
    for place, tile in enumerate(shown):
        x, y = _LEFT + (place % _TILE_COLUMNS) * width, _TILE_TOP - (place // _TILE_COLUMNS) * _TILE_ROW
        figure.text(x, y, tile.label, size=SMALL_PT, color=LIGHT.muted, va="top")
        figure.text(x, y - 0.018, tile.value, size=16, weight="bold", color=LIGHT.ink, va="top")
        figure.text(x, y - 0.047, tile.note, size=SMALL_PT, color=LIGHT.muted, va="top")


def _overview(session: Session, heading: str) -> Figure:
    """Return the picture of a session: what its sets come to, and how they compare."""
    sheet = Sheet(_PAPER)
    sheet.heading(heading, 1, beside="imu-tempo")
    sheet.text(" \N{MIDDLE DOT} ".join(headline(session)), size=SMALL_PT, colour=LIGHT.muted)
    if session.simulated:
        sheet.text("simulated data", size=SMALL_PT, colour=LIGHT.alarm, bold=True)
    sheet.skip(0.15)
    sheet.tiles(totals(session), columns=3)
    for sentence in session_sentences(session)[:_SESSION_SENTENCES]:
        sheet.text(words.unbroken(sentence))
    [ax] = sheet.axes(1.9)
    bars.tut_bars(table(session.sets, SetRow), ax=ax)
    sheet.card(cards.sets_card(session))
    return sheet.pages[0]


def _empty(session: Session, heading: str) -> Figure:
    figure = _new(heading, headline(session)[:1], simulated=session.simulated)
    looked = sum(len(result.rejected) for result in session.results)
    said = f"{looked} movement{'s were' if looked != 1 else ' was'} looked at and not counted."
    figure.text(
        0.5, 0.5, f"No rep was found.\n{said}", size=14, color=LIGHT.muted, ha="center", linespacing=1.6
    )
    return figure
