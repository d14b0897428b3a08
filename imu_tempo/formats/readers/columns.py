"""Finding the three axes of a sensor among a table's columns."""

from __future__ import annotations

from collections.abc import Sequence

from imu_tempo.formats.readers.sheet import Sheet

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
