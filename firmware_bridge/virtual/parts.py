"""What a session is made of besides sets: rest, unracking, walking out, racking, plates, carrying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.virtual.motion import Axis
from firmware_bridge.virtual.shapes import Shape, landing, minimum_jerk, wandering
from firmware_bridge.virtual.stage import Stage


class Part(Protocol):
    """Anything that can be acted out on a stage."""

    def perform(self, stage: Stage) -> None:
        """Write the movements of this part on the stage and advance its clock."""
        ...


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing moves; or somebody holds the weight, breathes, sways and trembles."""

    seconds: float = 2.0
    breathing_m: float = 0.0
    sway_m: float = 0.0
    tremor_mps2: float = 0.0

    def perform(self, stage: Stage) -> None:
        """Hold still."""
        start = stage.now_s
        stage.hold(self.seconds)
        stage.breathe(start, stage.now_s, self.breathing_m)
        stage.stand(start, stage.now_s, self.sway_m)
        stage.tremble(start, stage.now_s, self.tremor_mps2)


def Hold(seconds: float = 1.0) -> Rest:  # noqa: N802 - it stands among the parts of a session
    """Return a rest with the weight in the hands."""
    return Rest(seconds, breathing_m=0.002, sway_m=0.003, tremor_mps2=0.05)


@dataclass(frozen=True, slots=True)
class Unrack:
    """Out of the hooks: a few centimetres up with a small jolt."""

    height_m: float = 0.07
    seconds: float = 0.8
    jolt_mps2: float = 4.0
    forward_m: float = 0.0

    def perform(self, stage: Stage) -> None:
        """Lift off."""
        stage.loaded = True
        start = stage.now_s
        stage.shock(start + 0.05, self.jolt_mps2, frequency_hz=22.0, decay_s=0.05)
        stage.move(self.seconds, up=self.height_m * stage.rng.uniform(0.8, 1.2), forward=self.forward_m)
        stage.note("unrack", start)
        stage.hold(0.5)


@dataclass(frozen=True, slots=True)
class WalkOut:
    """Steps away from the rack with bob and heel strikes, then settling."""

    steps: int = 3
    bob_m: float = 0.03
    step_m: float = 0.22
    step_s: float = 0.6
    heel_mps2: float = 5.0
    settle_s: float = 1.0

    def perform(self, stage: Stage) -> None:
        """Walk."""
        start = stage.now_s
        for step in range(self.steps):
            seconds = self.step_s * stage.rng.uniform(0.85, 1.15)
            lean = 0.015 if step % 2 else -0.015
            stage.sway(
                stage.now_s,
                seconds,
                up=-self.bob_m * stage.rng.uniform(0.7, 1.2),
                side=lean,
                tilt=60.0 * lean,
            )
            stage.move(seconds, forward=-self.step_m, yaw=stage.rng.uniform(-2.0, 2.0))
            stage.shock(stage.now_s - 0.05, self.heel_mps2, frequency_hz=14.0, decay_s=0.04)
        stage.sway(stage.now_s, self.settle_s, forward=0.01, side=0.008, up=0.003)
        stage.hold(self.settle_s)
        stage.note("walkout", start)


@dataclass(frozen=True, slots=True)
class ReRack:
    """Walk back in and drop the bar into the hooks."""

    height_m: float = 0.07
    seconds: float = 0.7
    impact_mps2: float = 25.0
    steps: int = 0
    forward_m: float = 0.0

    def perform(self, stage: Stage) -> None:
        """Rack the bar; after a failed rep it lies on the safeties and stays there."""
        if not stage.loaded:
            return
        start = stage.now_s
        if self.steps:
            WalkOut(steps=self.steps, step_m=-0.22, settle_s=0.3).perform(stage)
        lower_with_hit(stage, self.height_m, self.seconds, self.impact_mps2, forward=self.forward_m)
        stage.note("rerack", start)
        stage.hold(0.3)


@dataclass(frozen=True, slots=True)
class PickUp:
    """From the floor to where the lift starts."""

    height_m: float = 0.55
    seconds: float = 1.3

    def perform(self, stage: Stage) -> None:
        """Pick the weight up."""
        stage.loaded = True
        start = stage.now_s
        stage.shock(start + 0.05, 3.0, frequency_hz=25.0, decay_s=0.04)
        stage.move(self.seconds, minimum_jerk(skew=0.3), up=self.height_m, forward=-0.05, roll=-10.0)
        stage.note("pickup", start)
        stage.hold(1.0)


@dataclass(frozen=True, slots=True)
class SetDown:
    """Back to the floor, with a hit."""

    height_m: float = 0.55
    seconds: float = 1.3
    impact_mps2: float = 30.0

    def perform(self, stage: Stage) -> None:
        """Put the weight down."""
        if not stage.loaded:
            return
        start = stage.now_s
        lower_with_hit(stage, self.height_m, self.seconds, self.impact_mps2, forward=0.05, roll=10.0)
        stage.note("setdown", start)
        stage.hold(0.5)


@dataclass(frozen=True, slots=True)
class PlateLoading:
    """Somebody loads the bar: shoves, knocks and turns, no rep."""

    plates: int = 4
    knock_mps2: float = 15.0

    def perform(self, stage: Stage) -> None:
        """Knock the bar about."""
        start, rng = stage.now_s, stage.rng
        for _ in range(self.plates):
            stage.hold(rng.uniform(1.0, 3.0))
            for _ in range(int(rng.integers(1, 4))):
                stage.shock(
                    stage.now_s,
                    self.knock_mps2 * rng.uniform(0.3, 1.2),
                    frequency_hz=35.0,
                    decay_s=0.03,
                    side=1.0,
                )
                stage.sway(stage.now_s, 0.4, up=rng.uniform(0.0, 0.02), side=rng.uniform(-0.03, 0.03))
                stage.move(0.45, side=rng.uniform(-0.02, 0.02), roll=rng.uniform(-15.0, 15.0))
        stage.note("plates", start)


@dataclass(frozen=True, slots=True)
class Carry:
    """Somebody picks the bar up, carries it about and puts it down elsewhere: no rep."""

    steps: int = 8
    height_m: float = 0.4

    def perform(self, stage: Stage) -> None:
        """Lift, walk, put down."""
        start, rng = stage.now_s, stage.rng
        stage.move(1.2, up=self.height_m, roll=rng.uniform(-40.0, 40.0), tilt=rng.uniform(-8.0, 8.0))
        for _ in range(self.steps):
            seconds = 0.55 * rng.uniform(0.85, 1.15)
            stage.sway(
                stage.now_s, seconds, up=-0.03 * rng.uniform(0.7, 1.2), side=0.02 * rng.uniform(-1.0, 1.0)
            )
            stage.move(seconds, forward=0.6, yaw=rng.uniform(-12.0, 12.0), roll=rng.uniform(-6.0, 6.0))
            stage.shock(stage.now_s - 0.05, 5.0, frequency_hz=14.0, decay_s=0.04)
        lower_with_hit(stage, self.height_m, 1.0, 25.0)
        stage.note("carry", start)


MAX_CONTACT_SPEED = 1.5  # times the mean lowering speed: people slow a bar down before it lands
PULSE_FORM = 1.5  # peak over mean deceleration of the contact pulse that `landing` makes


def hit_shape(
    height_m: float, seconds: float, impact_mps2: float, pulse_s: float, *, start_acc: float = 0.0
) -> Shape:
    """Return a lowering that hits with the given peak, as far as a controlled lowering can be that fast."""
    contact = impact_mps2 * pulse_s / PULSE_FORM * seconds / height_m
    return landing(
        contact_speed=min(contact, MAX_CONTACT_SPEED), contact_ratio=pulse_s / seconds, start_acc=start_acc
    )


@dataclass(frozen=True, slots=True)
class Handling:
    """Somebody clips the sensor on, or fiddles with it: moves and turns in all directions, no rep."""

    seconds: float = 6.0
    reach_m: float = 0.1
    turn_deg: float = 30.0

    def perform(self, stage: Stage) -> None:
        """Wave it about."""
        start, rng = stage.now_s, stage.rng
        axes: dict[Axis, float] = {"forward": self.reach_m, "side": self.reach_m, "up": self.reach_m}
        axes |= {"roll": self.turn_deg, "tilt": self.turn_deg, "yaw": self.turn_deg}
        for axis, size in axes.items():
            knots = size * rng.standard_normal(int(2.0 * self.seconds))
            stage.lay(start, self.seconds, wandering(knots), "handling", **{axis: 1.0})
        stage.hold(self.seconds)
        stage.shock(stage.now_s, 6.0, frequency_hz=30.0, decay_s=0.03, side=1.0)
        stage.note("handling", start)
        stage.hold(0.5)


def lower_with_hit(
    stage: Stage,
    height_m: float,
    seconds: float,
    impact_mps2: float,
    *,
    pulse_s: float = 0.015,
    forward: float = 0.0,
    roll: float = 0.0,
) -> None:
    """Lower by ``height_m`` and be stopped by something hard, which rings."""
    shape = hit_shape(height_m, seconds, impact_mps2, pulse_s)
    start = stage.now_s
    stage.lay(start, seconds, minimum_jerk(), forward=forward, roll=roll)
    stage.move(seconds, shape, up=-height_m)
    stage.shock(
        stage.now_s - pulse_s, 0.6 * impact_mps2, frequency_hz=stage.rng.uniform(40.0, 70.0), decay_s=0.025
    )
    stage.hold(0.05)
