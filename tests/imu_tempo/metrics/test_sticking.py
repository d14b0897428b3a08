"""The sticking period and tremor, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_strokes import moved, stroke

from imu_tempo.metrics.sticking import sees_tremor, sticking, tremor_mps2


def wavy(t: np.ndarray, depth: float) -> np.ndarray:
    """Velocity with peaks at 0.4 and 1.2 s and a minimum between, 0.5 m/s at the peaks."""
    base = 0.5 * (1 - depth / 2 + depth / 2 * np.cos(2 * np.pi * (t - 0.4) / 0.8))
    ramp = np.clip(t / 0.4, 0, 1) * np.clip((1.6 - t) / 0.4, 0, 1)
    return np.where((t > 0.4) & (t < 1.2), base, 0.5 * np.sin(0.5 * np.pi * ramp))


@pytest.mark.parametrize("depth", [0.4, 0.7, 0.95])
def test_from_the_first_peak_to_the_minimum(depth: float) -> None:
    stuck = sticking(moved(lambda t: wavy(t, depth), 1.6))
    assert stuck.seconds == pytest.approx(0.4, abs=0.05)
    assert stuck.depth_pct == pytest.approx(100 * depth, abs=6)
    assert stuck.at_pct == pytest.approx(50, abs=3)


def test_a_lift_without_a_dip_does_not_stick() -> None:
    free = sticking(stroke(0.5, 1.0))
    assert (free.seconds, free.depth_pct) == (0.0, 0.0)
    assert math.isnan(free.at_pct)


@pytest.mark.parametrize("tremor", [0.2, 1.0])
def test_tremor_is_no_sticking(tremor: float) -> None:
    assert sticking(stroke(0.5, 1.2, tremor_mps2=tremor)).seconds == 0.0


def test_a_dip_of_a_few_centimetres_a_second_is_the_lifts_own_shape() -> None:
    assert sticking(moved(lambda t: wavy(t, 0.08), 1.6)).seconds == 0.0


def test_where_nothing_was_lifted_nothing_is_told() -> None:
    assert math.isnan(sticking(None).seconds)


@pytest.mark.parametrize("rms", [0.05, 0.3, 1.0])
def test_tremor_is_the_root_mean_square_of_its_band(rms: float) -> None:
    """Sampled points, not frames: undo the correction for what frames and straight lines take away."""
    shaken = stroke(-0.6, 4.0, tremor_mps2=rms * math.sqrt(2))
    kept = np.sinc(10 * 0.02) * np.sinc(10 / 100) ** 2
    assert tremor_mps2(shaken, 100.0) * kept == pytest.approx(rms, rel=0.08)


def test_tremor_out_of_the_band_does_not_count() -> None:
    for hz in (3.0, 20.0):
        assert tremor_mps2(stroke(-0.6, 4.0, tremor_mps2=1.0, tremor_hz=hz), 100.0) < 0.15


def test_a_smooth_lowering_has_no_tremor() -> None:
    assert tremor_mps2(stroke(-0.6, 3.0), 100.0) < 0.005


@pytest.mark.parametrize(
    ("rate_hz", "seen"), [(25.0, False), (45.0, False), (49.0, True), (50.0, True), (200.0, True)]
)
def test_tremor_needs_fifty_samples_a_second(rate_hz: float, seen: bool) -> None:
    assert sees_tremor(rate_hz) is seen
    assert math.isfinite(tremor_mps2(stroke(-0.6, 3.0), rate_hz)) is seen
