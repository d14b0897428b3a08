"""The sections of the page, each from the session or one set of it to a piece of HTML."""

from __future__ import annotations

from imu_tempo.plots import bars, fatigue, motion, tempo
from imu_tempo.plots.style import new_axes
from imu_tempo.report import cards, facts, html, words
from imu_tempo.report.facts import Entries
from imu_tempo.report.figures import inline_svg
from imu_tempo.report.lowering import fatigue_card, lowering_card
from imu_tempo.report.session_words import session_sentences, totals
from imu_tempo.report.view import Session, SetView, load_text, source_name
from imu_tempo.schema import FatigueRow, SetRow, table


def overview(session: Session) -> str:
    """Return the session in words, numbers, a table and a figure."""
    figure = inline_svg(
        bars.tut_bars(table(session.sets, SetRow)), name="tut", label="Time under tension of each set"
    )
    shown = html.figure("Time under tension", "per set, split by phase", figure)
    tiles = "".join(html.tile(*tile, lead=place == 0) for place, tile in enumerate(totals(session)))
    return (
        f"<section><h2>All sets</h2>{_said(session_sentences(session))}"
        f'<div class="pair">{shown}<dl class="tiles stacked">{tiles}</dl></div>'
        f"{html.card(cards.sets_card(session))}{html.card(cards.exercises_card(session))}</section>"
    )


def one_set(view: SetView, session: Session) -> str:
    """Return everything about one set."""
    tiles = "".join(html.tile(*tile, lead=place == 0) for place, tile in enumerate(words.tiles(view)))
    lowering, kept = html.card(lowering_card(view)), html.card(cards.compliance_card(view))
    return (
        f'<section class="set">{_heading(view, session)}{_said(words.sentences(view))}'
        f'<dl class="tiles">{tiles}</dl>{_figures(view)}{html.card(cards.reps_card(view))}'
        f"{kept}{lowering}{_fatigue(view)}</section>"
    )


def nothing(session: Session) -> str:
    """Return what stands in place of the sets where there is none."""
    looked = sum(len(result.rejected) for result in session.results)
    why = "Nothing in it moved like a lift."
    if looked:
        why = f"{looked} movement{'s were' if looked > 1 else ' was'} looked at; the reasons are below."
    return (
        '<section class="empty"><h2>No rep was found</h2>'
        f"<p>No movement in this recording was a rep of {html.text(session.title.lower())}. {why}</p>"
        "<p>If reps were done, check the exercise that was chosen and how firmly the sensor sat.</p>"
        "</section>"
    )


def endmatter(session: Session) -> str:
    """Return how a protocol was kept, what was not counted, edits, definitions and the signal."""
    parts = [_listed(heading, entries) for heading, entries in facts.kept(session)]
    if card := html.card(cards.rejected_card(session)):
        parts.append(f"<section><h2>Seen and not counted</h2>{card}</section>")
    parts += [_listed(heading, entries) for heading, entries in facts.endmatter(session)]
    return "".join(parts)


def _said(sentences: list[str]) -> str:
    said = "".join(f"<li>{html.text(words.unbroken(sentence))}</li>" for sentence in sentences)
    return f'<ul class="words">{said}</ul>'


def _heading(view: SetView, session: Session) -> str:
    """Return a set's heading; none where there is but one set."""
    if len(session.views) == 1:
        return ""
    facts = [load_text(view.summary.load_kg)]
    if len(session.results) > 1:
        facts.append(source_name(view.result))
    small = " \N{MIDDLE DOT} ".join(fact for fact in facts if fact)
    note = f"<small>{html.text(small)}</small>" if small else ""
    return f"<h2>{html.text(words.set_title(view, session))}{note}</h2>"


def _listed(heading: str, entries: Entries) -> str:
    if not entries:
        return ""
    body = html.definition_list(entries)
    return f'<section><h2>{html.text(heading)}</h2><div class="card">{body}</div></section>'


def _fatigue(view: SetView) -> str:
    """Return the signs of fatigue as a figure and in words."""
    card = fatigue_card(view)
    if card is None:
        return ""
    svg = inline_svg(
        fatigue.fatigue_panel(table(view.fatigue, FatigueRow)),
        name=f"fatigue-{view.number}",
        label="Change of each sign of fatigue over the set",
    )
    return html.card(card, before=f'<div class="scroll">{svg}</div>')


def _figures(view: SetView) -> str:
    no = view.number
    velocity = inline_svg(
        motion.velocity_time(view.samples, view.rep_table),
        name=f"velocity-{no}",
        label="Vertical velocity over time, phases shaded, reps numbered",
    )
    phases = inline_svg(
        tempo.tempo_bars(view.rep_table, view.prescription),
        name=f"tempo-{no}",
        label="Seconds of each phase of each rep",
    )
    loss = inline_svg(
        bars.velocity_loss(
            view.rep_table,
            threshold_pct=bars.DEFAULT_LOSS_PCT if view.summary.vl_valid else None,
            ax=new_axes(tempo.tempo_size_in(len(view.reps), target=view.prescription is not None)),
        ),
        name=f"loss-{no}",
        label="Mean lifting velocity of each rep",
    )
    return (
        html.figure("Velocity over time", "up is positive", velocity, classes="wide")
        + '<div class="pair">'
        + html.figure("Tempo of each rep", words.tempo_note(view), phases)
        + html.figure("Lifting velocity of each rep", words.loss_note(view), loss)
        + "</div>"
    )
