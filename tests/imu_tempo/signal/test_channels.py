"""From samples to channels: the sign of gravity, both estimators, clipping."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_motion import bar, squat
from scipy.spatial.transform import Rotation

from firmware_bridge.virtual import simple_set
from imu_tempo.signal.channels import Calibration, calibration_of, channels, clipping_limit, up_of_samples
from imu_tempo.signal.constants import GRAVITY_MPS2
from imu_tempo.signal.vertical import RestFacts

PLAIN = Calibration(RestFacts(GRAVITY_MPS2, np.zeros(3), 0.01), float("inf"))
LEVEL = np.array([[0.0, 0.0, 1.0]])


def one(
    acc: list[float], axis: np.ndarray | None = LEVEL, calibration: Calibration = PLAIN
) -> tuple[float, float]:
    found = channels(np.zeros(1), np.array([acc]), None, axis, calibration)
    return float(found.up_mps2[0]), float(found.norm_mps2[0])


def test_at_rest_both_estimators_read_zero() -> None:
    assert one([0.0, 0.0, GRAVITY_MPS2]) == pytest.approx((0.0, 0.0))


def test_speeding_up_upward_reads_positive() -> None:
    assert one([0.0, 0.0, GRAVITY_MPS2 + 1.5]) == pytest.approx((1.5, 1.5))


def test_speeding_up_downward_reads_negative() -> None:
    assert one([0.0, 0.0, GRAVITY_MPS2 - 2.5]) == pytest.approx((-2.5, -2.5))


def test_horizontal_acceleration_touches_only_the_norm() -> None:
    up, by_norm = one([1.0, 0.0, GRAVITY_MPS2])
    assert up == pytest.approx(0.0, abs=1e-12)
    assert by_norm == pytest.approx(np.hypot(1.0, GRAVITY_MPS2) - GRAVITY_MPS2)


def test_without_orientation_the_norm_stands_in() -> None:
    up, by_norm = one([3.0, 0.0, GRAVITY_MPS2], None)
    assert up == by_norm


def test_a_sensor_that_reads_three_per_cent_too_much_is_scaled() -> None:
    heavy = Calibration(RestFacts(1.03 * GRAVITY_MPS2, np.zeros(3), 0.01), float("inf"))
    assert one([0.0, 0.0, 1.03 * (GRAVITY_MPS2 + 1.0)], LEVEL, heavy) == pytest.approx((1.0, 1.0))


def test_horizontal_force_is_kept_apart() -> None:
    found = channels(np.zeros(1), np.array([[3.0, 4.0, GRAVITY_MPS2]]), None, LEVEL, PLAIN)
    assert found.side_sq[0] == pytest.approx(25.0)


def test_turning_is_told_without_the_offset() -> None:
    rest = Calibration(RestFacts(GRAVITY_MPS2, np.array([0.1, 0.0, 0.0]), 0.01), float("inf"))
    gyr = np.array([[0.4, 0.0, 0.4]])
    assert channels(np.zeros(1), np.array([[0, 0, 9.8]]), gyr, LEVEL, rest).turn_sq[0] == pytest.approx(0.25)


def test_clipping_limit_of_a_known_range_is_just_below_it() -> None:
    assert clipping_limit(np.zeros((3, 3)), 40.0) == pytest.approx(39.8)


def test_a_ceiling_of_several_readings_on_a_standard_range_is_clipping() -> None:
    acc = np.tile([0.0, 0.0, 9.8], (100, 1))
    acc[40:43, 1] = -4 * GRAVITY_MPS2
    limit = clipping_limit(acc, None)
    assert 0.99 * 4 * GRAVITY_MPS2 < limit < 4 * GRAVITY_MPS2


@pytest.mark.parametrize(("level_g", "readings"), [(4.0, 2), (3.0, 20)])
def test_a_peak_that_is_no_ceiling_is_not_clipping(level_g: float, readings: int) -> None:
    acc = np.tile([0.0, 0.0, 9.8], (100, 1))
    acc[40 : 40 + readings, 2] = level_g * GRAVITY_MPS2
    assert clipping_limit(acc, None) == float("inf")


def test_clipped_samples_are_marked() -> None:
    limited = Calibration(PLAIN.rest, 39.0)
    acc = np.array([[0, 0, 9.8], [0, -39.2, 0], [39.0, 0, 0], [38.9, 0, 0]], dtype=float)
    assert channels(np.zeros(4), acc, None, None, limited).clipped.tolist() == [0, 1, 1, 0]


@given(st.integers(0, 2**32 - 1))
def test_a_fixed_mounting_of_any_direction_gives_the_bars_own_acceleration(seed: int) -> None:
    path = bar(squat(1), 0.01)
    mount = Rotation.random(rng=np.random.default_rng(seed))
    acc = mount.inv().apply(path.acc())
    gyr = np.zeros_like(acc)
    calibration = calibration_of(0.01, acc, gyr)
    found = channels(path.t_s, acc, gyr, up_of_samples(path.t_s, 0.01, acc, gyr), calibration)
    assert calibration.rest.gravity_mps2 == pytest.approx(GRAVITY_MPS2, abs=1e-6)
    np.testing.assert_allclose(found.norm_mps2, path.a_mps2, atol=1e-6)
    np.testing.assert_allclose(found.up_mps2, path.a_mps2, atol=1e-3)
    np.testing.assert_allclose(found.up_axis, mount.inv().apply([[0, 0, 1]] * len(acc)), atol=2e-3)


def test_the_vertical_of_a_rolling_bar_is_found() -> None:
    simulation = simple_set("squat", reps=3, imu="perfect", rate_hz=200.0, roll_deg=40.0, seed=2)
    assert simulation.gyr_radps is not None
    found = up_of_samples(simulation.t_s, 0.005, simulation.acc_mps2, simulation.gyr_radps)
    truth = simulation.truth
    up = truth.world_from_sensor[:, 2, :]  # world z in the sensor frame
    wanted = np.column_stack([np.interp(simulation.t_s, truth.t_s, column) for column in up.T])
    angle = np.degrees(np.arccos(np.clip((found * wanted).sum(axis=1), -1.0, 1.0)))
    assert np.median(angle) < 0.3
    assert angle.max() < 2.0


def test_a_jittery_clock_with_a_hole_keeps_the_vertical() -> None:
    simulation = simple_set("squat", reps=3, imu="perfect", rate_hz=100.0, roll_deg=40.0, seed=2)
    rng = np.random.default_rng(0)
    keep = np.sort(rng.choice(len(simulation.t_s), round(0.97 * len(simulation.t_s)), replace=False))
    assert simulation.gyr_radps is not None
    found = up_of_samples(simulation.t_s[keep], 0.01, simulation.acc_mps2[keep], simulation.gyr_radps[keep])
    truth = simulation.truth
    up = truth.world_from_sensor[:, 2, :]
    wanted = np.column_stack([np.interp(simulation.t_s[keep], truth.t_s, column) for column in up.T])
    angle = np.degrees(np.arccos(np.clip((found * wanted).sum(axis=1), -1.0, 1.0)))
    assert np.median(angle) < 0.6
    assert angle.max() < 3.0
