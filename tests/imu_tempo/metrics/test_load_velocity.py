"""Load-velocity profiles, readiness, reps in reserve and load checks against hand-computed cases."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.errors import TempoError, UnknownNameError
from imu_tempo.metrics.days import parse_day, with_day
from imu_tempo.metrics.line import fit_line
from imu_tempo.metrics.load_check import load_band, load_check
from imu_tempo.metrics.load_velocity import load_points, load_velocity
from imu_tempo.metrics.readiness import detectable_change, readiness, typical_error
from imu_tempo.metrics.reserve import fit_reserve, reserves_to_failure
from imu_tempo.schema import RepRow, SetRow, table
from imu_tempo.schema.load_velocity import LoadPointRow, LoadVelocityRow, ReadinessRow

# Anscombe's first data set (1973, The American Statistician 27:17-21) with the figures published with it.
ANSCOMBE_X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
ANSCOMBE_Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]


def rep(rep_no: int, mcv: float, *, set_no: int = 1, load: float = 100.0, **other: object) -> RepRow:
    fields: dict[str, object] = {"exercise": "squat", "athlete": "A12", **other}
    return RepRow(set_no=set_no, rep_no=rep_no, tut_s=3.0, mcv_mps=mcv, load_kg=load, **fields)  # type: ignore[arg-type]


def a_set(set_no: int, *, valid: bool, tempo: str = "") -> SetRow:
    return SetRow(
        set_no=set_no, start_s=0, end_s=1, reps=1, tut_s=1, tut_moving_s=1, tut_ecc_s=1, tut_con_s=0,
        tut_pause_s=0, vl_valid=valid, tempo_target=tempo,
    )  # fmt: skip


def points(loads: list[float], mcv: list[float], day: str = "2026-03-01", **other: object) -> pd.DataFrame:
    fields: dict[str, object] = {"athlete": "A12", "exercise": "squat", **other}
    rows = [LoadPointRow(day=day, load_kg=x, mcv_mps=y, **fields) for x, y in zip(loads, mcv, strict=True)]  # type: ignore[arg-type]
    return table(rows, LoadPointRow)


def only(frame: pd.DataFrame) -> LoadVelocityRow:
    assert len(frame) == 1
    return LoadVelocityRow(**frame.iloc[0].to_dict())


# --- the line ---


def test_the_line_reproduces_anscombes_published_figures() -> None:
    line = fit_line(ANSCOMBE_X, ANSCOMBE_Y)
    assert (line.slope, line.intercept) == pytest.approx((0.5001, 3.0001), abs=5e-5)
    assert (line.slope_se, line.intercept_se) == pytest.approx((0.1179, 1.1247), abs=5e-5)
    assert (line.see, line.r2) == pytest.approx((1.2366, 0.6665), abs=5e-5)


def test_fiellers_ends_are_where_the_confidence_band_meets_the_level() -> None:
    line = fit_line(ANSCOMBE_X, ANSCOMBE_Y)
    low, high = line.x_interval(9.0)
    assert low < line.x_at(9.0) < high
    assert line.band(low)[1] == pytest.approx(9.0)
    assert line.band(high)[0] == pytest.approx(9.0)


def test_a_slope_that_may_be_level_has_no_interval_of_x() -> None:
    assert all(map(math.isnan, fit_line([1, 2, 3], [1.0, 2.0, 1.1]).x_interval(1.5)))


def test_a_prediction_is_wider_than_the_band_and_both_centre_on_the_line() -> None:
    line = fit_line(ANSCOMBE_X, ANSCOMBE_Y)
    for low, high in (line.band(9.0), line.prediction(9.0)):
        assert (low + high) / 2 == pytest.approx(line.at(9.0))
    # At the mean of x the band is t see / sqrt(n), and t of 9 degrees of freedom is 2.262 (tables).
    assert (line.band(9.0)[1] - line.at(9.0)) / (2.262 * line.see / math.sqrt(11)) == pytest.approx(
        1, abs=1e-3
    )
    assert (line.prediction(9.0)[1] - line.at(9.0)) / (
        2.262 * line.see * math.sqrt(12 / 11)
    ) == pytest.approx(1, abs=1e-3)


def test_a_line_needs_two_places() -> None:
    with pytest.raises(TempoError, match="two different places, and got 1"):
        fit_line([100, 100], [0.5, 0.6])


# --- points ---


def test_the_fastest_sound_rep_of_each_load_is_used_and_every_other_says_why_not() -> None:
    reps = [
        rep(1, 0.70),
        rep(2, 0.80),
        rep(3, 0.80),
        rep(1, 0.90, set_no=2, load=80, quality="partial"),
        rep(2, 0.95, set_no=2, load=80, confidence=0.1),
        rep(3, 0.85, set_no=2, load=80),
        rep(1, 1.20, set_no=3, load=60),
        rep(1, 1.30, set_no=4, load=60),
        rep(1, 1.00, set_no=5, load=math.nan),
        rep(2, math.nan, set_no=5),
        rep(3, 1.10, set_no=5, load=50, quality="assisted"),
        rep(4, 2.00, set_no=5, load=50, quality="withdrawn"),
    ]
    sets = [a_set(3, valid=False, tempo="4-0-2-0"), a_set(4, valid=False, tempo="4-0-A-0")]
    found = load_points(table(reps, RepRow), table(sets, SetRow))
    assert list(found["reason"]) == [
        "slower", "", "slower", "partial", "low_confidence", "", "paced", "assisted", "no_load",
        "no_velocity", "assisted",
    ]  # fmt: skip
    assert list(found["used"]) == [r == "" for r in found["reason"]]


def test_a_set_whose_lifting_was_helped_with_is_assisted_whatever_its_tempo() -> None:
    sets = table([replace(a_set(1, valid=False), assisted=1)], SetRow)
    assert list(load_points(table([rep(1, 0.7)], RepRow), sets)["reason"]) == ["assisted"]


def test_each_day_has_its_own_best() -> None:
    frame = table([rep(1, 0.7), rep(1, 0.8, set_no=2)], RepRow).assign(day=["2026-03-01", "2026-03-08"])
    assert list(load_points(frame)["used"]) == [True, True]


def test_no_reps_give_empty_tables_with_the_columns_of_full_ones() -> None:
    found = load_points(table([], RepRow))
    assert list(found.dtypes) == list(points([100], [0.5]).dtypes)
    assert list(load_velocity(found).columns) == list(load_velocity(points([60, 100], [1, 0.5])).columns)


# --- profiles ---


def test_an_exact_line_gives_its_e1rm_and_no_spread() -> None:
    # v = 1.5 - 0.01 load meets the squat's 0.30 m/s at 120 kg.
    loads = [40.0, 60.0, 80.0, 100.0]
    fit = only(load_velocity(points(loads, [1.5 - 0.01 * x for x in loads])))
    assert (fit.slope_mps_per_kg, fit.intercept_mps) == pytest.approx((-0.01, 1.5))
    assert (fit.e1rm_kg, fit.mvt_mps) == pytest.approx((120, 0.30))
    assert (fit.see_mps, fit.r2) == pytest.approx((0, 1))
    assert (fit.e1rm_low_kg, fit.e1rm_high_kg) == pytest.approx((120, 120))
    assert fit.warnings == ""


def test_a_hand_computed_profile_with_scatter() -> None:
    # Means 70 and 0.81; Sxx 2000; Sxy = -30 * 0.29 - 10 * 0.11 - 10 * 0.12 - 30 * 0.28 = -19.4; Syy 0.1890.
    # Slope -0.0097, intercept 1.489; residuals -0.001 0.013 -0.023 0.011: squares 8.2e-4, SEE 0.020248.
    fit = only(load_velocity(points([40, 60, 80, 100], [1.10, 0.92, 0.69, 0.53])))
    assert (fit.slope_mps_per_kg, fit.intercept_mps) == pytest.approx((-0.0097, 1.489))
    assert fit.see_mps == pytest.approx(math.sqrt(8.2e-4 / 2))
    assert fit.r2 == pytest.approx(1 - 8.2e-4 / 0.1890)
    assert fit.e1rm_kg == pytest.approx((1.489 - 0.30) / 0.0097)
    # t of 2 degrees of freedom is 4.303 (tables); standard error of the slope 0.020248 / sqrt(2000).
    assert fit.slope_high_mps_per_kg == pytest.approx(-0.0097 + 4.303 * 0.020248 / math.sqrt(2000), abs=1e-6)
    assert fit.e1rm_low_kg < fit.e1rm_kg < fit.e1rm_high_kg


def test_the_two_point_method_takes_the_ends_and_claims_no_spread() -> None:
    fit = only(load_velocity(points([54, 70, 102], [1.0, 0.1, 0.52]), method="two-point"))
    assert fit.e1rm_kg == pytest.approx(102 + (0.52 - 0.30) * (102 - 54) / (1.0 - 0.52))
    assert (fit.points, fit.loads) == (2, 2)
    assert all(map(math.isnan, (fit.see_mps, fit.e1rm_low_kg, fit.slope_low_mps_per_kg)))
    assert fit.warnings == ""


@pytest.mark.parametrize(
    ("loads", "mcv", "flag"),
    [
        ([60, 80, 100], [0.9, 0.7, 0.5], "few_loads"),
        ([90, 93, 96, 100], [0.6, 0.57, 0.54, 0.5], "narrow_range"),
        ([20, 40, 50, 60], [1.3, 1.1, 1.0, 0.9], "far_extrapolation"),
        ([40, 60, 80, 100], [1.1, 0.7, 0.9, 0.5], "scattered"),
        ([40, 60, 80, 100], [0.5, 0.6, 0.7, 0.8], "not_falling"),
        ([40, 60, 80], [0.9, 0.5, 0.7], "e1rm_unbounded"),
        ([100], [0.5], "one_load"),
    ],
)
def test_what_makes_a_profile_doubtful_is_flagged(loads: list[float], mcv: list[float], flag: str) -> None:
    assert flag in only(load_velocity(points(loads, mcv))).warnings.split()


def test_left_out_reps_are_named_in_the_warnings() -> None:
    reps = [rep(1, 1.0, load=60), rep(2, 0.8, load=80), rep(3, 0.9, load=70, quality="assisted")]
    fit = only(load_velocity(load_points(table(reps, RepRow))))
    assert "assisted_excluded" in fit.warnings


def test_profiles_are_made_for_each_athlete_and_exercise_with_its_own_threshold() -> None:
    frame = pd.concat(
        [
            points([60, 100], [0.9, 0.5], athlete="A"),
            points([60, 100], [0.9, 0.5], athlete="B"),
            points([60, 100], [0.9, 0.5], athlete="B", exercise="bench_press"),
        ]
    )
    found = load_velocity(frame)
    assert list(found["mvt_mps"]) == [0.30, 0.30, 0.17]
    assert list(found["e1rm_kg"]) == pytest.approx([120, 120, 133])
    assert only(load_velocity(points([60, 100], [0.9, 0.5]), mvt_mps=0.4)).e1rm_kg == pytest.approx(110)


profiles = st.lists(
    st.tuples(st.floats(20, 200), st.floats(0.1, 1.6)),
    min_size=3,
    max_size=8,
    unique_by=lambda p: round(p[0]),
)


@settings(max_examples=60, deadline=None)
@given(profiles, st.floats(0.5, 3.0))
def test_scaling_every_load_scales_e1rm_and_nothing_else(data: list[tuple[float, float]], by: float) -> None:
    x, y = [p[0] for p in data], [p[1] for p in data]
    one, two = only(load_velocity(points(x, y))), only(load_velocity(points([v * by for v in x], y)))
    assert two.e1rm_kg == pytest.approx(one.e1rm_kg * by, rel=1e-6, nan_ok=True)
    assert two.e1rm_high_kg == pytest.approx(one.e1rm_high_kg * by, rel=1e-6, nan_ok=True)
    assert (two.see_mps, two.r2) == pytest.approx((one.see_mps, one.r2), rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(profiles, st.randoms())
def test_the_order_of_the_points_does_not_matter(data: list[tuple[float, float]], random: object) -> None:
    mixed = list(data)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    one, two = (only(load_velocity(points([p[0] for p in d], [p[1] for p in d]))) for d in (data, mixed))
    assert two.e1rm_kg == pytest.approx(one.e1rm_kg, rel=1e-9, nan_ok=True)


def test_the_interval_of_e1rm_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(7)
    loads = np.array([40.0, 60, 80, 90, 100])
    inside = 0
    for _ in range(300):
        line = fit_line(loads, 1.5 - 0.01 * loads + random.normal(0, 0.03, loads.size))
        low, high = line.x_interval(0.3)
        inside += low <= 120 <= high
    assert 0.92 <= inside / 300 <= 0.98  # 95 %, and two standard errors of 300 trials on either side


# --- readiness ---


def history(
    levels: list[float], *, start: date = date(2026, 3, 1), loads: tuple[float, ...] = (60, 100)
) -> pd.DataFrame:
    """Days on which v = 0.30 + 0.01 (e1RM - load)."""
    days = [
        points(
            list(loads), [0.30 + 0.01 * (level - x) for x in loads], (start + timedelta(days=i)).isoformat()
        )
        for i, level in enumerate(levels)
    ]
    return pd.concat(days)


def ready(frame: pd.DataFrame, day: str) -> ReadinessRow:
    found = readiness(frame, day)
    assert len(found) == 1
    return ReadinessRow(**found.iloc[0].to_dict())


def test_a_days_e1rm_is_where_the_usual_slope_meets_the_threshold() -> None:
    frame = pd.concat([history([120]), points([80], [0.65], "2026-03-02")])
    row = ready(frame, "2026-03-02")
    assert (row.e1rm_kg, row.baseline_e1rm_kg, row.change_kg) == pytest.approx((115, 120, -5))
    assert (row.expected_mps, row.change_mps) == pytest.approx((0.70, -0.05))
    # One day, 5 % of 120 kg: 1.96 sqrt(2) 6 = 16.6 kg.
    assert row.sdc_kg == pytest.approx(1.96 * math.sqrt(2) * 6)
    assert (row.sdc_source, row.verdict) == ("published", "no_clear_change")
    assert "within the 16.6 kg that published day-to-day spread explains" in row.sentence


def test_with_five_days_the_athletes_own_spread_decides() -> None:
    # Successive differences 2 -2 2 -2: SEM sqrt(4 / 2); freedom 2 * 16 / 11.
    levels = [119.0, 121.0, 119.0, 121.0, 119.0]
    frame = pd.concat([history(levels), points([80], [0.30 + 0.01 * (110 - 80)], "2026-03-06")])
    row = ready(frame, "2026-03-06")
    assert (row.sem_kg, row.sdc_source) == (pytest.approx(math.sqrt(2)), "own")
    assert row.verdict == "lower"
    assert row.sdc_kg == pytest.approx(detectable_change(levels).sdc_kg)
    assert "more than" in row.sentence


def test_the_typical_error_of_two_days_is_their_difference_over_root_two() -> None:
    assert typical_error([100, 106]) == pytest.approx((6 / math.sqrt(2), 1))
    assert typical_error([100, 103, 99]) == pytest.approx((math.sqrt((9 + 16) / 4), 8 / 5))


def test_a_steady_gain_is_not_taken_for_noise() -> None:
    assert typical_error([100 + i for i in range(10)])[0] == pytest.approx(1 / math.sqrt(2))
    assert np.std([100 + i for i in range(10)], ddof=1) > 3


def test_a_change_below_the_error_is_rarely_called() -> None:
    random = np.random.default_rng(3)
    called = 0
    for _ in range(150):
        levels = list(random.normal(120, 3, 9))
        called += abs(levels[-1] - np.mean(levels[:-1])) > detectable_change(levels[:-1]).sdc_kg
    assert called / 150 < 0.09  # 5 %, and two standard errors of 150 trials


def test_readiness_without_a_baseline_says_so() -> None:
    assert ready(history([120]), "2026-03-01").verdict == "no_baseline"
    one_load = pd.concat([points([100], [0.5], "2026-03-01"), points([100], [0.5], "2026-03-02")])
    assert "a lighter and a heavier load" in ready(one_load, "2026-03-02").sentence


def test_days_beyond_the_baseline_and_after_the_day_do_not_count() -> None:
    frame = history([200] + [120] * 40)
    row = ready(frame[frame["day"] <= "2026-03-31"], "2026-03-31")
    assert row.baseline_e1rm_kg == pytest.approx(120)
    assert row.baseline_days == 28
    assert ready(frame, "2026-03-31") == row


def test_a_day_that_is_no_date_is_one_clear_sentence() -> None:
    with pytest.raises(TempoError, match="'yesterday' is no date: expected the local day"):
        readiness(history([120]), "yesterday")


def test_the_local_day_is_that_of_the_wall_clock() -> None:
    late = datetime(2026, 3, 1, 23, 50, tzinfo=timezone(timedelta(hours=-8)))
    assert parse_day(late) == parse_day(late.isoformat()) == parse_day("2026-03-01") == date(2026, 3, 1)


def test_a_date_column_is_taken_for_the_day() -> None:
    assert "day" in with_day(pd.DataFrame({"date": ["2026-03-01"]}))
    with pytest.raises(TempoError, match="no column 'day'"):
        with_day(pd.DataFrame({"when": []}))


# --- reps in reserve ---


def reserve_frame(athletes: tuple[str, ...] = ("A",), exercise: str = "squat") -> pd.DataFrame:
    rows = [
        {"athlete": a, "exercise": exercise, "mcv_mps": 0.3 + 0.05 * rir + wobble, "rir": rir}
        for a in athletes
        for rir, wobble in zip(range(8), (0.01, -0.01) * 4, strict=True)
    ]
    return pd.DataFrame(rows)


def test_reserves_count_back_from_the_rep_that_failed() -> None:
    reps = [rep(i, 0.6 - 0.05 * i, quality="partial" if i == 2 else "") for i in range(1, 5)]
    assert [(round(v, 2), r) for v, r in reserves_to_failure(reps)] == [(0.55, 3), (0.45, 1), (0.40, 0)]


def test_an_individual_fit_gives_reps_and_their_interval() -> None:
    fit = fit_reserve(reserve_frame())
    estimate = fit.estimate(0.5)
    assert estimate.reps == pytest.approx(4, abs=0.3)
    assert 0 <= estimate.low < estimate.reps < estimate.high
    assert not estimate.extrapolated
    assert fit.velocity_at(2) == pytest.approx(0.4, abs=0.02)
    assert fit.stop_line.reps_in_reserve(0.5) == pytest.approx(estimate.reps)


def test_beyond_what_was_seen_the_estimate_says_it_is_a_guess() -> None:
    estimate = fit_reserve(reserve_frame()).estimate(1.2)
    assert estimate.extrapolated
    assert estimate.sentence.endswith("a guess.")
    assert fit_reserve(reserve_frame()).estimate(0.1).reps == 0


def test_a_general_fit_is_refused() -> None:
    with pytest.raises(TempoError, match="one athlete at a time, and the table is of 2"):
        fit_reserve(reserve_frame(("A", "B")))
    mixed = pd.concat([reserve_frame(), reserve_frame(exercise="deadlift")])
    with pytest.raises(TempoError, match="one exercise at a time"):
        fit_reserve(mixed)


def test_too_few_reps_and_velocity_that_does_not_fall_are_refused() -> None:
    with pytest.raises(TempoError, match="has 4 reps with velocity"):
        fit_reserve(reserve_frame().head(4))
    with pytest.raises(TempoError, match="does not fall towards failure"):
        fit_reserve(reserve_frame().assign(rir=lambda f: -f["rir"]))
    with pytest.raises(TempoError, match="no column 'rir'"):
        fit_reserve(reserve_frame().drop(columns="rir"))


# --- load check ---


@pytest.mark.parametrize(
    ("load", "assisted", "verdict", "warn"),
    [
        (49.9, False, "below", False),
        (50, False, "inside", False),
        (70, False, "inside", False),
        (70.1, False, "above", False),
        (100, False, "above", False),
        (100.1, False, "unassisted_overload", True),
        (104, True, "below", False),
        (105, True, "inside", False),
        (130, True, "inside", False),
        (130.1, True, "beyond_overload", True),
        (131, False, "beyond_overload", True),
    ],
)
def test_a_load_is_held_against_the_band_of_the_one_rep_max(
    load: float, assisted: bool, verdict: str, warn: bool
) -> None:
    check = load_check(load, 100, assisted=assisted)
    assert (check.verdict, check.warn) == (verdict, warn)


def test_the_sentence_names_load_percent_and_which_one_rep_max() -> None:
    said = load_check(60, 120, kind="estimated").sentence
    assert said == (
        "60 kg is 50 % of the estimated one-rep max (120 kg): inside the 50-70 % of a general working load."
    )
    assert "no help is declared" in load_check(110, 100).sentence
    assert load_check(110, 100, assisted=True).sentence.endswith(
        "inside the 105-130 % of eccentric overload."
    )


def test_rounding_does_not_push_a_load_off_the_limit() -> None:
    assert load_check(77, 110).verdict == "inside"
    assert load_check(143, 110, assisted=True).verdict == "inside"


@pytest.mark.parametrize("one_rm", [0, -5, math.nan, math.inf])
def test_a_one_rep_max_must_be_a_positive_number(one_rm: float) -> None:
    with pytest.raises(TempoError, match=r"one-rep max is .* expected a number above 0"):
        load_check(50, one_rm)


def test_an_unknown_band_lists_the_known() -> None:
    with pytest.raises(UnknownNameError, match="known are general, overload"):
        load_band("heavy")
