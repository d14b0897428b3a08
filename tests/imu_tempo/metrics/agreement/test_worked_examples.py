"""Every statistic against published examples, or against scipy where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from imu_tempo.metrics.agreement import (
    concordance,
    deming,
    icc_agreement,
    icc_consistency,
    least_products,
    limits_of_agreement,
    standard_error_of_estimate,
    trend_limits,
)
from imu_tempo.metrics.agreement.reliability import standard_error_of_measurement

# Peak expiratory flow by two meters, first readings, l/min: Bland & Altman 1986, table 1.
WRIGHT = np.array(
    [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427], dtype=float
)
MINI = np.array(
    [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451], dtype=float
)
# Six targets rated by four judges: Shrout & Fleiss 1979, table 2.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
# Cardiac output by radionuclide ventriculography and impedance cardiography: Bland & Altman 1999, table 4.
CARDIAC = {
    "1": "7.83 6.57 7.42 5.62 7.89 6.90 7.12 6.57 7.88 6.35",
    "2": "6.16 4.06 7.26 4.29 6.71 4.26 6.54 4.09",
    "3": "4.75 4.71 5.24 5.50 4.86 5.08 4.78 5.02 6.05 6.01 5.42 5.67",
    "4": "4.21 4.14 3.61 4.20 3.72 4.61 3.87 4.68 3.92 5.04",
    "5": "3.13 3.03 2.98 2.86 2.85 2.77 3.17 2.46 3.09 2.32 3.12 2.43",
    "6": "5.92 5.90 6.42 5.81 5.92 5.70 6.27 5.76",
    "7": "7.13 5.09 6.62 4.63 6.58 4.61 6.93 5.09",
    "8": "4.54 4.72 4.81 4.61 5.11 4.36 5.29 4.20 5.39 4.36 5.57 4.20",
    "9": "4.48 3.17 4.92 3.12 3.97 2.96",
    "10": "4.22 4.35 4.65 4.62 4.74 3.16 4.44 3.53 4.50 3.53",
    "11": "6.78 7.20 6.07 6.09 6.52 7.00 6.42 7.10 6.41 7.40 5.76 6.80",
    "12": "5.06 4.50 4.72 4.20 4.90 3.80 4.80 3.80 4.90 4.20 5.10 4.50",
}


def cardiac() -> tuple[np.ndarray, list[str]]:
    pairs = {who: np.array(text.split(), dtype=float).reshape(-1, 2) for who, text in CARDIAC.items()}
    differences = np.concatenate([p[:, 0] - p[:, 1] for p in pairs.values()])
    return differences, [who for who, p in pairs.items() for _ in p]


def test_bias_and_limits_are_those_of_bland_and_altman_1986() -> None:
    found = limits_of_agreement(WRIGHT - MINI)
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    # The paper takes 2 standard deviations for 1.96, and -79.7 and 75.5 l/min.
    assert found.low.value == pytest.approx(-2.1 - 1.96 * 38.8, abs=0.1)
    assert found.high.value == pytest.approx(-2.1 + 1.96 * 38.8, abs=0.1)


def test_the_exact_interval_of_a_limit_is_near_the_approximate_one_of_1986_and_wider_outwards() -> None:
    found = limits_of_agreement(WRIGHT - MINI)
    near, far = found.high.value - found.high.low, found.high.high - found.high.value
    approximate = stats.t.ppf(0.975, 16) * np.sqrt(3 * 38.8**2 / 17)  # the paper's 34.6 l/min
    assert near < approximate < far
    assert (near + far) / 2 == pytest.approx(approximate, rel=0.05)


def test_the_exact_interval_of_a_limit_holds_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    true = 0.3 + 1.959964 * 2.0
    found = [limits_of_agreement(rng.normal(0.3, 2.0, 9)).high for _ in range(1500)]
    held = np.mean([f.low < true < f.high for f in found])
    assert held == pytest.approx(0.95, abs=0.02)


def test_several_pairs_a_subject_are_those_of_bland_and_altman_2007() -> None:
    differences, who = cardiac()
    found = limits_of_agreement(differences, who)
    assert (found.n, found.subjects) == (60, 12)
    assert found.bias.value == pytest.approx(0.60, abs=0.005)
    # One-way analysis of variance by scipy, and the method of moments by hand.
    groups = [differences[np.array(who) == name] for name in CARDIAC]
    sizes = np.array([len(g) for g in groups])
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / (60 - 12)
    between_ms = stats.f_oneway(*groups).statistic * within
    divisor = (60**2 - (sizes**2).sum()) / (11 * 60)
    assert found.sd_within**2 == pytest.approx(within)
    assert found.sd**2 == pytest.approx(within + (between_ms - within) / divisor)
    assert found.sd > differences.std(ddof=1) * 0.99


def test_limits_with_one_pair_a_subject_are_the_plain_ones() -> None:
    differences = WRIGHT - MINI
    alone = [str(i) for i in range(len(differences))]
    plain = limits_of_agreement(differences)
    assert limits_of_agreement(differences, alone).high == plain.high


def test_the_interval_with_several_pairs_holds_the_limit_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    who = [str(i) for i in range(12) for _ in range(5)]
    true = 1.959964 * np.hypot(1.0, 0.6)
    held = []
    for _ in range(600):
        d = np.repeat(rng.normal(0.0, 1.0, 12), 5) + rng.normal(0.0, 0.6, 60)
        high = limits_of_agreement(d, who).high
        held.append(high.low < true < high.high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_intraclass_correlations_are_those_of_shrout_and_fleiss() -> None:
    agreement, consistency = icc_agreement(JUDGES), icc_consistency(JUDGES)
    assert agreement.value == pytest.approx(0.29, abs=0.005)
    assert consistency.value == pytest.approx(0.71, abs=0.005)
    # As R's psych prints them for the same table.
    assert (agreement.low, agreement.high) == pytest.approx((0.019, 0.761), abs=0.001)
    assert (consistency.low, consistency.high) == pytest.approx((0.342, 0.946), abs=0.001)


def test_the_concordance_is_that_of_the_same_flow_meters() -> None:
    # Stata's concord prints 0.943 for Bland and Altman's first readings.
    found = concordance(WRIGHT, MINI)
    assert found.value == pytest.approx(0.943, abs=0.0005)
    r, bias = np.corrcoef(WRIGHT, MINI)[0, 1], WRIGHT.mean() - MINI.mean()
    sx, sy = WRIGHT.std(), MINI.std()
    assert found.value == pytest.approx(r * 2 / (sx / sy + sy / sx + bias**2 / (sx * sy)))


def test_the_interval_of_the_concordance_holds_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covariance = np.array([[1.0, 0.9], [0.9, 1.1]])
    true = 2 * 0.9 / (1.0 + 1.1 + 0.2**2)
    held = []
    for _ in range(800):
        x, y = rng.multivariate_normal([0.0, 0.2], covariance, 40).T
        found = concordance(x, y)
        held.append(found.low < true < found.high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


def test_least_products_is_the_ratio_of_spreads_and_its_interval_that_of_jolicoeur() -> None:
    found = least_products(WRIGHT, MINI)
    assert found.slope.value == pytest.approx(MINI.std() / WRIGHT.std())
    assert found.intercept.value == pytest.approx(MINI.mean() - found.slope.value * WRIGHT.mean())
    r = np.corrcoef(WRIGHT, MINI)[0, 1]
    b = stats.f.ppf(0.95, 1, 15) * (1 - r**2) / 15
    assert found.slope.low == pytest.approx(found.slope.value * (np.sqrt(b + 1) - np.sqrt(b)))
    assert found.slope.high == pytest.approx(found.slope.value * (np.sqrt(b + 1) + np.sqrt(b)))
    assert not found.fixed_bias
    assert not found.proportional_bias


def test_the_interval_of_the_intercept_holds_it_as_often_as_it_says() -> None:
    rng = np.random.default_rng(6)
    held = []
    for _ in range(800):
        truth = rng.normal(5.0, 1.0, 30)
        x, y = truth + rng.normal(0, 0.2, 30), truth + rng.normal(0, 0.2, 30)
        low, high = least_products(x, y).intercept[1:]
        held.append(low < 0.0 < high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("ratio", [0.5, 1.0, 4.0])
def test_deming_is_the_line_with_the_least_weighted_distances(ratio: float) -> None:
    found = deming(WRIGHT, MINI, variance_ratio=ratio)

    def distances(slope: float) -> float:
        off = MINI - MINI.mean() - slope * (WRIGHT - WRIGHT.mean())
        return float(off @ off / (ratio + slope**2))

    best = optimize.minimize_scalar(distances, bounds=(0.5, 2.0), method="bounded", options={"xatol": 1e-9})
    assert found.slope.value == pytest.approx(best.x, rel=1e-5)
    assert found.intercept.value == pytest.approx(MINI.mean() - found.slope.value * WRIGHT.mean())
    assert found.slope.low < found.slope.value < found.slope.high


def test_the_error_of_estimate_is_the_residual_of_least_squares() -> None:
    found = standard_error_of_estimate(MINI, WRIGHT)
    line = np.polynomial.Polynomial.fit(MINI, WRIGHT, 1)
    residuals = WRIGHT - line(MINI)
    assert found.value == pytest.approx(np.sqrt(residuals @ residuals / 15))
    assert found.low == pytest.approx(found.value * np.sqrt(15 / stats.chi2.ppf(0.975, 15)))


def test_the_error_of_measurement_is_the_spread_of_differences_over_root_two() -> None:
    both = np.column_stack([WRIGHT, MINI])
    assert standard_error_of_measurement(both) == pytest.approx((WRIGHT - MINI).std(ddof=1) / np.sqrt(2))


def test_limits_that_follow_the_magnitude_find_a_known_fan() -> None:
    rng = np.random.default_rng(7)
    x = rng.uniform(1.0, 10.0, 4000)
    d = 0.1 + 0.05 * x + rng.normal(0.0, 0.2 + 0.03 * x)
    found = trend_limits(d, x)
    assert found is not None
    assert found.proportional
    assert (found.intercept, found.slope.value) == pytest.approx((0.1, 0.05), abs=0.02)
    assert (found.sd_intercept, found.sd_slope) == pytest.approx((0.2, 0.03), abs=0.02)
    low, high = found.limits_at(x)
    assert np.mean((d > low) & (d < high)) == pytest.approx(0.95, abs=0.01)


def test_an_even_spread_keeps_one_width() -> None:
    rng = np.random.default_rng(8)
    x = rng.uniform(0.2, 1.2, 60)
    found = trend_limits(rng.normal(0.0, 0.02, 60), x)
    assert found is not None
    assert not found.proportional
    assert found.sd_slope == 0.0
