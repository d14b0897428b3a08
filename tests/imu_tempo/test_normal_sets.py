"""A normal training set gives the exact rep count, and velocities and lowering times close to truth."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from firmware_bridge.virtual import Simulation, TruthRep, simple_set
from imu_tempo import analyze
from imu_tempo.engine import Engine
from imu_tempo.events import RepEvent
from imu_tempo.formats import Source
from imu_tempo.schema import RepRow, rows

EXERCISES = ("squat", "bench_press", "deadlift", "overhead_press")
TEMPOS = ("3-1-X-1", "4-0-1-0")
RATES_HZ = (100.0, 200.0)
REPS = 4
SEED = 11
MCV_TOLERANCE_MPS = 0.03
ECC_TOLERANCE_S = 0.15

normal_sets = pytest.mark.parametrize(
    ("exercise", "tempo", "rate_hz"),
    [(exercise, tempo, rate) for exercise in EXERCISES for tempo in TEMPOS for rate in RATES_HZ],
)


@cache
def simulated(exercise: str, tempo: str, rate_hz: float) -> Simulation:
    """One set with what usually surrounds it, on a good six-axis part."""
    return simple_set(exercise, reps=REPS, tempo=tempo, rate_hz=rate_hz, seed=SEED)


def check(found: list[RepRow], truth: tuple[TruthRep, ...]) -> None:
    """The same reps, in one set, each within tolerance."""
    assert len(truth) == REPS
    assert [(r.set_no, r.rep_no) for r in found] == [(t.set_no, t.rep_no) for t in truth]
    mcv = np.array([[t.mcv_mps for t in truth], [r.mcv_mps for r in found]])
    ecc = np.array([[t.ecc_s for t in truth], [r.ecc_s for r in found]])
    np.testing.assert_allclose(mcv[1], mcv[0], rtol=0, atol=MCV_TOLERANCE_MPS)
    np.testing.assert_allclose(ecc[1], ecc[0], rtol=0, atol=ECC_TOLERANCE_S)
    assert all(
        abs(r.con_start_s - t.con_start_s) < ECC_TOLERANCE_S for r, t in zip(found, truth, strict=True)
    )


@normal_sets
def test_offline_counts_and_measures_a_normal_set(exercise: str, tempo: str, rate_hz: float) -> None:
    simulation = simulated(exercise, tempo, rate_hz)
    result = analyze(Source("simulation", simulation.info, simulation.blocks()), exercise, tempo=tempo)
    check(rows(result.reps, RepRow), simulation.truth_reps)
    assert len(result.sets) == 1


@normal_sets
def test_live_tells_a_normal_set_as_it_happens(exercise: str, tempo: str, rate_hz: float) -> None:
    simulation = simulated(exercise, tempo, rate_hz)
    engine = Engine(exercise, tempo=tempo, info=simulation.info)
    events = [event for block in simulation.blocks() for event in engine.push(block)]
    events += engine.finish()
    finals = [e for e in events if isinstance(e, RepEvent) and e.revision == "final"]
    check([e.rep for e in finals], simulation.truth_reps)
    check(rows(engine.result().reps, RepRow), simulation.truth_reps)
    assert all(not math.isnan(e.t_s) and a.t_s <= e.t_s for a, e in pairwise(finals))
    assert not [e for e in events if isinstance(e, RepEvent) and e.revision == "withdrawn"]


def test_a_sensor_that_never_turned_is_no_trouble() -> None:
    simulation = simple_set("squat", reps=3, tempo="6-1-X-1", imu="perfect", rate_hz=100.0, seed=5)
    source = Source("simulated", simulation.info, simulation.blocks())
    assert len(analyze(source, "squat").reps) == 3
