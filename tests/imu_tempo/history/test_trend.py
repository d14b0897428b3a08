"""Weeks summed up by hand, and by the table."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest

from imu_tempo.history.trend import trend
from imu_tempo.schema import table
from imu_tempo.schema.history import HistoryRepRow, HistorySetRow, OneRepMaxRow, TrendRow

MONDAY, SUNDAY, NEXT = "2026-03-02", "2026-03-08", "2026-03-09"


def a_set(day: str, recording: str, **values: object) -> HistorySetRow:
    row = HistorySetRow(
        set_no=1, exercise="squat", load_kg=100.0, athlete="A12", start_s=0.0, end_s=10.0, reps=5, tut_s=30.0,
        tut_moving_s=20.0, tut_ecc_s=15.0, tut_con_s=5.0, tut_pause_s=10.0, mcv_best_mps=0.6,
        recording=recording, day=day,
    )  # fmt: skip
    return replace(row, **values)  # type: ignore[arg-type]


def a_rep(day: str, recording: str, **values: object) -> HistoryRepRow:
    row = HistoryRepRow(
        set_no=1, rep_no=1, tut_s=3.0, rom_m=0.6, mcv_mps=0.6, exercise="squat", load_kg=100.0, athlete="A12",
        recording=recording, day=day,
    )  # fmt: skip
    return replace(row, **values)  # type: ignore[arg-type]


def weeks(
    sets: list[HistorySetRow],
    reps: list[HistoryRepRow] | None = None,
    maxes: list[OneRepMaxRow] | None = None,
    load_kg: float | None = None,
) -> pd.DataFrame:
    return trend(
        table(sets, HistorySetRow), table(reps or [], HistoryRepRow), table(maxes or [], OneRepMaxRow),
        load_kg=load_kg,
    )  # fmt: skip


def test_a_week_goes_from_monday_to_sunday() -> None:
    found = weeks([a_set(MONDAY, "a"), a_set(SUNDAY, "b"), a_set(NEXT, "c")])
    assert found.week.tolist() == [MONDAY, NEXT]
    assert found.sets.tolist() == [2, 1]
    assert found.days.tolist() == [2, 1]


def test_eccentric_time_adds_up_and_tempo_is_weighed_by_reps() -> None:
    found = weeks(
        [
            a_set(MONDAY, "a", tut_ecc_s=15.0, compliance_pct=100.0, reps=2),
            a_set(MONDAY, "b", tut_ecc_s=10.0, compliance_pct=50.0, reps=8),
            a_set(MONDAY, "c", tut_ecc_s=1.0),  # no tempo was prescribed
        ]
    )
    assert found.tut_ecc_s.tolist() == [26.0]
    assert found.compliance_pct.tolist() == [60.0]  # (2 x 100 + 8 x 50) / 10


def test_velocity_is_told_at_the_load_of_most_days_and_of_all_out_sets_only() -> None:
    sets = [
        a_set(MONDAY, "a", load_kg=100.0, mcv_best_mps=0.50),
        a_set(SUNDAY, "b", load_kg=100.0, mcv_best_mps=0.54),
        a_set(SUNDAY, "c", load_kg=100.0, mcv_best_mps=0.30, vl_valid=False),  # paced
        a_set(SUNDAY, "d", load_kg=120.0, mcv_best_mps=0.40),
    ]
    assert weeks(sets)[["load_kg", "mcv_mps"]].to_numpy().tolist() == [[100.0, pytest.approx(0.52)]]
    assert weeks(sets, load_kg=120.0).mcv_mps.tolist() == [0.40]
    assert math.isnan(weeks(sets, load_kg=60.0).mcv_mps[0])


def test_rom_is_the_median_of_full_reps() -> None:
    reps = [a_rep(MONDAY, "a", rep_no=n, rom_m=rom) for n, rom in enumerate((0.5, 0.6, 0.8), start=1)]
    reps.append(a_rep(MONDAY, "a", rep_no=4, rom_m=0.1, quality="partial"))
    assert weeks([a_set(MONDAY, "a")], reps).rom_m.tolist() == [0.6]


def test_a_tested_max_stands_before_an_estimate() -> None:
    # v = 1.2 - 0.009 load meets the squat's 0.30 m/s at 100 kg
    loads = (40.0, 60.0, 80.0)
    sets = [a_set(MONDAY, f"r{kg}", load_kg=kg) for kg in loads]
    reps = [a_rep(MONDAY, f"r{kg}", load_kg=kg, mcv_mps=1.2 - 0.009 * kg) for kg in loads]
    (row,) = weeks(sets, reps).to_dict("records")
    assert (row["e1rm_kg"], row["e1rm_kind"]) == (pytest.approx(100.0), "estimated")
    tested = [OneRepMaxRow(athlete="A12", exercise="squat", day=SUNDAY, one_rm_kg=105.0)]
    (row,) = weeks(sets, reps, tested).to_dict("records")
    assert (row["e1rm_kg"], row["e1rm_kind"]) == (105.0, "tested")


def test_an_estimate_takes_four_weeks_and_no_more() -> None:
    sets = [a_set("2026-01-05", "a", load_kg=40.0), a_set(MONDAY, "b", load_kg=80.0)]
    reps = [
        a_rep("2026-01-05", "a", load_kg=40.0, mcv_mps=0.84),
        a_rep(MONDAY, "b", load_kg=80.0, mcv_mps=0.48),
    ]
    assert weeks(sets, reps).e1rm_kg.isna().all()


def test_a_week_of_nothing_but_a_test_is_there() -> None:
    tested = [OneRepMaxRow(athlete="A12", exercise="squat", day=NEXT, one_rm_kg=105.0)]
    found = weeks([a_set(MONDAY, "a")], [], tested)
    assert found.sets.tolist() == [1, 0]


def test_athletes_and_exercises_stay_apart() -> None:
    found = weeks(
        [a_set(MONDAY, "a"), a_set(MONDAY, "b", athlete="B7"), a_set(MONDAY, "c", exercise="deadlift")]
    )
    assert list(zip(found.athlete, found.exercise, strict=True)) == [
        ("A12", "deadlift"),
        ("A12", "squat"),
        ("B7", "squat"),
    ]


def test_the_order_of_sets_changes_nothing() -> None:
    sets = [a_set(day, f"r{n}", tut_ecc_s=float(n)) for n, day in enumerate((MONDAY, SUNDAY, NEXT, MONDAY))]
    pd.testing.assert_frame_equal(weeks(sets), weeks(sets[::-1]))


def test_nothing_makes_an_empty_table() -> None:
    assert weeks([]).dtypes.to_dict() == table([], TrendRow).dtypes.to_dict()
