"""Edits put onto an analysis: what becomes of reps, sets, rejected movements and samples."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_edits import analysed, reps_of, rom_above_edge, seconds_above_edge
from made_sets import NAN, make_empty_result, make_reps

from imu_tempo.definitions import Definitions
from imu_tempo.errors import TempoError
from imu_tempo.metrics import parse_tempo, summarise
from imu_tempo.metrics.context import SetContext
from imu_tempo.relabel import (
    Edit,
    add,
    apply_edits,
    assisted,
    confirm,
    delete,
    full,
    label,
    merge,
    partial,
    split,
    unassisted,
)
from imu_tempo.result import AnalysisResult
from imu_tempo.schema import RepRow, SetRow, rows, table

RESULT = analysed()
REPS = reps_of(RESULT)
FRAME_S = 0.02


def put(*edits: Edit, on: AnalysisResult = RESULT) -> AnalysisResult:
    outcome = apply_edits(on, list(enumerate(edits, start=1)))
    assert not outcome.missed
    return outcome.result


def only_set(result: AnalysisResult) -> SetRow:
    (row,) = rows(result.sets, SetRow)
    return row


def test_nothing_said_changes_nothing() -> None:
    assert apply_edits(RESULT, []).result is RESULT


def test_the_analysis_itself_is_left_alone() -> None:
    before = RESULT.reps.copy(), RESULT.sets.copy(), RESULT.rejected.copy(), RESULT.samples.copy()
    put(delete(REPS[1]), assisted(REPS[0]), label(load_kg=80.0))
    for old, new in zip(before, (RESULT.reps, RESULT.sets, RESULT.rejected, RESULT.samples), strict=True):
        pd.testing.assert_frame_equal(old, new)


def test_tables_keep_their_columns_and_dtypes() -> None:
    after = put(delete(REPS[1]), merge(REPS[2:4]))
    for name in ("reps", "sets", "rejected", "samples"):
        assert list(getattr(after, name).dtypes.items()) == list(getattr(RESULT, name).dtypes.items())


def test_a_deleted_rep_leaves_the_set_summed_up_from_the_others_and_is_listed() -> None:
    after = put(delete(REPS[1]))
    left = reps_of(after)
    assert [rep.rep_no for rep in left] == [1, 2, 3]
    assert [rep.mcv_mps for rep in left] == [REPS[i].mcv_mps for i in (0, 2, 3)]
    assert only_set(after).tut_ecc_s == pytest.approx(3.1 + 3.2 + 2.6)
    gone = after.rejected[after.rejected.reason == "deleted"]
    assert gone.start_s.tolist() == [REPS[1].ecc_start_s]
    assert "rep 2 of set 1" in gone.detail.iloc[0]


def test_the_pause_before_a_deleted_rep_lasts_until_the_next_one() -> None:
    first = reps_of(put(delete(REPS[1])))[0]
    assert first.top_s == pytest.approx(REPS[2].ecc_start_s - REPS[0].con_end_s)
    assert math.isnan(first.top_sd_s)


def test_deleting_every_rep_leaves_no_set() -> None:
    after = put(*(delete(rep) for rep in REPS))
    assert after.reps.empty
    assert after.sets.empty
    assert len(after.rejected) == len(RESULT.rejected) + len(REPS)


def test_sets_are_numbered_anew_when_one_is_gone() -> None:
    both = analysed(sets=2)
    after = put(*(delete(rep) for rep in reps_of(both) if rep.set_no == 1), on=both)
    assert after.sets.set_no.tolist() == [1]
    assert set(after.reps.set_no) == {1}
    assert after.sets.start_s.tolist() == [both.sets.start_s.iloc[1]]


def test_the_order_of_edits_of_different_reps_does_not_matter() -> None:
    edits = (delete(REPS[0]), assisted(REPS[2]), partial(REPS[3]), label(load_kg=70.0))
    one, other = put(*edits), put(*reversed(edits))
    pd.testing.assert_frame_equal(one.reps, other.reps)
    pd.testing.assert_frame_equal(one.sets, other.sets)


# Marks


def test_an_assisted_rep_does_not_count_as_velocity_loss() -> None:
    slow = analysed(((3, 1, 0.8, 1), (3, 1, 0.9, 1), (3, 1, 2.4, NAN)))
    assert only_set(slow).vl_pct > 60
    after = put(assisted(reps_of(slow)[2]), on=slow)
    assert only_set(after).vl_pct == pytest.approx(100 * (1 - 0.8 / 0.9))
    assert only_set(after).tut_ecc_s == pytest.approx(9.0)


def test_marks_are_flags_that_their_opposites_take_off() -> None:
    assert reps_of(put(assisted(REPS[0])))[0].quality.split() == ["assisted", "edited"]
    assert "assisted" not in reps_of(put(assisted(REPS[0]), unassisted(REPS[0])))[0].quality
    assert "partial" in reps_of(put(partial(REPS[0])))[0].quality.split()
    assert "partial" not in reps_of(put(partial(REPS[0]), full(REPS[0])))[0].quality
    assert only_set(put(partial(REPS[0]))).partials == 1


def test_a_confirmed_rep_is_as_it_was_measured() -> None:
    rep = reps_of(put(confirm(REPS[0])))[0]
    assert rep.quality == "confirmed"
    pd.testing.assert_frame_equal(table([replace(rep, quality="")], RepRow), table(REPS[:1], RepRow))


# Split, merge, add


def test_each_half_of_a_split_rep_is_measured_as_the_formula_has_it() -> None:
    joined = replace(
        REPS[1], con_start_s=REPS[2].con_start_s, con_end_s=REPS[2].con_end_s, con_s=REPS[2].con_s
    )
    wrong = _with_reps([REPS[0], joined, REPS[3]])
    after = reps_of(put(split(joined, (REPS[1].con_end_s + REPS[2].ecc_start_s) / 2), on=wrong))
    assert len(after) == 4
    for half, true in zip(after[1:3], REPS[1:3], strict=True):
        assert half.ecc_s == pytest.approx(seconds_above_edge(true.ecc_s), abs=FRAME_S)
        assert half.con_s == pytest.approx(seconds_above_edge(true.con_s), abs=FRAME_S)
        assert half.rom_m == pytest.approx(rom_above_edge(true.con_s), abs=0.002)
        assert half.mcv_mps == pytest.approx(
            rom_above_edge(true.con_s) / seconds_above_edge(true.con_s), rel=0.02
        )
        assert half.pcv_mps == pytest.approx(true.pcv_mps, rel=0.03)
        assert half.con_end_s == pytest.approx(true.con_end_s, abs=0.1)
        assert half.quality == "edited"
        assert (half.load_kg, half.athlete, half.exercise) == (100.0, "A12", "squat")
        assert 0 < half.ecc_sd_s < 1


def test_a_merge_takes_a_hitch_in_the_lift_as_part_of_the_lift() -> None:
    samples = RESULT.samples
    mid_s = (REPS[1].con_start_s + REPS[1].con_end_s) / 2
    lower = replace(REPS[1], con_end_s=mid_s - 0.05)
    upper = replace(REPS[1], ecc_start_s=mid_s - 0.05, ecc_end_s=mid_s, con_start_s=mid_s, ecc_s=0.05)
    after = reps_of(put(merge([lower, upper]), on=_with_reps([REPS[0], lower, upper, REPS[2]])))
    assert len(after) == 3
    merged = after[1]
    assert (merged.ecc_start_s, merged.con_end_s) == (REPS[1].ecc_start_s, REPS[1].con_end_s)
    assert (merged.ecc_end_s, merged.con_start_s) == (REPS[1].ecc_end_s, REPS[1].con_start_s)
    assert merged.rom_m == pytest.approx(0.6, abs=0.005)
    assert merged.con_s == pytest.approx(REPS[1].con_s)
    assert merged.bottom_s == pytest.approx(REPS[1].bottom_s)
    assert samples is RESULT.samples


def test_a_merge_of_strangers_is_missed_and_says_why() -> None:
    two = analysed(sets=2)
    reps = reps_of(two)
    reasons = [
        apply_edits(two, [(1, edit)]).missed[0].reason
        for edit in (merge([reps[0], reps[2]]), merge([reps[3], reps[4]]))
    ]
    assert reasons == ["there is another rep between them", "the reps are of different sets"]


def test_a_split_that_leaves_no_lift_on_one_side_is_missed() -> None:
    (miss,) = apply_edits(RESULT, [(1, split(REPS[0], REPS[0].ecc_end_s + 0.3))]).missed
    assert "holds no lift" in miss.reason


def test_a_rep_that_was_overlooked_can_be_added() -> None:
    known = _with_reps([REPS[0], REPS[1], REPS[3]])
    after = reps_of(put(add(REPS[2].con_start_s - 0.2, REPS[2].con_end_s + 0.2), on=known))
    assert [rep.rep_no for rep in after] == [1, 2, 3, 4]
    assert after[2].ecc_s == pytest.approx(seconds_above_edge(3.2), abs=FRAME_S)
    assert after[2].con_s == pytest.approx(seconds_above_edge(0.95), abs=FRAME_S)
    assert "edited" in after[2].quality
    assert after[2].confidence < 1


def test_a_deleted_rep_can_be_added_again() -> None:
    span = (REPS[1].con_start_s - 0.1, REPS[1].con_end_s + 0.1)
    after = put(delete(REPS[1]), add(*span))
    assert len(after.reps) == 4
    assert "deleted" not in set(after.rejected.reason)


def test_nothing_is_added_where_nothing_was_lifted_or_a_rep_is_known() -> None:
    still, known = (0.5, 2.0), (REPS[0].con_start_s, REPS[0].con_end_s)
    reasons = [apply_edits(RESULT, [(1, add(*span))]).missed[0].reason for span in (still, known)]
    assert reasons == ["nothing was lifted there", "there is a rep already"]


def test_a_rep_whose_motion_was_not_solved_cannot_be_split() -> None:
    blind = replace(RESULT, samples=RESULT.samples.assign(vel_up_mps=NAN))
    (miss,) = apply_edits(blind, [(1, split(REPS[1], REPS[1].ecc_end_s))]).missed
    assert "was not solved" in miss.reason


def test_the_phases_of_the_samples_follow_the_reps() -> None:
    after = put(delete(REPS[0]))
    t_s = after.samples.t_s
    gone = after.samples.phase[(t_s >= REPS[0].ecc_start_s) & (t_s < REPS[0].con_end_s)]
    kept = after.samples.phase[(t_s >= REPS[1].ecc_start_s) & (t_s < REPS[1].ecc_end_s)]
    assert set(gone) == {"rest"}
    assert set(kept) == {"ecc"}


# Labels


def test_a_load_an_athlete_and_a_tempo_reach_reps_and_sets() -> None:
    after = put(label(load_kg=82.5, athlete="B7", tempo="3-1-X-1"))
    row = only_set(after)
    assert (row.load_kg, row.athlete, row.tempo_target) == (82.5, "B7", "3-1-X-1")
    again = table([summarise(reps_of(after), parse_tempo("3-1-X-1"))], SetRow)
    pd.testing.assert_frame_equal(after.sets, again)
    assert not any(rep.quality for rep in reps_of(after))


def test_a_label_of_one_set_leaves_the_other_alone() -> None:
    both = analysed(sets=2)
    second = rows(both.sets, SetRow)[1]
    after = put(label(load_kg=60.0, start_s=second.start_s, end_s=second.end_s), on=both)
    assert after.sets.load_kg.tolist() == [100.0, 60.0]


def test_an_empty_tempo_takes_the_target_away() -> None:
    paced = analysed(tempo="3-1-1-1")
    assert only_set(put(label(tempo=""), on=paced)).tempo_target == ""


def test_another_exercise_asks_for_another_analysis() -> None:
    (miss,) = apply_edits(RESULT, [(1, label(exercise="deadlift"))]).missed
    assert "analysed again as deadlift" in miss.reason


# What is told


def test_an_edit_that_finds_no_rep_is_told_and_the_others_hold() -> None:
    stranger = make_reps(start_s=300.0)[0]
    outcome = apply_edits(RESULT, [(4, delete(stranger)), (5, delete(REPS[0]))])
    assert outcome.applied == (5,)
    assert [miss.no for miss in outcome.missed] == [4]
    assert outcome.result.quality["edits"] == 1
    assert "edit 4 (delete the rep of 300.0-304.9 s): there is no rep" in str(
        outcome.result.quality["edits_missed"]
    )


def test_edits_are_not_put_on_twice() -> None:
    with pytest.raises(TempoError, match="edits=False"):
        apply_edits(put(delete(REPS[0])), [(1, delete(REPS[1]))])


def test_edits_of_an_empty_analysis_are_missed_not_an_error() -> None:
    outcome = apply_edits(make_empty_result(), [(1, delete(REPS[0])), (2, label(load_kg=5.0))])
    assert len(outcome.missed) == 2


@pytest.mark.parametrize("shift_s", [-0.2, 0.2])
def test_a_rep_is_found_again_by_other_definitions_of_its_edges(shift_s: float) -> None:
    said = replace(REPS[1], con_start_s=REPS[1].con_start_s + shift_s, con_end_s=REPS[1].con_end_s)
    assert reps_of(put(delete(said)))[1].rep_no == 2
    assert len(put(delete(said)).reps) == 3


def test_velocity_loss_is_reckoned_as_the_analysis_did() -> None:
    faster_later = analysed(((3, 1, 1.0, 1), (3, 1, 0.8, 1), (3, 1, 0.9, 1), (3, 1, 1.0, NAN)))
    by_first = replace(faster_later, quality={**faster_later.quality, "velocity_loss_from": "first"})
    row = only_set(put(delete(reps_of(by_first)[3]), on=by_first))
    assert row.vl_pct == pytest.approx(100 * (1 - 1.0 / 0.9))
    assert Definitions().velocity_loss_from == "fastest"


def test_what_was_known_of_the_set_is_known_of_the_edited_one() -> None:
    known = replace(RESULT, context=SetContext(one_rm_kg=125.0))
    assert only_set(put(delete(REPS[0]), on=known)).load_pct_1rm == pytest.approx(80.0)
    assert only_set(put(label(load_kg=50.0), on=known)).load_pct_1rm == pytest.approx(40.0)


def test_tables_that_follow_from_the_reps_follow_from_the_edited_ones() -> None:
    after = put(delete(REPS[0]))
    assert len(RESULT.eccentric) == 4
    assert len(after.eccentric) == 3
    assert after.session.tut_ecc_s.iloc[-1] == pytest.approx(3.0 + 3.2 + 2.6)


BOTH = analysed(sets=2)
SPANS = [(r.con_start_s - 0.1, r.con_end_s + 0.1) for r in reps_of(BOTH)] + [(0.5, 2.0), (60.0, 61.0)]


def some_edits() -> st.SearchStrategy[Edit]:
    rep = st.sampled_from([*reps_of(BOTH), make_reps(start_s=500.0)[0]])
    neighbours = st.integers(0, len(BOTH.reps) - 2).map(lambda i: merge(reps_of(BOTH)[i : i + 2]))
    halves = st.tuples(rep, st.floats(0.05, 0.95)).map(
        lambda pair: split(pair[0], pair[0].ecc_start_s + pair[1] * pair[0].tut_s)
    )
    marks = st.tuples(st.sampled_from([confirm, delete, assisted, unassisted, partial, full]), rep)
    labels = st.builds(label, load_kg=st.floats(1, 300), start_s=st.sampled_from([None, 50.0]))
    added = st.sampled_from(SPANS).map(lambda span: add(*span))
    return marks.map(lambda pair: pair[0](pair[1])) | neighbours | halves | labels | added


@given(st.lists(some_edits(), max_size=8))
@settings(max_examples=60)
def test_whatever_is_said_the_tables_fit_each_other(edits: list[Edit]) -> None:
    outcome = apply_edits(BOTH, list(enumerate(edits, start=1)))
    assert sorted([*outcome.applied, *(miss.no for miss in outcome.missed)]) == list(range(1, len(edits) + 1))
    reps, sets = reps_of(outcome.result), rows(outcome.result.sets, SetRow)
    assert [row.set_no for row in sets] == list(range(1, len(sets) + 1))
    for row in sets:
        own = [rep for rep in reps if rep.set_no == row.set_no]
        assert [rep.rep_no for rep in own] == list(range(1, row.reps + 1))
        assert all(a.con_end_s <= b.con_start_s for a, b in pairwise(own))
        assert row.partials == sum("partial" in rep.quality.split() for rep in own)
    assert sum(row.reps for row in sets) == len(reps)
    assert all(rep.con_s > 0 and rep.rom_m > 0 for rep in reps)
    gone = outcome.result.rejected
    assert len(reps) >= len(BOTH.reps) - sum(e.action in ("delete", "merge") for e in edits)
    assert gone.start_s.is_monotonic_increasing


def _with_reps(reps: list[RepRow]) -> AnalysisResult:
    numbered = [replace(rep, rep_no=i) for i, rep in enumerate(reps, start=1)]
    return replace(RESULT, reps=table(numbered, RepRow), sets=table([summarise(numbered)], SetRow))
