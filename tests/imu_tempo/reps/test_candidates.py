"""The first look: lifts stand out of high-passed velocity whatever the drift."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_motion import Bar, Move, bar, squat

from imu_tempo.reps.candidates import Lift, alike, band_velocity, find_lifts, groups
from imu_tempo.signal.constants import FRAME_S


def lift_peaks_s(path: Bar, moves: list[Move]) -> list[float]:
    return [s + 0.5 * m.duration_s for s, m in zip(path.starts_s, moves, strict=False) if m.up_m > 0]


@pytest.mark.parametrize("ecc_s", [1.0, 3.0, 8.0])
@pytest.mark.parametrize("drift_mps2", [0.0, 0.1, -0.2])
def test_every_lift_is_found_at_its_peak(ecc_s: float, drift_mps2: float) -> None:
    moves = squat(4, ecc_s=ecc_s)
    path = bar(moves)
    lifts = alike(find_lifts(path.frames.dv_mps + drift_mps2 * FRAME_S))
    peaks = np.array([lift.peak * FRAME_S for lift in lifts])
    for wanted in lift_peaks_s(path, moves):
        assert np.abs(peaks - wanted).min() < 0.15
    assert len(peaks) <= 5  # a fast first lowering may throw one shadow ahead


def test_nothing_else_stands_out_of_an_even_set() -> None:
    moves = squat(5, ecc_s=3.0)
    path = bar(moves)
    peaks = [lift.peak * FRAME_S for lift in alike(find_lifts(path.frames.dv_mps))]
    assert peaks == pytest.approx(lift_peaks_s(path, moves), abs=0.15)


def test_a_lift_lies_inside_its_lobe() -> None:
    for lift in find_lifts(bar(squat(3)).frames.dv_mps):
        assert lift.start < lift.peak < lift.end
        assert lift.travel_m > 0.0


def test_rest_holds_no_lift() -> None:
    dv = np.random.default_rng(0).normal(scale=1e-4, size=3000)
    assert find_lifts(dv) == []


def test_an_offset_changes_nothing() -> None:
    dv = bar(squat(3)).frames.dv_mps
    np.testing.assert_allclose(band_velocity(dv + 0.004), band_velocity(dv), atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 10, 60])
def test_short_records_are_taken(n: int) -> None:
    assert band_velocity(np.zeros(n)).shape == (n + 1,)


def lift_at(start: int, travel_m: float = 0.5, length: int = 50) -> Lift:
    return Lift(start, start + length // 2, start + length, travel_m, 1.0)


def test_bobs_and_throws_are_not_alike() -> None:
    usual = [0.5, 0.55, 0.48, 0.3] * 5
    lifts = [lift_at(i * 100, travel) for i, travel in enumerate([0.05, 1.9, *usual])]
    assert [lift.travel_m for lift in alike(lifts)] == usual


def test_of_no_lifts_none_are_alike() -> None:
    assert alike([]) == []


def test_groups_part_at_a_long_gap() -> None:
    lifts = [lift_at(0), lift_at(150), lift_at(2000), lift_at(2100)]
    assert groups(lifts, 20.0) == [lifts[:2], lifts[2:]]


@given(st.lists(st.integers(51, 3000), max_size=20), st.floats(0.5, 40.0))
def test_groups_keep_every_lift_in_order(gaps: list[int], gap_s: float) -> None:
    lifts = [lift_at(start) for start in np.cumsum(gaps).tolist()]
    found = groups(lifts, gap_s)
    assert [lift for group in found for lift in group] == lifts
    for group in found:
        assert all((b.start - a.end) * FRAME_S <= gap_s for a, b in pairwise(group))
    for one, other in pairwise(found):
        assert (other[0].start - one[-1].end) * FRAME_S > gap_s
