"""A set being acted out: the plan, with jitter and fatigue, turned into strokes and pauses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from firmware_bridge.virtual.lifts import Phase
from firmware_bridge.virtual.parts import hit_shape, lower_with_hit
from firmware_bridge.virtual.shapes import (
    Shape,
    minimum_jerk,
    plateau,
    sticking,
    traced,
    velocity_knots,
    with_ramps,
)
from firmware_bridge.virtual.stage import Stage, Stroke

if TYPE_CHECKING:
    from firmware_bridge.virtual.sets import SetPlan, Tempo, VelocityTrace

SKEWS = {"minimum_jerk": 0.5, "early": 0.0, "late": 1.0}
# Largest acceleration at a touch-and-go turnaround, in travels per stroke time squared: minimum jerk stays
# monotone up to 20, and people turn at about the stroke's own peak acceleration (5.8 for minimum jerk).
TURN_ACCELERATION = 8.0
MAX_JITTER_SD = 2.0  # durations and ROM vary by no more than this many standard deviations
FLOOR_IMPACT_MPS2 = 30.0  # a bar with plates set down in a controlled way
SAFETY_IMPACT_MPS2 = 20.0  # a failed squat or bench press landing on the safeties
HOLD_TREMOR = 0.5  # tremor while holding still, against moving
SETTLE_S = 0.25  # a lift that overshot settles in this time
MIN_SETTLE_PAUSE_S = 0.6  # a shorter pause leaves no time to settle
SPIN_DOWN_S = 1.5
SET_DOWN_HEIGHT_M = 0.35  # from where a dumbbell lift starts down to the thigh or a bench


@dataclass(frozen=True, slots=True)
class _Rep:
    """One rep's plan after jitter and fatigue (0 in the first rep, 1 in the last)."""

    number: int
    travel_m: float
    ecc_s: float
    con_s: float
    bottom_s: float
    top_s: float
    fatigue: float
    partial: bool = False
    failed: bool = False

    def seconds(self, phase: Phase) -> float:
        return self.ecc_s if phase == "ecc" else self.con_s

    def pause_s(self, after: Phase) -> float:
        return self.bottom_s if after == "ecc" else self.top_s


class Performance:
    """One set on a stage."""

    def __init__(self, plan: SetPlan, tempo: Tempo, stage: Stage) -> None:
        self.plan = plan
        self.tempo = tempo
        self.stage = stage
        self.lift = stage.lift
        self.rom_m = plan.rom_m if plan.rom_m is not None else self.lift.rom_m
        self.order: tuple[Phase, Phase] = ("ecc", "con") if self.lift.starts_with == "ecc" else ("con", "ecc")
        usual = FLOOR_IMPACT_MPS2 if self.lift.taken_from == "floor" else 0.0
        self.impact_mps2 = usual if plan.floor_impact_mps2 is None else plan.floor_impact_mps2
        self._arrival_mps2 = 0.0  # vertical acceleration with which the last stroke ended

    def run(self) -> None:
        """Act out every rep."""
        stage, plan = self.stage, self.plan
        if not plan.continues:
            stage.sets += 1
        start = stage.now_s
        reps = [self._plan_rep(number) for number in range(1, plan.reps + 1)]
        if plan.failed_last_ratio is not None:
            last = self._plan_rep(plan.reps)
            reps.append(replace(last, number=plan.reps + 1, con_s=max(1.5 * last.con_s, 1.5), failed=True))
        for rep, following in zip_longest(reps, reps[1:]):
            stage.attempts += 1
            if rep.failed:
                self._failure(rep, plan.failed_last_ratio or 0.0)
            else:
                self._rep(rep, following)
        stage.stand(start, stage.now_s, plan.sway_m)
        if plan.roll_drift_deg:
            seconds = stage.now_s - start
            stage.lay(start, seconds, minimum_jerk(), "drift", roll=plan.roll_drift_deg)

    def _jitter(self, ratio: float) -> float:
        return 1.0 + ratio * float(np.clip(self.stage.rng.standard_normal(), -MAX_JITTER_SD, MAX_JITTER_SD))

    def _plan_rep(self, number: int) -> _Rep:
        plan, tempo = self.plan, self.tempo
        fatigue = (number - 1) / max(plan.reps - 1, 1)
        fraction = plan.partials.get(number, 1.0)
        con = self._fast_s(number) if tempo.con_s is None else tempo.con_s
        shorter = fraction**0.5  # a shorter stroke takes less time, but is slower too
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

    def _trace(self, number: int) -> VelocityTrace | None:
        traces = self.plan.traces
        return traces[(number - 1) % len(traces)] if traces else None

    def _fast_s(self, number: int) -> float:
        if self.plan.con_s is not None:
            return self.plan.con_s
        trace = self._trace(number)
        if trace is not None:
            t_s, _ = with_ramps(trace.t_s, trace.velocity_mps)
            return float(t_s[-1] - t_s[0])
        return self.lift.fast_s * self.rom_m / self.lift.rom_m

    def _tremor_mps2(self, rep: _Rep) -> float:
        return self.plan.tremor_mps2 * (1.0 + (self.plan.tremor_growth - 1.0) * rep.fatigue)

    def _turn_mps2(self, a: _Rep, a_phase: Phase, b: _Rep, b_phase: Phase) -> float:
        """Return the vertical acceleration with which stroke a turns into stroke b, without a pause."""
        size = TURN_ACCELERATION * min(
            a.travel_m / a.seconds(a_phase) ** 2, b.travel_m / b.seconds(b_phase) ** 2
        )
        return size if a_phase == "ecc" else -size

    def _rep(self, rep: _Rep, following: _Rep | None) -> None:
        first, second = self.order
        down_for_s = self.plan.set_down_after.get(rep.number)
        regrip = rep.number in self.plan.regrip_after
        inner, outer = rep.pause_s(first), rep.pause_s(second)
        if following is None or regrip or down_for_s is not None:
            outer = np.inf
        inner_mps2 = self._turn_mps2(rep, first, rep, second) if inner <= 0.0 else 0.0
        outer_mps2 = 0.0
        if outer <= 0.0 and following is not None and not self._lands(second):
            outer_mps2 = self._turn_mps2(rep, second, following, first)

        self._stroke(rep, first, start_mps2=self._arrival_mps2, end_mps2=inner_mps2, then_s=inner)
        self._pause(inner, rep)
        self._stroke(rep, second, start_mps2=inner_mps2, end_mps2=outer_mps2, then_s=outer)
        self._arrival_mps2 = outer_mps2
        if following is None:
            return
        if down_for_s is not None:
            self._set_down(down_for_s)
        elif regrip:
            self._regrip()
        else:
            self._pause(outer, rep)

    def _lands(self, phase: Phase) -> bool:
        return phase == "ecc" and self.impact_mps2 > 0.0

    def _stroke(self, rep: _Rep, phase: Phase, *, start_mps2: float, end_mps2: float, then_s: float) -> None:
        stage, plan = self.stage, self.plan
        seconds, start = rep.seconds(phase), stage.now_s
        over = plan.overshoot_m if phase == "con" and then_s >= MIN_SETTLE_PAUSE_S else 0.0
        up = rep.travel_m + over if phase == "con" else -rep.travel_m
        unit = seconds**2 / up  # m/s^2 to travels per stroke time squared
        shape = self._shape(rep, phase, start_mps2 * unit, end_mps2 * unit)
        self._act(rep, phase, shape, seconds, up, (up - over) / self.rom_m)
        stage.tremble(start, stage.now_s, self._tremor_mps2(rep))
        if over:
            stage.lay(stage.now_s, SETTLE_S, minimum_jerk(), up=-over)
        if self._lands(phase):
            self._ring(self.impact_mps2)
        elif plan.whip_mps2:
            whip_hz = stage.rng.uniform(4.0, 7.0)
            stage.shock(stage.now_s - 0.1, plan.whip_mps2, frequency_hz=whip_hz, decay_s=0.15, side=0.1)
        if phase == "con" and plan.spin_hz:
            self._spin(start, seconds + SPIN_DOWN_S)

    def _act(self, rep: _Rep, phase: Phase, shape: Shape, seconds: float, up: float, share: float) -> None:
        """Lay a stroke on every axis, the horizontal path and roll going with the height; write it down."""
        stage, plan, lift = self.stage, self.plan, self.lift
        start = stage.now_s
        roll = plan.roll_deg if plan.roll_deg is not None else lift.roll_deg
        shift = plan.shift_m if plan.shift_m is not None else lift.shift_m
        sweep = plan.sweep_m if plan.sweep_m is not None else lift.sweep_m
        stage.lay(start, seconds, shape, up=up)
        stage.lay(start, seconds, minimum_jerk(), forward=shift * share, roll=roll * share)
        lean = 0.1 * sweep * stage.rng.uniform(-1.0, 1.0)
        stage.sway(start, seconds, forward=sweep * abs(share), side=lean)
        end = start + seconds
        stage.strokes.append(Stroke(phase, start, end, stage.sets, stage.attempts, rep.partial, rep.failed))
        stage.now_s = end

    def _shape(self, rep: _Rep, phase: Phase, start_acc: float, end_acc: float) -> Shape:
        """Return the stroke's profile; accelerations in travels per stroke time squared."""
        plan = self.plan
        if self._lands(phase):
            pulse = plan.floor_pulse_s
            return hit_shape(rep.travel_m, rep.ecc_s, self.impact_mps2, pulse, start_acc=start_acc)
        trace = self._trace(rep.number)
        if phase == "con" and trace is not None:
            return traced(trace.t_s, trace.velocity_mps)
        if phase == "con" and plan.sticking is not None:
            depth = plan.sticking.depth * rep.fatigue
            return sticking(
                at_ratio=plan.sticking.at_ratio, depth=depth, start_acc=start_acc, end_acc=end_acc
            )
        name = plan.ecc_shape if phase == "ecc" else plan.con_shape
        if name == "plateau":
            return plateau(ramp_ratio=plan.ramp_ratio, start_acc=start_acc, end_acc=end_acc)
        return minimum_jerk(skew=SKEWS[name], start_acc=start_acc, end_acc=end_acc)

    def _ring(self, impact_mps2: float) -> None:
        """Let bar and plates ring after a hit that ended now."""
        hit_s = self.stage.now_s - self.plan.floor_pulse_s
        ring_hz = self.stage.rng.uniform(40.0, 70.0)
        self.stage.shock(hit_s, 0.5 * impact_mps2, frequency_hz=ring_hz, decay_s=0.03)

    def _spin(self, start: float, seconds: float) -> None:
        """Set the sleeve spinning: quickly up to speed, then slowly running down."""
        rng = self.stage.rng
        peak_dps = 360.0 * self.plan.spin_hz * rng.uniform(0.5, 1.0) * rng.choice([-1.0, 1.0])
        shape = velocity_knots([0.0, 0.15, 1.0], [0.0, 1.0, 0.0])  # its mean speed is half its peak
        self.stage.lay(start, seconds, shape, f"spin {start:.3f}", roll=float(peak_dps) * seconds / 2.0)

    def _pause(self, seconds: float, rep: _Rep) -> None:
        stage, start = self.stage, self.stage.now_s
        stage.hold(seconds)
        stage.breathe(start, stage.now_s, self.plan.breathing_m)
        stage.tremble(start, stage.now_s, HOLD_TREMOR * self._tremor_mps2(rep))

    def _regrip(self) -> None:
        """Let go, take hold again, turn the bar a little."""
        stage = self.stage
        stage.hold(0.8)
        stage.shock(stage.now_s, 3.0, frequency_hz=20.0, decay_s=0.04)
        stage.sway(stage.now_s, 0.5, up=0.003, side=0.01)
        stage.move(0.6, roll=stage.rng.uniform(-12.0, 12.0))
        stage.hold(1.0)

    def _set_down(self, seconds: float) -> None:
        """Put the weight down between reps and pick it up again."""
        stage = self.stage
        turn = stage.rng.uniform(-30.0, 30.0)
        stage.hold(0.8)
        start = stage.now_s
        lower_with_hit(stage, SET_DOWN_HEIGHT_M, 1.0, 20.0, forward=0.1, roll=turn)
        stage.note("setdown", start)
        stage.hold(seconds)
        start = stage.now_s
        stage.move(1.1, up=SET_DOWN_HEIGHT_M, forward=-0.1, roll=-turn)
        stage.note("pickup", start)
        stage.hold(1.2)

    def _failure(self, rep: _Rep, ratio: float) -> None:
        """Go part of the way up, stall, come down: onto the floor, the safeties, or back to the start."""
        stage, plan = self.stage, self.plan
        attempt, start_mps2 = stage.now_s, self._arrival_mps2
        lower_first = self.order[0] == "ecc"
        if lower_first:
            self._stroke(rep, "ecc", start_mps2=start_mps2, end_mps2=0.0, then_s=rep.bottom_s)
            self._pause(rep.bottom_s, rep)
            start_mps2 = 0.0
        start, up, share = stage.now_s, ratio * rep.travel_m, ratio * rep.travel_m / self.rom_m
        seconds = rep.con_s * max(ratio, 0.3)
        tried = minimum_jerk(skew=0.1, start_acc=start_mps2 * seconds**2 / up)
        self._act(rep, "con", tried, seconds, up, share)
        stage.hold(stage.rng.uniform(0.4, 1.0))
        stage.tremble(start, stage.now_s, 1.5 * self._tremor_mps2(rep))
        impact = self.impact_mps2
        if lower_first and self.lift.taken_from != "body":
            impact = impact or SAFETY_IMPACT_MPS2
        seconds = max(0.8, 1.2 * ratio)
        shape = hit_shape(up, seconds, impact, plan.floor_pulse_s) if impact else minimum_jerk()
        self._act(rep, "ecc", shape, seconds, -up, -share)
        if impact:
            self._ring(impact)
        stage.loaded = not lower_first
        stage.note("failed", attempt)
