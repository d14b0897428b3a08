"""Tempos with a name, read from ``presets.toml``."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from imu_tempo.errors import UnknownNameError


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named tempo.

    Attributes
    ----------
    name, title
        Key for the tempo's place, and name for people.
    tempo
        In the notation of :func:`imu_tempo.metrics.tempo.parse_tempo`.
    purpose, source
        What it is used for, and where it comes from.
    """

    name: str
    title: str
    tempo: str
    purpose: str
    source: str


@cache
def tempo_presets() -> dict[str, Preset]:
    """Return every preset by name, in the order of the file."""
    text = resources.files(__package__).joinpath("presets.toml").read_text(encoding="utf-8")
    return {name: Preset(name=name, **fields) for name, fields in tomllib.loads(text).items()}


def tempo_preset(name: str) -> Preset:
    """Return one preset.

    Raises
    ------
    UnknownNameError
        With the nearest names, if there is no such preset.

    Examples
    --------
    >>> tempo_preset("slow squat").tempo
    '4-0-1-0'
    """
    known = tempo_presets()
    key = "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(known)}."
    raise UnknownNameError(f"Tempo {name!r} is neither phases such as 3-1-X-0 nor a preset; {hint}")
