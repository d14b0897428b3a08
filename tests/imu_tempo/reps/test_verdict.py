"""Reps and others, on paths whose every movement is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from made_motion import Move, bar, crossing_s, squat, still_frames

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import exercise
from imu_tempo.reps.candidates import Lift
from imu_tempo.reps.strokes import split_at_pauses, strokes
from imu_tempo.reps.verdict import Scene, Verdict, judge, tumbling
from imu_tempo.signal.constants import FRAME_S


def scene(moves: Sequence[Move], name: str = "squat", definitions: Definitions | None = None) -> Scene:
    """What is seen of a path: every rise was felt, nothing tumbled, heights are good to a centimetre."""
    path = bar(moves)
    profile = exercise(name)
    found = strokes(path.h_m, 0.4 * profile.rom_min_m)
    return Scene(
        height_m=path.h_m,
        velocity_mps=path.v_mps,
        tumble_radps=np.zeros(len(path.h_m) - 1),
        moves=found,
        pushes=[Lift(m.start, (m.start + m.end) // 2, m.end, m.travel_m, 1.0) for m in found if m.up],
        repeated=np.array([], dtype=np.intp),
        rise_sd_m=lambda start, end: 0.01,
        exercise=profile,
        definitions=definitions or Definitions(),
    )


def verdict(moves: Sequence[Move], name: str = "squat", definitions: Definitions | None = None) -> Verdict:
    return judge(scene(moves, name, definitions))


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
    # The pause parts the way from the floor and the first curl into strokes of their own.
    seen = scene(moves, "biceps_curl")
    parted = split_at_pauses(seen.moves, seen.height_m, seen.velocity_mps, 0.02, 0.06)
    found = judge(replace(seen, moves=parted))
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
    moves = [
        *squat(3)[:-1],
        Move(-0.6, 2.0),
        Move(0, 0.3),
        Move(0.3, 1.5),
        Move(-0.3, 1.0),
        Move(0, 2),
    ]
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
    bobs = [m for _ in range(4) for m in (Move(-0.15, 1.0), Move(0.15, 1.0), Move(0, 0.5))]
    moves = [Move(0, 2), *bobs]
    found = verdict(moves)
    assert found.sets == []
    assert set(reasons(found)) == {"short"}


def test_no_movement_no_verdict() -> None:
    assert verdict([Move(0, 5)]) == Verdict([], [])


def test_a_rise_that_nobody_felt_is_drift_unless_it_is_sure() -> None:
    unfelt = replace(scene(squat(1)), pushes=[])
    assert counts(judge(unfelt)) == [1]
    doubtful = replace(unfelt, rise_sd_m=lambda start, end: 0.3)
    assert counts(judge(doubtful)) == []
    assert reasons(judge(doubtful)) == ["drift"]
    fidget = [replace(push, travel_m=0.1 * push.travel_m) for push in scene(squat(1)).pushes]
    assert reasons(judge(replace(doubtful, pushes=fidget))) == ["drift"]


def test_what_tumbles_while_it_rises_is_being_handled() -> None:
    seen = scene(squat(3))
    tumble = seen.tumble_radps.copy()
    tumble[seen.moves[3].start : seen.moves[3].end] = 2.0
    found = judge(replace(seen, tumble_radps=tumble))
    assert counts(found) == [2]
    assert reasons(found) == ["handling"]


def test_what_turns_alike_in_every_lift_is_a_twisting_wrist_and_no_handling() -> None:
    seen = scene(squat(3))
    peaks = np.array([push.peak for push in seen.pushes])
    found = judge(replace(seen, tumble_radps=np.full(len(seen.tumble_radps), 2.0), repeated=peaks))
    assert counts(found) == [3]


def test_a_lift_let_down_tumbling_is_no_rep() -> None:
    seen = scene(squat(3))
    tumble = seen.tumble_radps.copy()
    tumble[seen.moves[2].start : seen.moves[2].end] = 2.0
    found = judge(replace(seen, tumble_radps=tumble))
    assert counts(found) == [2]
    assert [r.detail for r in found.rejected] == ["turned about more than one axis while it was lowered"]


def turning(axes: Sequence[int]) -> np.ndarray:
    """Tumbling of a sensor that rolls to and fro, 60 degrees at 1 Hz, about one axis after the other."""
    t = np.arange(0.0, 12.0, FRAME_S)
    angle = np.radians(60.0) * np.sin(2 * np.pi * t)
    which = np.array(axes)[(t * 2).astype(int) % len(axes)]
    level = np.zeros(len(t))
    x, y = np.where(which == 0, angle, level), np.where(which == 1, angle, level)
    up = np.column_stack([np.sin(y), np.sin(x), np.cos(x) * np.cos(y)])
    rate = np.radians(60.0) * 2 * np.pi * np.cos(2 * np.pi * t)
    return tumbling(still_frames(np.zeros(len(t)), up_axis=up, turn_sq=rate**2))


def test_turning_about_one_axis_is_no_tumbling_and_about_two_is() -> None:
    assert turning([0])[100:-100].max() < 0.02
    assert turning([0, 1])[100:-100].min() > 0.4


def test_a_recording_that_begins_in_a_lowering_has_a_rep_cut_short() -> None:
    path = squat(3)[1:]
    seen = scene(path)
    cut = 50  # a second into the first lowering
    moves = [replace(m, start=max(0, m.start - cut), end=m.end - cut) for m in seen.moves]
    found = judge(
        replace(
            seen,
            height_m=seen.height_m[cut:],
            velocity_mps=seen.velocity_mps[cut:],
            tumble_radps=seen.tumble_radps[cut:],
            pushes=[replace(p, start=p.start - cut, peak=p.peak - cut, end=p.end - cut) for p in seen.pushes],
            moves=[replace(moves[0], travel_m=float(seen.height_m[cut] - seen.height_m[110])), *moves[1:]],
        )
    )
    assert [rep.cut for rep in found.sets[0]] == [True, False, False]


def test_a_lift_of_unknown_kind_is_told_by_what_comes_first() -> None:
    lowered = replace(scene(squat(3)), exercise=replace(exercise("squat"), starts_with="auto"))
    lifted = replace(
        scene([Move(0, 2), *[m for _ in range(3) for m in (Move(0.5, 1.0), Move(-0.5, 1.2), Move(0, 1))]]),
        exercise=replace(exercise("squat"), starts_with="auto"),
    )
    assert [rep.lowers_first for rep in judge(lowered).sets[0]] == [True] * 3
    assert [rep.lowers_first for rep in judge(lifted).sets[0]] == [False] * 3


def test_a_rep_spans_its_phases() -> None:
    rep = verdict(squat(1)).sets[0][0]
    assert rep.ecc is not None
    assert (rep.start, rep.end) == (rep.ecc.start, rep.con.end)
    assert rep.mcv_mps == pytest.approx(0.6 / (1.0 - 2 * crossing_s(0.6, 1.0, 0.02)), abs=0.005)
