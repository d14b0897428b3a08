"""Real recordings, where they are at hand: read and analysed without an error, and with plausible numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imu_tempo import analyze, replay
from imu_tempo.exercises import exercise

DATA = Path(__file__).parents[3] / "shared" / "data"
WINDOWS = sorted((DATA / "repmate").glob("*_0[18].csv.gz")) if DATA.exists() else []
TRIALS = sorted((DATA / "broad").glob("*.csv.gz")) if DATA.exists() else []
LICENSED = "the licensed recordings are not part of the project: ../shared/data is missing"

pytestmark = pytest.mark.skipif(not DATA.exists(), reason=LICENSED)


@pytest.mark.parametrize("path", WINDOWS, ids=lambda p: p.name.removesuffix(".csv.gz"))
def test_a_window_of_a_real_lift_is_analysed(path: Path) -> None:
    name = "bench_press" if path.name.startswith("bench") else "biceps_curl"
    result = analyze(path, exercise=name)
    profile = exercise(name)
    assert result.quality["gaps"] >= 1
    assert len(result.reps) <= 3  # five seconds
    assert (result.reps["rom_m"] < 1.2 * profile.rom_max_m).all()
    assert (result.reps["mcv_mps"] < profile.mcv_max_mps).all()
    assert np.isfinite(result.samples["vel_up_mps"]).all()
    assert 4.0 < result.duration_s < 6.0


@pytest.mark.parametrize("path", TRIALS, ids=lambda p: p.name.removesuffix(".csv.gz"))
def test_a_hand_moved_sensor_is_followed(path: Path) -> None:
    data = pd.read_csv(path)
    data = data[data["t_s"] < data["t_s"].iloc[0] + 40.0]
    result = analyze(data)
    assert np.isfinite(result.samples["vel_up_mps"]).all()
    assert result.duration_s == pytest.approx(40.0, abs=0.1)


def test_a_real_window_replays_to_the_bit_in_packets_of_any_size() -> None:
    path = WINDOWS[0]
    whole, packets = (replay(path, exercise="bench_press", chunk=chunk) for chunk in (None, 7))
    pd.testing.assert_frame_equal(whole.reps, packets.reps, check_exact=True)
    pd.testing.assert_frame_equal(whole.samples, packets.samples, check_exact=True)
