"""One set: how many reps, how fast, how far, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from firmware_bridge.virtual.lifts import Phase
from firmware_bridge.virtual.motion import Floats, Shape, minimum_jerk, plateau, sticking, traced
from firmware_bridge.virtual.parts import hit_shape, lower_with_hit
from firmware_bridge.virtual.stage import Stage, Stroke

ShapeName = Literal["minimum_jerk", "early", "late", "plateau"]
FAST = "X"
SKEWS = {"minimum_jerk": 0.5, "early": 0.0, "late": 1.0}
# Largest acceleration at a touch-and-go turnaround, in travels per stroke time squared: minimum jerk stays monotone to 20.
TURN_ACCELERATION = 8.0
MAX_JITTER_SD = 2.0  # durations and ROM vary by no more than this many standard deviations


@dataclass(frozen=True, slots=True)
class Tempo:
    """Planned seconds of each phase, eccentric-bottom-concentric-top; ``con_s`` None means as fast as possible."""

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
    """Where the bar nearly stops on the way up, at the end of the set; it builds up over the reps.

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
    """A recorded concentric: time and velocity, scaled to the plan's ROM and duration."""

    t_s: Floats
    velocity_mps: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlan:
    """One set.

    Attributes
    ----------
    reps, tempo
        How many, and planned seconds as ``"3-1-X-1"``: eccentric, bottom, concentric, top. ``X`` lifts as fast as the lift's
        typical fast concentric; 0 for bottom or top is touch-and-go.
    rom_m, con_s
        Height and fast-concentric time; None takes the lift's.
    velocity_loss_ratio
        Mean concentric velocity lost from first to last rep (0.5 is half).
    jitter_ratio, rom_jitter_ratio
        Standard deviation of every duration and of the ROM, as a fraction.
    ecc_shape, con_shape, ramp_ratio
        Velocity profile of a stroke; ``ramp_ratio`` is the part of a plateau spent at each end.
    sticking, trace
        Sticking region, or recorded velocity, of the concentric.
    partials
        Rep number (from 1) to fraction of the ROM.
    failed_last_ratio
        Adds one more attempt that gets this far up, stalls and comes down. It is no rep.
    tremor_mps2, tremor_growth
        RMS of 8-12 Hz tremor while moving, and its factor by the last rep.
    whip_mps2
        Bar whip at the turnarounds, peak.
    breathing_m
        Breath and sway in pauses longer than a second.
    roll_deg, roll_drift_deg, spin_rev
        Turn about the bar's axis: within each stroke (None: the lift's), over the whole set, and free turns of the sleeve
        started by every concentric.
    sweep_m, shift_m
        Horizontal path (None: the lift's).
    floor_impact_mps2, floor_pulse_s
        Hit when the lowering ends on the floor; None: 30 m/s^2 for lifts from the floor, else no hit.
    regrip_after, set_down_after
        Reps (from 1) followed by a re-grip pause; reps followed by setting the weight down for so many seconds.
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
    trace: VelocityTrace | None = None
    partials: Mapping[int, float] = field(default_factory=dict)
    failed_last_ratio: float | None = None
    tremor_mps2: float = 0.1
    tremor_growth: float = 2.0
    whip_mps2: float = 0.0
    breathing_m: float = 0.002
    roll_deg: float | None = None
    roll_drift_deg: float = 0.0
    spin_rev: float = 0.0
    sweep_m: float | None = None
    shift_m: float | None = None
    floor_impact_mps2: float | None = None
    floor_pulse_s: float = 0.015
    regrip_after: tuple[int, ...] = ()
    set_down_after: Mapping[int, float] = field(default_factory=dict)
    continues: bool = False

    def perform(self, stage: Stage) -> None:
        """Act the set out."""
        _Performance(self, stage).run()


@dataclass(frozen=True, slots=True)
class _Rep:
    """One rep's plan after jitter and fatigue."""

    number: int
    travel_m: float
    ecc_s: float
    con_s: float
    bottom_s: float
    top_s: float
    fatigue: float
    partial: bool
    failed: bool = False

    def seconds(self, phase: Phase) -> float:
        return self.ecc_s if phase == "ecc" else self.con_s

    def pause_s(self, after: Phase) -> float:
        return self.bottom_s if after == "ecc" else self.top_s


class _Performance:
    """A set being acted out."""

    def __init__(self, plan: SetPlan, stage: Stage) -> None:
        self.plan = plan
        self.stage = stage
        self.lift = stage.lift
        self.tempo = Tempo.parse(plan.tempo)
        self.rom_m = plan.rom_m if plan.rom_m is not None else self.lift.rom_m
        self.order: tuple[Phase, Phase] = ("ecc", "con") if self.lift.starts_with == "ecc" else ("con", "ecc")
        impact = plan.floor_impact_mps2
        if impact is None and self.lift.taken_from == "floor":
            impact = 30.0
        self.impact_mps2 = impact or 0.0

    def run(self) -> None:
        stage = self.stage
        if not self.plan.continues:
            stage.sets += 1
        start = stage.now_s
        reps = [self._plan_rep(number) for number in range(1, self.plan.reps + 1)]
        if self.plan.failed_last_ratio is not None:
            reps.append(self._plan_failure())
        for rep, following in zip(reps, [*reps[1:], None], strict=True):
            self._rep(rep, following)
        if self.plan.roll_drift_deg:
            stage.lay(
                start, stage.now_s - start, minimum_jerk(), layer="drift", roll=self.plan.roll_drift_deg
            )

    # -- planning ---------------------------------------------------------------------------------------------

    def _jitter(self, ratio: float) -> float:
        return 1.0 + ratio * float(np.clip(self.stage.rng.standard_normal(), -MAX_JITTER_SD, MAX_JITTER_SD))

    def _plan_rep(self, number: int) -> _Rep:
        plan, tempo = self.plan, self.tempo
        fatigue = (number - 1) / max(plan.reps - 1, 1)
        fraction = plan.partials.get(number, 1.0)
        fast = plan.con_s if plan.con_s is not None else self.lift.fast_s * self.rom_m / self.lift.rom_m
        con = fast if tempo.con_s is None else tempo.con_s
        shorter = fraction**0.5
        return _Rep(
            number=number,
            travel_m=self.rom_m * fraction * self._jitter(plan.rom_jitter_ratio),
            ecc_s=tempo.ecc_s * shorter * self._jitter(plan.jitter_ratio),
            con_s=con
            * shorter
            * self._jitter(plan.jitter_ratio)
            / (1.0 - plan.velocity_loss_ratio * fatigue),
            bottom_s=tempo.bottom_s * self._jitter(plan.jitter_ratio),
            top_s=tempo.top_s * self._jitter(plan.jitter_ratio),
            fatigue=fatigue,
            partial=fraction < 1.0,
        )

    def _plan_failure(self) -> _Rep:
        last = self._plan_rep(self.plan.reps)
        return _Rep(
            number=self.plan.reps + 1,
            travel_m=last.travel_m,
            ecc_s=last.ecc_s,
            con_s=max(1.5 * last.con_s, 1.5),
            bottom_s=last.bottom_s,
            top_s=last.top_s,
            fatigue=1.0,
            partial=False,
            failed=True,
        )

    # -- acting -----------------------------------------------------------------------------------------------

    def _rep(self, rep: _Rep, following: _Rep | None) -> None:
        first, second = self.order
        lands = self.impact_mps2 > 0.0
        inner, outer = rep.pause_s(first), rep.pause_s(second)
        interrupted = rep.number in self.plan.set_down_after or rep.number in self.plan.regrip_after
        outer_touch = outer <= 0.0 and following is not None and not interrupted and not lands
        inner_acc = self._turn_acceleration(rep, first, rep, second) if inner <= 0.0 else 0.0
        outer_acc = 0.0
        if outer_touch and following is not None:
            outer_acc = self._turn_acceleration(rep, second, following, first)
        if rep.failed:
            self._failure(rep)
            return
        self._stroke(rep, first, start_acc=self._arrival, end_acc=inner_acc)
        self._pause(inner)
        self._stroke(rep, second, start_acc=inner_acc, end_acc=outer_acc)
        self._arrival = outer_acc
        if following is None:
            return
        if rep.number in self.plan.set_down_after:
            self._set_down(self.plan.set_down_after[rep.number])
        elif rep.number in self.plan.regrip_after:
            self._regrip()
        else:
            self._pause(outer)

    _arrival = 0.0  # m/s^2, acceleration with which the last stroke ended

    def _turn_acceleration(self, a: _Rep, a_phase: Phase, b: _Rep, b_phase: Phase) -> float:
        """Return the vertical acceleration with which stroke a turns into stroke b."""
        size = min(
            TURN_ACCELERATION * a.travel_m / a.seconds(a_phase) ** 2,
            TURN_ACCELERATION * b.travel_m / b.seconds(b_phase) ** 2,
        )
        return size if a_phase == "ecc" else -size

    def _stroke(self, rep: _Rep, phase: Phase, *, start_acc: float, end_acc: float) -> None:
        stage, plan = self.stage, self.plan
        seconds, start = rep.seconds(phase), stage.now_s
        up = rep.travel_m if phase == "con" else -rep.travel_m
        unit = seconds**2 / up  # m/s^2 to travels per stroke time squared
        lands = phase == "ecc" and self.impact_mps2 > 0.0
        shape = self._shape(rep, phase, start_acc * unit, end_acc * unit, lands=lands)
        self._lay(shape, start, seconds, up)
        stage.strokes.append(
            Stroke(phase, start, start + seconds, stage.sets, rep.number, rep.partial, rep.failed)
        )
        stage.tremble(
            start, start + seconds, plan.tremor_mps2 * (1.0 + (plan.tremor_growth - 1.0) * rep.fatigue)
        )
        stage.now_s = start + seconds
        if lands:
            peak = 0.5 * self.impact_mps2
            at = stage.now_s - plan.floor_pulse_s
            stage.shock(at, peak, frequency_hz=stage.rng.uniform(40.0, 70.0), decay_s=0.03)
        elif plan.whip_mps2:
            stage.shock(
                stage.now_s - 0.1,
                plan.whip_mps2,
                frequency_hz=stage.rng.uniform(4.0, 7.0),
                decay_s=0.15,
                side=0.1,
            )
        if phase == "con" and plan.spin_rev:
            spin = plan.spin_rev * 360.0 * stage.rng.uniform(0.5, 1.0) * stage.rng.choice([-1.0, 1.0])
            self._spin(start, seconds, float(spin))

    def _lay(self, shape: Shape, start: float, seconds: float, up: float) -> None:
        """Lay a stroke on every axis: the height, and the horizontal path and roll that go with it."""
        stage, plan, lift = self.stage, self.plan, self.lift
        share = up / self.rom_m
        roll = plan.roll_deg if plan.roll_deg is not None else lift.roll_deg
        shift = plan.shift_m if plan.shift_m is not None else lift.shift_m
        sweep = plan.sweep_m if plan.sweep_m is not None else lift.sweep_m
        stage.lay(start, seconds, shape, up=up)
        stage.lay(start, seconds, minimum_jerk(), forward=shift * share, roll=roll * share)
        stage.sway(
            start, seconds, forward=sweep * abs(share), side=0.1 * sweep * stage.rng.uniform(-1.0, 1.0)
        )

    def _shape(self, rep: _Rep, phase: Phase, start_acc: float, end_acc: float, *, lands: bool) -> Shape:
        plan = self.plan
        if lands:
            return hit_shape(
                rep.travel_m, rep.ecc_s, self.impact_mps2, plan.floor_pulse_s, start_acc=start_acc
            )
        if phase == "con" and plan.trace is not None:
            return traced(plan.trace.t_s, plan.trace.velocity_mps)
        if phase == "con" and plan.sticking is not None:
            region = plan.sticking
            return sticking(at_ratio=region.at_ratio, depth=region.depth * rep.fatigue, start_acc=start_acc)
        name = plan.ecc_shape if phase == "ecc" else plan.con_shape
        if name == "plateau":
            return plateau(ramp_ratio=plan.ramp_ratio, start_acc=start_acc, end_acc=end_acc)
        return minimum_jerk(skew=SKEWS[name], start_acc=start_acc, end_acc=end_acc)

    def _spin(self, start: float, seconds: float, degrees: float) -> None:
        free = seconds + 1.5
        shape = plateau_decay()
        self.stage.lay(start, free, shape, layer=f"spin{len(self.stage.strokes)}", roll=degrees)

    def _pause(self, seconds: float) -> None:
        start = self.stage.now_s
        self.stage.hold(seconds)
        self.stage.breathe(start, self.stage.now_s, self.plan.breathing_m)

    def _regrip(self) -> None:
        stage = self.stage
        stage.hold(0.8)
        stage.shock(stage.now_s, 3.0, frequency_hz=20.0, decay_s=0.04)
        stage.sway(stage.now_s, 0.5, up=0.003, side=0.01)
        stage.move(0.6, roll=stage.rng.uniform(-12.0, 12.0))
        stage.hold(1.0)

    def _set_down(self, seconds: float) -> None:
        """Put the weight down between reps and pick it up again."""
        stage = self.stage
        stage.hold(0.8)
        start = stage.now_s
        height, turn = 0.35, stage.rng.uniform(-30.0, 30.0)
        lower_with_hit(stage, height, 1.0, 20.0, forward=0.1, roll=turn)
        stage.note("setdown", start)
        stage.hold(seconds)
        start = stage.now_s
        stage.move(1.1, up=height, forward=-0.1, roll=-turn)
        stage.note("pickup", start)
        stage.hold(1.2)

    def _failure(self, rep: _Rep) -> None:
        """Go part of the way up, stall, come down."""
        stage, plan = self.stage, self.plan
        start_of_all = stage.now_s
        ratio = plan.failed_last_ratio or 0.0
        if self.order[0] == "ecc":
            self._stroke(rep, "ecc", start_acc=self._arrival, end_acc=0.0)
            self._pause(rep.bottom_s)
        up = ratio * rep.travel_m
        start = stage.now_s
        seconds = rep.con_s * max(ratio, 0.3)
        self._lay(minimum_jerk(skew=0.1), start, seconds, up)
        stage.strokes.append(Stroke("con", start, start + seconds, stage.sets, rep.number, failed=True))
        stage.now_s = start + seconds
        stage.hold(stage.rng.uniform(0.4, 1.0))
        stage.tremble(start, stage.now_s, plan.tremor_mps2 * plan.tremor_growth * 1.5)
        start = stage.now_s
        seconds = max(0.8, 1.2 * ratio)
        impact = self.impact_mps2 or (
            20.0 if self.order[0] == "ecc" and self.lift.taken_from != "body" else 0.0
        )
        shape = hit_shape(up, seconds, impact, plan.floor_pulse_s) if impact else minimum_jerk()
        self._lay(shape, start, seconds, -up)
        stage.strokes.append(Stroke("ecc", start, start + seconds, stage.sets, rep.number, failed=True))
        stage.now_s = start + seconds
        if impact:
            stage.shock(stage.now_s - plan.floor_pulse_s, 0.5 * impact, frequency_hz=50.0, decay_s=0.03)
        stage.loaded = self.order[0] != "ecc"
        stage.note("failed", start_of_all)


def plateau_decay() -> Shape:
    """Return a spin: quickly up to speed, then slowly running down."""
    from firmware_bridge.virtual.motion import velocity_knots

    return velocity_knots([0.0, 0.15, 1.0], [0.0, 1.0, 0.0])
