"""A session acted out, sensed and sent: motion, IMU and radio put together, with the truth beside it.

Examples
--------
>>> from firmware_bridge.virtual import Hold, Rest, Session, SetPlan, StickingRegion, Unrack, WalkOut
>>> from firmware_bridge.virtual import imu, simulate
>>> heavy = SetPlan(reps=3, tempo="3-1-X-1", velocity_loss_ratio=0.3, sticking=StickingRegion(depth=0.8))
>>> session = Session(exercise="squat", parts=[Rest(3), Unrack(), WalkOut(), Hold(), heavy, Rest(2)])
>>> simulation = simulate(session, imu("BMI270", rate_hz=100), seed=1)
>>> [rep.rep_no for rep in simulation.truth_reps]
[1, 2, 3]
>>> blocks = simulation.blocks()
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from firmware_bridge.profile.wire import STANDARD_GRAVITY_MPS2
from firmware_bridge.samples import SampleBlock, SensorInfo
from firmware_bridge.virtual.imu import (
    ImuModel,
    LossModel,
    Transmission,
    sense,
    transmit,
)
from firmware_bridge.virtual.imu import imu as named_imu
from firmware_bridge.virtual.lifts import lift as find_lift
from firmware_bridge.virtual.parts import Hold, Part, PickUp, ReRack, Rest, SetDown, Unrack, WalkOut
from firmware_bridge.virtual.sets import SetPlan
from firmware_bridge.virtual.shapes import Floats
from firmware_bridge.virtual.stage import Event, Stage
from firmware_bridge.virtual.truth import Clock, Rulers, TruthRep, TruthSamples, measure_reps, phases

FINE_RATE_HZ = 1000.0  # the motion is evaluated at least this often, and 4 times the output rate
MIN_OVERSAMPLING = 4
SEED_STREAMS = (
    "motion",
    "mount",
    "imu",
    "radio",
)  # one stream each: changing the sensor leaves the lift as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What happens to the bar, in order, and where the sensor sits.

    Attributes
    ----------
    exercise
        Lift of every set in it.
    parts
        Rests, sets, racking ... acted out one after the other.
    mount
        Sensor orientation on the bar: ``"random"`` (seeded), ``"level"`` (z up), or Euler angles xyz in
        degrees.
    offset_m
        Sensor's place in the bar's frame (x forward, y along the bar, z up); turns about the axis swing it.
    crop_s
        Keep only this span (true seconds): a recording that begins or ends in mid-movement.
    """

    exercise: str = "squat"
    parts: Sequence[Part] = ()
    mount: Literal["random", "level"] | tuple[float, float, float] = "random"
    offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    crop_s: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Simulation:
    """What the sensor measured, what came through, and what was true.

    Attributes
    ----------
    session, imu, loss, seed
        What it was made from.
    index
        (n,) sample numbers that were received, of ``taken`` in all.
    t_s
        (n,) device clock of the received samples; 0 is the first sample taken.
    acc_mps2, gyr_radps
        (n, 3) received samples, sensor frame; gyro None where there is none.
    acc_raw, gyr_raw
        (taken, 3) int16 LSB of *every* sample, lost ones too: what a virtual sensor streams.
    arrival_s
        (n,) device clock at which each received sample's packet arrives.
    truth
        The motion of the sensor point at the fine rate, on the device clock.
    truth_reps, bar_reps
        Counted reps measured at the sensor point, and at the bar's axis.
    uncounted
        Failed attempts and reps cut off by the recording's edges.
    truth_events
        What else happened: unrack, walkout, rerack, setdown, pickup, plates, carry, failed.
    """

    session: Session
    imu: ImuModel
    loss: LossModel
    seed: int
    taken: int
    index: NDArray[np.int64]
    t_s: Floats
    acc_mps2: Floats
    gyr_radps: Floats | None
    acc_raw: NDArray[np.int16]
    gyr_raw: NDArray[np.int16] | None
    arrival_s: Floats
    truth: TruthSamples
    truth_reps: tuple[TruthRep, ...]
    bar_reps: tuple[TruthRep, ...]
    uncounted: tuple[TruthRep, ...]
    truth_events: tuple[Event, ...]
    meta: dict[str, str | float] = field(default_factory=dict)

    @property
    def exercise(self) -> str:
        """Exercise of the session."""
        return self.session.exercise

    @property
    def lost(self) -> int:
        """Samples that were taken and never arrived."""
        return self.taken - self.index.size

    @cached_property
    def info(self) -> SensorInfo:
        """What a driver would know of this sensor."""
        return SensorInfo(
            driver="simulated",
            name="Virtual bar",
            model=self.imu.name,
            rate_hz=self.imu.rate_hz,
            acc_range_mps2=self.imu.acc_range_g * STANDARD_GRAVITY_MPS2,
            gyr_range_radps=float(np.radians(self.imu.gyr_range_dps)) if self.imu.gyro else None,
            time_source="index",
        )

    def blocks(self, size: int | None = None) -> list[SampleBlock]:
        """Return the received samples, split at every gap, in blocks of ``size`` (None: a packet's worth)."""
        step = self.loss.packet_samples if size is None else size
        gaps = np.diff(self.index, prepend=-1) - 1
        starts = np.flatnonzero(gaps > 0) if gaps.size else np.zeros(0, int)
        runs = np.unique(np.concatenate([[0], starts, [self.index.size]])).astype(int)
        blocks = []
        for start, end in pairwise(runs):
            for i in range(start, end, step):
                j = min(i + step, end)
                gyr = None if self.gyr_radps is None else self.gyr_radps[i:j]
                blocks.append(SampleBlock(self.t_s[i:j], self.acc_mps2[i:j], gyr, int(gaps[i])))
        return blocks

    def sample_columns(self) -> dict[str, Floats]:
        """Return the received samples as columns, named as an analysis takes them."""
        names = ("acc_{}_mps2", "gyr_{}_radps")
        signals = (self.acc_mps2, self.gyr_radps)
        columns = {"t_s": self.t_s}
        for name, values in zip(names, signals, strict=True):
            if values is not None:
                columns |= {name.format(axis): values[:, i] for i, axis in enumerate("xyz")}
        return columns

    def rep_columns(self) -> dict[str, list[Any]]:
        """Return the counted reps as columns, for a table or a CSV file."""
        names = [f.name for f in dataclasses.fields(TruthRep)]
        return {name: [getattr(rep, name) for rep in self.truth_reps] for name in names}


def simulate(
    session: Session, imu: ImuModel | str = "ICM42688", seed: int = 0, *, loss: LossModel | None = None
) -> Simulation:
    """Act out a session, sense it and send it.

    Parameters
    ----------
    session
        What happens.
    imu
        The part, or the name of one (``firmware_bridge.virtual.IMUS``).
    seed
        Everything random comes from it; motion, mounting, sensor and radio have streams of their own.
    loss
        What the radio loses; None loses nothing.
    """
    model = named_imu(imu) if isinstance(imu, str) else imu
    radio = loss or LossModel()
    rngs = {name: _stream(seed, i) for i, name in enumerate(SEED_STREAMS)}
    stage = Stage(find_lift(session.exercise), rngs["motion"])
    for part in session.parts:
        part.perform(stage)
    motion = stage.motion()
    motion.offset_m = np.asarray(session.offset_m, float)
    motion.mount = _mount(session, rngs["mount"])

    true_rate = model.rate_hz * model.clock_ratio
    oversampling = max(MIN_OVERSAMPLING, int(np.ceil(FINE_RATE_HZ / model.rate_hz)))
    begin, end = session.crop_s or (0.0, motion.duration_s)
    end = min(end, motion.duration_s)
    taken = int((end - begin) * true_rate)
    if taken < 2:
        raise ValueError(f"the session is too short to sample: {end - begin:.3f} s at {model.rate_hz} Hz")
    fine_t = begin + np.arange((taken - 1) * oversampling + 1) / (true_rate * oversampling)
    kinematics = motion.evaluate(fine_t)
    up = np.array([0.0, 0.0, model.gravity_mps2])
    force = np.einsum("nji,nj->ni", kinematics.world_from_sensor, kinematics.acc_mps2 + up)
    acc_raw, gyr_raw, acc, gyr = sense(model, force, kinematics.rate_radps, oversampling, rngs["imu"])

    t_device = np.arange(taken) / model.rate_hz
    sent: Transmission = transmit(radio, t_device, rngs["radio"])
    kept = np.flatnonzero(sent.received)

    clock = Clock(origin_s=begin, ratio=model.clock_ratio, end_s=float(t_device[-1]))
    breaks = [e for e in stage.events if e.kind in ("setdown", "pickup")]
    whole = kinematics  # reps are measured on the whole session, also where the recording is cut out of it
    if session.crop_s is not None:
        whole = motion.evaluate(np.arange(0.0, motion.duration_s, 1.0 / FINE_RATE_HZ))
    shake = whole.vel_mps[:, 2] - whole.stroke_up.rate
    sensor_rulers = Rulers(whole.t_s, whole.stroke_up, whole.vel_mps[:, 2])
    bar_rulers = Rulers(whole.t_s, whole.bar_up, whole.bar_up.rate + shake)
    counted, uncounted = measure_reps(sensor_rulers, stage.strokes, breaks, clock)
    bar_counted, _ = measure_reps(bar_rulers, stage.strokes, breaks, clock)
    device_fine = clock.ratio * (fine_t - begin)
    truth = TruthSamples(
        t_s=device_fine,
        pos_m=kinematics.pos_m,
        vel_mps=kinematics.vel_mps,
        acc_mps2=kinematics.acc_mps2,
        world_from_sensor=kinematics.world_from_sensor,
        phase=phases(device_fine, (*counted, *uncounted)),
    )
    events = (Event(e.kind, clock.device_s(e.start_s), clock.device_s(e.end_s)) for e in stage.events)
    return Simulation(
        session=session,
        imu=model,
        loss=radio,
        seed=seed,
        taken=taken,
        index=kept,
        t_s=t_device[kept],
        acc_mps2=acc[kept],
        gyr_radps=None if gyr is None else gyr[kept],
        acc_raw=acc_raw,
        gyr_raw=gyr_raw,
        arrival_s=sent.arrival_s[kept],
        truth=truth,
        truth_reps=counted,
        bar_reps=bar_counted,
        uncounted=uncounted,
        truth_events=tuple(e for e in events if e.end_s > 0.0 and e.start_s < clock.end_s),
        meta={"exercise": session.exercise, "seed": float(seed)},
    )


def surround(exercise: str, plan: Part, *, rest_s: float = 3.0) -> tuple[Part, ...]:
    """Return a set with what usually surrounds it: rest, taking the weight, putting it back."""
    taken_from = find_lift(exercise).taken_from
    before: tuple[Part, ...] = ()
    after: tuple[Part, ...] = ()
    if taken_from == "rack":
        before, after = (Unrack(), WalkOut(), Hold()), (Hold(), ReRack(steps=2))
    elif taken_from == "pins":
        before, after = (Unrack(forward_m=0.15), Hold()), (Hold(), ReRack(forward_m=-0.15))
    elif taken_from == "hang":
        before, after = (PickUp(), Hold()), (Hold(), SetDown())
    elif taken_from == "body":
        before, after = (Hold(2.0),), (Hold(2.0),)
    return (Rest(rest_s), *before, plan, *after, Rest(rest_s))


def simple_set(
    exercise: str = "squat",
    *,
    reps: int = 5,
    tempo: str = "2-0-X-1",
    rate_hz: float = 200.0,
    seed: int = 0,
    imu: ImuModel | str = "ICM42688",
    loss: LossModel | None = None,
    gyro: bool = True,
    around: bool = True,
    rest_s: float = 3.0,
    mount: Literal["random", "level"] | tuple[float, float, float] = "random",
    offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
    crop_s: tuple[float, float] | None = None,
    **plan: Any,
) -> Simulation:
    """Simulate one set with the usual things around it.

    ``around=False`` leaves only standing rest before and after; other keywords go to :class:`SetPlan`.
    """
    the_set = SetPlan(reps=reps, tempo=tempo, **plan)
    parts = surround(exercise, the_set, rest_s=rest_s) if around else (Rest(rest_s), the_set, Rest(rest_s))
    session = Session(exercise=exercise, parts=parts, mount=mount, offset_m=offset_m, crop_s=crop_s)
    model = named_imu(imu) if isinstance(imu, str) else imu
    return simulate(session, dataclasses.replace(model, rate_hz=rate_hz, gyro=gyro), seed, loss=loss)


def _stream(seed: int, number: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))


def _mount(session: Session, rng: np.random.Generator) -> Floats:
    if session.mount == "level":
        return np.eye(3)
    if session.mount == "random":
        return np.asarray(Rotation.random(rng=rng).as_matrix())
    return np.asarray(Rotation.from_euler("xyz", session.mount, degrees=True).as_matrix())
