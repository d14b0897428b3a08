"""What is compared: the columns of a reps table, with unit and kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["velocity", "distance", "duration", "edge"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One compared column: its name, what people call it, its unit, and what kind of quantity it is.

    Of an ``"edge"``, a time on the session clock, only the difference means anything: its correlation is
    that of the clock with itself.
    """

    column: str
    title: str
    unit: str
    kind: Kind


QUANTITIES = (
    Quantity("mcv_mps", "mean concentric velocity", "m/s", "velocity"),
    Quantity("mpv_mps", "mean propulsive velocity", "m/s", "velocity"),
    Quantity("pcv_mps", "peak concentric velocity", "m/s", "velocity"),
    Quantity("mev_mps", "mean eccentric velocity", "m/s", "velocity"),
    Quantity("pev_mps", "peak eccentric velocity", "m/s", "velocity"),
    Quantity("rom_m", "range of motion", "m", "distance"),
    Quantity("ecc_s", "lowering", "s", "duration"),
    Quantity("bottom_s", "pause at the bottom", "s", "duration"),
    Quantity("con_s", "lifting", "s", "duration"),
    Quantity("top_s", "pause at the top", "s", "duration"),
    Quantity("tut_s", "time under tension", "s", "duration"),
    Quantity("ecc_start_s", "start of the lowering", "s", "edge"),
    Quantity("ecc_end_s", "end of the lowering", "s", "edge"),
    Quantity("con_start_s", "start of the lifting", "s", "edge"),
    Quantity("con_end_s", "end of the lifting", "s", "edge"),
)
BY_COLUMN = {quantity.column: quantity for quantity in QUANTITIES}
