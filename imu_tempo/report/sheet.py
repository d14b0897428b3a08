"""Paper that is filled from top to bottom: headings, text, numbers, tables and figures, page after page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imu_tempo.plots.style import LIGHT, POINTS_PER_INCH
from imu_tempo.report import letters
from imu_tempo.report.card import Card, Cell, Head
from imu_tempo.report.words import Tile, unbroken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY_PT = 9.5
SMALL_PT = 8.0
_LEADING = 1.4
"""Distance of lines, in their letters' size."""
_HEADING_PT = {1: 20.0, 2: 14.0, 3: 10.5}
_TILE_PT = 14.0
_SMALLEST_TILE = 0.65
"""What is too long for its place is written in letters smaller by so much before it is cut."""
_CELL_PAD_IN = 0.07
_ROW_IN = 0.055
"""Room above and below the words of a row, together."""
_WHOLE_IN = 3.4
"""Tables up to this height are not cut by the end of a page; longer ones go on under their heads."""
_TEXT_LEAST_IN = 1.2
"""A column of words narrower than this is hard to read."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Size of a page and its margins, in inches."""

    width_in: float = 8.27
    height_in: float = 11.69
    margin_in: float = 0.7
    foot_in: float = 0.75

    @property
    def inner_in(self) -> float:
        """Width of what is written."""
        return self.width_in - 2 * self.margin_in


A4 = Paper()


@dataclass(slots=True, eq=False)
class Sheet:
    """Pages under way.

    Attributes
    ----------
    paper
        What they are of.
    pages
        The pages so far; the last one is being written on.
    """

    paper: Paper = A4
    pages: list[Figure] = field(default_factory=list)
    _y_in: float = 0.0

    def __post_init__(self) -> None:
        self.turn()

    @property
    def fresh(self) -> bool:
        """Whether the page is still empty."""
        return self._y_in == self.paper.margin_in

    @property
    def room_in(self) -> float:
        """Height that is left on the page."""
        return self.paper.height_in - self.paper.foot_in - self._y_in

    def turn(self) -> None:
        """Begin a new page."""
        from matplotlib.figure import Figure

        self.pages.append(Figure(figsize=(self.paper.width_in, self.paper.height_in), facecolor=LIGHT.paper))
        self._y_in = self.paper.margin_in

    def need(self, height_in: float) -> None:
        """Begin a new page where there is less room than this."""
        if self.room_in < height_in and not self.fresh:
            self.turn()

    def skip(self, height_in: float) -> None:
        """Leave room, except at the head of a page."""
        if not self.fresh:
            self._y_in += height_in

    def heading(self, text: str, level: int = 2, *, beside: str = "", keep_in: float = 0.8) -> None:
        """Write a heading with ``keep_in`` of room below it, and small print at the right of it."""
        size = _HEADING_PT[level]
        self.skip(0.2 if level > 1 else 0.0)
        self.need(keep_in + _line_in(size))
        room_pt = self.paper.inner_in * POINTS_PER_INCH
        taken_pt = letters.width_pt(beside, SMALL_PT) + 12 if beside else 0.0
        shown = letters.shorten(letters.printable(text), size, room_pt - taken_pt, bold=True)
        self._write(self.paper.margin_in, shown, size, LIGHT.ink, bold=True)
        if beside:
            self._write(
                self.paper.width_in - self.paper.margin_in, beside, SMALL_PT, LIGHT.muted, align="right"
            )
        self._y_in += _line_in(size) + 0.04

    def text(self, text: str, *, size: float = BODY_PT, colour: str = LIGHT.ink, bold: bool = False) -> None:
        """Write a paragraph."""
        room_pt = self.paper.inner_in * POINTS_PER_INCH
        for line in letters.wrap(letters.printable(unbroken(text)), size, room_pt, bold=bold):
            self.need(_line_in(size))
            self._write(self.paper.margin_in, line, size, colour, bold=bold)
            self._y_in += _line_in(size)

    def tiles(self, tiles: Sequence[Tile], columns: int = 4) -> None:
        """Write headline numbers, so many beside each other."""
        width_in = self.paper.inner_in / columns
        height_in = _line_in(SMALL_PT) * 2 + _line_in(_TILE_PT)
        room_pt = (width_in - 0.12) * POINTS_PER_INCH
        for first in range(0, len(tiles), columns):
            self.need(height_in)
            top_in = self._y_in
            for place, tile in enumerate(tiles[first : first + columns]):
                x_in = self.paper.margin_in + place * width_in
                self._y_in = top_in
                for part, size, colour in (
                    (tile.label, SMALL_PT, LIGHT.muted),
                    (tile.value, _TILE_PT, LIGHT.ink),
                    (tile.note, SMALL_PT, LIGHT.muted),
                ):
                    self._fitted(x_in, letters.printable(part), size, colour, room_pt)
            self._y_in = top_in + height_in + 0.12

    def axes(self, *heights_in: float, widths: Sequence[float] = (1.0,), left_in: float = 0.55) -> list[Axes]:
        """Return axes side by side, ``heights_in`` (one for all) high and as wide as their shares say.

        There is room for their labels around them: ``left_in`` at the left, and what a line or two need above
        and below.
        """
        above_in, below_in = 0.42, 0.5
        height_in = max(heights_in)
        self.need(height_in + above_in + below_in)
        made = []
        x_in = self.paper.margin_in
        for share in widths:
            slot_in = self.paper.inner_in * share
            box = self._box(x_in + left_in, self._y_in + above_in, slot_in - left_in - 0.3, height_in)
            made.append(self.pages[-1].add_axes(box))
            x_in += slot_in
        self._y_in += height_in + above_in + below_in
        return made

    def card(self, card: Card | None) -> None:
        """Write a table under its heading, a short one on one page; nothing where there is none."""
        if card is None or not card.lines:
            return
        self.need(min(self.height_in(card), _WHOLE_IN))
        if card.title:
            self.heading(card.title, 3, keep_in=1.0)
        widths_in = _widths_in(card, self.paper.inner_in)
        self._head(card.heads, widths_in)
        for line in card.lines:
            if self._line(card.heads, line, widths_in, draw=False) > self.room_in:
                self.turn()
                self._head(card.heads, widths_in)
            self._y_in += self._line(card.heads, line, widths_in, draw=True)
        if card.note:
            self.skip(0.06)
            self.text(card.note, size=SMALL_PT, colour=LIGHT.muted)

    def height_in(self, card: Card) -> float:
        """Return the height of a table with its heading and its small print."""
        widths_in = _widths_in(card, self.paper.inner_in)
        lines_in = sum(self._line(card.heads, line, widths_in, draw=False) for line in card.lines)
        room_pt = self.paper.inner_in * POINTS_PER_INCH
        note = letters.wrap(letters.printable(card.note), SMALL_PT, room_pt) if card.note else []
        heading_in = _line_in(_HEADING_PT[3]) + 0.24 if card.title else 0.0
        return heading_in + (2.5 + len(note)) * _line_in(SMALL_PT) + lines_in + 0.06

    def entries(self, entries: Iterable[tuple[str, str]]) -> None:
        """Write names with what they mean, the names in a column of their own."""
        heads = [Head("", classes="name"), Head("", classes="text")]
        lines = [[Cell(name, "name"), Cell(meaning, "text quiet")] for name, meaning in entries]
        widths_in = (self.paper.inner_in * 0.3, self.paper.inner_in * 0.7)
        for line in lines:
            self.need(self._line(heads, line, widths_in, draw=False))
            self._y_in += self._line(heads, line, widths_in, draw=True, rule=False)

    def _head(self, heads: Sequence[Head], widths_in: Sequence[float]) -> None:
        top_in, x_in = self._y_in, self.paper.margin_in
        lines = 2 if any(head.unit for head in heads) else 1
        for head, width_in in zip(heads, widths_in, strict=True):
            left = _is_left(head.classes)
            at_in = self._at_in(x_in, width_in, left=left)
            for place, part in enumerate(filter(None, (head.name, head.unit))):
                self._y_in = top_in + place * _line_in(SMALL_PT)
                weight = place == 0
                self._write(
                    at_in, part, SMALL_PT, LIGHT.muted, bold=weight, align="left" if left else "right"
                )
            x_in += width_in
        self._y_in = top_in + lines * _line_in(SMALL_PT) + 0.05
        self._rule()

    def _line(
        self,
        heads: Sequence[Head],
        line: Sequence[Cell],
        widths_in: Sequence[float],
        *,
        draw: bool,
        rule: bool = True,
    ) -> float:
        """Draw a line of a table, or only return its height."""
        top_in, x_in, most = self._y_in, self.paper.margin_in, 1
        for head, cell, width_in in zip(heads, line, widths_in, strict=True):
            classes = cell.classes.split()
            left = _is_left(head.classes) or "text" in classes
            bold = "off" in classes or "name" in classes
            room_pt = (width_in - 2 * _CELL_PAD_IN) * POINTS_PER_INCH
            said = letters.printable(unbroken(cell.value))
            parts = letters.wrap(said, SMALL_PT, room_pt, bold=bold) if left else [said]
            most = max(most, len(parts))
            colour = LIGHT.alarm if "off" in classes else LIGHT.muted if "quiet" in classes else LIGHT.ink
            for place, part in enumerate(parts if draw else []):
                self._y_in = top_in + 0.85 * _ROW_IN + place * _line_in(SMALL_PT)
                at_in = self._at_in(x_in, width_in, left=left)
                self._write(at_in, part, SMALL_PT, colour, bold=bold, align="left" if left else "right")
            x_in += width_in
        height_in = most * _line_in(SMALL_PT) + _ROW_IN
        if draw and rule:
            self._y_in = top_in + height_in
            self._rule()
        self._y_in = top_in
        return height_in

    def _at_in(self, x_in: float, width_in: float, *, left: bool) -> float:
        """Return where words (``left``) or a number stand in a column; the first column has no pad."""
        if not left:
            return x_in + width_in - _CELL_PAD_IN
        return x_in if x_in == self.paper.margin_in else x_in + _CELL_PAD_IN

    def _fitted(self, x_in: float, text: str, size: float, colour: str, room_pt: float) -> None:
        """Write a line of a tile, in smaller letters where it is too long."""
        bold = size == _TILE_PT
        wide_pt = letters.width_pt(text, size, bold=bold)
        fitting = size * min(1.0, max(_SMALLEST_TILE, room_pt / wide_pt if wide_pt else 1.0))
        self._write(x_in, letters.shorten(text, fitting, room_pt, bold=bold), fitting, colour, bold=bold)
        self._y_in += _line_in(size)

    def _rule(self) -> None:
        from matplotlib.lines import Line2D

        height = 1 - self._y_in / self.paper.height_in
        left = self.paper.margin_in / self.paper.width_in
        self.pages[-1].add_artist(Line2D([left, 1 - left], [height, height], color=LIGHT.line, linewidth=0.6))

    def _write(
        self, x_in: float, text: str, size: float, colour: str, *, bold: bool = False, align: str = "left"
    ) -> None:
        self.pages[-1].text(
            x_in / self.paper.width_in,
            1 - self._y_in / self.paper.height_in,
            text,
            size=size,
            color=colour,
            weight="bold" if bold else "normal",
            ha=align,
            va="top",
            parse_math=False,
        )

    def _box(
        self, x_in: float, y_in: float, width_in: float, height_in: float
    ) -> tuple[float, float, float, float]:
        wide, high = self.paper.width_in, self.paper.height_in
        return x_in / wide, 1 - (y_in + height_in) / high, width_in / wide, height_in / high


def number_pages(pages: Sequence[Figure], paper: Paper, left: str) -> None:
    """Write a line at the foot of every page: what it is, and which page of how many."""
    y = 0.4 / paper.height_in
    edge = paper.margin_in / paper.width_in
    shown = letters.shorten(letters.printable(left), SMALL_PT - 1, 0.8 * paper.inner_in * POINTS_PER_INCH)
    for number, page in enumerate(pages, start=1):
        page.text(edge, y, shown, size=SMALL_PT - 1, color=LIGHT.muted, parse_math=False)
        place = f"page {number} of {len(pages)}"
        page.text(1 - edge, y, place, size=SMALL_PT - 1, color=LIGHT.muted, ha="right")


def _line_in(size_pt: float) -> float:
    return size_pt * _LEADING / POINTS_PER_INCH


def _is_left(classes: str) -> bool:
    return bool({"text", "name", "left"} & set(classes.split()))


def _widths_in(card: Card, inner_in: float) -> list[float]:
    """Return the columns' widths: numbers as wide as they are, words what is left, shared by length."""
    natural = []
    for place, head in enumerate(card.heads):
        said = [letters.printable(line[place].value) for line in card.lines]
        widest_pt = max(
            [letters.width_pt(head.name, SMALL_PT, bold=True), letters.width_pt(head.unit, SMALL_PT)]
        )
        widest_pt = max([widest_pt, *(letters.width_pt(text, SMALL_PT, bold=True) for text in said)])
        natural.append(widest_pt / POINTS_PER_INCH + 2.4 * _CELL_PAD_IN)
    wordy = [i for i, head in enumerate(card.heads) if "text" in head.classes.split()]
    if not wordy:
        return _spread(natural, inner_in)
    left_in = inner_in - sum(width for i, width in enumerate(natural) if i not in wordy)
    wanted_in = sum(natural[i] for i in wordy)
    if wanted_in <= left_in:
        return natural
    shares = {i: max(_TEXT_LEAST_IN, left_in * natural[i] / wanted_in) for i in wordy}
    fitting = left_in / sum(shares.values())
    return [shares[i] * fitting if i in wordy else width for i, width in enumerate(natural)]


def _spread(natural: Sequence[float], inner_in: float) -> list[float]:
    """Return columns of numbers with what is left between them, but not so far apart that lines are lost."""
    if sum(natural) > inner_in:
        return [width * inner_in / sum(natural) for width in natural]
    more_in = min(0.25, (inner_in - sum(natural)) / len(natural))
    return [width + more_in for width in natural]
