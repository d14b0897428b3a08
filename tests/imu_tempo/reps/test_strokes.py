"""Turning points, strokes and edges of paths whose every edge is known in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_motion import Move, bar, crossing_s

from imu_tempo.reps.strokes import (
    STICKING_S,
    Stroke,
    height_at,
    split_at_pauses,
    stroke_edges,
    strokes,
    turning_points,
)
from imu_tempo.signal.constants import FRAME_S

EDGE_MPS = 0.02


@st.composite
def heights(draw: st.DrawFn) -> np.ndarray:
    """A wandering height of 2 to 200 edges, with level stretches."""
    steps = draw(
        st.lists(st.sampled_from([-0.2, -0.1, -0.03, 0.0, 0.0, 0.04, 0.1, 0.25]), min_size=1, max_size=200)
    )
    return np.concatenate([[0.0], np.cumsum(steps)])


@given(heights(), st.sampled_from([0.05, 0.15, 0.5]))
def test_turning_points_alternate_far_enough_apart(height: np.ndarray, hysteresis: float) -> None:
    points = turning_points(height, hysteresis)
    legs = np.diff(height[points])
    assert np.all(np.diff(points) > 0)
    assert np.all(np.abs(legs) > hysteresis)
    assert np.all(legs[1:] * legs[:-1] < 0)


@given(heights(), st.sampled_from([0.05, 0.15, 0.5]))
def test_no_turn_larger_than_the_hysteresis_is_missed(height: np.ndarray, hysteresis: float) -> None:
    points = turning_points(height, hysteresis)
    for a, b in pairwise(points):
        leg = height[a : b + 1] * (1.0 if height[b] > height[a] else -1.0)
        assert leg[0] == leg.min()
        assert leg[-1] == leg.max()
        fallen_back = np.maximum.accumulate(leg) - leg
        assert fallen_back.max() <= hysteresis + 1e-12
    if not points:
        rise = height - np.minimum.accumulate(height)
        fall = np.maximum.accumulate(height) - height
        assert max(rise.max(), fall.max()) <= hysteresis + 1e-12


@given(heights(), st.sampled_from([0.05, 0.15]))
def test_upside_down_turns_at_the_same_points(height: np.ndarray, hysteresis: float) -> None:
    assert turning_points(-height, hysteresis) == turning_points(height, hysteresis)


def test_strokes_of_one_rep_go_down_and_up_by_its_rom() -> None:
    path = bar([Move(0, 1), Move(-0.6, 2), Move(0, 0.5), Move(0.6, 1), Move(0, 1)])
    down, up = strokes(path.h_m, 0.1)
    assert (down.up, up.up) == (False, True)
    assert down.travel_m == pytest.approx(0.6, abs=1e-6)
    assert up.travel_m == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize(
    ("travel", "duration"), [(0.6, 1.0), (0.6, 4.0), (-0.5, 8.0), (0.25, 0.7), (-0.6, 2.0)]
)
def test_edges_of_a_minimum_jerk_stroke_are_where_its_formula_says(travel: float, duration: float) -> None:
    path = bar([Move(0, 1), Move(travel, duration), Move(0, 1)])
    stroke = Stroke(0, len(path.h_m) - 1, travel > 0, abs(travel))
    start, end = stroke_edges(path.h_m, path.v_mps, stroke, EDGE_MPS)
    late = crossing_s(abs(travel), duration, EDGE_MPS)
    # The speed is curved between edges 20 ms apart, and interpolated by a straight line.
    assert start * FRAME_S == pytest.approx(1.0 + late, abs=0.002)
    assert end * FRAME_S == pytest.approx(1.0 + duration - late, abs=0.002)


@pytest.mark.parametrize("threshold", [0.02, 0.05, 0.1])
def test_edges_move_with_the_definition(threshold: float) -> None:
    path = bar([Move(0, 1), Move(-0.6, 4.0), Move(0, 1)])
    start, _ = stroke_edges(path.h_m, path.v_mps, Stroke(0, len(path.h_m) - 1, False, 0.6), threshold)
    assert start * FRAME_S == pytest.approx(1.0 + crossing_s(0.6, 4.0, threshold), abs=0.002)


def grinding(stop_s: float) -> tuple[np.ndarray, np.ndarray, Stroke]:
    path = bar([Move(0, 1), Move(0.25, 0.8), Move(0, stop_s), Move(0.35, 1.0), Move(0, 1)])
    return path.h_m, path.v_mps, Stroke(0, len(path.h_m) - 1, True, 0.6)


def test_a_sticking_point_belongs_to_the_lift() -> None:
    start, end = stroke_edges(*grinding(0.2), EDGE_MPS)
    assert start * FRAME_S == pytest.approx(1.0 + crossing_s(0.25, 0.8, EDGE_MPS), abs=0.002)
    assert end * FRAME_S == pytest.approx(3.0 - crossing_s(0.35, 1.0, EDGE_MPS), abs=0.002)


def test_after_a_pause_the_part_that_travels_furthest_is_the_stroke() -> None:
    start, end = stroke_edges(*grinding(STICKING_S + 0.3), EDGE_MPS)
    late = crossing_s(0.35, 1.0, EDGE_MPS)
    assert start * FRAME_S == pytest.approx(1.8 + STICKING_S + 0.3 + late, abs=0.002)
    assert end * FRAME_S == pytest.approx(2.8 + STICKING_S + 0.3 - late, abs=0.002)


def test_a_stroke_that_never_reaches_the_edge_speed_keeps_its_turning_points() -> None:
    height = np.linspace(0.0, 0.1, 501)
    assert stroke_edges(height, np.full(501, 0.01), Stroke(3, 490, True, 0.1), EDGE_MPS) == (3.0, 490.0)


def test_a_stroke_already_under_way_begins_with_the_recording() -> None:
    path = bar([Move(-0.6, 2.0), Move(0, 1)])
    height, velocity = path.h_m[40:], path.v_mps[40:]
    start, end = stroke_edges(height, velocity, Stroke(0, len(height) - 1, False, 0.5), EDGE_MPS)
    assert start == 0.0
    assert (end + 40) * FRAME_S == pytest.approx(2.0 - crossing_s(0.6, 2.0, EDGE_MPS), abs=0.002)


def test_a_pause_on_the_way_cuts_a_stroke_in_two() -> None:
    height, velocity, stroke = grinding(1.5)
    first, second = split_at_pauses([stroke], height, velocity, EDGE_MPS, 0.1)
    assert first.travel_m == pytest.approx(0.25, abs=1e-3)
    assert second.travel_m == pytest.approx(0.35, abs=1e-3)
    assert first.end == second.start
    assert 1.8 < first.end * FRAME_S < 3.3


@pytest.mark.parametrize(("stop_s", "least_m"), [(0.2, 0.1), (1.5, 0.3)])
def test_a_short_stop_or_a_short_part_cuts_nothing(stop_s: float, least_m: float) -> None:
    height, velocity, stroke = grinding(stop_s)
    assert split_at_pauses([stroke], height, velocity, EDGE_MPS, least_m) == [
        Stroke(stroke.start, stroke.end, True, pytest.approx(0.6))
    ]


@given(st.floats(0.0, 99.0))
def test_height_between_edges_is_the_cubics(edge: float) -> None:
    t = np.arange(100) * FRAME_S
    height, velocity = t**3 - t, 3 * t**2 - 1  # a cubic is met exactly
    at = edge * FRAME_S
    assert height_at(height, velocity, edge) == pytest.approx(at**3 - at, abs=1e-12)
