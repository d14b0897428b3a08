"""The fatigue table: hand-computed values, validity, and sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import make_reps
from scipy.stats import theilslopes

from imu_tempo.metrics import SetContext, parse_tempo
from imu_tempo.metrics.fatigue import robust_slope
from imu_tempo.metrics.fatigue_table import fatigue_rows
from imu_tempo.metrics.signs import SIGNS
from imu_tempo.schema import EccentricRow, FatigueRow

FOUR = [(3.0, 1.0, 0.75, 1.0), (2.8, 1.1, 0.8, 1.2), (2.6, 1.2, 1.0, 1.4), (2.4, 1.3, 1.2, 9.0)]
"""ROM 0.6 m: MCV 0.80, 0.75, 0.60, 0.50; lowering 0.2 s shorter each rep; pauses 0.3 s longer, but for the
last."""


def table(tempo: str | None = "3-1-X-1", **of_context: object) -> dict[str, FatigueRow]:
    context = SetContext(**of_context)  # type: ignore[arg-type]
    lowered = [
        EccentricRow(set_no=1, rep_no=n, control_score=100 - 10 * n, sticking_s=0.1 * n, ecc_tremor_mps2=0.1)
        for n in range(1, 5)
    ]
    found = fatigue_rows(make_reps(FOUR), lowered, parse_tempo(tempo) if tempo else None, context)
    return {row.measure: row for row in found}


def test_every_velocity_loss_by_hand() -> None:
    rows = table()
    assert rows["velocity_loss_fastest_last"].value == pytest.approx(37.5)
    assert rows["velocity_loss_first_last"].value == pytest.approx(37.5)
    assert rows["velocity_loss_fastest_last2"].value == pytest.approx(100 * 0.25 / 0.8)
    assert rows["velocity_loss_first_last2"].value == pytest.approx(100 * 0.25 / 0.8)
    assert rows["effort_index"].value == pytest.approx(0.8 * 37.5)
    assert rows["peak_velocity_loss"].value == pytest.approx(37.5)
    one = rows["velocity_loss_fastest_last"]
    assert (one.first, one.last, one.unit, one.quantity_unit) == pytest.approx((0.8, 0.5, "%", "m/s"))
    assert one.sentence.startswith("Velocity loss, fastest rep to last rep: ")
    assert one.sentence.endswith(" % (0.80 to 0.50 m/s).")


def test_drifts_are_the_robust_slope_over_the_set() -> None:
    rows = table()
    assert rows["lowering_time_drift"].slope_per_rep == pytest.approx(-0.2)
    assert rows["lowering_time_drift"].value == pytest.approx(-0.6)
    assert rows["control_drift"].value == pytest.approx(-30)
    assert rows["sticking_growth"].value == pytest.approx(0.3)
    assert rows["tremor_growth"].value == pytest.approx(0)
    assert rows["pause_growth"].slope_per_rep == pytest.approx(
        np.median([0.3, 0.6 / 2, 8.3 / 3, 0.3, 8.0 / 2, 7.7])
    )


def test_evidence_is_graded_and_the_strongest_stands_first() -> None:
    rows = list(table().values())
    grades = [row.evidence for row in rows]
    assert grades == sorted(grades, key=["strong", "moderate", "exploratory"].index)
    strong = {row.measure for row in rows if row.evidence == "strong"}
    assert {"velocity_loss_fastest_last", "effort_index", "mpv_loss"} <= strong
    assert {row.evidence for row in rows if "growth" in row.measure or "drift" in row.measure} == {
        "exploratory"
    }


@pytest.mark.parametrize("tempo", ["3-1-1-1", "3-1-A-1"])
def test_velocity_means_nothing_where_the_lifting_was_paced_or_assisted(tempo: str) -> None:
    rows = table(tempo)
    for name in ("velocity_loss_fastest_last", "mpv_loss", "peak_velocity_loss", "effort_index"):
        assert not rows[name].valid
        assert "paced by the tempo or assisted" in rows[name].reason
        assert "Not to be read as fatigue" in rows[name].sentence
    assert rows["lowering_time_drift"].valid


def test_declared_assistance_counts_as_well() -> None:
    rows = table(None, assisted=True)
    assert not rows["velocity_loss_fastest_last"].valid
    assert not rows["sticking_growth"].valid
    assert not table("3-1-A-1")["sticking_growth"].valid


def test_lowering_velocity_means_nothing_where_its_time_was_prescribed() -> None:
    assert not table()["lowering_velocity_loss"].valid
    assert table(None)["lowering_velocity_loss"].valid


def test_a_single_rep_says_nothing_and_says_why() -> None:
    for row in fatigue_rows(make_reps(FOUR[:1])):
        assert math.isnan(row.value)
        assert not row.valid
        assert "fewer than" in row.reason
        assert "not known" in row.sentence
    assert fatigue_rows([]) == []


def test_an_unclear_drift_is_not_told_as_one() -> None:
    up_and_down = [(3.0, 1, 1, 1), (2.6, 1, 1, 1), (3.2, 1, 1, 1), (2.9, 1, 1, 1)]
    row = {r.measure: r for r in fatigue_rows(make_reps(up_and_down))}["lowering_time_drift"]
    assert row.slope_low < 0 < row.slope_high
    assert "no clear change" in row.sentence


def test_a_clear_drift_says_which_way() -> None:
    row = {r.measure: r for r in fatigue_rows(make_reps([(3 - 0.1 * k, 1, 1, 1) for k in range(7)]))}[
        "lowering_time_drift"
    ]
    assert row.sentence == "Drift of the lowering time: -0.6 s over the set (-0.10 s a rep), for the worse."


def test_tremor_that_could_not_be_seen_says_why() -> None:
    lowered = [
        EccentricRow(set_no=1, rep_no=n, notes="Tremor needs a sensor rate of 50 Hz; this one ran at 25 Hz.")
        for n in range(1, 5)
    ]
    row = {r.measure: r for r in fatigue_rows(make_reps(FOUR), lowered)}["tremor_growth"]
    assert "25 Hz" in row.sentence
    assert not row.valid


def test_partials_are_not_compared() -> None:
    reps = make_reps(FOUR)
    reps[3] = replace(reps[3], quality="partial", mcv_mps=2.0, ecc_s=0.5)
    rows = {r.measure: r for r in fatigue_rows(reps)}
    assert rows["velocity_loss_fastest_last"].value == pytest.approx(25)
    assert rows["lowering_time_drift"].slope_per_rep == pytest.approx(-0.2)


def test_there_is_always_a_row_a_measure() -> None:
    names = {sign.measure for sign in SIGNS} | {"effort_index", "rom_loss"}
    for phases in (FOUR[:1], FOUR[:2], FOUR):
        assert {row.measure for row in fatigue_rows(make_reps(phases))} == names


@given(st.lists(st.integers(-20, 20), min_size=3, max_size=14))
def test_the_slope_and_its_interval_are_those_of_scipy(values: list[int]) -> None:
    x, y = np.arange(1.0, len(values) + 1), np.asarray(values, dtype=float)
    expected = theilslopes(y, x)
    assert robust_slope(x, y) == pytest.approx((expected[0], expected[2], expected[3]))
