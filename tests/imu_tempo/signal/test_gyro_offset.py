"""The gyro's offset while a stream goes on."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_bridge.virtual import simple_set
from imu_tempo.signal.constants import GRAVITY_MPS2
from imu_tempo.signal.gyro_offset import GyroOffset

RATE_HZ = 100.0
OFFSET_RADPS = np.array([0.02, -0.03, 0.01])
CLIPPED_ON_RADPS = np.array([0.12, 0.0, 0.0])


def handled_then_still(seconds: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    """A sensor that is turned for its first second and then lies still."""
    n, turned = round(seconds * RATE_HZ), round(RATE_HZ)
    angle = np.minimum(np.arange(n), turned) / RATE_HZ * CLIPPED_ON_RADPS[0]
    acc = GRAVITY_MPS2 * np.column_stack([np.zeros(n), np.sin(angle), np.cos(angle)])
    gyr = np.tile(OFFSET_RADPS, (n, 1))
    gyr[:turned] += CLIPPED_ON_RADPS
    rng = np.random.default_rng(1)
    return acc + 0.02 * rng.standard_normal((n, 3)), gyr + 0.001 * rng.standard_normal((n, 3))


def test_what_was_read_while_the_sensor_was_clipped_on_is_forgotten_within_seconds() -> None:
    acc, gyr = handled_then_still()
    rates = GyroOffset(RATE_HZ, OFFSET_RADPS + CLIPPED_ON_RADPS).removed(acc, gyr)
    assert np.abs(rates[100:150].mean(axis=0)).max() > 0.1
    np.testing.assert_allclose(rates[300:].mean(axis=0), 0.0, atol=5e-4)


@pytest.mark.parametrize("size", [1, 7, 33, 400])
def test_how_samples_are_packed_changes_no_bit(size: int) -> None:
    acc, gyr = handled_then_still()
    whole = GyroOffset(RATE_HZ, np.zeros(3)).removed(acc, gyr)
    offset = GyroOffset(RATE_HZ, np.zeros(3))
    parts = [offset.removed(acc[i : i + size], gyr[i : i + size]) for i in range(0, len(acc), size)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_a_sensor_that_never_rests_keeps_the_offset_it_had() -> None:
    n = 2000
    angle = 3.0 * np.arange(n) / RATE_HZ
    acc = GRAVITY_MPS2 * np.column_stack([np.zeros(n), np.sin(angle), np.cos(angle)])
    gyr = np.tile([3.0, 0.0, 0.0], (n, 1)) + OFFSET_RADPS
    rates = GyroOffset(RATE_HZ, OFFSET_RADPS).removed(acc, gyr)
    np.testing.assert_allclose(rates, [[3.0, 0.0, 0.0]] * n, atol=1e-12)


def test_a_long_set_without_rest_keeps_what_was_read_before_it() -> None:
    sets = simple_set("squat", reps=40, tempo="2-0-X-0", rate_hz=RATE_HZ, seed=5)
    assert sets.gyr_radps is not None
    offset = GyroOffset(RATE_HZ, np.zeros(3))
    rates = offset.removed(sets.acc_mps2, sets.gyr_radps)
    taken = sets.gyr_radps - rates
    rest = sets.gyr_radps[sets.t_s < 2.0].mean(axis=0)
    np.testing.assert_allclose(
        taken[sets.t_s > 5.0], np.broadcast_to(rest, rates[sets.t_s > 5.0].shape), atol=2e-3
    )
