"""Samples summed up to steps and carried back, against rotations composed one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from imu_tempo.signal.steps import summed_up, turned_back

PERIOD_S = 0.005


def spinning(n: int, seed: int, spin_radps: float = 20.0) -> np.ndarray:
    """A sleeve that spins fast on a bar that sways."""
    rng = np.random.default_rng(seed)
    t = np.arange(n)[:, None] * PERIOD_S
    sway = rng.uniform(0.5, 2.0, 3) * np.sin(rng.uniform(2.0, 8.0, 3) * t + rng.uniform(0.0, 6.0, 3))
    spin: np.ndarray = sway + spin_radps * np.array([1.0, 0.0, 0.0])
    return spin


def poses(gyr: np.ndarray) -> list[Rotation]:
    """Sensor to space after each sample, one small turn after the other."""
    now, out = Rotation.identity(), []
    for turn in gyr * PERIOD_S:
        now = now * Rotation.from_rotvec(turn)
        out.append(now)
    return out


@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 60))
@settings(max_examples=30)
def test_a_step_turns_the_sensor_as_far_as_its_samples(seed: int, size: int, n: int) -> None:
    gyr = spinning(n, seed)
    rate, _ = summed_up(PERIOD_S, size, gyr, np.ones((n, 3)))
    assert len(rate) == -(-n // size)
    steps = Rotation.identity()
    for turn in rate * size * PERIOD_S:
        steps = steps * Rotation.from_rotvec(turn)
    assert (steps.inv() * poses(gyr)[-1]).magnitude() < 3e-5 * len(rate)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(8, 60))
@settings(max_examples=30)
def test_what_is_fixed_in_space_is_felt_and_carried_back_as_it_is(seed: int, size: int, n: int) -> None:
    gyr = spinning(n, seed)
    fixed = np.array([pose.inv().apply([0.3, -0.5, 9.0]) for pose in poses(gyr)])
    _, force = summed_up(PERIOD_S, size, gyr, fixed)
    whole = n // size
    at_end = fixed[size - 1 :: size]
    np.testing.assert_allclose(force[:whole], at_end[:whole], atol=2e-3)
    back = turned_back(PERIOD_S, size, gyr, at_end[:whole])
    np.testing.assert_allclose(back[: whole * size], fixed[: whole * size], atol=2e-3)


@pytest.mark.parametrize("n", [13, 4096 * 4, 4096 * 4 + 5, 40_001])
def test_however_many_samples_there_are_each_has_its_vector(n: int) -> None:
    gyr, acc = np.zeros((n, 3)), np.tile([0.0, 0.0, 9.8], (n, 1))
    rate, force = summed_up(PERIOD_S, 4, gyr, acc)
    np.testing.assert_array_equal(rate, 0.0)
    np.testing.assert_allclose(force, np.tile([0.0, 0.0, 9.8], (len(force), 1)))
    back = turned_back(PERIOD_S, 4, gyr, force)
    np.testing.assert_allclose(back, acc)
