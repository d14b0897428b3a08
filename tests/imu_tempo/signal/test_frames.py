"""Frames: exact integrals, no matter how the samples are spaced or handed over."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.frames import Channels, FrameBuilder, Frames, join

ARRAYS = [f.name for f in fields(Frames) if f.name != "start_s"]


def channels_at(t_s: np.ndarray, up: np.ndarray, rng: np.random.Generator | None = None) -> Channels:
    rng = rng or np.random.default_rng(0)
    n = len(t_s)
    return Channels(
        t_s=t_s,
        up_mps2=up,
        norm_mps2=rng.normal(size=n),
        up_axis=rng.normal(size=(n, 3)),
        side_sq=rng.uniform(size=n),
        turn_sq=rng.uniform(size=n),
        force_mps2=9.8 + rng.normal(size=n),
        clipped=(rng.uniform(size=n) > 0.9).astype(float),
    )


def part(c: Channels, start: int, end: int) -> Channels:
    return Channels(**{f.name: getattr(c, f.name)[start:end] for f in fields(Channels)})


def built(c: Channels, period_s: float = 0.01) -> Frames:
    frames = FrameBuilder(float(c.t_s[0]), period_s).push(c)
    assert frames is not None
    return frames


def piecewise_integrals(t_s: np.ndarray, a: np.ndarray, start: float, end: float) -> tuple[float, float]:
    """Velocity and height gained under straight lines between samples, by Simpson's rule on each piece.

    dv is the integral of a(s), dh of (end - s) a(s): at most quadratic on a piece, so that Simpson is exact.
    """
    knots = np.unique(np.concatenate([[start, end], t_s[(t_s > start) & (t_s < end)]]))
    left, right = knots[:-1], knots[1:]
    middle = 0.5 * (left + right)
    gained = [np.interp(s, t_s, a) for s in (left, middle, right)]
    raised = [(end - s) * g for s, g in zip((left, middle, right), gained, strict=True)]
    width = (right - left) / 6.0
    return tuple(float((width * (x[0] + 4 * x[1] + x[2])).sum()) for x in (gained, raised))  # type: ignore[return-value]


@st.composite
def sample_times(draw: st.DrawFn) -> np.ndarray:
    """Times around 50 to 400 Hz with jitter and some holes."""
    rate = draw(st.sampled_from([50.0, 104.0, 200.0, 400.0]))
    n = draw(st.integers(20, 150))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    step = rng.uniform(0.6, 1.4, n) / rate
    holes = rng.uniform(size=n) < draw(st.sampled_from([0.0, 0.03, 0.1]))
    step[holes] += rng.uniform(0.02, 0.5, holes.sum())
    return draw(st.sampled_from([0.0, 3.7, 7200.0])) + np.cumsum(step)


def test_linear_acceleration_is_integrated_exactly_on_a_jittery_clock() -> None:
    rng = np.random.default_rng(1)
    t = np.cumsum(rng.uniform(0.002, 0.018, 300))
    a0, a1 = 1.3, -0.7
    frames = built(channels_at(t, a0 + a1 * t))
    left, right = frames.edges_s[:-1], frames.edges_s[1:]
    dv = a0 * FRAME_S + 0.5 * a1 * (right**2 - left**2)
    dh = 0.5 * (a0 + a1 * left) * FRAME_S**2 + a1 * FRAME_S**3 / 6
    np.testing.assert_allclose(frames.dv_mps, dv, atol=1e-13)
    np.testing.assert_allclose(frames.dh_m, dh, atol=1e-13)


def test_curved_acceleration_errs_by_no_more_than_the_straight_lines_do() -> None:
    t = np.arange(0.0, 4.0, 0.01)
    frames = built(channels_at(t, t**2))
    right = frames.edges_s[1:]
    dv = (right**3 - frames.edges_s[:-1] ** 3) / 3
    # Between samples h apart a straight line lies above t^2 by h^2/6 on average.
    np.testing.assert_allclose(frames.dv_mps - dv, FRAME_S * 0.01**2 / 6, rtol=1e-6)


@given(sample_times(), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_any_samples_are_integrated_as_straight_lines_between_them(t: np.ndarray, seed: int) -> None:
    a = np.random.default_rng(seed).normal(scale=5.0, size=len(t))
    frames = FrameBuilder(float(t[0]), 0.01).push(channels_at(t, a))
    if frames is None:
        assert t[-1] - t[0] <= FRAME_S
        return
    for k in range(0, len(frames), max(1, len(frames) // 10)):
        dv, dh = piecewise_integrals(t, a, frames.edges_s[k], frames.edges_s[k + 1])
        assert frames.dv_mps[k] == pytest.approx(dv, abs=1e-9)
        assert frames.dh_m[k] == pytest.approx(dh, abs=1e-9)


@given(sample_times(), st.data())
@settings(max_examples=60)
def test_chunking_changes_no_bit(t: np.ndarray, data: st.DataObject) -> None:
    c = channels_at(t, np.sin(9.0 * t), np.random.default_rng(len(t)))
    whole = FrameBuilder(float(t[0]), 0.005).push(c)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(t) - 1), max_size=30)))
    builder = FrameBuilder(float(t[0]), 0.005)
    pieces = [builder.push(part(c, a, b)) for a, b in zip([0, *cuts], [*cuts, len(t)], strict=True)]
    done = [p for p in pieces if p is not None]
    if whole is None:
        assert not done
        return
    joined = join(done)
    assert joined.start_s == whole.start_s
    for name in ARRAYS:
        assert np.array_equal(getattr(joined, name), getattr(whole, name)), name


def test_one_sample_at_a_time_changes_no_bit() -> None:
    t = np.arange(0.0, 3.0, 0.0049)
    c = channels_at(t, np.cos(5.0 * t))
    builder = FrameBuilder(0.0, 0.0049)
    singles = [builder.push(part(c, i, i + 1)) for i in range(len(t))]
    joined, whole = join([f for f in singles if f is not None]), built(c, 0.0049)
    for name in ARRAYS:
        assert np.array_equal(getattr(joined, name), getattr(whole, name)), name


def test_every_frame_before_the_last_sample_is_finished_and_none_after() -> None:
    t = np.arange(0.0, 1.0, 0.01)  # the last sample is at 0.99
    assert len(built(channels_at(t, t))) == 49


@given(st.floats(1.0, 1.1), st.floats(0.03, 0.7))
def test_unseen_is_the_share_of_each_frame_in_a_hole(start: float, length: float) -> None:
    even = np.arange(0.0, 2.5, 0.01)
    t = np.concatenate([even[even < start], even[even >= start + length]])
    last, following = t[t < start][-1], t[t >= start + length][0]
    frames = built(channels_at(t, np.zeros(len(t))))
    left, right = frames.edges_s[:-1], frames.edges_s[1:]
    hidden = np.clip(np.minimum(right, following) - np.maximum(left, last), 0.0, None) / FRAME_S
    if following - last <= 0.025:  # short enough to be bridged
        hidden = np.zeros(len(frames))
    np.testing.assert_allclose(frames.unseen, hidden, atol=1e-9)


def test_jitter_is_no_hole() -> None:
    rng = np.random.default_rng(4)
    t = np.arange(400) * 0.01 + rng.uniform(-0.002, 0.002, 400)
    assert not built(channels_at(t, np.zeros(400))).unseen.any()


def test_the_highest_force_shows_a_spike_of_one_sample_in_its_own_frame() -> None:
    t = np.arange(0.0, 1.0, 0.005)
    c = channels_at(t, np.zeros(len(t)))
    c.force_mps2[:] = 9.8
    c.force_mps2[100] = 80.0  # 0.5 s: edge of frames 24 and 25
    frames = built(c)
    assert set(np.flatnonzero(frames.force_max > 50)) == {24, 25}


def test_the_highest_force_sees_samples_on_both_sides_of_frames_without_a_sample() -> None:
    t = np.arange(0.0, 2.0, 0.08)  # 12.5 Hz: three frames of four hold no sample
    c = channels_at(t, np.zeros(len(t)))
    c.force_mps2[:] = 9.8
    c.force_mps2[10] = 70.0
    hit = np.flatnonzero(built(c, 0.08).force_max > 50)
    assert {36, 37, 38, 39, 40, 41, 42, 43} <= set(hit.tolist())


def test_a_part_keeps_its_place_in_time() -> None:
    t = np.arange(0.0, 1.0, 0.01) + 2.0
    frames = built(channels_at(t, t))
    assert frames.part(5, 9).start_s == pytest.approx(2.0 + 5 * FRAME_S)
    assert np.array_equal(frames.part(5, 9).dv_mps, frames.dv_mps[5:9])
