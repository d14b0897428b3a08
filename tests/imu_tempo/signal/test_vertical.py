"""Gravity, axes and rest facts against known rotations and the simulator's own sensors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from firmware_bridge.virtual import IMUS, simple_set
from imu_tempo.signal.constants import GRAVITY_MPS2
from imu_tempo.signal.vertical import norm, rest_facts, up_axis


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5))
def test_up_axis_is_the_rotated_vertical(seeds: list[int]) -> None:
    rotations = [Rotation.random(rng=np.random.default_rng(seed)) for seed in seeds]
    quat = np.array([r.as_quat(scalar_first=True) for r in rotations])  # sensor -> earth
    wanted = np.array([r.inv().apply([0.0, 0.0, 1.0]) for r in rotations])
    np.testing.assert_allclose(up_axis(quat), wanted, atol=1e-12)


def test_norm_is_the_euclidean_length() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 3))
    np.testing.assert_allclose(norm(vectors), np.linalg.norm(vectors, axis=1))


@pytest.mark.parametrize("part", ["ICM42688", "LSM6DS3", "MPU6050_uncalibrated"])
def test_gyro_offset_is_read_at_rest(part: str) -> None:
    given_dps = (-3.0, 1.0, 2.0)
    imu = replace(IMUS[part], gyr_bias_dps=0.0, fixed_gyr_bias_dps=given_dps)
    simulation = simple_set("squat", reps=3, imu=imu, rate_hz=100.0, seed=4)
    facts = rest_facts(100.0, simulation.acc_mps2, simulation.gyr_radps)
    # The random walk of the worst part moves it by 1.5 mdps per root second, and a standing lifter sways.
    np.testing.assert_allclose(np.degrees(facts.gyro_bias_radps), given_dps, atol=0.15)


def test_gravity_is_what_this_sensor_reads_scale_error_included() -> None:
    imu = replace(IMUS["perfect"], fixed_acc_scale_pct=(2.0, 2.0, 2.0), gravity_mps2=9.78)
    simulation = simple_set("squat", reps=3, imu=imu, rate_hz=100.0, seed=1)
    facts = rest_facts(100.0, simulation.acc_mps2, simulation.gyr_radps)
    assert facts.gravity_mps2 == pytest.approx(1.02 * 9.78, rel=1e-3)


def test_a_sensor_that_never_stops_turning_has_no_offset() -> None:
    t = np.arange(0.0, 10.0, 0.01)
    turning = 2.0
    acc = GRAVITY_MPS2 * np.column_stack([np.sin(turning * t), np.zeros_like(t), np.cos(turning * t)])
    gyr = np.tile([0.0, turning, 0.0], (len(t), 1))
    assert not rest_facts(100.0, acc, gyr).gyro_bias_radps.any()


def test_turning_too_fast_for_an_offset_is_no_offset() -> None:
    acc = np.tile([0.0, 0.0, GRAVITY_MPS2], (500, 1))  # spins about the vertical: gravity does not turn
    gyr = np.tile([0.0, 0.0, 1.0], (500, 1))
    assert not rest_facts(100.0, acc, gyr).gyro_bias_radps.any()


def test_a_few_samples_still_give_gravity() -> None:
    facts = rest_facts(100.0, np.tile([0.0, 9.7, 0.0], (5, 1)), None)
    assert facts.gravity_mps2 == pytest.approx(9.7)
