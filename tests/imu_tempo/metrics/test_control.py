"""Control of a lowering: each part against a formula, and the order that the score must keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_strokes import minimum_jerk, moved, stroke

from imu_tempo.metrics.control import control, ldlj_a, reversals


def test_ldlj_of_a_minimum_jerk_stroke_is_that_of_the_closed_form() -> None:
    """Integral of jerk squared 720 D^2 / T^5, peak acceleration 10 / sqrt(3) D / T^2: -ln 21.6."""
    t = np.arange(0, 3, 0.001)
    acc = 0.5 * minimum_jerk(t / 3)[2] / 9
    assert ldlj_a(acc, 0.001) == pytest.approx(-math.log(21.6), abs=0.01)


def test_ldlj_of_a_sine_is_that_of_the_closed_form() -> None:
    """Whole periods in T: T / A^2 * (A w)^2 / 2 * T."""
    t = np.arange(0, 2, 0.0005)
    assert ldlj_a(np.sin(2 * np.pi * 10 * t), 0.0005) == pytest.approx(
        -math.log(0.5 * (2 * np.pi * 10 * 2) ** 2), abs=0.01
    )


@given(st.floats(0.01, 100), st.floats(0.2, 5))
def test_ldlj_has_no_dimension(size: float, stretch: float) -> None:
    acc = minimum_jerk(np.linspace(0, 1, 300))[2]
    assert ldlj_a(size * acc, 0.01 * stretch) == pytest.approx(ldlj_a(acc, 0.01), abs=1e-9)


def test_a_smooth_lowering_is_full_marks() -> None:
    for seconds in (1.5, 3.0, 8.0):
        held = control(stroke(-0.6, seconds))
        assert held.score == pytest.approx(100)
        assert held.reversals == 0


def test_drop_ratio_of_a_minimum_jerk_lowering_is_that_of_the_closed_form() -> None:
    tau = np.linspace(0, 1, 100_001)
    at = np.interp([0.05, 0.7, 0.95], minimum_jerk(tau)[0], tau)
    expected = (0.25 / (at[2] - at[1])) / (0.65 / (at[1] - at[0]))
    assert control(stroke(-0.6, 4.0)).drop_ratio == pytest.approx(expected, abs=0.02)


def test_speed_cv_of_a_minimum_jerk_lowering_is_that_of_the_closed_form() -> None:
    travel, speed, _ = minimum_jerk(np.linspace(0, 1, 100_001))
    middle = speed[(travel >= 0.05) & (travel <= 0.95)]
    assert control(stroke(-0.6, 4.0)).speed_cv == pytest.approx(middle.std() / middle.mean(), abs=0.005)


def test_constant_speed_has_no_spread() -> None:
    assert control(moved(lambda t: np.full_like(t, -0.2), 3.0)).speed_cv == pytest.approx(0, abs=1e-9)


def test_a_drop_at_the_bottom_costs_its_part() -> None:
    """0.15 m/s for 2 s, then 0.6 m/s for 0.3 s: 0.48 m, of which the last 0.18 m fast."""
    dropped = control(moved(lambda t: np.where(t < 2.0, -0.15, -0.6), 2.3))
    assert dropped.drop_ratio == pytest.approx(4.0, rel=0.15)
    assert dropped.score < control(stroke(-0.48, 2.3)).score - 15


def test_going_back_up_is_counted_and_costs() -> None:
    def wavering(t: np.ndarray) -> np.ndarray:
        return np.where((t > 1.0) & (t < 1.2) | (t > 2.0) & (t < 2.2), 0.1, -0.2)

    held = control(moved(wavering, 3.0))
    assert held.reversals == 2
    assert held.score < control(moved(lambda t: np.full_like(t, -0.2), 3.0)).score - 15


@pytest.mark.parametrize(("up_m", "expected"), [(0.004, 0), (0.006, 1)])
def test_a_reversal_is_five_millimetres(up_m: float, expected: int) -> None:
    height = np.concatenate([np.linspace(0.5, 0.3, 50), [0.3 + up_m], np.linspace(0.3, 0.0, 50)])
    assert reversals(height) == expected


@pytest.mark.parametrize("seconds", [2.0, 4.0, 8.0])
def test_the_more_it_shakes_the_lower_the_score(seconds: float) -> None:
    scores = [control(stroke(-0.6, seconds, tremor_mps2=a)).score for a in (0.0, 0.1, 0.3, 0.5, 0.8, 1.2)]
    assert all(np.diff(scores) <= 1e-9)
    assert scores[0] - scores[-1] > 20


@given(st.floats(0.1, 0.9), st.floats(1, 10), st.floats(0, 3))
def test_the_score_stays_between_0_and_100(rom_m: float, seconds: float, tremor_mps2: float) -> None:
    assert 0 <= control(stroke(-rom_m, seconds, tremor_mps2=tremor_mps2)).score <= 100


def test_no_lowering_has_no_score() -> None:
    assert math.isnan(control(None).score)
    assert math.isnan(control(stroke(0.6, 3.0)).score)
