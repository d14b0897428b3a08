"""What the engine may assume of a lift, read from ``profiles.toml``."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from imu_tempo.errors import UnknownNameError

StartsWith = Literal["ecc", "con", "auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise profile.

    Attributes
    ----------
    name, title
        Key used in the API and name for people.
    starts_with
        Phase that opens a rep; ``"auto"`` lets the data say.
    rom_min_m, rom_max_m
        Vertical sensor travel of a full rep, over adults of all sizes. Wider than typical on purpose: a
        movement outside cannot be a rep of this lift.
    mcv_max_mps
        Mean concentric velocity that nobody exceeds with this lift.
    mvt_mps
        Minimum velocity threshold: mean concentric velocity at the one-rep maximum.
    level
        The height that comes back rep after rep: ``"top"`` (lockout) or ``"bottom"`` (the floor, a hang).
    floor
        True where reps end on the floor: impacts and dead stops are part of the lift.
    mount
        Where the sensor sits: ``"bar"``, ``"implement"`` or ``"body"``.
    source
        Where ROM and MVT come from.
    """

    name: str
    title: str
    starts_with: StartsWith
    rom_min_m: float
    rom_max_m: float
    mcv_max_mps: float
    mvt_mps: float
    level: Literal["top", "bottom"]
    floor: bool
    mount: Literal["bar", "implement", "body"]
    source: str


@cache
def exercises() -> dict[str, Exercise]:
    """Return every profile by name, in the order of the file."""
    text = resources.files(__package__).joinpath("profiles.toml").read_text(encoding="utf-8")
    return {name: Exercise(name=name, **fields) for name, fields in tomllib.loads(text).items()}


def exercise(name: str) -> Exercise:
    """Return one profile.

    Raises
    ------
    UnknownNameError
        With the nearest names, if there is no such profile.

    Examples
    --------
    >>> exercise("Bench press").starts_with, exercise("deadlift").starts_with
    ('ecc', 'con')
    """
    known = exercises()
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}."
    raise UnknownNameError(f"Unknown exercise '{name}': {hint}")
