"""Quiet stretches and impact masks on frames made by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_motion import Move, bar, still_frames

from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2
from imu_tempo.signal.frames import Frames
from imu_tempo.signal.quiet import Quiet, impact_mask, quiet_stretches, runs


def found(frames: Frames, masked: np.ndarray | None = None, bias: float = 0.0) -> list[Quiet]:
    mask = np.zeros(len(frames), dtype=bool) if masked is None else masked
    return quiet_stretches(frames.dv_mps, frames, mask, np.full(len(frames), bias))


def covered_s(stretches: list[Quiet], start_s: float, end_s: float) -> float:
    return sum(max(0.0, min(q.end * FRAME_S, end_s) - max(q.start * FRAME_S, start_s)) for q in stretches)


def test_standing_still_is_quiet_and_a_stroke_is_not() -> None:
    stretches = found(bar([Move(0, 3), Move(-0.6, 1.5), Move(0.6, 1.0), Move(0, 3)]).frames)
    assert covered_s(stretches, 0.0, 3.0) > 2.5
    assert covered_s(stretches, 5.5, 8.5) > 2.5
    assert covered_s(stretches, 3.3, 5.3) == 0.0


def test_constant_velocity_is_as_quiet_as_rest() -> None:
    n = 300
    dv = np.zeros(n)
    dv[100:110] = -0.1 / 10  # gathers 0.1 m/s of downward speed in 0.2 s, and keeps it
    stretches = found(still_frames(dv))
    assert covered_s(stretches, 0.0, 2.0) > 1.5
    assert covered_s(stretches, 2.2, 6.0) > 3.0


def test_rest_and_the_steady_movement_after_a_gentle_ramp_are_no_one_piece() -> None:
    ramp = 0.04  # m/s^2: below what counts as loud
    dv = np.concatenate([np.zeros(100), np.full(100, -ramp * FRAME_S), np.zeros(100)])
    for q in found(still_frames(dv)):
        gained = np.concatenate([[0.0], np.cumsum(dv)])
        assert np.ptp(gained[q.start : q.end + 1]) < 0.02


@pytest.mark.parametrize("offset", [-0.15, 0.15])
def test_an_offset_that_is_known_does_not_hide_rest(offset: float) -> None:
    frames = still_frames(np.full(400, offset * FRAME_S))
    assert covered_s(found(frames, bias=offset), 0.0, 8.0) > 7.0


def test_turning_is_not_quiet() -> None:
    frames = still_frames(np.zeros(200), turn_sq=np.full(200, 1.0))
    assert found(frames) == []


@given(st.integers(5, 190), st.integers(1, 10))
def test_holes_and_masks_are_never_quiet(at: int, length: int) -> None:
    unseen = np.zeros(200)
    unseen[at : at + length] = 0.4
    mask = unseen > 0
    for stretches in (
        found(still_frames(np.zeros(200), unseen=unseen)),
        found(still_frames(np.zeros(200)), mask),
    ):
        for q in stretches:
            assert not unseen[q.start : q.end].any()


def test_rest_right_after_a_hit_is_told_apart() -> None:
    mask = np.zeros(400, dtype=bool)
    mask[200:206] = True
    before, after = found(still_frames(np.zeros(400)), mask)
    assert not before.after_impact
    assert after.after_impact


@given(st.integers(0, 2**32 - 1))
def test_stretches_are_in_order_apart_and_half_open(seed: int) -> None:
    rng = np.random.default_rng(seed)
    loud = np.repeat(rng.uniform(size=20) < 0.5, 30)
    dv = rng.normal(size=600) * np.where(loud, 0.02, 1e-5)
    stretches = found(still_frames(dv))
    assert all(0 <= q.start < q.end <= 600 for q in stretches)
    assert all(a.end <= b.start for a, b in pairwise(stretches))


def test_a_hit_masks_its_frame_the_one_before_and_the_ringing_after() -> None:
    force = np.full(100, GRAVITY_MPS2)
    force[50] = 6 * GRAVITY_MPS2
    mask = impact_mask(still_frames(np.zeros(100), force_max=force))
    assert np.flatnonzero(mask).tolist() == list(range(49, 56))  # 0.1 s are five frames


def test_a_bar_thrown_and_flying_masks_nothing() -> None:
    dv = np.zeros(100)
    dv[30:50] = -GRAVITY_MPS2 * FRAME_S
    assert not impact_mask(still_frames(dv)).any()


def test_a_fast_lift_masks_nothing() -> None:
    assert not impact_mask(bar([Move(0, 1), Move(0.6, 0.75), Move(0, 1)]).frames).any()


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_the_runs_of_true(flags: list[bool]) -> None:
    starts, ends = runs(np.array(flags, dtype=bool))
    rebuilt = np.zeros(len(flags), dtype=bool)
    for a, b in zip(starts, ends, strict=True):
        assert a < b
        assert a == 0 or not flags[a - 1]
        assert b == len(flags) or not flags[b]
        rebuilt[a:b] = True
    assert rebuilt.tolist() == flags
