import subprocess
import sys

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid

from firmware_bridge.virtual import SCENARIOS, imu

REPS = {
    "exercise": 5,
    "reps/20": 20,
    "failure/velocity_loss": 8,
    "failure/last_squat": 5,
    "sets/three_squat": 9,
    "sets/two_deadlift": 6,
    "deadlift/regrip": 5,
    "crop/begins_in_lowering": 4,
    "crop/begins_in_lifting": 4,
    "crop/ends_in_lowering": 3,
    "nothing": 0,
    "loss": 5,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs_with_a_sound_truth(name: str) -> None:
    sim = SCENARIOS[name](seed=1, rate_hz=25.0)
    stretch = sim.imu.clock_ratio  # the truth is on the device clock
    expected = REPS.get(name, REPS.get(name.split("/")[0]))
    if expected is not None:
        assert len(sim.truth_reps) == expected
    assert np.all(np.isfinite(sim.acc_mps2))
    # Trapezia at 1 kHz: a jump in position or velocity anywhere would stand out.
    true = sim.truth
    velocity = true.vel_mps[0] + cumulative_trapezoid(true.acc_mps2, true.t_s, axis=0, initial=0.0) / stretch
    np.testing.assert_allclose(velocity, true.vel_mps, atol=6e-3)
    position = true.pos_m[0] + cumulative_trapezoid(true.vel_mps, true.t_s, axis=0, initial=0.0) / stretch
    np.testing.assert_allclose(position, true.pos_m, atol=2e-4)
    last = 0.0
    for rep in sim.truth_reps:
        start = np.nanmin([rep.ecc_start_s, rep.con_start_s])
        end = np.nanmax([rep.ecc_end_s, rep.con_end_s])
        assert last <= start < end <= sim.truth.t_s[-1] + 1.0 / 25.0
        assert 0.0 < rep.mcv_mps < 2.0
        assert 0.0 < rep.mev_mps < 2.0
        assert rep.tut_s == pytest.approx(end - start)
        last = end


def test_a_scenario_takes_another_part() -> None:
    sim = SCENARIOS["exercise/squat"](2, imu=imu("BMI270"), rate_hz=50.0, gyro=False)
    assert (sim.imu.name, sim.imu.rate_hz, sim.gyr_radps) == ("BMI270", 50.0, None)


def test_saturation_really_happens() -> None:
    sim = SCENARIOS["range/4g_deadlift"](1)
    assert np.count_nonzero(np.abs(sim.acc_raw.astype(int)) >= 32767) > 3


def test_the_simulator_leaves_bluetooth_alone() -> None:
    heavy = ("bumble", "bleak", "pandas")
    code = f"import sys, firmware_bridge.virtual; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
