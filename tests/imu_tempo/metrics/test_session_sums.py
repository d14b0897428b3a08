"""Time under tension with its spread, the context of a set, and a session added up."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import NAN, make_reps

from imu_tempo.errors import TempoError
from imu_tempo.metrics import SetContext, parse_tempo, summarise
from imu_tempo.metrics.scoring import compliance, compliance_rows
from imu_tempo.metrics.session import session_rows
from imu_tempo.metrics.tut import time_under_tension
from imu_tempo.schema import ComplianceRow, EccentricRow, RepRow, SessionRow

PHASES = [(3.0, 1.0, 0.75, 1.0), (3.2, 1.1, 1.0, 1.5), (2.8, 0.9, 1.2, NAN)]


def with_spreads(reps: list[RepRow]) -> list[RepRow]:
    return [
        replace(r, ecc_sd_s=0.03, con_sd_s=0.04, bottom_sd_s=0.01, top_sd_s=0.02, tut_sd_s=0.06) for r in reps
    ]


def test_every_kind_of_tut_has_its_spread() -> None:
    tut = time_under_tension(with_spreads(make_reps(PHASES)))
    assert tut.ecc_sd_s == pytest.approx(0.03 * math.sqrt(3))
    assert tut.con_sd_s == pytest.approx(0.04 * math.sqrt(3))
    assert tut.moving_sd_s == pytest.approx(0.05 * math.sqrt(3))
    assert tut.pause_sd_s == pytest.approx(math.sqrt(3 * 0.01**2 + 2 * 0.02**2))
    assert tut.total_sd_s == pytest.approx(0.06)


def test_prescribed_tut_is_exact_or_a_minimum() -> None:
    assert summarise(make_reps(PHASES), parse_tempo("3-1-1-1")).tut_prescribed_sd_s == 0
    assert math.isnan(summarise(make_reps(PHASES), parse_tempo("3-1-X-1")).tut_prescribed_sd_s)


def test_an_unknown_spread_is_not_hidden() -> None:
    reps = with_spreads(make_reps(PHASES))
    reps[1] = replace(reps[1], con_sd_s=NAN)
    tut = time_under_tension(reps)
    assert math.isnan(tut.con_sd_s)
    assert math.isnan(tut.moving_sd_s)
    assert math.isfinite(tut.ecc_sd_s)


def test_a_session_by_exercise_and_in_all_by_hand() -> None:
    squat = summarise(with_spreads(make_reps(PHASES)), parse_tempo("3-1-X-1"))
    heavier = summarise(
        [replace(r, set_no=2, load_kg=120.0) for r in with_spreads(make_reps(PHASES[:2], start_s=100.0))]
    )
    bench = summarise([replace(r, set_no=3, exercise="bench_press", load_kg=NAN) for r in make_reps(PHASES)])
    work = [
        EccentricRow(
            set_no=1, rep_no=1, exercise="squat", ecc_work_j=500.0, con_work_j=510.0, ecc_impulse_ns=3000.0
        ),
        EccentricRow(
            set_no=2, rep_no=1, exercise="squat", ecc_work_j=600.0, con_work_j=610.0, ecc_impulse_ns=3500.0
        ),
        EccentricRow(set_no=3, rep_no=1, exercise="bench_press"),
    ]
    rows = session_rows([squat, heavier, bench], work)
    assert [(r.exercise, r.sets, r.reps) for r in rows] == [
        ("squat", 2, 5),
        ("bench_press", 1, 3),
        ("", 3, 8),
    ]
    first, second, everything = rows
    assert first.tut_ecc_s == pytest.approx(9.0 + 6.2)
    assert first.tut_ecc_sd_s == pytest.approx(0.03 * math.sqrt(5))
    assert first.tut_sd_s == pytest.approx(0.06 * math.sqrt(2))
    assert first.volume_kg == pytest.approx(100 * 3 + 120 * 2)
    assert first.ecc_exposure_kgs == pytest.approx(100 * 9.0 + 120 * 6.2)
    assert (first.ecc_work_j, first.con_work_j, first.ecc_impulse_ns) == (1100, 1120, 6500)
    assert math.isnan(second.volume_kg)
    assert math.isnan(second.ecc_work_j)
    assert everything.tut_ecc_s == pytest.approx(9.0 + 6.2 + 9.0)
    assert everything.tut_prescribed_s == pytest.approx(15)
    assert everything.compliance_pct == pytest.approx(squat.compliance_pct)
    assert session_rows([]) == []


@given(st.permutations(range(4)))
def test_the_order_of_sets_changes_no_sum(order: list[int]) -> None:
    sets = [
        summarise([replace(r, set_no=n) for r in make_reps(PHASES[: 1 + n % 3], start_s=60.0 * n)])
        for n in range(1, 5)
    ]
    one, other = session_rows(sets)[-1], session_rows([sets[i] for i in order])[-1]
    for name in SessionRow.__slots__:
        assert getattr(other, name) == pytest.approx(getattr(one, name), nan_ok=True), name


def test_load_against_the_one_rep_maximum() -> None:
    reps = make_reps(PHASES)
    light = summarise(reps, context=SetContext(one_rm_kg=160))
    assert light.load_pct_1rm == pytest.approx(62.5)
    assert light.quality == ""
    alone = summarise(reps, context=SetContext(one_rm_kg=90))
    assert alone.quality == "overload overload_unassisted"
    helped = summarise(reps, parse_tempo("3-1-A-1"), context=SetContext(one_rm_kg=90))
    assert helped.quality == "overload"
    assert math.isnan(summarise(reps).load_pct_1rm)


def test_an_assisted_set_has_no_velocity_loss_but_a_lowering() -> None:
    for row in (
        summarise(make_reps(PHASES), parse_tempo("3-1-A-1")),
        summarise(make_reps(PHASES), context=SetContext(assisted=True)),
    ):
        assert row.assisted == 3
        assert not row.vl_valid
        for name in (
            "vl_pct",
            "vl_first_pct",
            "vl_last2_pct",
            "effort_index",
            "mcv_slope_mps",
            "mcv_best_mps",
        ):
            assert math.isnan(getattr(row, name)), name
        assert row.tut_ecc_s == pytest.approx(9.0)


def test_one_assisted_rep_is_left_out_of_the_velocities() -> None:
    reps = make_reps(PHASES)
    reps[2] = replace(reps[2], quality="assisted")
    row = summarise(reps, parse_tempo("3-1-X-1"))
    assert (row.assisted, row.vl_valid) == (1, True)
    assert row.vl_pct == pytest.approx(25)
    score = compliance(reps, parse_tempo("3-1-X-1"))
    assert [s.phase for s in score.reps[2].phases] == ["ecc", "bottom"]


def test_eccentric_failure_is_from_where_no_lowering_was_held_any_more() -> None:
    short_then_made_good = [(5.0, 0, 1, 1), (3.0, 0, 1, 1), (4.9, 0, 1, 1), (4.0, 0, 1, 1), (3.5, 0, 1, 1)]
    row = summarise(make_reps(short_then_made_good), parse_tempo("5-0-A-0"))
    assert row.ecc_failure_rep == 4
    assert summarise(make_reps(short_then_made_good[:3]), parse_tempo("5-0-A-0")).ecc_failure_rep == 0
    assert summarise(make_reps(short_then_made_good)).ecc_failure_rep == 0


@pytest.mark.parametrize(
    "fields",
    [{"one_rm_kg": 0}, {"body_mass_kg": -80}, {"body_mass_kg": 80, "body_ratio": 1.2}],
)
def test_impossible_facts_are_refused(fields: dict[str, float]) -> None:
    with pytest.raises(TempoError):
        SetContext(**fields)


def test_a_body_ratio_without_the_mass_that_it_is_of_is_refused_before_it_is_used() -> None:
    context = SetContext(body_ratio=0.8)  # the mass may yet be found
    for use in (lambda: context.check(None), lambda: context.moved_mass(100.0)):
        with pytest.raises(TempoError, match="give both"):
            use()


def test_compliance_as_rows_by_hand() -> None:
    target = parse_tempo("3-1-X-1")
    reps = make_reps([(3.2, 1.0, 0.8, 1.5), (2.9, 0.3, 0.9, NAN)])
    rows = compliance_rows(compliance(reps, target), target, 1)
    table = {(r.rep_no, r.phase): r for r in rows}
    assert len(table) == len(rows) == 4 + 3 + 2 + 4 + 1
    assert table[2, "bottom"] == ComplianceRow(
        set_no=1, rep_no=2, phase="bottom", target="1", scored=1, inside=0, compliance_pct=0.0,
        error_s=pytest.approx(-0.7),
    )  # fmt: skip
    assert table[1, "con"].target == "X"
    assert math.isnan(table[1, "con"].error_s)
    assert table[0, "bottom"].compliance_pct == 50
    assert (table[0, "all"].scored, table[0, "all"].inside) == (7, 6)
    assert [r.rep_no for r in rows] == sorted((r.rep_no for r in rows), key=lambda no: (no == 0, no))
