"""Reps and others, on paths whose every movement is known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from made_motion import Move, bar, crossing_s, squat

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import exercise
from imu_tempo.reps.strokes import strokes
from imu_tempo.reps.verdict import Verdict, judge
from imu_tempo.signal.constants import FRAME_S


def verdict(moves: Sequence[Move], name: str = "squat", definitions: Definitions | None = None) -> Verdict:
    path = bar(moves)
    profile = exercise(name)
    found = strokes(path.h_m, 0.4 * profile.rom_min_m)
    return judge(path.h_m, path.v_mps, found, profile, definitions or Definitions())


def counts(found: Verdict) -> list[int]:
    return [len(reps) for reps in found.sets]


def reasons(found: Verdict) -> list[str]:
    return [r.reason for r in found.rejected]


def test_every_squat_is_a_rep_with_its_lowering() -> None:
    found = verdict(squat(4))
    assert counts(found) == [4]
    assert found.rejected == []
    for rep in found.sets[0]:
        assert rep.ecc is not None
        assert rep.ecc.end < rep.con.start
        assert not rep.partial


def test_phases_depart_and_arrive_where_the_formula_says() -> None:
    rep = verdict(squat(1, ecc_s=4.0)).sets[0][0]
    assert rep.ecc is not None
    late_ecc, late_con = crossing_s(0.6, 4.0, 0.02), crossing_s(0.6, 1.0, 0.02)
    assert rep.ecc.start * FRAME_S == pytest.approx(3.0 + late_ecc, abs=0.002)
    assert rep.ecc.end * FRAME_S == pytest.approx(7.0 - late_ecc, abs=0.002)
    assert rep.con.start * FRAME_S == pytest.approx(7.6 + late_con, abs=0.002)
    assert rep.con.end * FRAME_S == pytest.approx(8.6 - late_con, abs=0.002)


def test_deadlifts_lower_after_they_lift() -> None:
    moves = [Move(0, 2)]
    for _ in range(3):
        moves += [Move(0.5, 1.0), Move(0, 0.5), Move(-0.5, 1.2), Move(0, 1.0)]
    found = verdict(moves, "deadlift")
    assert counts(found) == [3]
    for rep in found.sets[0]:
        assert rep.ecc is not None
        assert rep.con.end < rep.ecc.start


def test_the_lift_off_the_rack_is_no_rep_and_the_reason_is_told() -> None:
    unrack = [Move(0, 2), Move(0.12, 0.8), Move(0, 1), Move(-0.05, 0.5)]
    found = verdict([*unrack, *squat(3)])
    assert counts(found) == [3]
    assert all(r.end * FRAME_S < 5.0 for r in found.rejected)


def test_a_long_way_up_without_a_lowering_before_it_is_an_unrack() -> None:
    found = verdict([Move(0, 2), Move(0.3, 0.9), *squat(3)])
    assert counts(found) == [3]
    assert reasons(found) == ["unrack"]


def test_taking_dumbbells_from_the_floor_is_a_pickup() -> None:
    moves = [Move(0, 2), Move(0.6, 1.2), Move(0, 2.0)]
    for _ in range(4):
        moves += [Move(0.5, 0.9), Move(0, 0.4), Move(-0.5, 1.5), Move(0, 0.6)]
    # Lifts of their own, from the floor and from the hang: the pause between them parts the strokes.
    path = bar(moves)
    profile = exercise("biceps_curl")
    pick, *rest = strokes(path.h_m, 0.06)
    middle = round(4.2 / FRAME_S)
    halves = [
        type(pick)(pick.start, middle, True, float(path.h_m[middle] - path.h_m[pick.start])),
        type(pick)(middle, pick.end, True, float(path.h_m[pick.end] - path.h_m[middle])),
    ]
    found = judge(path.h_m, path.v_mps, [*halves, *rest], profile, Definitions())
    assert counts(found) == [4]
    assert reasons(found) == ["pickup"]


def test_a_half_rep_is_counted_as_partial() -> None:
    moves = [Move(0, 2)]
    for depth in (0.6, 0.6, 0.35, 0.6):
        moves += [Move(-depth, 2.0), Move(0, 0.3), Move(depth, 1.0), Move(0, 1.0)]
    found = verdict(moves)
    assert [rep.partial for rep in found.sets[0]] == [False, False, True, False]


def test_a_bounce_is_not_even_partial() -> None:
    moves = [Move(0, 2)]
    for depth in (0.6, 0.6, 0.12, 0.6):
        moves += [Move(-depth, 1.5), Move(0, 0.3), Move(depth, 1.0), Move(0, 1.0)]
    found = verdict(moves)
    assert counts(found) == [3]
    assert reasons(found) == ["short"]


def test_a_lift_that_gets_stuck_below_lockout_is_no_rep() -> None:
    moves = squat(3)[:-1] + [Move(-0.6, 2.0), Move(0, 0.3), Move(0.3, 1.5), Move(-0.3, 1.0), Move(0, 2)]
    found = verdict(moves)
    assert counts(found) == [3]
    assert len(found.rejected) == 1


def test_nobody_lifts_that_fast() -> None:
    assert reasons(verdict([Move(0, 1), Move(-0.6, 1.0), Move(0.6, 0.25), Move(0, 1)])) == ["fast"]


def test_nobody_lifts_that_far() -> None:
    assert reasons(verdict([Move(0, 1), Move(-1.4, 1.5), Move(1.4, 1.5), Move(0, 1)])) == ["long"]


def test_a_long_rest_parts_two_sets_and_a_short_one_does_not() -> None:
    two = [*squat(2)[:-1], Move(0, 20.0), *squat(3)]
    assert counts(verdict(two)) == [2, 3]
    assert counts(verdict(two, definitions=Definitions(set_rest_s=60.0))) == [5]
    assert counts(verdict([*squat(2)[:-1], Move(0, 8.0), *squat(3)])) == [5]


def test_rejections_come_in_order_with_a_sentence_of_numbers() -> None:
    moves = [
        Move(0, 2),
        Move(-0.15, 0.8),
        Move(0.15, 0.8),
        *squat(2),
        Move(-0.15, 0.8),
        Move(0.15, 0.8),
        Move(0, 1),
    ]
    found = verdict(moves)
    starts = [r.start for r in found.rejected]
    assert len(starts) == 2
    assert starts == sorted(starts)
    assert all(r.start < r.end and " m" in r.detail for r in found.rejected)


def test_small_movements_alone_are_no_set() -> None:
    moves = [Move(0, 2)] + [m for _ in range(4) for m in (Move(-0.15, 1.0), Move(0.15, 1.0), Move(0, 0.5))]
    found = verdict(moves)
    assert found.sets == []
    assert set(reasons(found)) == {"short"}


def test_no_movement_no_verdict() -> None:
    assert verdict([Move(0, 5)]) == Verdict([], [])
