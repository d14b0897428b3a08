"""How wide words are on paper, where lines end, and which letters the font has."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

MISSING = "\N{WHITE SQUARE}"
"""Stands for a letter that the font does not have."""


def width_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line is in points."""
    return sum(_per_pt(word, bold) for word in _pieces(text)) * size_pt


def wrap(text: str, size_pt: float, room_pt: float, *, bold: bool = False) -> list[str]:
    """Return text in lines that are no wider than ``room_pt``; a word that is too long is cut."""
    lines = [""]
    for word in text.replace("\n", " ").split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width_pt(longer, size_pt, bold=bold) <= room_pt:
            lines[-1] = longer
            continue
        lines += [word] if lines[-1] else []
        lines[-1:] = _cut(word, size_pt, room_pt, bold=bold)
    return lines


def shorten(text: str, size_pt: float, room_pt: float, *, bold: bool = False) -> str:
    """Return text, or as much of its start as there is room for, with an ellipsis."""
    if width_pt(text, size_pt, bold=bold) <= room_pt:
        return text
    while text and width_pt(f"{text}\N{HORIZONTAL ELLIPSIS}", size_pt, bold=bold) > room_pt:
        text = text[:-1]
    return f"{text.rstrip()}\N{HORIZONTAL ELLIPSIS}"


def printable(text: str) -> str:
    """Return text with a box in the place of letters that the font does not have; no two fonts are mixed."""
    known = _font().get_charmap()
    return "".join(
        letter if ord(letter) in known else MISSING for letter in re.sub(r"[ \t\r\n]+", " ", text).strip()
    )


def _cut(word: str, size_pt: float, room_pt: float, *, bold: bool) -> list[str]:
    pieces = []
    while len(word) > 1 and width_pt(word, size_pt, bold=bold) > room_pt:
        end = len(word) - 1
        while end > 1 and width_pt(word[:end], size_pt, bold=bold) > room_pt:
            end -= 1
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


def _pieces(text: str) -> list[str]:
    """Return words with their spaces as words, so that few are measured more than once."""
    found = []
    for word in text.split(" "):
        found += [" ", word] if word else [" "]
    return found[1:]


@cache
def _per_pt(word: str, bold: bool) -> float:
    """Return the width of a word in its letters' size."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    if word == " ":
        return _per_pt("a a", bold) - 2 * _per_pt("a", bold) if word else 0.0
    size = 100.0
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=size)
    width, _, _ = TextToPath().get_text_width_height_descent(word, font, ismath=False)
    return float(width) / size


@cache
def _font() -> FT2Font:
    from matplotlib.font_manager import findfont, get_font

    font: FT2Font = get_font(findfont("DejaVu Sans"))
    return font
