"""The speed benchmark's own parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.speed import clocks, live, made
from firmware_bridge.virtual import Simulation, simple_set
from imu_tempo.formats import load


@pytest.fixture(scope="module")
def session() -> Simulation:
    return simple_set("squat", reps=1, around=False)


def test_a_tiled_session_is_one_even_clock(session: Simulation) -> None:
    blocks = list(made.tiled(session, 30.0))
    t_s = np.concatenate([b.t_s for b in blocks])
    assert 29.0 < t_s[-1] < 30.1
    np.testing.assert_allclose(np.diff(t_s), 1.0 / made.RATE_HZ, atol=1e-9)


def test_the_recording_reads_back(session: Simulation, tmp_path: Path) -> None:
    source = load(made.recording(session, 20.0, tmp_path))
    assert source.duration_s == pytest.approx(20.0, abs=0.1)
    assert source.blocks[0].gyr_radps is not None


def test_a_stopwatch_counts_calls_and_says_when_there_is_nothing_to_time() -> None:
    with (
        clocks.stopwatch("imu_tempo.offline", "cut") as cut,
        clocks.stopwatch("imu_tempo.offline", "gone") as gone,
    ):
        clocks.timed(lambda: None)
    assert cut == []
    assert gone is None


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_growth_is_told_by_its_power(power: float) -> None:
    sizes = [0.25, 1.0, 4.0]
    assert clocks.exponent(sizes, [3.0 * size**power for size in sizes]) == pytest.approx(power)


def test_limits_are_told_in_words() -> None:
    assert clocks.limit("packet", 0.4, 1.0) == ["packet", "0.40 ms", "1 ms", "ok"]
    assert clocks.limit("packet", 1.4, 1.0)[-1] == "NOT MET"


def test_waiting_for_reps_is_told_by_percentiles() -> None:
    row = live._rep_row([10.0] * 98 + [70.0, 90.0])
    assert row[1].startswith("p50 10, p95 10, ")
    assert row[1].endswith("longest 90 ms")
    assert row[-1] == "ok"
    assert live._rep_row([60.0, 70.0])[-1] == "NOT MET"
