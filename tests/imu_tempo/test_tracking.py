"""What the live engine holds between frames."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_motion import Move, bar, squat

from firmware_bridge.samples import SampleBlock
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.tracking import LoweringWatch, PhaseTracker, TurnWatch, Window, ended_s


def filled(seconds: int = 10, start_s: float = 0.0) -> Window:
    """A window that has seen so many seconds at 100 Hz, in blocks of a second."""
    window = Window(start_s)
    for k in range(seconds):
        t = start_s + k + np.arange(100) / 100.0
        window.add_block(SampleBlock(t, np.tile([0.0, 0.0, 9.8], (100, 1))))
        window.seen += 50
    return window


def test_now_is_the_frame_being_looked_at() -> None:
    window = filled()
    window.seen -= 7
    assert window.now_s == pytest.approx(10.0 - 7 * FRAME_S)


@given(st.lists(st.integers(0, 120), max_size=4), st.sampled_from([0.0, 12.34, 5000.1]))
def test_dropping_keeps_the_rest_in_its_place(drops: list[int], start_s: float) -> None:
    window = filled(start_s=start_s)
    for drop in drops:
        window.drop(drop)
    gone = sum(drops)
    assert window.start_s == start_s + FRAME_S * gone
    assert window.seen == 500 - gone
    samples = window.samples(math.inf)
    if samples is not None:
        assert samples.t_s[0] >= window.start_s
        assert samples.t_s[0] < window.start_s + 0.0101


def test_samples_end_before_the_time_asked_for() -> None:
    samples = filled().samples(3.5)
    assert samples is not None
    assert samples.t_s[-1] == pytest.approx(3.49)
    assert Window(0.0).samples(1.0) is None


def phases_of(path_v: np.ndarray) -> list[tuple[str, float]]:
    tracker = PhaseTracker()
    changes = [tracker.step(k * FRAME_S, v) for k, v in enumerate(path_v.tolist())]
    return [(c.phase, c.since_s) for c in changes if c]


def test_a_rep_goes_through_its_four_phases() -> None:
    path = bar([Move(0, 1), Move(-0.6, 2), Move(0, 1), Move(0.6, 1), Move(0, 1)])
    assert [phase for phase, _ in phases_of(path.v_mps)] == ["ecc", "bottom", "con", "top"]


def test_phases_are_dated_back_to_their_beginning() -> None:
    path = bar([Move(0, 1), Move(0.6, 1), Move(0, 1)])
    since = dict(phases_of(path.v_mps))
    assert since["con"] == pytest.approx(path.t_s[np.argmax(path.v_mps > 0.05)], abs=2 * FRAME_S)


def test_sway_is_no_phase() -> None:
    t = np.arange(0.0, 10.0, FRAME_S)
    assert phases_of(0.04 * np.sin(2 * np.pi * 0.3 * t)) == []


def test_a_flicker_is_no_phase() -> None:
    v = np.zeros(200)
    v[100:103] = 0.3
    assert phases_of(v) == []


def turns(v: np.ndarray) -> list[str]:
    watch = TurnWatch()
    watch.shift(v[0])
    return [turn for turn in (watch.step(x, struck=False, quiet=False) for x in v.tolist()) if turn]


@pytest.mark.parametrize("drift", [-0.3, 0.0, 0.2])
def test_each_swing_is_told_once_however_far_the_velocity_has_drifted(drift: float) -> None:
    assert turns(bar(squat(3)).v_mps + drift) == ["lowering", "lift"] * 3


def test_a_correction_of_the_velocity_is_no_swing() -> None:
    watch = TurnWatch()
    v = 0.0
    for step in (0.4, -0.3, 0.25):
        v += step
        watch.shift(step)
        assert watch.step(v, struck=False, quiet=False) is None


def test_a_lowering_is_told_when_it_comes_to_a_stand() -> None:
    path = bar([Move(0, 1), Move(-0.6, 2), Move(0, 1)])
    watch = LoweringWatch()
    said = [watch.step(v, struck=False, quiet=False) for v in path.v_mps.tolist()]
    (at,) = [k for k, word in enumerate(said) if word]
    assert said[at] == "stands"
    assert -0.1 < path.v_mps[at] <= 0.0


def test_a_landing_is_told_when_the_ringing_is_over() -> None:
    watch = LoweringWatch()
    struck = [False, True, True, False, False]
    assert [watch.step(-0.5, struck=s, quiet=False) for s in struck] == [None, None, None, "landed", None]


def test_the_end_of_a_rep_is_its_last_edge() -> None:
    assert ended_s(3.0, math.nan) == 3.0
    assert ended_s(3.0, 4.5) == 4.5
