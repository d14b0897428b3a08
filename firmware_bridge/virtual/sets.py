"""One set: how many reps, how fast, how far, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from firmware_bridge.virtual.performance import Performance
from firmware_bridge.virtual.shapes import Floats
from firmware_bridge.virtual.stage import Stage

ShapeName = Literal["minimum_jerk", "early", "late", "plateau"]
FAST = "X"


@dataclass(frozen=True, slots=True)
class Tempo:
    """Planned seconds of each phase, eccentric-bottom-concentric-top; ``con_s`` None: as fast as possible."""

    ecc_s: float
    bottom_s: float
    con_s: float | None
    top_s: float

    @classmethod
    def parse(cls, text: str) -> Tempo:
        """Read ``"3-1-X-1"``."""
        digits = text.split("-")
        if len(digits) != 4:
            raise ValueError(f"a tempo is four numbers like 3-1-X-1, got {text!r}")
        con = None if digits[2].upper() == FAST else float(digits[2])
        return cls(float(digits[0]), float(digits[1]), con, float(digits[3]))


@dataclass(frozen=True, slots=True)
class StickingRegion:
    """Where the bar nearly stops on the way up; it builds up over the reps.

    Attributes
    ----------
    at_ratio
        Place, as a fraction of the ROM.
    depth
        Fraction of the first peak's speed that is lost there in the last rep; 1 is a standstill.
    """

    at_ratio: float = 0.35
    depth: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class VelocityTrace:
    """A recorded concentric: time (s) and velocity (m/s, up positive)."""

    t_s: Floats
    velocity_mps: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlan:
    """One set.

    Attributes
    ----------
    reps, tempo
        How many, and planned seconds as ``"3-1-X-1"``: eccentric, bottom, concentric, top. ``X`` lifts as
        fast as is typical of the lift; 0 for bottom or top is touch-and-go.
    rom_m, con_s
        Height, and time of a fast concentric; None takes the lift's.
    velocity_loss_ratio
        Mean concentric velocity lost from first to last rep (0.5 is half).
    jitter_ratio, rom_jitter_ratio
        Standard deviation of every duration and of the ROM, as a fraction.
    ecc_shape, con_shape, ramp_ratio
        Velocity profile of a stroke; ``ramp_ratio`` is the part of a plateau's time spent at either end.
    sticking, traces
        Sticking region, or recorded velocities (one a rep, over and over), of the concentric. A trace lends
        its shape and, with ``X``, its duration.
    partials
        Rep number (from 1) to fraction of the ROM.
    failed_last_ratio
        Adds one more attempt that gets this far up, stalls and comes down. It is no rep.
    tremor_mps2, tremor_growth
        RMS of 8-12 Hz tremor while moving, and its factor by the last rep.
    whip_mps2
        Peak of the bar's whip at the turnarounds.
    breathing_m, sway_m
        Breath in pauses longer than a second; slow sway throughout.
    overshoot_m
        Height by which a lift ends too high before it settles (up on the toes, rattling plates).
    roll_deg, roll_drift_deg, spin_hz
        Turn about the bar's axis: within each stroke (None: the lift's), over the whole set, and the peak
        speed of a sleeve that every concentric sets spinning and that runs down.
    sweep_m, shift_m
        Horizontal path: out and back within a stroke, and from one end of it to the other (None: the lift's).
    floor_impact_mps2, floor_pulse_s
        Hit when the lowering ends on the floor; None: 30 m/s^2 for lifts from the floor, else no hit.
    regrip_after, set_down_after
        Reps (from 1) followed by a re-grip pause; reps followed by putting the weight down for so many
        seconds.
    continues
        True: goes on with the set before instead of starting a new one.
    """

    reps: int = 5
    tempo: str = "2-0-X-1"
    rom_m: float | None = None
    con_s: float | None = None
    velocity_loss_ratio: float = 0.1
    jitter_ratio: float = 0.05
    rom_jitter_ratio: float = 0.02
    ecc_shape: ShapeName = "plateau"
    con_shape: ShapeName = "minimum_jerk"
    ramp_ratio: float = 0.25
    sticking: StickingRegion | None = None
    traces: tuple[VelocityTrace, ...] = ()
    partials: Mapping[int, float] = field(default_factory=dict)
    failed_last_ratio: float | None = None
    tremor_mps2: float = 0.1
    tremor_growth: float = 2.0
    whip_mps2: float = 0.0
    breathing_m: float = 0.002
    sway_m: float = 0.003
    overshoot_m: float = 0.0
    roll_deg: float | None = None
    roll_drift_deg: float = 0.0
    spin_hz: float = 0.0
    sweep_m: float | None = None
    shift_m: float | None = None
    floor_impact_mps2: float | None = None
    floor_pulse_s: float = 0.015
    regrip_after: tuple[int, ...] = ()
    set_down_after: Mapping[int, float] = field(default_factory=dict)
    continues: bool = False

    def perform(self, stage: Stage) -> None:
        """Act the set out."""
        Performance(self, Tempo.parse(self.tempo), stage).run()
