"""What must hold of any numbers: swapping, shifting, scaling, and too few of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.metrics.agreement import (
    Estimate,
    concordance,
    deming,
    icc_agreement,
    icc_consistency,
    least_products,
    limits_of_agreement,
    standard_error_of_estimate,
    trend_limits,
)

seeds = st.integers(0, 10_000)


def two(seed: int, n: int = 24) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0.2, 1.2, n)
    return truth + rng.normal(0.02, 0.05, n), truth + rng.normal(0.0, 0.03, n)


def near(a: Estimate, b: Estimate) -> bool:
    return bool(np.allclose(a, b, rtol=1e-7, atol=1e-9))


@given(seeds)
@settings(max_examples=25)
def test_swapping_the_methods_turns_bias_and_line_around_and_leaves_agreement(seed: int) -> None:
    x, y = two(seed)
    one, other = limits_of_agreement(x - y), limits_of_agreement(y - x)
    assert one.bias.value == pytest.approx(-other.bias.value)
    assert one.low.low == pytest.approx(-other.high.high)
    assert near(concordance(x, y), concordance(y, x))
    assert near(icc_agreement(np.column_stack([x, y])), icc_agreement(np.column_stack([y, x])))
    for fit in (least_products, deming):
        line, back = fit(x, y), fit(y, x)
        assert line.slope.value == pytest.approx(1 / back.slope.value)
    assert least_products(x, y).slope.low == pytest.approx(1 / least_products(y, x).slope.high)


@given(seeds, st.floats(-5, 5))
@settings(max_examples=25)
def test_a_constant_added_to_one_method_moves_bias_alone(seed: int, shift: float) -> None:
    x, y = two(seed)
    one, moved = limits_of_agreement(x - y), limits_of_agreement(x + shift - y)
    assert moved.bias.value == pytest.approx(one.bias.value + shift)
    assert moved.sd == pytest.approx(one.sd)
    both, then = np.column_stack([x, y]), np.column_stack([x + shift, y])
    assert near(icc_consistency(both), icc_consistency(then))
    assert near(standard_error_of_estimate(x, y), standard_error_of_estimate(x + shift, y))
    assert least_products(y, x + shift).slope.value == pytest.approx(least_products(y, x).slope.value)


@given(seeds, st.floats(0.01, 100))
@settings(max_examples=25)
def test_another_unit_scales_errors_and_leaves_ratios(seed: int, factor: float) -> None:
    x, y = two(seed)
    for one, other in zip(
        limits_of_agreement(x - y).low, limits_of_agreement((x - y) * factor).low, strict=True
    ):
        assert other == pytest.approx(factor * one)
    assert near(concordance(x, y), concordance(factor * x, factor * y))
    table = np.column_stack([x, y])
    assert near(icc_agreement(table), icc_agreement(factor * table))
    assert near(least_products(x, y).slope, least_products(factor * x, factor * y).slope)


@given(seeds)
@settings(max_examples=15)
def test_the_order_of_pairs_does_not_matter(seed: int) -> None:
    x, y = two(seed)
    turn = np.random.default_rng(seed).permutation(len(x))
    who = [f"A{i % 4}" for i in range(len(x))]
    turned = [who[i] for i in turn]
    assert near(limits_of_agreement(x - y, who).high, limits_of_agreement((x - y)[turn], turned).high)


def test_subjects_who_differ_widen_the_limits() -> None:
    rng = np.random.default_rng(1)
    who = [str(i) for i in range(6) for _ in range(10)]
    d = np.repeat(rng.normal(0, 1, 6), 10) + rng.normal(0, 0.1, 60)
    known, unknown = limits_of_agreement(d, who), limits_of_agreement(d)
    assert known.sd > unknown.sd
    assert known.bias.high - known.bias.low > 3 * (unknown.bias.high - unknown.bias.low)


def test_methods_that_agree_entirely_have_a_concordance_and_slope_of_one() -> None:
    x, _ = two(1)
    table = np.column_stack([x, x])
    assert concordance(x, x).value == pytest.approx(1.0)
    assert icc_agreement(table).value == pytest.approx(1.0)
    assert icc_consistency(table).value == pytest.approx(1.0)
    assert least_products(x, x).slope == pytest.approx((1.0, 1.0, 1.0))
    found = limits_of_agreement(x - x)
    assert (found.bias, found.low) == ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert trend_limits(x - x, x) is None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_pairs_give_no_number_and_no_error(n: int) -> None:
    x, y = two(2, n)
    assert math.isnan(limits_of_agreement(x - y).low.value)
    assert math.isnan(concordance(x, y).value)
    assert math.isnan(icc_agreement(np.column_stack([x, y])).value)
    assert math.isnan(least_products(x, y).slope.value)
    assert math.isnan(deming(x, y).slope.value)
    assert math.isnan(standard_error_of_estimate(x, y).value)
    assert trend_limits(x - y, x) is None


def test_pairs_with_a_missing_number_are_left_out() -> None:
    x, y = two(3)
    gap = np.append(x, np.nan), np.append(y, 0.5)
    assert near(concordance(*gap), concordance(x, y))
    assert near(limits_of_agreement(gap[0] - gap[1]).high, limits_of_agreement(x - y).high)
    assert near(least_products(*gap).slope, least_products(x, y).slope)


def test_a_bootstrap_over_subjects_gives_the_same_interval_every_time() -> None:
    x, y = two(4)
    who = [f"A{i % 4}" for i in range(len(x))]
    one, other = least_products(x, y, who), least_products(x, y, who)
    assert one == other
    assert one.slope.low < one.slope.value < one.slope.high


@pytest.mark.parametrize("value", [0.0, 0.1, 0.6, 612.3])
def test_a_quantity_that_never_varies_has_no_correlation_or_line_and_no_error(value: float) -> None:
    same, (_, y) = np.full(6, value), two(5, 6)
    for a, b in ((same, y), (y, same), (same, same)):
        assert math.isnan(concordance(a, b).value)
        assert math.isnan(least_products(a, b).slope.value)
        assert math.isnan(deming(a, b).slope.value)
        assert trend_limits(a - a, b) is None
    assert math.isnan(standard_error_of_estimate(same, y).value)
    assert math.isnan(icc_agreement(np.column_stack([same, same])).value)
    assert trend_limits(y, same) is None
