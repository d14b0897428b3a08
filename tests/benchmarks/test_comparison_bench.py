"""The comparison's own arithmetic, on reps made by hand, and that no published figure is left out."""

from __future__ import annotations

import math

import pytest

from benchmarks import comparison
from benchmarks.comparison import QUANTITIES, tables
from benchmarks.published import PUBLISHED
from benchmarks.scoring import Outcome, Pair
from firmware_bridge.virtual import TruthRep
from imu_tempo.schema import RepRow


def pair(true_mps: float, found_mps: float) -> Pair:
    """One rep that is off by a known amount; nothing else of it was measured."""
    truth = TruthRep(set_no=1, rep_no=1, mcv_mps=true_mps)
    return Pair(truth, RepRow(set_no=1, rep_no=1, tut_s=math.nan, mcv_mps=found_mps))


def outcome(mode: str, *errors_mps: float) -> Outcome:
    true = [0.4 + 0.1 * i for i in range(len(errors_mps))]
    pairs = tuple(pair(t, t + e) for t, e in zip(true, errors_mps, strict=True))
    return Outcome(case="exercise/squat", seed=0, mode=mode, pairs=pairs)


def test_bias_and_limits_of_agreement_are_those_of_the_differences() -> None:
    # Differences 0.01 and 0.03 in turn: mean 0.02, sd (n - 1) 0.011547, limits 0.02 +- 1.96 sd.
    text = tables([outcome("offline", 0.01, 0.03, 0.01, 0.03)], markdown=False)
    assert "bias 0.020 ± 0.012 m/s, LoA -0.003 to 0.043 m/s" in text


def test_a_device_that_only_scales_has_no_standard_error_of_the_estimate() -> None:
    pairs = tuple(pair(t, 1.1 * t) for t in (0.3, 0.5, 0.8, 0.9))
    found = tables([Outcome(case="exercise/squat", seed=0, mode="offline", pairs=pairs)], markdown=False)
    assert "SEE 0.000 m/s" in found


def test_too_few_reps_are_said_to_be_too_few() -> None:
    assert "too few reps" in tables([outcome("offline", 0.01)], markdown=False)


@pytest.mark.parametrize("markdown", [False, True])
def test_every_published_figure_is_printed_with_its_source(markdown: bool) -> None:
    text = tables([outcome("offline", 0.0, 0.0, 0.0)], markdown=markdown)
    for entry in PUBLISHED:
        assert entry.figure in text
        assert entry.study in text
        assert entry.doi in text


def test_every_published_quantity_is_one_that_is_compared() -> None:
    assert {p.quantity for p in PUBLISHED} <= {q.column for q in QUANTITIES} | {"reps"}


def test_one_case_runs_from_simulation_to_tables(capsys: pytest.CaptureFixture[str]) -> None:
    comparison.main(["--only", "exercise/squat", "--jobs", "1", "--markdown"])
    text = capsys.readouterr().out
    assert "| simulator, 5 reps | IMU | this project |" in text
    assert "0 missed, 0 ghosts" in text
