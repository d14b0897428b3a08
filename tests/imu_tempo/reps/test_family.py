"""Which lifts belong together."""

from __future__ import annotations

import pytest
from made_motion import Move, bar, squat

from imu_tempo.exercises import exercise
from imu_tempo.reps.family import candidate, typical
from imu_tempo.reps.strokes import strokes


def family(moves: list[Move], name: str = "squat") -> list[float]:
    path, profile = bar(moves), exercise(name)
    found = strokes(path.h_m, 0.05)
    candidates = [candidate(i, found, path.h_m, profile) for i, m in enumerate(found) if m.up]
    return [c.move.travel_m for c in typical(candidates, profile)]


def test_all_lifts_of_an_even_set_are_one_family() -> None:
    assert family(squat(5)) == pytest.approx([0.6] * 5, abs=1e-6)


def test_bobs_are_not_of_the_family() -> None:
    bobs = [m for _ in range(6) for m in (Move(-0.1, 0.5), Move(0.1, 0.5))]
    assert family([*squat(3), *bobs, Move(0, 1)]) == pytest.approx([0.6] * 3, abs=1e-6)


def test_a_climb_that_leads_elsewhere_is_not_of_the_family() -> None:
    curls = [m for _ in range(3) for m in (Move(0.5, 1.0), Move(-0.5, 1.5))]
    pick_up = [Move(0, 1), Move(0.6, 1.0), Move(-0.1, 0.5)]
    assert family([*pick_up, *curls, Move(0, 1)], "biceps_curl") == pytest.approx([0.5] * 3, abs=1e-6)


def test_lifts_too_short_for_the_exercise_found_no_family() -> None:
    assert family([Move(0, 1), Move(-0.1, 0.5), Move(0.1, 0.5), Move(0, 1)]) == []


def test_a_squat_has_its_lowering_before_it_and_a_deadlift_after() -> None:
    path = bar(squat(2))
    found = strokes(path.h_m, 0.05)
    up = next(i for i, m in enumerate(found) if m.up)
    assert candidate(up, found, path.h_m, exercise("squat")).lowering is found[up - 1]
    assert candidate(up, found, path.h_m, exercise("deadlift")).lowering is found[up + 1]


def test_the_last_deadlift_may_have_no_lowering_yet() -> None:
    path = bar([Move(0, 1), Move(0.5, 1.0), Move(0, 1)])
    (up,) = strokes(path.h_m, 0.05)
    assert candidate(0, [up], path.h_m, exercise("deadlift")).lowering is None
