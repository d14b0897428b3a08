"""The orientation filter: equal however it is fed, and right about the vertical."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.virtual import SCENARIOS, simple_set
from imu_tempo.signal import orientation
from imu_tempo.signal.orientation import OrientationFilter, up_of_recording
from imu_tempo.signal.vertical import up_axis


def readings(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal([0.0, 1.0, 9.7], 0.5, (n, 3)), rng.normal(scale=0.5, size=(n, 3))


@given(st.sets(st.integers(1, 299), max_size=20))
@settings(max_examples=25)
def test_chunking_changes_no_bit(cuts: set[int]) -> None:
    acc, gyr = readings(300)
    whole = OrientationFilter(100.0).update(acc, gyr)
    fed = OrientationFilter(100.0)
    edges = [0, *sorted(cuts), 300]
    pieces = [fed.update(acc[a:b], gyr[a:b]) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_live_and_whole_agree_on_the_vertical_of_a_set() -> None:
    simulation = simple_set("squat", reps=3, imu="perfect", rate_hz=100.0, seed=5)
    assert simulation.gyr_radps is not None
    live = up_axis(OrientationFilter(100.0).update(simulation.acc_mps2, simulation.gyr_radps))
    whole = up_of_recording(100.0, simulation.acc_mps2, simulation.gyr_radps)
    angle = np.degrees(np.arccos(np.clip((live * whole).sum(axis=1), -1.0, 1.0)))
    assert angle[100:].max() < 2.0


def test_the_callers_arrays_are_not_changed() -> None:
    acc, gyr = readings(50)
    before = acc.copy(), gyr.copy()
    OrientationFilter(100.0).update(acc, gyr)
    up_of_recording(100.0, acc, gyr)
    assert np.array_equal(acc, before[0])
    assert np.array_equal(gyr, before[1])


def test_steps_of_several_samples_lose_nothing_of_a_spinning_sleeve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The engine fed sample by sample is the yardstick, the sensor's own motion the truth."""
    from vqf import offlineVQF

    simulation = SCENARIOS["roll/sleeve_spin"](seed=1)
    assert simulation.gyr_radps is not None
    assert np.abs(simulation.gyr_radps).max() > 10.0
    monkeypatch.setattr(orientation, "_STEP_S", 0.02)
    rate_hz = 200.0
    acc, gyr = simulation.acc_mps2, simulation.gyr_radps
    each = up_axis(offlineVQF(gyr.copy(), acc.copy(), None, 1.0 / rate_hz)["quat6D"])
    angle = np.degrees(np.linalg.norm(np.cross(up_of_recording(rate_hz, acc, gyr), each), axis=1))
    assert angle.max() < 0.05
