"""Bar paths in closed form, and the frames and samples that a perfect sensor would make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from firmware_bridge.samples import SampleBlock
from firmware_bridge.virtual import Simulation
from imu_tempo.formats.source import Source
from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2
from imu_tempo.signal.frames import Frames

Array = NDArray[np.float64]
PEAK_RATIO = 1.875
"""Peak over mean speed of a minimum-jerk stroke."""


def minimum_jerk(tau: Array) -> tuple[Array, Array, Array]:
    """Travel, speed and acceleration of a unit stroke in unit time."""
    travel = 10 * tau**3 - 15 * tau**4 + 6 * tau**5
    return travel, 30 * tau**2 * (1 - tau) ** 2, 60 * tau * (1 - tau) * (1 - 2 * tau)


def crossing_s(travel_m: float, duration_s: float, speed_mps: float) -> float:
    """Time after its start at which a minimum-jerk stroke reaches a speed: u(1-u) = sqrt(v T / 30 D)."""
    product = np.sqrt(speed_mps * duration_s / (30.0 * travel_m))
    return float(duration_s * 0.5 * (1.0 - np.sqrt(1.0 - 4.0 * product)))


@dataclass(frozen=True, slots=True)
class Move:
    """One leg: how far up (m, negative is down; 0 is a pause) in how long."""

    up_m: float
    duration_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Bar:
    """A path: time, height, velocity, acceleration; and when each leg starts."""

    t_s: Array
    h_m: Array
    v_mps: Array
    a_mps2: Array
    starts_s: list[float]

    @property
    def frames(self) -> Frames:
        """What a perfect sensor's frames say, for a path sampled at the frame edges."""
        dv = np.diff(self.v_mps)
        dh = np.diff(self.h_m) - self.v_mps[:-1] * FRAME_S
        return still_frames(dv, dh)

    def acc(self, up: Sequence[float] = (0.0, 0.0, 1.0)) -> Array:
        """Specific force of a sensor whose axes never turn, up along ``up``."""
        axis = np.asarray(up) / np.linalg.norm(up)
        return (self.a_mps2 + GRAVITY_MPS2)[:, None] * axis


def bar(moves: Sequence[Move], step_s: float = FRAME_S) -> Bar:
    """Join legs into a path that is sampled every ``step_s``."""
    starts = np.concatenate([[0.0], np.cumsum([m.duration_s for m in moves])])
    t = np.arange(round(starts[-1] / step_s) + 1) * step_s
    h, v, a = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
    for move, start in zip(moves, starts, strict=False):
        tau = np.clip((t - start) / move.duration_s, 0.0, 1.0)
        travel, speed, acc = minimum_jerk(tau)
        h += move.up_m * travel
        v += move.up_m / move.duration_s * speed
        a += move.up_m / move.duration_s**2 * acc
    return Bar(t, h, v, a, starts.tolist())


def still_frames(dv_mps: Array, dh_m: Array | None = None, **channels: Array) -> Frames:
    """Frames in which nothing but the vertical moves; ``channels`` replaces any other column."""
    n = len(dv_mps)
    dh = 0.5 * FRAME_S * dv_mps if dh_m is None else dh_m
    force = GRAVITY_MPS2 + dv_mps / FRAME_S
    columns = {
        "up_axis": np.tile([0.0, 0.0, 1.0], (n, 1)),
        "side_sq": np.zeros(n),
        "turn_sq": np.zeros(n),
        "force_max": force,
        "unseen": np.zeros(n),
        "clipped": np.zeros(n),
    }
    return Frames(
        start_s=0.0, dv_mps=dv_mps, dh_m=dh, dv_norm_mps=dv_mps, dh_norm_m=dh, **(columns | channels)
    )


def squat(reps: int = 3, ecc_s: float = 2.0, con_s: float = 1.0, rom_m: float = 0.6) -> list[Move]:
    """Legs of a set: stand, lower, 0.6 s pause, lift, 1 s stand."""
    moves = [Move(0.0, 3.0)]
    for _ in range(reps):
        moves += [Move(-rom_m, ecc_s), Move(0.0, 0.6), Move(rom_m, con_s), Move(0.0, 1.0)]
    return [*moves, Move(0.0, 3.0)]


def frame_of(simulation: Simulation) -> pd.DataFrame:
    """The received samples as the canonical table."""
    data = {"t_s": simulation.t_s}
    data |= {f"acc_{x}_mps2": simulation.acc_mps2[:, i] for i, x in enumerate("xyz")}
    if simulation.gyr_radps is not None:
        data |= {f"gyr_{x}_radps": simulation.gyr_radps[:, i] for i, x in enumerate("xyz")}
    return pd.DataFrame(data)


def source_of(simulation: Simulation, size: int | None = None) -> Source:
    """The received samples as a loaded source."""
    return Source("simulated", simulation.info, simulation.blocks(size))


def block(t_s: Array, acc_mps2: Array, gyr_radps: Array | None = None) -> SampleBlock:
    """A block of samples."""
    return SampleBlock(t_s, acc_mps2, gyr_radps)
