"""The report on paper: A4 pages as one PDF, drawn by Matplotlib, so that nothing else has to be installed."""

from __future__ import annotations

from pathlib import Path

from imu_tempo.plots import bars, fatigue, motion, tempo
from imu_tempo.plots.style import LIGHT
from imu_tempo.protocols import Protocol
from imu_tempo.report import cards, facts, words
from imu_tempo.report.lowering import fatigue_card, lowering_card
from imu_tempo.report.session_words import session_sentences, totals
from imu_tempo.report.sheet import A4, SMALL_PT, Sheet, number_pages
from imu_tempo.report.view import Reported, Session, SetView, headline, load_text, session_of, source_name
from imu_tempo.schema import FatigueRow, SetRow, table

_MARK = "imu-tempo"
_KEEP_IN = 3.8
"""A longer list may be cut by the end of a page."""
_VELOCITY_IN = 1.45
_REPS_IN = (0.5, 0.21)
"""Height of the figures with a bar per rep: at least, and for each rep more."""
_REPS_MOST_IN = 4.2
_CLOSING_IN = 0.6
_FATIGUE_ROW_IN = 0.18


def write_pdf(
    results: Reported, path: str | Path, *, title: str | None = None, protocol: Protocol | None = None
) -> Path:
    """Write the report of a recording, or of several as one session, as a PDF of A4 pages.

    Parameters
    ----------
    results
        What :func:`imu_tempo.analyze` or :func:`imu_tempo.replay` returned, or several of them.
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
    from matplotlib import rc_context
    from matplotlib.backends.backend_pdf import PdfPages

    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    session = session_of(results, protocol)
    heading = title or session.title
    pages = lay_out(session, heading)
    about = {"Title": heading, "Creator": facts.MADE_BY, "CreationDate": None}
    with rc_context({"pdf.fonttype": 42}), PdfPages(target, metadata=about) as pdf:
        for page in pages.pages:
            pdf.savefig(page)
    return target


def lay_out(session: Session, heading: str) -> Sheet:
    """Return the pages of a report."""
    sheet = Sheet(A4)
    sheet.heading(heading, 1, beside=_MARK)
    sheet.text(" \N{MIDDLE DOT} ".join(headline(session)), size=SMALL_PT, colour=LIGHT.muted)
    if session.simulated:
        sheet.text(facts.SIMULATED, size=SMALL_PT, colour=LIGHT.alarm, bold=True)
    sheet.skip(0.15)
    if len(session.views) > 1:
        _overview(sheet, session)
    for view in session.views:
        _one_set(sheet, view, session)
    if not session.views:
        sheet.text("No rep was found.", bold=True)
        sheet.text("If reps were done, check the exercise that was chosen and how firmly the sensor sat.")
    _endmatter(sheet, session)
    number_pages(sheet.pages, sheet.paper, f"{heading} \N{MIDDLE DOT} {facts.MADE_BY}")
    return sheet


def _overview(sheet: Sheet, session: Session) -> None:
    for sentence in session_sentences(session):
        sheet.text(sentence)
    sheet.skip(0.15)
    sheet.tiles(totals(session), columns=3)
    [ax] = sheet.axes(2.2)
    bars.tut_bars(table(session.sets, SetRow), ax=ax)
    sheet.card(cards.sets_card(session))
    sheet.card(cards.exercises_card(session))


def _one_set(sheet: Sheet, view: SetView, session: Session) -> None:
    """Write one set: a page of words and figures, then its tables."""
    if len(session.views) > 1:
        sheet.turn()
        of = [load_text(view.summary.load_kg), source_name(view.result) if len(session.results) > 1 else ""]
        beside = " \N{MIDDLE DOT} ".join(fact for fact in of if fact)
        sheet.heading(words.set_title(view, session), 2, beside=beside)
    for sentence in words.sentences(view):
        sheet.text(sentence)
    sheet.skip(0.15)
    sheet.tiles(words.tiles(view))
    [ax] = sheet.axes(_VELOCITY_IN)
    motion.velocity_time(view.samples, view.rep_table, ax=ax)
    lines = len(view.reps) + (view.prescription is not None)
    high_in = min(_REPS_MOST_IN, _REPS_IN[0] + _REPS_IN[1] * max(5, lines))
    left, right = sheet.axes(high_in, widths=(0.55, 0.45))
    tempo.tempo_bars(view.rep_table, view.prescription, ax=left)
    threshold_pct = bars.DEFAULT_LOSS_PCT if view.summary.vl_valid else None
    bars.velocity_loss(view.rep_table, threshold_pct=threshold_pct, ax=right)
    sheet.text(
        f"Left: {words.tempo_note(view)}. Right: {words.loss_note(view)}.", size=SMALL_PT, colour=LIGHT.muted
    )
    for card in (cards.compliance_card(view), cards.reps_card(view), lowering_card(view)):
        sheet.card(card)
    _fatigue(sheet, view)


def _fatigue(sheet: Sheet, view: SetView) -> None:
    card = fatigue_card(view)
    if card is None:
        return
    high_in = _FATIGUE_ROW_IN * max(4, len(card.lines))
    sheet.need(high_in + 1.0 + sheet.height_in(card))
    sheet.heading(card.title, 3)
    [ax] = sheet.axes(high_in, left_in=1.7, widths=(0.8,))
    fatigue.fatigue_panel(table(view.fatigue, FatigueRow), ax=ax)
    sheet.card(card._replace(title=""))


def _endmatter(sheet: Sheet, session: Session) -> None:
    _lists(sheet, facts.kept(session))
    if card := cards.rejected_card(session):
        sheet.heading("Seen and not counted", keep_in=min(_KEEP_IN, sheet.height_in(card) + 0.4))
        sheet.card(card)
    _lists(sheet, facts.endmatter(session))
    sheet.skip(0.2)
    sheet.need(_CLOSING_IN)
    sheet.text(facts.NO_DIAGNOSIS, size=SMALL_PT, colour=LIGHT.muted)
    sheet.text(facts.MADE_BY, size=SMALL_PT, colour=LIGHT.muted)


def _lists(sheet: Sheet, lists: list[tuple[str, facts.Entries]]) -> None:
    for heading, entries in lists:
        if entries:
            sheet.heading(heading)
            sheet.entries(entries)
