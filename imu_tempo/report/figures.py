"""Figures as SVG that lives inside a page: no outside references, colours that follow the page's theme."""

from __future__ import annotations

import io
import re
from dataclasses import fields
from typing import TYPE_CHECKING

from imu_tempo.plots.style import LIGHT, figure_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THEMED = {getattr(LIGHT, f.name): f.name for f in fields(LIGHT)}


def inline_svg(ax: Axes, *, name: str, label: str) -> str:
    """Return a figure as an ``<svg>`` element.

    Parameters
    ----------
    ax
        Any axes of the figure.
    name
        Unlike that of any other figure on the page: ids inside the figure are made from it.
    label
        What the figure shows, in words, for those who cannot see it. Escaped by the caller.
    """
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure_of(ax).savefig(buffer, format="svg", metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<style type="text/css">.*?</style>', "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="(?:figure|axes|patch|line2d|text|xtick|ytick|legend|matplotlib|Fill)[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"font: (bold )?([\d.]+px) [^;\"]+", r"font: \1\2 var(--font)", svg)
    svg = re.sub(r"font-family: [^;\"]+", "font-family: var(--font)", svg)
    svg = re.sub(r"#[0-9a-f]{6}", _themed, svg)
    svg = re.sub(r"<[^>]+>", _rounded, svg)
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box is not None, "Matplotlib writes a viewBox"
    return f'<svg {box.group()} role="img" aria-label="{label}">{svg[svg.index(">") + 1 :].strip()}'


def _rounded(tag: re.Match[str]) -> str:
    """Return a tag with its coordinates to a tenth of a point: what is finer is not seen, only sent."""
    return re.sub(
        r"-?\d+\.\d{2,}", lambda found: f"{float(found.group()):.1f}".removesuffix(".0"), tag.group()
    )


def _themed(match: re.Match[str]) -> str:
    colour = match.group()
    return f"var(--{_THEMED[colour]})" if colour in _THEMED else colour
