"""The speed benchmark's own parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import speed
from firmware_bridge.virtual import Simulation, simple_set
from imu_tempo.formats import load


@pytest.fixture(scope="module")
def session() -> Simulation:
    return simple_set("squat", reps=1, around=False)


def test_a_tiled_session_is_one_even_clock(session: Simulation) -> None:
    blocks = list(speed._tiled(session, 30.0))
    t_s = np.concatenate([b.t_s for b in blocks])
    assert 29.0 < t_s[-1] < 30.1
    np.testing.assert_allclose(np.diff(t_s), 1.0 / speed.RATE_HZ, atol=1e-9)


def test_the_recording_reads_back(session: Simulation, tmp_path: Path) -> None:
    source = load(speed._recording(session, 20.0, tmp_path))
    assert source.duration_s == pytest.approx(20.0, abs=0.1)
    assert source.blocks[0].gyr_radps is not None


def test_a_stopwatch_counts_calls_and_says_when_there_is_nothing_to_time() -> None:
    with (
        speed._stopwatch("imu_tempo.offline", "cut") as cut,
        speed._stopwatch("imu_tempo.offline", "gone") as gone,
    ):
        speed._timed(lambda: None)
    assert cut == []
    assert gone is None


def test_limits_are_told_in_words() -> None:
    assert speed._limit("packet", 0.4, 1.0) == ["packet", "0.40 ms", "1 ms", "ok"]
    assert speed._limit("packet", 1.4, 1.0)[-1] == "NOT MET"
