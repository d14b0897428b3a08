"""The few pieces of HTML that the report is put together from; all text from outside is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from imu_tempo.report.card import Card, Cell, Head


def text(value: str) -> str:
    """Return text as it may stand in HTML."""
    return escape(value)


def table(heads: Iterable[Head], lines: Iterable[Iterable[Cell]]) -> str:
    """Return a table that scrolls sideways by itself where the page is narrow."""
    head = "".join(f"<th{_classes(h.classes)}>{text(h.name)}{_unit(h.unit)}</th>" for h in heads)
    body = "".join(
        f"<tr>{''.join(f'<td{_classes(c.classes)}>{text(c.value)}</td>' for c in line)}</tr>"
        for line in lines
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def card(card: Card | None, *, before: str = "") -> str:
    """Return a table under its heading; ``before`` (trusted) stands between them. Empty without a table."""
    if card is None or not card.lines:
        return ""
    head = f"<h3>{text(card.title)}</h3>" if card.title else ""
    note = f'<p class="key">{text(card.note)}</p>' if card.note else ""
    return f'<div class="card">{head}{before}{table(card.heads, card.lines)}{note}</div>'


def figure(caption: str, small: str, svg: str, *, classes: str = "") -> str:
    """Return a figure with its caption; ``svg`` is trusted."""
    return (
        f'<figure class="card {classes}">'
        f"<figcaption>{text(caption)}<small>{text(small)}</small></figcaption>"
        f'<div class="scroll">{svg}</div></figure>'
    )


def tile(label: str, value: str, note: str, *, lead: bool = False) -> str:
    """Return one headline number."""
    return (
        f'<div class="tile{" lead" if lead else ""}"><dt>{text(label)}</dt>'
        f'<dd class="value">{text(value)}</dd><dd class="small">{text(note)}</dd></div>'
    )


def definition_list(entries: Iterable[tuple[str, str]]) -> str:
    """Return names with their explanations."""
    lines = "".join(f"<dt>{text(name)}</dt><dd>{text(meaning)}</dd>" for name, meaning in entries)
    return f'<dl class="defs">{lines}</dl>'


def _classes(classes: str) -> str:
    return f' class="{classes}"' if classes else ""


def _unit(unit: str) -> str:
    return f"<small>{text(unit)}</small>" if unit else ""
