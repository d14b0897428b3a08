"""The solved motion of paths in closed form, with the errors that sensors make."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_motion import Bar, Move, bar, squat, still_frames

from imu_tempo.exercises import exercise
from imu_tempo.motion import Motion, solve_motion
from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2

OFFSET_SD_MPS2 = 0.04


def steady_bar(reps: int, ecc_s: float, rom_m: float = 0.6) -> Bar:
    """Squats whose lowering has constant velocity but for half a second at either end."""
    t = np.arange(0.0, 4.0 + reps * (ecc_s + 3.0) + 4.0, FRAME_S)
    v = np.zeros_like(t)
    starts = []
    ramp = 0.5
    for k in range(reps):
        begins = 4.0 + k * (ecc_s + 3.0)
        starts.append(begins)
        since = t - begins
        speed = rom_m / (ecc_s - ramp)
        v -= speed * np.clip(np.minimum(since / ramp, (ecc_s - since) / ramp), 0.0, 1.0)
        tau = np.clip(since - ecc_s - 0.5, 0.0, 1.0)
        v += rom_m * 30 * tau**2 * (1 - tau) ** 2
    h = np.concatenate([[0.0], np.cumsum(0.5 * (v[1:] + v[:-1])) * FRAME_S])
    return Bar(t, h, v, np.gradient(v, FRAME_S), starts)


def solved(path: Bar, offset_mps2: float | np.ndarray = 0.0, name: str = "squat") -> Motion:
    frames = path.frames
    n = len(frames)
    extra = np.broadcast_to(offset_mps2, n) * FRAME_S
    dirty = still_frames(
        frames.dv_mps + extra,
        frames.dh_m + 0.5 * FRAME_S * extra,
        force_max=np.full(n, GRAVITY_MPS2),
    )
    return solve_motion(dirty, exercise(name), OFFSET_SD_MPS2)


def assert_follows(motion: Motion, path: Bar, v_mps: float, h_m: float) -> None:
    np.testing.assert_allclose(motion.path.v_mps, path.v_mps, atol=v_mps)
    off = motion.path.h_m - path.h_m
    assert np.ptp(off) < h_m


def test_a_perfect_sensor_is_followed() -> None:
    path = bar(squat(3))
    assert_follows(solved(path), path, v_mps=0.005, h_m=0.02)


@given(st.floats(-0.08, 0.08))
@settings(max_examples=8)
def test_a_constant_offset_is_found(offset: float) -> None:
    path = bar(squat(3))
    motion = solved(path, offset)
    assert_follows(motion, path, v_mps=0.02, h_m=0.04)
    assert np.median(motion.offset_mps2) == pytest.approx(offset, abs=0.004)


def test_an_offset_that_drifts_by_three_milli_g_a_minute_is_followed() -> None:
    path = bar(squat(4))
    drift = 0.006 * np.linspace(-1.0, 1.0, len(path.frames))
    assert_follows(solved(path, drift), path, v_mps=0.03, h_m=0.06)


@pytest.mark.parametrize("offset", [-0.03, 0.0, 0.03])
@pytest.mark.parametrize("ecc_s", [4.0, 8.0])
def test_steady_lowering_is_movement_though_it_looks_like_rest(ecc_s: float, offset: float) -> None:
    path = steady_bar(4, ecc_s)
    motion = solved(path, offset)
    assert_follows(motion, path, v_mps=0.02, h_m=0.08)
    for start_s in path.starts_s:
        inside = slice(round((start_s + 1.0) / FRAME_S), round((start_s + ecc_s - 1.0) / FRAME_S))
        resting = [
            q
            for q, rests in zip(motion.quiet, motion.resting, strict=True)
            if rests and q.start < inside.stop and q.end > inside.start
        ]
        assert resting == []


def test_standing_is_rest() -> None:
    motion = solved(bar(squat(3)))
    rests = [q for q, resting in zip(motion.quiet, motion.resting, strict=True) if resting]
    assert any(q.start * FRAME_S < 1.0 and q.end * FRAME_S > 2.0 for q in rests)


def test_strokes_are_the_reps_lowerings_and_lifts() -> None:
    motion = solved(bar(squat(3)))
    assert [(s.up, round(s.travel_m, 1)) for s in motion.strokes] == [(False, 0.6), (True, 0.6)] * 3


def test_a_floor_hit_does_not_throw_the_path_off() -> None:
    moves = [Move(0, 3)]
    for _ in range(4):
        moves += [Move(0.5, 1.0), Move(0, 0.5), Move(-0.5, 1.2), Move(0, 1.5)]
    path = bar([*moves, Move(0, 2)])
    frames = path.frames
    dv, force = frames.dv_mps.copy(), np.full(len(frames), GRAVITY_MPS2)
    for k in range(4):
        hit = round((3.0 + k * 4.2 + 2.7) / FRAME_S)
        force[hit] = 10 * GRAVITY_MPS2
        dv[hit : hit + 2] += (0.35, -0.1)  # what a saturated, ringing sensor adds
    dirty = still_frames(dv, frames.dh_m, force_max=force)
    motion = solve_motion(dirty, exercise("deadlift"), OFFSET_SD_MPS2)
    lifts = [s for s in motion.strokes if s.up]
    assert [round(s.travel_m, 1) for s in lifts] == [0.5] * 4
    for k in range(4):
        inside = slice(round((3.0 + k * 4.2) / FRAME_S), round((4.0 + k * 4.2) / FRAME_S))
        np.testing.assert_allclose(motion.path.v_mps[inside], path.v_mps[inside], atol=0.03)


def test_a_hole_is_bridged() -> None:
    path = bar(squat(4))
    frames = path.frames
    unseen = np.zeros(len(frames))
    hole = slice(round(9.0 / FRAME_S), round(9.3 / FRAME_S))
    unseen[hole] = 1.0
    dv, dh = frames.dv_mps.copy(), frames.dh_m.copy()
    dv[hole] = dh[hole] = 0.0
    motion = solve_motion(still_frames(dv, dh, unseen=unseen), exercise("squat"), OFFSET_SD_MPS2)
    assert motion.masked[hole].all()
    np.testing.assert_allclose(motion.path.v_mps[: hole.start], path.v_mps[: hole.start], atol=0.05)
    np.testing.assert_allclose(motion.path.v_mps[hole.stop + 50 :], path.v_mps[hole.stop + 50 :], atol=0.05)


def test_the_second_estimator_can_be_solved_by_itself() -> None:
    path = bar(squat(3))
    motion = solve_motion(path.frames, exercise("squat"), OFFSET_SD_MPS2, by_norm=True)
    assert [s.up for s in motion.strokes] == [False, True] * 3


def test_rest_alone_has_no_strokes() -> None:
    rng = np.random.default_rng(0)
    motion = solve_motion(still_frames(rng.normal(scale=2e-4, size=2000)), exercise("squat"), OFFSET_SD_MPS2)
    assert motion.strokes == []
    assert np.abs(motion.path.v_mps).max() < 0.02


def test_solving_twice_gives_the_same_to_the_bit() -> None:
    path = bar(squat(2))
    one, other = solved(path, 0.02), solved(path, 0.02)
    assert np.array_equal(one.path.h_m, other.path.h_m)
    assert one.resting == other.resting
