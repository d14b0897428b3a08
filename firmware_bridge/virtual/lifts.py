"""How each exercise moves: read from ``lifts.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Phase = Literal["ecc", "con"]
TakenFrom = Literal["rack", "pins", "floor", "floor_quiet", "hang", "body"]


@dataclass(frozen=True, slots=True)
class Lift:
    """Typical movement of an exercise; ``lifts.toml`` says what each field means."""

    name: str
    starts_with: Phase
    rom_m: float
    fast_s: float
    sweep_m: float
    shift_m: float
    roll_deg: float
    taken_from: TakenFrom


@cache
def lifts() -> dict[str, Lift]:
    """Return every lift the simulator knows, by exercise name."""
    tables = tomllib.loads(files(__package__).joinpath("lifts.toml").read_text(encoding="utf-8"))
    return {name: Lift(name=name, taken_from=table.pop("from"), **table) for name, table in tables.items()}


def lift(name: str) -> Lift:
    """Return one lift; raises ``ValueError`` for a name that is not known."""
    known = lifts()
    if name not in known:
        raise ValueError(f"no lift is called {name!r}; the simulator knows {', '.join(known)}")
    return known[name]
