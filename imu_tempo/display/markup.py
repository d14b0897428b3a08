"""HTML that a notebook shows: escaped, readable on light and dark, without scripts or outside files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import NamedTuple

from imu_tempo.palette import DARK, LIGHT
from imu_tempo.schema import Column

NOT_MEASURED = "\N{EN DASH}"


class Cell(NamedTuple):
    """One cell: its HTML, already escaped; its class; what the pointer is told over it."""

    html: str
    kind: str = ""
    tip: str = ""


class Heading(NamedTuple):
    """One column's heading: its name as in the table, its meaning with the unit, its class."""

    name: str
    tip: str = ""
    kind: str = ""


def page(parts: Iterable[str]) -> str:
    """Return parts under the one style; each output of a notebook carries it, as each may stand alone."""
    css = files(__package__).joinpath("display.css").read_text(encoding="utf-8")
    style = css.replace("$light", LIGHT.css()).replace("$dark", DARK.css())
    return f'<div class="imu-tempo"><style>{style}</style>{"".join(parts)}</div>'


def table(headings: Sequence[Heading], lines: Iterable[Sequence[Cell]]) -> str:
    """Return a table that scrolls sideways where it is wider than the notebook."""
    head = "".join(_tag("th", escape(h.name), h.kind, h.tip) for h in headings)
    body = "".join(f"<tr>{''.join(_tag('td', *cell) for cell in line)}</tr>" for line in lines)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def heading(column: Column) -> Heading:
    """Return the heading of a column of the schema."""
    tip = f"{column.meaning} ({column.unit})" if column.unit else column.meaning
    return Heading(column.name, tip, "text" if column.dtype == "str" else "")


def number(value: float, decimals: int, sd: float = math.nan) -> Cell:
    """Return a number with its standard deviation where that is known; a dash where it was not measured."""
    if not math.isfinite(value):
        return Cell(NOT_MEASURED, "none", "not measured, or not given")
    text = f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")
    if not math.isfinite(sd):
        return Cell(text)
    places = decimals + (0 < sd < 0.5 * 10**-decimals)  # never a spread of 0
    return Cell(f"{text}<small> ± {sd:.{places}f}</small>", "", "± one standard deviation")


def text(value: str, kind: str = "text") -> Cell:
    """Return words, escaped."""
    return Cell(escape(value), kind)


def details(summary: str, inner: str) -> str:
    """Return what is folded away until asked for."""
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def _tag(name: str, html: str, kind: str, tip: str) -> str:
    attributes = (f' class="{kind}"' if kind else "") + (f' title="{escape(tip)}"' if tip else "")
    return f"<{name}{attributes}>{html}</{name}>"
