"""Finding the three axes of a sensor among a table's columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imu_tempo.errors import SourceError
from imu_tempo.formats.bounds import MAX_DEVICES
from imu_tempo.formats.readers.sheet import Sheet
from imu_tempo.formats.words import shorten

XYZ = "xyz"


def triad(sheet: Sheet, pattern: str) -> list[int] | None:
    """Return the places of x, y and z, whatever their order; None unless all three are there.

    Parameters
    ----------
    sheet
        The table.
    pattern
        Regular expression of a whole plain name, with ``{}`` where the axis stands.
    """
    places = [sheet.find(pattern.format(axis)) for axis in XYZ]
    found = [place for place in places if place is not None]
    return found if len(found) == len(places) else None


def has_all(names: Sequence[str], *wanted: str) -> bool:
    """Whether every name is there."""
    return set(wanted) <= set(names)


def rows_by_name(words: Sequence[str]) -> dict[str, NDArray[np.intp]]:
    """Return the numbers of the rows that each name stands in, in the order of the names."""
    places: dict[str, list[int]] = {}
    for row, word in enumerate(words):
        places.setdefault(word, []).append(row)
    return {word: np.array(rows, dtype=np.intp) for word, rows in places.items()}


def refuse_a_crowd(names: Sequence[str], *, source: str) -> None:
    """Refuse more devices than a session has, each of which would cost a pass over the file."""
    if len(names) > MAX_DEVICES:
        raise SourceError(
            f"{source} tells of {len(names)} devices ({shorten(list(names))}), more than {MAX_DEVICES}: give"
            " one session at a time.",
            source=source,
        )
