"""A simulation written as a recording reads back as it was measured, with its truth and its holes."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from firmware_bridge.recording import Manifest, Recording
from firmware_bridge.virtual import LossModel, Simulation, TruthRep, simple_set
from firmware_bridge.virtual.recorded import TRUTH_FILES, TRUTH_REPS, TRUTH_SAMPLES, record


def made(simulation: Simulation, folder: Path) -> Recording:
    manifest = Manifest(sensor=simulation.info, exercise=simulation.exercise, note="made for a test")
    return Recording.open(record(simulation, folder, manifest))


@pytest.mark.parametrize("gyro", [True, False])
@pytest.mark.parametrize("rate_hz", [52.0, 200.0, 416.0])
def test_the_samples_read_back_as_they_were_measured(tmp_path: Path, gyro: bool, rate_hz: float) -> None:
    simulation = simple_set("squat", reps=1, rate_hz=rate_hz, gyro=gyro, seed=3)
    samples = made(simulation, tmp_path / "one.tempo").arrays()
    assert len(samples) == simulation.taken
    np.testing.assert_allclose(samples.t_s, simulation.t_s, atol=2e-6 + 1e-6 * simulation.t_s[-1])
    np.testing.assert_allclose(samples.acc_mps2, simulation.acc_mps2, atol=1e-5)
    if gyro:
        assert simulation.gyr_radps is not None
        np.testing.assert_allclose(samples.gyr_radps, simulation.gyr_radps, atol=1e-5)
    else:
        assert samples.gyr_radps is None


def test_what_the_radio_lost_is_missing_and_counted(tmp_path: Path) -> None:
    loss = LossModel(loss_ratio=0.05, burst_packets=2.0, holes_s=((5.0, 0.4),))
    simulation = simple_set("squat", reps=2, seed=4, loss=loss)
    assert simulation.lost > 0
    samples = made(simulation, tmp_path / "holes.tempo").arrays()
    assert len(samples) == simulation.index.size
    np.testing.assert_allclose(samples.acc_mps2, simulation.acc_mps2, atol=1e-5)
    # what was lost after the last packet nobody can know of, nor where the first would have been
    inside = int(simulation.index[-1] - simulation.index[0] + 1 - simulation.index.size)
    assert int(samples.lost_before[1:].sum()) == inside


def test_the_truth_lies_beside_the_data(tmp_path: Path) -> None:
    simulation = simple_set("bench_press", reps=2, seed=5)
    recording = made(simulation, tmp_path / "truth.tempo")
    assert recording.manifest.simulated
    assert recording.manifest.extra_files == TRUTH_FILES
    with (recording.path / TRUTH_REPS).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [field.name for field in fields(TruthRep)]
    assert [float(row["mcv_mps"]) for row in rows] == [rep.mcv_mps for rep in simulation.truth_reps]
    truth = parquet.read_table(recording.path / TRUTH_SAMPLES)
    at = np.searchsorted(simulation.truth.t_s, truth["t_s"].to_numpy())
    np.testing.assert_allclose(truth["vel_up_mps"], simulation.truth.vel_mps[at, 2], atol=1e-6)
