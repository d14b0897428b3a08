"""Eccentric dose across days, held against what a pencil says."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.errors import TempoError
from imu_tempo.metrics.dose import DoseRules, eccentric_dose
from imu_tempo.metrics.dose_words import NOT_A_DIAGNOSIS
from imu_tempo.metrics.soreness import soreness_due
from imu_tempo.schema import rows, table
from imu_tempo.schema.dose import DoseDayRow, DoseSetRow, SorenessQuestionRow
from imu_tempo.signal.constants import GRAVITY_MPS2

START = date(2026, 3, 2)


def day(offset: int) -> str:
    return (START + timedelta(days=offset)).isoformat()


def sets(*done: tuple[int, float, float], **other: object) -> pd.DataFrame:
    """Make a set of each (day from the start, load in kg, eccentric seconds)."""
    fields: dict[str, Any] = {"athlete": "A12", "exercise": "squat", **other}
    return table([DoseSetRow(day=day(d), load_kg=kg, tut_ecc_s=s, **fields) for d, kg, s in done], DoseSetRow)


def doses(frame: pd.DataFrame, soreness: pd.DataFrame | None = None, **rules: Any) -> list[DoseDayRow]:
    return rows(eccentric_dose(frame, soreness, rules=DoseRules(**rules)), DoseDayRow)


def answers(*told: tuple[int, float], **other: object) -> pd.DataFrame:
    return pd.DataFrame([{"athlete": "A12", "day": day(d), "soreness": s, **other} for d, s in told])


def test_a_days_dose_is_seconds_times_load_added_up() -> None:
    [row] = doses(sets((0, 100, 32.0), (0, 80, 20.0)))
    assert row.ecc_exposure_kgs == pytest.approx(100 * 32 + 80 * 20)
    assert row.ecc_impulse_ns == pytest.approx(4800 * GRAVITY_MPS2)
    assert (row.tut_ecc_s, row.sets, row.dose) == (52.0, 2, row.ecc_exposure_kgs)
    assert math.isnan(row.ecc_work_j)


def test_measured_impulse_and_work_are_taken_where_they_are_known() -> None:
    [row] = doses(sets((0, 100, 30.0), ecc_impulse_ns=31_000.0, ecc_work_j=4_000.0))
    assert (row.ecc_impulse_ns, row.ecc_work_j) == (31_000.0, 4_000.0)


def test_the_moved_mass_counts_before_the_load() -> None:
    [row] = doses(sets((0, 0.0, 30.0), exercise="push_up", mass_kg=52.0))
    assert (row.measure, row.dose) == ("ecc_exposure_kgs", 30 * 52)


def test_days_without_a_mass_compare_by_seconds() -> None:
    first, second = doses(sets((0, math.nan, 30.0), (7, 100, 45.0)))
    assert math.isnan(first.ecc_exposure_kgs)
    assert (second.measure, second.novelty_ratio) == ("tut_ecc_s", 1.5)


def test_novelty_is_the_dose_over_the_highest_day_of_the_look_back() -> None:
    found = doses(sets((0, 100, 20.0), (7, 100, 30.0), (14, 100, 25.0), (21, 100, 60.0)))
    assert [row.novelty_ratio for row in found] == pytest.approx([math.nan, 1.5, 25 / 30, 2.0], nan_ok=True)
    assert [row.novel for row in found] == [True, True, False, True]
    assert [row.days_since for row in found] == [-1, 7, 7, 7]


@pytest.mark.parametrize(
    ("gap", "weeks", "known"), [(14, 2, True), (15, 2, False), (63, 9, True), (64, 9, False)]
)
def test_the_look_back_ends_to_the_day(gap: int, weeks: float, known: bool) -> None:
    last = doses(sets((0, 100, 30.0), (gap, 100, 30.0)), lookback_weeks=weeks)[-1]
    assert math.isfinite(last.novelty_ratio) == known
    assert last.novel != known


def test_exercises_and_athletes_do_not_protect_each_other() -> None:
    frame = pd.concat(
        [sets((0, 100, 30.0)), sets((1, 100, 30.0), exercise="deadlift"), sets((2, 100, 30.0), athlete="B")]
    )
    assert all(row.days_since == -1 and row.novel for row in doses(frame))


def test_the_soreness_window_of_a_novel_dose_is_its_first_to_third_day() -> None:
    first, second = doses(sets((0, 100, 30.0), (7, 100, 30.0)))
    assert (first.soreness_from, first.soreness_to) == ("2026-03-03", "2026-03-05")
    assert (second.soreness_from, second.soreness_to) == ("", "")


def test_the_window_crosses_months_and_clock_changes() -> None:
    # 2026-03-29 has 23 hours in Central Europe; days are calendar days.
    [row] = doses(sets((0, 100, 30.0)).assign(day="2026-03-28T21:00:00+01:00"))
    assert (row.day, row.soreness_from, row.soreness_to) == ("2026-03-28", "2026-03-29", "2026-03-31")


def test_protection_is_whole_for_two_weeks_and_gone_after_twelve() -> None:
    rules = DoseRules()
    assert [rules.fade(d) for d in (0, 14, 49, 84, 200)] == pytest.approx([1, 1, 0.5, 0, 0])
    first, same, bigger = doses(sets((0, 100, 30.0), (14, 100, 30.0), (28, 100, 60.0)))
    assert (first.protection_ratio, same.protection_ratio) == (0, 1)
    assert bigger.protection_ratio == pytest.approx(0.5)


def test_heavy_days_close_together_are_told() -> None:
    found = doses(sets((0, 100, 30.0), (1, 100, 10.0), (2, 100, 29.0), (5, 100, 28.0)))
    assert [row.heavy for row in found] == [True, False, True, True]
    assert [row.days_since_heavy for row in found] == [-1, 1, 2, 3]
    assert [row.close for row in found] == [False, False, True, False]
    assert "The last heavy eccentric day was 2 days ago" in found[2].sentence


def test_answers_stand_beside_the_dose_they_follow() -> None:
    [row] = doses(sets((0, 100, 30.0)), answers((0, 9), (1, 3), (2, 6), (2, 5), (3, 2), (4, 8)))
    assert (row.soreness_24h, row.soreness_48h, row.soreness_72h, row.soreness_peak) == (3, 6, 2, 6)
    assert "Soreness reached 6 of 10." in row.sentence


def test_an_answer_for_another_exercise_does_not_count() -> None:
    [row] = doses(sets((0, 100, 30.0)), answers((1, 7), exercise="deadlift"))
    assert math.isnan(row.soreness_peak)
    [row] = doses(sets((0, 100, 30.0)), answers((1, 7), exercise="squat"))
    assert row.soreness_peak == 7


def test_less_soreness_after_the_same_dose_is_the_repeated_bout_effect() -> None:
    told = answers((1, 8), (15, 2), (29, 4))
    first, second, third = doses(sets((0, 100, 30.0), (14, 100, 30.0), (28, 100, 60.0)), told)
    assert math.isnan(first.attenuation_pct)
    assert second.attenuation_pct == pytest.approx(75)
    assert "75 % less than after the comparable day before" in second.sentence
    assert math.isnan(third.attenuation_pct)  # twice the dose compares with nothing


def test_questions_are_due_one_two_and_three_days_after_a_heavy_dose_until_answered() -> None:
    found = eccentric_dose(sets((0, 100, 30.0), (1, 100, 5.0)))
    hours = [list(soreness_due(found, day(d))["hours"]) for d in range(5)]
    assert hours == [[], [24], [48], [72], []]
    assert soreness_due(found, day(1), answers((1, 3))).empty
    assert list(soreness_due(found, day(1), answers((1, 3), exercise="deadlift"))["hours"]) == [24]
    [question] = rows(soreness_due(found, day(2)), SorenessQuestionRow)
    assert question.question.startswith("48 h after back squat on 2026-03-02: how sore")


def test_sentences_say_what_is_known_and_what_is_not() -> None:
    first, again, more = doses(sets((0, 100, 30.0), (7, 100, 30.0), (14, 100, 60.0)))
    assert "Back squat: 30 s of lowering in 1 set, 3,000 kg s." in first.sentence
    assert "the record is short" in first.sentence
    assert "between 2026-03-03 and 2026-03-05" in first.sentence
    assert "100 % of the highest day of the past 9 weeks: accustomed." in again.sentence
    assert "2.0 times the highest day" in more.sentence
    late = doses(sets((0, 100, 30.0), (90, 100, 30.0)))[-1]
    assert "Not done for 90 days: new again." in late.sentence
    assert "no diagnosis" in NOT_A_DIAGNOSIS


def test_an_exercise_without_a_profile_is_told_by_its_name() -> None:
    assert doses(sets((0, 20, 30.0), exercise="heel_drop"))[0].sentence.startswith("heel_drop: 30 s")


def test_no_sets_give_an_empty_table_with_the_columns_of_a_full_one() -> None:
    empty, full = eccentric_dose(sets()), eccentric_dose(sets((0, 100, 30.0)))
    assert list(empty.dtypes) == list(full.dtypes)
    assert eccentric_dose(sets((0, 100, 0.0))).empty  # nothing was lowered


def test_a_date_column_and_any_further_column_will_do() -> None:
    frame = (
        sets((0, 100, 30.0))
        .rename(columns={"day": "date"})
        .assign(vl_pct=20.0)[["date", "athlete", "exercise", "load_kg", "tut_ecc_s", "vl_pct"]]
    )
    before = frame.copy()
    assert len(eccentric_dose(frame)) == 1
    assert frame.equals(before)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (sets((0, -5, 30.0)), "expected neither below 0"),
        (sets((0, 100, 30.0)).assign(day="soon"), "'soon' is no date"),
        (sets((0, 100, 30.0)).drop(columns="tut_ecc_s"), "no column 'tut_ecc_s'"),
        (sets((0, 100, 30.0)).drop(columns="day"), "no column 'day'"),
    ],
)
def test_a_bad_table_is_one_clear_sentence(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(TempoError, match=said):
        eccentric_dose(frame)


def test_bad_answers_and_rules_are_one_clear_sentence() -> None:
    with pytest.raises(TempoError, match="is 11: expected 0"):
        eccentric_dose(sets((0, 100, 30.0)), answers((1, 11)))
    with pytest.raises(TempoError, match="no column 'soreness'"):
        eccentric_dose(sets((0, 100, 30.0)), pd.DataFrame({"day": [day(1)]}))
    for rules in ({"lookback_weeks": 1}, {"novel_ratio": 0.5}, {"heavy_ratio": 0}, {"faded_weeks": 1}):
        with pytest.raises(TempoError):
            DoseRules(**rules)


training = st.lists(
    st.tuples(st.integers(0, 80), st.floats(20, 200), st.floats(1, 120)), min_size=1, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(training, st.floats(0.2, 5))
def test_scaling_every_load_scales_the_dose_and_leaves_novelty(
    done: list[tuple[int, float, float]], by: float
) -> None:
    one, two = doses(sets(*done)), doses(sets(*((d, kg * by, s) for d, kg, s in done)))
    assert [r.dose * by for r in one] == pytest.approx([r.dose for r in two])
    assert [r.novelty_ratio for r in one] == pytest.approx([r.novelty_ratio for r in two], nan_ok=True)
    assert [r.protection_ratio for r in one] == pytest.approx([r.protection_ratio for r in two])


@settings(max_examples=40, deadline=None)
@given(training, st.randoms())
def test_the_order_of_the_sets_changes_nothing(done: list[tuple[int, float, float]], random: Any) -> None:
    mixed = list(done)
    random.shuffle(mixed)
    assert eccentric_dose(sets(*done)).equals(eccentric_dose(sets(*mixed)))


@settings(max_examples=40, deadline=None)
@given(training, st.integers(-4000, 4000))
def test_shifting_every_day_changes_nothing_but_the_days(
    done: list[tuple[int, float, float]], shift: int
) -> None:
    one, two = doses(sets(*done)), doses(sets(*((d + shift, kg, s) for d, kg, s in done)))
    numbers = ("dose", "novelty_ratio", "protection_ratio", "novel", "heavy", "days_since", "close")
    for name in numbers:
        assert [getattr(r, name) for r in one] == pytest.approx([getattr(r, name) for r in two], nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(training)
def test_what_comes_after_a_day_never_changes_it(done: list[tuple[int, float, float]]) -> None:
    last = max(d for d, _, _ in done)
    early = [item for item in done if item[0] < last]
    assert [r.novelty_ratio for r in doses(sets(*early))] == pytest.approx(
        [r.novelty_ratio for r in doses(sets(*done))[:-1]], nan_ok=True
    )
