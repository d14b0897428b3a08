"""Work, impulse, power and force of a phase, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_strokes import moved, stroke

from imu_tempo.metrics.energy import energy
from imu_tempo.metrics.stretch import Span, Stretch
from imu_tempo.signal.constants import GRAVITY_MPS2


def test_a_lowering_from_rest_to_rest_absorbs_the_weight_times_the_height() -> None:
    down = energy(stroke(-0.6, 3.0), lowering=True)
    assert down.work_j == pytest.approx(GRAVITY_MPS2 * 0.6, rel=1e-6)
    assert down.impulse_ns == pytest.approx(GRAVITY_MPS2 * 3.0, rel=1e-6)
    assert down.power_mean_w == pytest.approx(GRAVITY_MPS2 * 0.6 / 3.0, rel=1e-6)
    assert down.rise_m == pytest.approx(-0.6, rel=1e-6)


def test_the_worked_example_of_100_kg_lifted_by_half_a_metre_in_a_second() -> None:
    up = energy(stroke(0.5, 1.0), lowering=False)
    assert 100 * up.work_j == pytest.approx(490.33, abs=0.05)
    assert 100 * up.power_mean_w == pytest.approx(490.33, abs=0.05)
    assert 100 * up.impulse_ns == pytest.approx(980.67, abs=0.05)


def test_peaks_are_those_of_the_closed_form() -> None:
    tau = np.linspace(0, 1, 20001)
    speed, acc = 0.5 * 30 * tau**2 * (1 - tau) ** 2, 0.5 * 60 * tau * (1 - tau) * (1 - 2 * tau)
    up = energy(stroke(0.5, 1.0), lowering=False)
    assert up.power_peak_w == pytest.approx(np.max((GRAVITY_MPS2 + acc) * speed), rel=0.01)
    assert up.force_peak_n == pytest.approx(GRAVITY_MPS2 + acc.max(), rel=0.01)


def test_speed_left_at_the_end_is_work_that_was_not_absorbed() -> None:
    dropped = moved(lambda t: -GRAVITY_MPS2 * t, 0.4)
    end = Span(dropped.stretch, 0.0, 0.36)
    assert energy(end, lowering=True).work_j == pytest.approx(0.0, abs=0.02)
    assert energy(end, lowering=True).impulse_ns == pytest.approx(0.0, abs=0.02)


def test_no_phase_has_no_energy() -> None:
    assert math.isnan(energy(None, lowering=True).work_j)


@given(st.floats(0.1, 1.0), st.floats(0.5, 8.0), st.floats(-1000, 1000))
def test_when_it_was_done_does_not_matter(rom_m: float, seconds: float, later_s: float) -> None:
    now = stroke(-rom_m, seconds)
    s = now.stretch
    later = Span(
        Stretch(s.t_s + later_s, s.height_m, s.velocity_mps, s.force_acc_mps2), later_s, later_s + seconds
    )
    a, b = energy(now, lowering=True), energy(later, lowering=True)
    assert b.work_j == pytest.approx(a.work_j, rel=1e-3)
    assert b.impulse_ns == pytest.approx(a.impulse_ns, rel=1e-6)


@given(st.floats(0.1, 1.0), st.floats(0.5, 8.0), st.floats(1.1, 4.0))
def test_work_scales_with_the_height_and_not_with_the_time(rom_m: float, seconds: float, k: float) -> None:
    once = energy(stroke(-rom_m, seconds), lowering=True)
    assert energy(stroke(-k * rom_m, seconds), lowering=True).work_j == pytest.approx(
        k * once.work_j, rel=1e-3
    )
    assert energy(stroke(-rom_m, k * seconds), lowering=True).work_j == pytest.approx(once.work_j, rel=1e-3)
