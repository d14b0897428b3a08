"""Is this load sensible for this athlete today: percent of the one-rep max, a band, and a plain sentence."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from imu_tempo.errors import TempoError, UnknownNameError

Verdict = Literal["below", "inside", "above", "unassisted_overload", "beyond_overload"]
OneRmKind = Literal["tested", "estimated"]

LIFTABLE_PCT = 100.0
"""More than this cannot be lifted unaided, by the meaning of a one-rep max."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBand:
    """A band of loads in percent of the one-rep max.

    Attributes
    ----------
    name, title
        Key, and name for people with its article.
    low_pct, high_pct
        Both ends are inside.
    assisted
        True where the lifting is done by others.
    source
        Where it comes from, and how good it is.
    """

    name: str
    title: str
    low_pct: float
    high_pct: float
    assisted: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCheck:
    """A load held against a band.

    Attributes
    ----------
    percent
        Load in percent of the one-rep max.
    verdict
        ``below``, ``inside`` or ``above`` the band; ``unassisted_overload`` for more than the one-rep max
        with no help declared; ``beyond_overload`` for more than any overload set takes.
    warn
        True where the sentence asks the lifter to stop and think.
    sentence
        What it says, in plain words. Never a diagnosis.
    """

    percent: float
    verdict: Verdict
    warn: bool
    sentence: str


@cache
def load_bands() -> dict[str, LoadBand]:
    """Return every band by name."""
    text = resources.files(__package__).joinpath("load_bands.toml").read_text(encoding="utf-8")
    return {name: LoadBand(name=name, **fields) for name, fields in tomllib.loads(text).items()}


def load_band(name: str) -> LoadBand:
    """Return one band.

    Raises
    ------
    UnknownNameError
        There is no such band.
    """
    if name not in load_bands():
        raise UnknownNameError(f"Unknown load band '{name}': known are {', '.join(load_bands())}.")
    return load_bands()[name]


def load_check(
    load_kg: float,
    one_rm_kg: float,
    *,
    kind: OneRmKind = "tested",
    assisted: bool = False,
    band: LoadBand | None = None,
) -> LoadCheck:
    """Hold a load against a band of the one-rep max.

    Parameters
    ----------
    load_kg
        Load on the bar.
    one_rm_kg
        Concentric one-rep max, and ``kind``: ``"tested"`` (or entered by the athlete) or ``"estimated"`` from
        a load-velocity profile.
    assisted
        True where somebody or something else does the lifting.
    band
        By default the ``overload`` band where assisted, else ``general``.

    Raises
    ------
    TempoError
        The one-rep max or the load is no positive number.
    """
    for name, value in (("load", load_kg), ("one-rep max", one_rm_kg)):
        if not (math.isfinite(value) and value > 0):
            raise TempoError(f"The {name} is {value:g} kg: expected a number above 0.")
    held = band or load_band("overload" if assisted else "general")
    percent = 100.0 * load_kg / one_rm_kg
    verdict = _verdict(percent, held, assisted=assisted)
    said = f"{load_kg:g} kg is {percent:.0f} % of the {kind} one-rep max ({one_rm_kg:.4g} kg)"
    return LoadCheck(
        percent=percent,
        verdict=verdict,
        warn=verdict in ("unassisted_overload", "beyond_overload"),
        sentence=f"{said}: {_meaning(verdict, held)}",
    )


def _verdict(percent: float, band: LoadBand, *, assisted: bool) -> Verdict:
    # One part in a billion: a load on the limit is inside, whatever binary rounding does to 100 * 77 / 110.
    over = 1 + 1e-9
    if percent > load_band("overload").high_pct * over:
        return "beyond_overload"
    if percent > LIFTABLE_PCT * over and not assisted:
        return "unassisted_overload"
    if percent > band.high_pct * over:
        return "above"
    return "below" if percent * over < band.low_pct else "inside"


def _meaning(verdict: Verdict, band: LoadBand) -> str:
    span = f"the {band.low_pct:g}-{band.high_pct:g} % of {band.title}"
    match verdict:
        case "beyond_overload":
            most = load_band("overload").high_pct
            return f"more than the {most:g} % that eccentric overload goes up to. Take weight off."
        case "unassisted_overload":
            return (
                "more than can be lifted unaided, and no help is declared. Use a partner or a release, say so"
                " with an A in the tempo (such as 4-0-A-0), or take weight off."
            )
        case "above":
            return f"above {span}."
        case "below":
            return f"below {span}."
        case "inside":
            return f"inside {span}."
