"""A table with its heading and small print, before it is HTML or print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Cell(NamedTuple):
    """A table cell: its text, and the classes that say how to show it.

    Classes are ``text`` (words, which wrap), ``quiet`` (of less weight) and ``off`` (outside what was asked).
    """

    value: str
    classes: str = ""


class Head(NamedTuple):
    """A column's heading: its name, its unit, and the classes of the column."""

    name: str
    unit: str = ""
    classes: str = ""


class Card(NamedTuple):
    """A table: what it is of, its columns, its lines, and what must be said with it."""

    title: str
    heads: Sequence[Head]
    lines: Sequence[Sequence[Cell]]
    note: str = ""
