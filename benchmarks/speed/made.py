"""What is timed: simulated sessions, tiled to any length, and as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from firmware_bridge.samples import SampleBlock
from firmware_bridge.virtual import Rest, Session, SetPlan, Simulation, imu, simulate, surround

RATE_HZ = 200.0
HOUR_S = 3600.0
SETS = 3
REST_S = 60.0


def session(rate_hz: float = RATE_HZ) -> Simulation:
    """Return some minutes of squat sets with rests between them, as they are trained."""
    a_set = surround("squat", SetPlan(reps=6, tempo="3-1-X-1"))
    parts = [part for _ in range(SETS) for part in (*a_set, Rest(REST_S))]
    return simulate(Session(exercise="squat", parts=parts), imu("ICM42688", rate_hz=rate_hz), seed=1)


def one_set(reps: int = 7) -> Simulation:
    """Return one set with what surrounds it; seven reps last a minute."""
    plan = SetPlan(reps=reps, tempo="3-1-X-1")
    return simulate(Session(exercise="squat", parts=surround("squat", plan)), seed=2)


def tiled(simulation: Simulation, seconds: float) -> Iterator[SampleBlock]:
    """Yield the session's packets over and over, on one clock, for so long."""
    blocks = simulation.blocks()
    length_s = simulation.taken / simulation.imu.rate_hz
    for tile in range(round(np.ceil(seconds / length_s))):
        for block in blocks:
            t_s = block.t_s + tile * length_s
            if t_s[0] >= seconds:
                return
            yield SampleBlock(t_s, block.acc_mps2, block.gyr_radps, block.lost_before)


def recording(simulation: Simulation, seconds: float, folder: Path) -> Path:
    """Write the tiled session as a canonical Parquet table."""
    import pandas as pd

    blocks = list(tiled(simulation, seconds))
    values = np.column_stack(
        [
            np.concatenate([b.t_s for b in blocks]),
            np.concatenate([b.acc_mps2 for b in blocks]),
            np.concatenate([b.gyr_radps for b in blocks if b.gyr_radps is not None]),
        ]
    )
    names = ["t_s", *(f"acc_{a}_mps2" for a in "xyz"), *(f"gyr_{a}_radps" for a in "xyz")]
    path = folder / f"session-{seconds:.0f}.parquet"
    pd.DataFrame(values, columns=names).to_parquet(path)
    return path
