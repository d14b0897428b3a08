"""How quantities are defined: every choice that moves a number, in one place, recorded with each result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from imu_tempo.errors import TempoError
from imu_tempo.signal.constants import GRAVITY_MPS2

Edges = Literal["velocity", "5-95"]
LossReference = Literal["fastest", "first"]

_TRAVEL_MARGIN = 0.05
_FASTEST_EDGE_MPS = 0.3
"""Slower lifts than this are in everyday use: they would have no edges at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Switchable definitions.

    Attributes
    ----------
    edges
        Where a phase departs and arrives: ``"velocity"`` is where vertical speed crosses
        ``edge_velocity_mps``; ``"5-95"`` is where 5 and 95 % of the travel are done, which a slow creep at
        either end of a paused rep does not move. Mean velocities are then those of the middle 90 %, and what
        is left out of the moving phases counts as pause; ROM is the whole travel all the same.
    edge_velocity_mps
        Vertical speed, m/s, at which a phase departs and arrives. 0.02 is above postural sway and costs a 4 s
        minimum-jerk lowering 0.58 s; 0.05 would cost it 0.96 s. With ``"5-95"`` it still tells which part of
        a stroke is the lift where the bar pauses on the way.
    velocity_loss_from
        Rep that ``vl_pct`` and the effort index are reckoned from: the ``"fastest"`` of the set, or the
        ``"first"``.
    mpv_braking_mps2
        The propulsive phase, over which MPV is taken, ends where the bar first slows down faster than this
        after its peak velocity: gravity (Sanchez-Medina et al. 2010).
    peak_bandwidth_hz
        Peak velocities are read after a zero-phase low-pass at this corner: bar whip and tremor add 12-20
        mm/s.
    set_rest_s
        Time at rest between two reps that makes them two sets.
    partial_ratio
        A rep travelling less than this part of the set's ROM is partial.

    Raises
    ------
    TempoError
        For a value that defines nothing.
    """

    edges: Edges = "velocity"
    edge_velocity_mps: float = 0.02
    velocity_loss_from: LossReference = "fastest"
    mpv_braking_mps2: float = GRAVITY_MPS2
    peak_bandwidth_hz: float = 10.0
    set_rest_s: float = 15.0
    partial_ratio: float = 0.75

    def __post_init__(self) -> None:
        _check_word("edges", self.edges, get_args(Edges))
        _check_word("velocity_loss_from", self.velocity_loss_from, get_args(LossReference))
        _check_number("edge_velocity_mps", self.edge_velocity_mps, _FASTEST_EDGE_MPS, "m/s")
        _check_number("mpv_braking_mps2", self.mpv_braking_mps2, GRAVITY_MPS2, "m/s^2")
        _check_number("peak_bandwidth_hz", self.peak_bandwidth_hz, 24.0, "Hz")
        _check_number("set_rest_s", self.set_rest_s, math.inf, "s")
        _check_number("partial_ratio", self.partial_ratio, 1.0, "")

    @property
    def travel_margin(self) -> float:
        """Part of the travel that lies outside the edges at either end of a phase."""
        return _TRAVEL_MARGIN if self.edges == "5-95" else 0.0


def _check_word(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise TempoError(f"{name} is {value!r}: expected {' or '.join(map(repr, known))}.")


def _check_number(name: str, value: float, most: float, unit: str) -> None:
    if not 0.0 < value <= most:
        limit = "" if math.isinf(most) else f" and at most {most:g}"
        raise TempoError(f"{name} is {value:g}: expected above 0{limit} {unit}".rstrip() + ".")
