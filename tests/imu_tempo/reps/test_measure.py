"""Numbers of a rep against the closed forms of the minimum-jerk stroke."""

from __future__ import annotations

import numpy as np
import pytest
from made_motion import PEAK_RATIO, Move, bar, crossing_s, minimum_jerk

from imu_tempo.reps.measure import mean_propulsive_speed, mean_speed, mean_speed_sd, peak_speed
from imu_tempo.reps.strokes import Stroke
from imu_tempo.reps.verdict import Phase
from imu_tempo.signal.constants import FRAME_S, GRAVITY_MPS2
from imu_tempo.signal.filters import low_pass
from imu_tempo.signal.smooth import Evidence, Prior, Smoother

EDGE_MPS = 0.02


def lift(travel: float, duration: float) -> tuple[np.ndarray, np.ndarray, Phase]:
    """A stroke after a second of rest, and its phase by the formula's own edges."""
    path = bar([Move(0, 1), Move(travel, duration), Move(0, 1)])
    late = crossing_s(abs(travel), duration, EDGE_MPS)
    stroke = Stroke(0, len(path.h_m) - 1, travel > 0, abs(travel))
    return path.h_m, path.v_mps, Phase((1 + late) / FRAME_S, (1 + duration - late) / FRAME_S, stroke)


@pytest.mark.parametrize(("travel", "duration"), [(0.6, 1.0), (0.3, 0.8), (-0.6, 4.0), (-0.5, 8.0)])
def test_rom_and_mean_speed_are_those_between_the_edges(travel: float, duration: float) -> None:
    height, velocity, phase = lift(travel, duration)
    late = crossing_s(abs(travel), duration, EDGE_MPS)
    missed = float(minimum_jerk(np.array(late / duration))[0]) * abs(travel)
    rom, speed = mean_speed(height, velocity, phase)
    assert rom == pytest.approx(abs(travel) - 2 * missed, abs=1e-5)
    assert speed == pytest.approx((abs(travel) - 2 * missed) / (duration - 2 * late), abs=1e-4)


@pytest.mark.parametrize(("travel", "duration"), [(0.6, 1.0), (0.31, 0.79), (-0.6, 4.0)])
def test_peak_speed_is_fifteen_eighths_of_the_mean(travel: float, duration: float) -> None:
    _, velocity, phase = lift(travel, duration)
    assert peak_speed(velocity, phase) == pytest.approx(PEAK_RATIO * abs(travel) / duration, rel=1e-4)


def test_peak_is_found_between_frame_edges() -> None:
    t = np.arange(60) * FRAME_S
    peak_at = 0.587  # 0.35 of a frame after an edge
    velocity = 1.2 - 8.0 * (t - peak_at) ** 2
    phase = Phase(20.0, 40.0, Stroke(20, 40, True, 0.5))
    assert peak_speed(velocity, phase) == pytest.approx(1.2, abs=1e-9)


def test_a_gentle_lift_is_propulsive_throughout() -> None:
    height, velocity, phase = lift(0.6, 1.0)
    assert mean_propulsive_speed(height, velocity, phase) == mean_speed(height, velocity, phase)[1]


def test_a_fast_lift_is_propulsive_until_it_brakes_harder_than_gravity() -> None:
    travel, duration = 0.6, 0.5
    height, velocity, phase = lift(travel, duration)
    tau = np.linspace(0.5, 1.0, 100_001)
    acc = travel / duration**2 * minimum_jerk(tau)[2]
    brakes = float(tau[np.argmax(acc < -GRAVITY_MPS2)])
    late = crossing_s(travel, duration, EDGE_MPS) / duration
    risen = travel * (minimum_jerk(np.array(brakes))[0] - minimum_jerk(np.array(late))[0])
    wanted = float(risen / ((brakes - late) * duration))
    found = mean_propulsive_speed(height, velocity, phase)
    assert found > 1.05 * mean_speed(height, velocity, phase)[1]
    # The moment is found to a frame: speed falls by up to 0.2 m/s in one, its mean by a tenth of that.
    assert found == pytest.approx(wanted, abs=0.03)


def test_the_low_pass_keeps_a_lift_and_its_timing_and_takes_tremor_away() -> None:
    path = bar([Move(0, 1), Move(0.6, 0.8), Move(0, 1)])
    tremor = 0.05 * np.sin(2 * np.pi * 20.0 * path.t_s)
    smooth_v = low_pass(path.v_mps + tremor, 10.0)
    np.testing.assert_allclose(smooth_v, path.v_mps, atol=0.012)
    assert low_pass(path.v_mps, 10.0).max() == pytest.approx(path.v_mps.max(), rel=0.005)
    assert np.argmax(smooth_v) == pytest.approx(np.argmax(path.v_mps), abs=1)


def test_the_low_pass_takes_short_records() -> None:
    assert low_pass(np.zeros(8), 10.0).shape == (8,)


def test_mean_speed_sd_is_that_of_scattered_paths() -> None:
    """Monte Carlo: mean speeds of paths drawn with the noise that the smoother was told of."""
    n, density, rng = 150, 1e-3, np.random.default_rng(0)
    still = np.where((np.arange(n + 1) < 30) | (np.arange(n + 1) > 120), 1e6, 0.0)
    phase = Phase(40.4, 100.7, Stroke(40, 101, True, 0.5))
    noise = density * np.array([[FRAME_S**3 / 3, FRAME_S**2 / 2], [FRAME_S**2 / 2, FRAME_S]])
    moving = (np.arange(n) >= 30) & (np.arange(n) < 120)
    errors, sd = [], 0.0
    for _ in range(200):
        dh, dv = rng.multivariate_normal([0.0, 0.0], noise, n).T * moving
        density_then = np.where(moving, density, 1e-9)
        smoother = Smoother(dv, dh, density_then, 1e-9, Prior(b_sd_mps2=1e-4), np.zeros((n, 0)), 1.0)
        path = smoother.path(Evidence(np.zeros(n + 1), np.zeros(n + 1), still))
        rise = np.interp(phase.end, np.arange(n + 1), path.h_m)
        rise -= np.interp(phase.start, np.arange(n + 1), path.h_m)
        errors.append(rise / ((phase.end - phase.start) * FRAME_S))
        sd = mean_speed_sd(path, phase)
    assert np.std(errors) == pytest.approx(sd, rel=0.25)
