"""Roll of the sensor: what tells a curl from a pick-up, and a slow lowering from rest."""

from __future__ import annotations

import numpy as np
import pytest

from imu_tempo.reps.candidates import Lift
from imu_tempo.reps.roll import rest_by_roll, roll_of, turning_alike

N = 1000


def lift(at: int, travel_m: float = 0.5) -> Lift:
    return Lift(at, at + 20, at + 40, travel_m, 0.8)


def axis_of(*turns: tuple[int, float]) -> np.ndarray:
    """Direction of up while the sensor turns by ``angle`` about x over the 40 frames from ``at``."""
    angle = np.zeros(N)
    for at, by_rad in turns:
        angle += by_rad * np.clip((np.arange(N) - at) / 40.0, 0.0, 1.0)
    return np.column_stack([np.zeros(N), np.sin(angle), np.cos(angle)])


CURLS = [lift(100), lift(400), lift(700)]
THERE_AND_BACK = [(at, by) for start in (100, 400, 700) for at, by in ((start, 1.5), (start + 150, -1.5))]


def test_a_lift_that_turns_otherwise_is_left_out_of_the_train() -> None:
    pickup = lift(20)
    axis = axis_of(*THERE_AND_BACK)
    assert turning_alike([pickup, *CURLS], axis) == CURLS


def test_a_partial_that_turns_as_far_as_it_travels_stays() -> None:
    axis = axis_of((100, 1.5), (250, -1.5), (400, 0.75), (550, -0.75), (700, 1.5))
    train = [lift(100), lift(400, 0.25), lift(700)]
    assert turning_alike(train, axis) == train


@pytest.mark.parametrize("turns", [[], [(100, 0.1), (400, -0.1), (700, 0.1)]], ids=["still", "wobbling"])
def test_a_bar_that_does_not_roll_tells_nothing(turns: list[tuple[int, float]]) -> None:
    axis = axis_of(*turns)
    assert turning_alike(CURLS, axis) == CURLS
    assert roll_of([CURLS], axis) is None


def test_lifts_that_turn_each_another_way_tell_nothing() -> None:
    axis = axis_of((100, 1.5), (400, -1.5), (700, 0.0))
    assert roll_of([CURLS], axis) is None


def test_the_way_back_undoes_one_lift() -> None:
    axis = axis_of(*THERE_AND_BACK)
    roll = roll_of([CURLS], axis)
    assert roll is not None
    assert (axis[300] - axis[240]) @ roll == pytest.approx(-1.0, abs=0.1)


def test_turning_back_speaks_for_movement_and_standing_still_for_rest() -> None:
    assert rest_by_roll(0.0) > 1.0
    assert rest_by_roll(-0.5) == rest_by_roll(0.5) < -5.0
