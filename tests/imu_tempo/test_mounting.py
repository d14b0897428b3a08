"""What docs/sensors.md says of axes: gravity tells which way is up, so their directions do not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

import imu_tempo as it
from firmware_bridge.virtual import simple_set
from imu_tempo.formats import Source

COLUMNS = ["ecc_s", "bottom_s", "con_s", "rom_m", "mcv_mps", "pcv_mps"]
TURNED = Rotation.from_euler("xyz", [40.0, 130.0, -70.0], degrees=True).as_matrix()
UPRIGHT = np.eye(3)


def measured(acc: NDArray[np.float64], gyr: NDArray[np.float64]) -> NDArray[np.float64]:
    """Analyse a set as a sensor with other axes would have felt it."""
    simulation = simple_set("squat", reps=3)
    blocks = [
        replace(block, acc_mps2=block.acc_mps2 @ acc.T, gyr_radps=block.gyr_radps @ gyr.T)
        for block in simulation.blocks()
        if block.gyr_radps is not None
    ]
    result = it.analyze(Source("mounting", simulation.info, blocks), exercise="squat", edits=False)
    return result.reps[COLUMNS].to_numpy(np.float64)


@pytest.fixture(scope="module")
def as_it_was() -> NDArray[np.float64]:
    return measured(UPRIGHT, UPRIGHT)


def test_a_sensor_mounted_any_way_round_gives_the_same_reps(as_it_was: NDArray[np.float64]) -> None:
    assert len(as_it_was) == 3
    np.testing.assert_allclose(measured(TURNED, TURNED), as_it_was, atol=2e-3)


def test_an_accelerometer_of_the_opposite_sign_gives_the_same_reps(as_it_was: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(measured(-UPRIGHT, UPRIGHT), as_it_was, atol=2e-3)
