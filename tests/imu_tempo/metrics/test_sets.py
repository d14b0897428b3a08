import dataclasses
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sets import NAN, make_reps

from imu_tempo.errors import TempoError
from imu_tempo.metrics import parse_tempo, summarise
from imu_tempo.schema import RepRow, SetRow

THREE = [(3.0, 1.0, 0.75, 1.0), (3.2, 1.1, 1.0, 1.5), (2.8, 0.9, 1.2, 9.0)]
"""ROM 0.6 m, so MCV 0.8, 0.6 and 0.5 m/s; the 9 s at the top come after the set."""


def equal(a: SetRow, b: SetRow) -> bool:
    """Compare rows with NaN equal to NaN."""
    return repr(a) == repr(b)


def test_every_number_of_a_hand_made_set() -> None:
    row = summarise(make_reps(THREE, set_no=2, start_s=10.0), parse_tempo("3-1-X-1"))
    assert (row.set_no, row.exercise, row.load_kg, row.athlete) == (2, "squat", 100.0, "A12")
    assert (row.reps, row.partials, row.quality) == (3, 0, "")
    assert row.start_s == 10.0
    assert row.end_s == pytest.approx(10 + 5.75 + 6.8 + 4.9)
    assert row.tut_s == pytest.approx(5.75 + 6.8 + 4.9)
    assert row.tut_ecc_s == pytest.approx(9.0)
    assert row.tut_con_s == pytest.approx(2.95)
    assert row.tut_moving_s == pytest.approx(11.95)
    assert row.tut_pause_s == pytest.approx(3.0 + 2.5)
    assert row.tut_s == pytest.approx(row.tut_moving_s + row.tut_pause_s)
    assert row.tut_prescribed_s == pytest.approx(15)
    assert row.tut_ecc_sd_s == pytest.approx(0.03 * math.sqrt(3))
    assert row.mcv_mean_mps == pytest.approx(1.9 / 3)
    assert (row.mcv_best_mps, row.mcv_last_mps) == pytest.approx((0.8, 0.5))
    assert row.vl_pct == pytest.approx(37.5)
    assert row.vl_first_pct == pytest.approx(37.5)
    assert row.vl_last2_pct == pytest.approx(100 * 0.25 / 0.8)
    assert row.vl_valid
    assert row.effort_index == pytest.approx(0.8 * 37.5)
    assert row.tempo == "3.0-1.0-1.0-1.5"
    assert row.tempo_target == "3-1-X-1"
    assert row.compliance_pct == pytest.approx(100 * 11 / 12)
    assert row.ecc_error_s == pytest.approx(0, abs=1e-12)
    assert row.mcv_slope_mps == pytest.approx(-0.15)
    assert row.ecc_slope_s == pytest.approx(-0.1)
    assert row.pause_slope_s == pytest.approx((9.9 - 2.0) / 2)
    assert math.isnan(row.rom_loss_pct)


def test_a_single_rep_has_no_loss_and_no_slope() -> None:
    row = summarise(make_reps([(3.0, 1.0, 1.0, NAN)]))
    assert (row.reps, row.tut_ecc_s, row.tut_s) == (1, 3.0, 5.0)
    for name in ("vl_pct", "vl_first_pct", "vl_last2_pct", "effort_index", "mcv_slope_mps", "ecc_slope_s"):
        assert math.isnan(getattr(row, name)), name
    assert math.isnan(row.compliance_pct)
    assert (row.tempo, row.tempo_target) == ("3.0-1.0-1.0-?", "")


def test_a_deadlift_may_miss_its_lowering() -> None:
    bare = RepRow(
        set_no=1, rep_no=1, con_start_s=2.0, con_end_s=3.0, con_s=1.0, tut_s=1.0, rom_m=0.5, mcv_mps=0.5
    )
    row = summarise([bare])
    assert math.isnan(row.tut_ecc_s)
    assert math.isnan(row.tut_ecc_sd_s)
    assert (row.tut_s, row.tut_con_s, row.tut_moving_s, row.tut_pause_s) == (1.0, 1.0, 1.0, 0.0)


def test_a_lift_that_starts_with_the_raising_ends_its_set_with_the_lowering() -> None:
    edges = {"con_start_s": 2.0, "con_end_s": 3.0, "ecc_start_s": 3.5, "ecc_end_s": 5.5}
    first = RepRow(set_no=1, rep_no=1, **edges, con_s=1.0, top_s=0.5, ecc_s=2.0, bottom_s=1.5, tut_s=3.5)
    moved = {name: t + 5.0 for name, t in edges.items()}
    second = replace(first, rep_no=2, **moved, bottom_s=30.0)
    row = summarise([first, second])
    assert (row.start_s, row.end_s) == (2.0, 10.5)
    assert row.tut_pause_s == pytest.approx(0.5 + 1.5 + 0.5)
    assert row.tut_s == pytest.approx(row.tut_moving_s + row.tut_pause_s)


def test_an_unknown_uncertainty_is_not_hidden() -> None:
    reps = make_reps(THREE)
    reps[1] = replace(reps[1], ecc_sd_s=NAN)
    assert math.isnan(summarise(reps).tut_ecc_sd_s)


def test_low_confidence_counts_as_a_rep_and_as_time_only() -> None:
    reps = make_reps(THREE)
    reps[2] = replace(reps[2], confidence=0.0, mcv_mps=9.9, ecc_s=2.8, quality="gap")
    row = summarise(reps, parse_tempo("3-1-X-1"))
    assert (row.reps, row.tut_ecc_s) == (3, pytest.approx(9.0))
    assert (row.mcv_best_mps, row.vl_pct) == pytest.approx((0.8, 25))
    assert row.ecc_error_s == pytest.approx(0.1)
    assert row.quality == "gap low_confidence"


def test_a_partial_is_a_rep_whose_velocity_is_not_compared() -> None:
    reps = make_reps(THREE)
    reps[2] = replace(reps[2], quality="partial", mcv_mps=2.0, rom_m=0.3)
    row = summarise(reps)
    assert (row.reps, row.partials, row.quality) == (3, 1, "partial")
    assert row.mcv_best_mps == pytest.approx(0.8)


def test_a_set_of_partials_is_compared_with_itself() -> None:
    reps = [replace(rep, quality="partial") for rep in make_reps(THREE)]
    assert summarise(reps).vl_pct == pytest.approx(37.5)


def test_a_withdrawn_rep_does_not_exist() -> None:
    reps = make_reps(THREE)
    gone = replace(reps[2], rep_no=4, quality="withdrawn")
    assert equal(summarise([*reps, gone]), summarise(reps))


def test_velocity_loss_is_flagged_when_paced() -> None:
    row = summarise(make_reps(THREE), parse_tempo("3-1-1-1"))
    assert not row.vl_valid
    assert row.vl_pct == pytest.approx(37.5)


def test_reps_of_one_set_are_required() -> None:
    with pytest.raises(TempoError, match="got none"):
        summarise([])
    with pytest.raises(TempoError, match=r"sets \[1, 2\]"):
        summarise([*make_reps(THREE), *make_reps(THREE, set_no=2)])


def test_every_phase_may_be_missing() -> None:
    empty = RepRow(set_no=1, rep_no=1, tut_s=NAN)
    row = summarise([empty, replace(empty, rep_no=2), replace(empty, rep_no=3)], parse_tempo("3-1-X-1"))
    floats = [f.name for f in dataclasses.fields(SetRow) if str(f.type) == "float"]
    known = {name for name in floats if not math.isnan(getattr(row, name))}
    assert known == {"tut_pause_s", "tut_prescribed_s"}


_PHASE = st.floats(0.2, 9)
_PHASES = st.lists(st.tuples(_PHASE, _PHASE, _PHASE, _PHASE), min_size=1, max_size=8)


@given(_PHASES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(phases, random) -> None:
    reps = make_reps(phases)
    shuffled = list(reps)
    random.shuffle(shuffled)
    assert equal(summarise(shuffled, parse_tempo("3111")), summarise(reps, parse_tempo("3111")))


@given(_PHASES, st.floats(0, 1000))
def test_when_the_set_was_done_does_not_matter(phases, later_s: float) -> None:
    early, late = summarise(make_reps(phases)), summarise(make_reps(phases, start_s=5.0 + later_s))
    for name in ("tut_s", "tut_ecc_s", "tut_pause_s", "vl_pct", "mcv_slope_mps"):
        assert getattr(late, name) == pytest.approx(getattr(early, name), abs=1e-6, nan_ok=True)


@given(_PHASES, st.sampled_from([0.5, 2.0, 4.0]))
def test_times_scale_together(phases, factor: float) -> None:
    once = summarise(make_reps(phases))
    scaled = summarise(make_reps([tuple(factor * p for p in rep) for rep in phases]))
    for name in ("tut_s", "tut_ecc_s", "tut_con_s", "tut_moving_s", "tut_pause_s", "ecc_slope_s"):
        assert getattr(scaled, name) == pytest.approx(factor * getattr(once, name), abs=1e-6, nan_ok=True)
    assert scaled.vl_pct == pytest.approx(once.vl_pct, abs=1e-6, nan_ok=True)
