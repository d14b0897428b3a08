"""Where a session is acted out: its parts write their movements here, and a :class:`Motion` comes out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from firmware_bridge.virtual.lifts import Lift, Phase
from firmware_bridge.virtual.motion import (
    ANGULAR,
    LINEAR,
    Axis,
    Motion,
    Track,
    Vibration,
)
from firmware_bridge.virtual.shapes import Shape, excursion, minimum_jerk, wandering

SHOCK_TAIL = 7.0  # time constants after which a shock has died down (exp(-7) is 0.1 %)
SHOCK_RISE = 0.5  # of a period: how fast a ring swells
TREMOR_BAND_HZ = (8.0, 12.0)  # physiological and enhanced tremor
TREMOR_SINES = 5
SWAY_STEP_S = 1.3  # a random place every so often: power up to about 0.4 Hz, as in postural sway
MIN_SWAY_S = 3.0  # a shorter stand has no time to sway


@dataclass(frozen=True, slots=True)
class Stroke:
    """One planned movement of a rep: nominal times; ``attempt`` tells one rep from another."""

    phase: Phase
    start_s: float
    end_s: float
    set_no: int
    attempt: int
    partial: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened and is not a rep: unrack, walkout, rerack, setdown, pickup, plates ..."""

    kind: str
    start_s: float
    end_s: float


class Stage:
    """Collects movements in order. All lengths in m, angles in degrees, times in seconds.

    Parameters
    ----------
    lift
        What is being lifted and how.
    rng
        Source of everything random in the movement.
    """

    def __init__(self, lift: Lift, rng: np.random.Generator) -> None:
        self.lift = lift
        self.rng = rng
        self.now_s = 0.0
        self.sets = 0
        self.attempts = 0
        self.loaded = True
        self.strokes: list[Stroke] = []
        self.events: list[Event] = []
        self._tracks: dict[tuple[Axis, str], Track] = {}
        self._vibrations: dict[Axis, list[Vibration]] = {}

    def hold(self, seconds: float) -> None:
        """Stand still."""
        self.now_s += max(seconds, 0.0)

    def move(self, seconds: float, shape: Shape | None = None, **travel: float) -> None:
        """Move by ``up=``, ``forward=``, ``roll=`` ... along ``shape`` (minimum jerk); advance the clock."""
        self.lay(self.now_s, seconds, shape or minimum_jerk(), **travel)
        self.now_s += seconds

    def lay(
        self, start_s: float, seconds: float, shape: Shape, layer: str = "main", /, **travel: float
    ) -> None:
        """Lay a shape on one or more axes without advancing the clock; layers of an axis add up."""
        for name, amount in travel.items():
            axis = _axis(name)
            if amount != 0.0:
                track = self._tracks.setdefault((axis, layer), Track())
                track.add(shape, start_s, seconds, float(np.radians(amount)) if axis in ANGULAR else amount)

    def sway(self, start_s: float, seconds: float, **travel: float) -> None:
        """Go out and come back, on top of everything else."""
        self.lay(start_s, seconds, excursion(), "excursion", **travel)

    def shock(
        self, at_s: float, peak_mps2: float, *, frequency_hz: float, decay_s: float, side: float = 0.3
    ) -> None:
        """Ring: a damped vibration, vertical and less so sideways, that leaves no travel behind."""
        self._ring("up", at_s, peak_mps2, frequency_hz, decay_s)
        for axis in ("forward", "side"):
            self._ring(
                axis, at_s, side * peak_mps2 * self.rng.uniform(-1.0, 1.0), 0.7 * frequency_hz, decay_s
            )

    def _ring(self, axis: Axis, at_s: float, peak_mps2: float, frequency_hz: float, decay_s: float) -> None:
        duration = SHOCK_TAIL * decay_s
        rise, fall = SHOCK_RISE / frequency_hz, 0.3 * duration
        unit = Vibration(0.0, duration, (1.0,), (frequency_hz,), (np.pi / 2,), rise, fall, decay_s)
        # The swell of so short a ring adds to its peak: scale it to what was asked for.
        scale = peak_mps2 / unit.peak_acceleration()
        self.vibrate(
            axis, dataclasses.replace(unit, start_s=at_s, end_s=at_s + duration, amplitudes=(scale,))
        )

    def tremble(self, start_s: float, end_s: float, rms_mps2: float) -> None:
        """Add tremor on the three axes between two times."""
        if rms_mps2 <= 0.0 or end_s - start_s < 0.1:
            return
        fade = min(0.2, (end_s - start_s) / 3.0)
        amplitude = rms_mps2 * np.sqrt(2.0 / TREMOR_SINES)
        for axis in LINEAR:
            frequencies = self.rng.uniform(*TREMOR_BAND_HZ, TREMOR_SINES)
            phases = self.rng.uniform(0.0, 2.0 * np.pi, TREMOR_SINES)
            self.vibrate(
                axis,
                Vibration(
                    start_s,
                    end_s,
                    (float(amplitude),) * TREMOR_SINES,
                    tuple(frequencies),
                    tuple(phases),
                    fade,
                    fade,
                ),
            )

    def breathe(self, start_s: float, end_s: float, amplitude_m: float) -> None:
        """Rise and sink with the breath, and sway a little, between two times."""
        seconds = end_s - start_s
        if amplitude_m <= 0.0 or seconds < 1.0:
            return
        breaths = max(round(seconds / self.rng.uniform(2.5, 4.5)), 1)
        period = seconds / breaths
        for i in range(breaths):
            height = amplitude_m * self.rng.uniform(0.6, 1.2)
            start = start_s + i * period
            self.lay(start, period, excursion(), "breath", up=height, forward=0.7 * height, side=0.5 * height)

    def stand(self, start_s: float, end_s: float, sway_m: float) -> None:
        """Sway as a standing body does: slow and mostly horizontal, with the small turns that go with it."""
        seconds = end_s - start_s
        if sway_m <= 0.0 or seconds < MIN_SWAY_S:
            return
        turn_deg = float(np.degrees(sway_m))  # a body a metre tall leans by its sway
        sizes = {"forward": sway_m, "side": sway_m, "tilt": turn_deg, "yaw": turn_deg, "roll": turn_deg}
        for axis, size in sizes.items():
            knots = size * self.rng.standard_normal(int(seconds / SWAY_STEP_S))
            self.lay(start_s, seconds, wandering(knots), "sway", **{axis: 1.0})

    def vibrate(self, axis: Axis, vibration: Vibration) -> None:
        """Add a vibration to an axis."""
        self._vibrations.setdefault(axis, []).append(vibration)

    def note(self, kind: str, start_s: float) -> None:
        """Write down that something lasted from ``start_s`` until now."""
        self.events.append(Event(kind, start_s, self.now_s))

    def motion(self) -> Motion:
        """Return everything that happened."""
        motion = Motion(duration_s=self.now_s)
        for (axis, _), track in self._tracks.items():
            if (component := track.compile()) is not None:
                motion.strokes.setdefault(axis, []).append(component)
        for axis, vibrations in self._vibrations.items():
            motion.vibrations[axis] = list(vibrations)
        return motion


def _axis(name: str) -> Axis:
    for axis in (*LINEAR, *ANGULAR):
        if axis == name:
            return axis
    raise ValueError(f"no axis is called {name!r}; there are {', '.join((*LINEAR, *ANGULAR))}")
