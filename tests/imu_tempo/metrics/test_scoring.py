import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import NAN, make_reps

from imu_tempo.metrics import Tolerance, compliance, parse_tempo
from imu_tempo.metrics.tempo import PhaseName


def inside(tempo: str, phase: PhaseName, measured_s: float, tolerance: Tolerance | None = None) -> bool:
    durations = {"ecc": 3.0, "bottom": 1.0, "con": 1.0, "top": 1.0, phase: measured_s}
    [rep] = make_reps([tuple(durations.values())])
    [score] = [s for s in compliance([rep], parse_tempo(tempo), tolerance).reps[0].phases if s.phase == phase]
    return score.inside


@pytest.mark.parametrize(("measured_s", "expected"), [(2.49, False), (2.5, True), (3.5, True), (3.51, False)])
def test_short_phases_have_half_a_second(measured_s: float, expected: bool) -> None:
    assert inside("3-1-1-1", "ecc", measured_s) is expected


@pytest.mark.parametrize(("measured_s", "expected"), [(6.79, False), (6.8, True), (9.2, True), (9.21, False)])
def test_long_phases_have_fifteen_percent(measured_s: float, expected: bool) -> None:
    assert inside("8-1-1-1", "ecc", measured_s) is expected


@pytest.mark.parametrize(("measured_s", "expected"), [(0.0, True), (0.5, True), (0.51, False)])
def test_a_pause_of_zero_has_only_an_upper_limit(measured_s: float, expected: bool) -> None:
    assert inside("3-0-1-1", "bottom", measured_s) is expected


@pytest.mark.parametrize(("letter", "limit_s"), [("X", 2.0), ("*", 1.0)])
def test_intent_and_speed_are_one_sided(letter: str, limit_s: float) -> None:
    tempo = f"3-1-{letter}-1"
    assert inside(tempo, "con", 0.2)
    assert inside(tempo, "con", limit_s)
    assert not inside(tempo, "con", limit_s + 0.1)


def test_errors_are_signed_and_averaged_by_phase() -> None:
    reps = make_reps([(3.2, 1.0, 0.8, 1.5), (2.9, 0.3, 0.9, NAN)])
    score = compliance(reps, parse_tempo("3-1-X-1"))
    assert score.of("ecc").error_s == pytest.approx((0.2 - 0.1) / 2)
    assert score.of("bottom").error_s == pytest.approx((0.0 - 0.7) / 2)
    assert math.isnan(score.of("con").error_s)
    assert score.of("top").error_s == pytest.approx(0.5)


def test_percent_per_phase_rep_and_set() -> None:
    reps = make_reps([(3.2, 1.0, 0.8, 1.5), (2.9, 0.3, 0.9, NAN)])
    score = compliance(reps, parse_tempo("3-1-X-1"))
    assert {phase: tally.percent for phase, tally in score.by_phase.items()} == {
        "ecc": 100, "bottom": 50, "con": 100, "top": 100,
    }  # fmt: skip
    assert [rep.tally.percent for rep in score.reps] == pytest.approx([100, 200 / 3])
    assert (score.tally.inside, score.tally.scored) == (6, 7)


def test_assisted_unspecified_and_missing_phases_are_not_scored() -> None:
    score = compliance(make_reps([(3.0, 1.0, 9.0, 9.0)]), parse_tempo("3-1-A"))
    assert [s.phase for s in score.reps[0].phases] == ["ecc", "bottom"]
    assert math.isnan(compliance([], parse_tempo("3-1-A")).tally.percent)


@given(st.floats(0.1, 20), st.floats(0.05, 2), st.floats(0, 50))
def test_wider_tolerance_never_puts_a_phase_outside(
    measured_s: float, absolute_s: float, relative_pct: float
) -> None:
    narrow = Tolerance(absolute_s=absolute_s, relative_pct=relative_pct)
    wide = Tolerance(absolute_s=2 * absolute_s, relative_pct=2 * relative_pct)
    assert inside("4-1-1-1", "ecc", measured_s, wide) >= inside("4-1-1-1", "ecc", measured_s, narrow)
