import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imu_tempo.metrics import parse_tempo, velocity_loss_pct, velocity_loss_valid
from imu_tempo.metrics.fatigue import effort_index, rom_loss_pct, slope_per_rep

SET_MPS = [0.70, 0.80, 0.60, 0.40]


def test_velocity_loss_of_each_reference_and_end() -> None:
    assert velocity_loss_pct(SET_MPS) == pytest.approx(50)
    assert velocity_loss_pct(SET_MPS, reference="first") == pytest.approx(100 * 0.3 / 0.7)
    assert velocity_loss_pct(SET_MPS, end="last2") == pytest.approx(100 * 0.3 / 0.8)


def test_velocity_loss_leaves_out_what_was_not_measured() -> None:
    assert velocity_loss_pct([0.7, math.nan, 0.8, 0.6, 0.4]) == pytest.approx(50)


def test_velocity_loss_needs_more_reps_than_its_end() -> None:
    assert math.isnan(velocity_loss_pct([]))
    assert math.isnan(velocity_loss_pct([0.5]))
    assert velocity_loss_pct([0.5, 0.4]) == pytest.approx(20)
    assert math.isnan(velocity_loss_pct([0.5, 0.4], end="last2"))
    assert math.isnan(velocity_loss_pct([0.0, 0.0]))


def test_velocity_loss_can_be_negative_only_from_the_first_rep() -> None:
    assert velocity_loss_pct([0.5, 0.6], reference="first") == pytest.approx(-20)
    assert velocity_loss_pct([0.5, 0.6]) == 0


@pytest.mark.parametrize(
    ("tempo", "valid"), [("31X1", True), ("31*1", True), ("3-1-?-1", True), ("3111", False), ("31A1", False)]
)
def test_velocity_loss_is_not_valid_when_paced_or_assisted(tempo: str, valid: bool) -> None:
    assert velocity_loss_valid(parse_tempo(tempo)) is valid


def test_velocity_loss_is_taken_as_valid_without_a_prescription() -> None:
    assert velocity_loss_valid(None)


_MPS = st.lists(st.floats(0.05, 2.5), min_size=2, max_size=20)


@given(_MPS, st.floats(0.1, 10))
def test_velocity_loss_does_not_depend_on_the_unit(values: list[float], factor: float) -> None:
    assert velocity_loss_pct(np.array(values) * factor) == pytest.approx(velocity_loss_pct(values), abs=1e-9)


@given(_MPS)
def test_velocity_loss_from_the_fastest_is_a_share(values: list[float]) -> None:
    assert 0 <= velocity_loss_pct(values) < 100
    assert velocity_loss_pct(values) >= velocity_loss_pct(values, reference="first") - 1e-9


@given(_MPS, st.randoms(use_true_random=False))
def test_velocity_loss_ignores_the_order_before_the_last_rep(values: list[float], random) -> None:
    head = values[:-1]
    random.shuffle(head)
    assert velocity_loss_pct([*head, values[-1]]) == velocity_loss_pct(values)


def test_slope_is_that_of_a_line() -> None:
    assert slope_per_rep([1, 2, 4, 5], [1.0, 0.8, 0.4, 0.2]) == pytest.approx(-0.2)


def test_slope_is_not_ruined_by_one_bad_rep() -> None:
    values = 1.0 - 0.05 * np.arange(8)
    values[-1] = 5.0
    assert slope_per_rep(np.arange(8), values) == pytest.approx(-0.05)


def test_slope_needs_three_values() -> None:
    assert math.isnan(slope_per_rep([1, 2], [1.0, 2.0]))
    assert math.isnan(slope_per_rep([1, 2, 3], [1.0, math.nan, 2.0]))
    assert math.isnan(slope_per_rep([], []))


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=12), st.floats(-3, 3), st.floats(0.1, 4))
def test_slope_shifts_and_scales_with_its_values(values: list[float], shift: float, factor: float) -> None:
    reps = np.arange(len(values))
    slope = slope_per_rep(reps, values)
    assert slope_per_rep(reps, np.array(values) + shift) == pytest.approx(slope, abs=1e-6)
    assert slope_per_rep(reps, np.array(values) * factor) == pytest.approx(slope * factor, abs=1e-6)


def test_rom_loss_compares_two_reps_at_each_end() -> None:
    assert rom_loss_pct([0.60, 0.60, 0.1, 0.54, 0.54]) == pytest.approx(10)
    assert rom_loss_pct([0.5, 0.5, 0.6, 0.6]) == pytest.approx(-20)


def test_rom_loss_needs_two_ends_that_share_no_rep() -> None:
    assert math.isnan(rom_loss_pct([0.6, 0.6, 0.5]))
    assert math.isnan(rom_loss_pct([0.6, 0.6, 0.5, math.nan]))


def test_effort_index_is_a_product() -> None:
    assert effort_index(0.8, 25.0) == pytest.approx(20)
