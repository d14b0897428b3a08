import time
from dataclasses import fields

import numpy as np
import pytest

from firmware_bridge.recording.table import ACC_COLUMNS, GYR_COLUMNS
from firmware_bridge.virtual import (
    LossModel,
    Rest,
    Session,
    SetPlan,
    VelocityTrace,
    imu,
    lift,
    lifts,
    simple_set,
    simulate,
)

GRAVITY_UP = np.array([0.0, 0.0, 9.81])


@pytest.mark.parametrize("exercise", ["squat", "biceps_curl", "deadlift"])
def test_specific_force_turned_back_less_gravity_is_the_true_acceleration(exercise: str) -> None:
    sim = simple_set(exercise, reps=2, imu="perfect", rate_hz=100.0, offset_m=(0.03, 0.1, 0.05), seed=3)
    step = (sim.truth.t_s.size - 1) // (sim.taken - 1)
    np.testing.assert_allclose(sim.truth.t_s[::step], sim.t_s, atol=1e-9)
    turned_back = np.einsum("nij,nj->ni", sim.truth.world_from_sensor[::step], sim.acc_mps2)
    np.testing.assert_allclose(turned_back - GRAVITY_UP, sim.truth.acc_mps2[::step], atol=1e-9)


def test_a_level_sensor_that_does_not_turn_measures_acceleration_plus_gravity() -> None:
    sim = simple_set("squat", reps=2, imu="perfect", mount="level", around=False, roll_deg=0.0, sway_m=0.0)
    step = (sim.truth.t_s.size - 1) // (sim.taken - 1)
    np.testing.assert_allclose(sim.acc_mps2, sim.truth.acc_mps2[::step] + GRAVITY_UP, atol=1e-9)


@pytest.mark.parametrize("rate_hz", [12.5, 52.0, 1600.0])
def test_any_output_rate_measures_the_same_lift(rate_hz: float) -> None:
    sim = simple_set("bench_press", reps=1, tempo="1-0-X-1", rate_hz=rate_hz, rest_s=1.0)
    base = simple_set("bench_press", reps=1, tempo="1-0-X-1", rate_hz=200.0, rest_s=1.0)
    assert np.allclose(np.diff(sim.t_s), 1.0 / rate_hz)
    assert sim.truth_reps[0].mcv_mps == pytest.approx(base.truth_reps[0].mcv_mps, abs=1e-4)
    assert sim.truth_reps[0].ecc_s == pytest.approx(base.truth_reps[0].ecc_s, abs=1e-4)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    loss = LossModel(loss_ratio=0.05)
    a, b, c = (simple_set("squat", reps=2, seed=seed, loss=loss) for seed in (7, 7, 8))
    assert a.acc_raw.tobytes() == b.acc_raw.tobytes()
    assert a.index.tobytes() == b.index.tobytes()
    assert a.arrival_s.tobytes() == b.arrival_s.tobytes()
    assert repr(a.truth_reps) == repr(b.truth_reps)
    assert a.acc_raw.tobytes() != c.acc_raw.tobytes()


def test_another_sensor_or_radio_leaves_the_lift_as_it_was() -> None:
    a = simple_set("squat", reps=2, seed=5)
    b = simple_set("squat", reps=2, seed=5, imu="MPU6050_uncalibrated", loss=LossModel(loss_ratio=0.1))
    np.testing.assert_array_equal(a.truth.pos_m, b.truth.pos_m)


@pytest.mark.parametrize("loss", [LossModel(), LossModel(loss_ratio=0.1), LossModel(holes_s=((0.0, 1.0),))])
@pytest.mark.parametrize("size", [None, 1, 7, 10_000])
def test_received_and_lost_add_up_to_the_index(loss: LossModel, size: int | None) -> None:
    sim = simple_set("squat", reps=1, loss=loss, seed=3)
    blocks = sim.blocks(size)
    position = 0
    for block in blocks:
        position += block.lost_before
        np.testing.assert_allclose(block.t_s, (position + np.arange(len(block))) / sim.imu.rate_hz)
        position += len(block)
    assert sum(map(len, blocks)) == sim.index.size
    assert position == sim.index[-1] + 1
    assert sim.index.size + sim.lost == sim.taken == sim.acc_raw.shape[0]
    np.testing.assert_array_equal(np.concatenate([b.acc_mps2 for b in blocks]), sim.acc_mps2)


@pytest.mark.parametrize("exercise", lifts())
def test_every_lift_starts_the_way_it_should_and_travels_its_height(exercise: str) -> None:
    sim = simple_set(exercise, reps=2, tempo="2-1-X-1")
    known = lift(exercise)
    assert len(sim.truth_reps) == 2
    for rep in sim.truth_reps:
        starts = "ecc" if rep.ecc_start_s < rep.con_start_s else "con"
        assert starts == known.starts_with
        assert rep.rom_m == pytest.approx(known.rom_m, rel=0.1)
        assert rep.pev_mps > rep.mev_mps > 0.0
        assert rep.pcv_mps > rep.mcv_mps > 0.0


def test_a_curl_rolls_with_the_forearm() -> None:
    sim = simple_set("biceps_curl", reps=1, tempo="2-1-X-1", imu="perfect", mount="level", around=False)
    assert sim.gyr_radps is not None
    turned = np.degrees(np.cumsum(sim.gyr_radps[:, 1]) / sim.imu.rate_hz)
    assert np.ptp(turned) == pytest.approx(110.0, rel=0.1)


def test_a_sleeve_spins_up_to_its_speed_and_comes_to_rest() -> None:
    sim = simple_set("squat", reps=4, tempo="2-0-X-2", imu="perfect", spin_hz=3.0)
    assert sim.gyr_radps is not None
    speed_hz = np.linalg.norm(sim.gyr_radps, axis=1) / (2.0 * np.pi)
    assert 1.5 < np.max(speed_hz) <= 3.1
    assert np.max(speed_hz[-100:]) < 0.01


@pytest.mark.parametrize("impact", [20.0, 40.0, 60.0])
def test_a_deadlift_lands_with_about_the_hit_asked_for(impact: float) -> None:
    plan = SetPlan(reps=2, tempo="1.2-1-X-1", floor_impact_mps2=impact)
    sim = simulate(Session(exercise="deadlift", parts=[Rest(1), plan, Rest(1)]))
    end = sim.truth_reps[0].ecc_end_s
    near = np.abs(sim.truth.t_s - end) < 0.06
    assert 0.7 * impact < np.max(sim.truth.acc_mps2[near, 2]) < 1.7 * impact
    assert sim.truth.vel_mps[near, 2].min() < -0.1


def test_a_recorded_velocity_drives_the_concentric() -> None:
    t = np.linspace(0.0, 1.1, 56)
    v = np.sin(np.pi * t / 1.1) * np.exp(-1.5 * t)
    plan = SetPlan(reps=1, tempo="2-1-X-1", rom_m=0.5, jitter_ratio=0.0, rom_jitter_ratio=0.0)
    plan = SetPlan(
        **{f.name: getattr(plan, f.name) for f in fields(plan)} | {"traces": (VelocityTrace(t, v),)}
    )
    rep = simulate(Session(parts=[Rest(1), plan, Rest(1)])).truth_reps[0]
    assert rep.con_s == pytest.approx(1.1, abs=0.06)
    shape = v / np.trapezoid(v, t) * 0.5
    assert rep.pcv_mps == pytest.approx(np.max(shape), rel=0.03)


def test_a_minute_simulates_in_a_blink() -> None:
    simple_set("squat", reps=2)
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        sim = simple_set("squat", reps=8, tempo="3-1-X-1")
        best = min(best, time.perf_counter() - start)
    assert sim.t_s[-1] > 55.0
    assert best < 1.5  # 0.2 s on an idle core of 2026; the rest is for busy test machines


def test_nonsense_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="no lift is called 'jump'"):
        simple_set("jump")
    with pytest.raises(ValueError, match="four numbers like 3-1-X-1"):
        simple_set("squat", tempo="31X1")
    with pytest.raises(ValueError, match="too short"):
        simulate(Session(parts=[]), imu("perfect"))


def test_the_received_samples_are_a_table_that_an_analysis_takes() -> None:
    with_gyro, without = (simple_set("squat", reps=1, gyro=gyro) for gyro in (True, False))
    columns = with_gyro.sample_columns()
    assert list(columns) == ["t_s", *ACC_COLUMNS, *GYR_COLUMNS]
    assert np.array_equal(columns["acc_y_mps2"], with_gyro.acc_mps2[:, 1])
    assert list(without.sample_columns()) == ["t_s", *ACC_COLUMNS]
