"""What standard deviations and intervals of the tables hold, and what they do not: one wording for all."""

from __future__ import annotations

import math

_SHARED = "a wrong clock or scale, a loose mount or another definition"
"""What all reps of a recording share: nothing in the recording shows it, so that no spread can hold it."""

OF_A_TIME = f"noise and drift at its edges, taken as independent; not {_SHARED}"
OF_A_SPEED = f"noise, drift and what an impact hides; not {_SHARED}"
OF_A_SUM = f"errors of phases and reps taken as independent; not {_SHARED}"
OF_A_WORK = f"that of the mean velocity; not that of the mass, nor {_SHARED}"
OF_A_SLOPE = "scatter of the reps about it; not the error of each rep's number by itself"
OF_A_LINE = "scatter of the points about the line; not a wrong velocity threshold, nor a bad day"

WHERE_SHOWN = (
    "stands beside the number that a set is judged by, its eccentric time under tension, and beside each"
    " rep's velocity in the report; other numbers are rounded to what a usual rep is known to (times to"
    " 0.1 s, velocities to 0.01 m/s, heights to 1 cm), and their standard deviations are in the tables"
)
"""The rule by which reports, terminal and page show a standard deviation or leave it to the tables."""


def sd_of(column: str, holds: str) -> str:
    """Return the meaning of a column with the standard deviation of another."""
    return f"standard deviation of {column}: {holds}"


def spread(sd: float, decimals: int, unit: str) -> str:
    """Return a standard deviation as plus-minus, empty where it is not known; never a misleading zero."""
    if not math.isfinite(sd):
        return ""
    smallest = 10.0**-decimals
    return f"\N{PLUS-MINUS SIGN} {'<' if sd < smallest / 2 else ''}{max(sd, smallest):.{decimals}f} {unit}"
