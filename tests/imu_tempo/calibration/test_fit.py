"""Calibration against a simulated part whose errors were given."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from firmware_bridge.virtual import Session, imu, simulate
from firmware_bridge.virtual.imu import ImuModel
from firmware_bridge.virtual.parts import Rest
from imu_tempo.calibration import SensorCalibration, Still, find_stills, fit_calibration
from imu_tempo.errors import SourceError
from imu_tempo.samples import Samples
from imu_tempo.signal.constants import GRAVITY_MPS2

MG = 1e-3 * GRAVITY_MPS2
SIX = ((0, 0, 0), (180, 0, 0), (90, 0, 0), (-90, 0, 0), (0, 90, 0), (0, -90, 0))
OFFSET_MPS2 = (0.35, -0.5, 0.2)
SCALE_PCT = (1.0, -2.0, 3.0)
GYRO_DPS = (-4.0, 1.5, 0.7)

Angles = tuple[float, float, float]


def part(**changes: object) -> ImuModel:
    """An MPU6050 whose errors are given, not drawn."""
    given_errors: dict[str, object] = {
        "acc_bias_mg": 0.0,
        "gyr_bias_dps": 0.0,
        "acc_scale_pct": 0.0,
        "misalignment_deg": 0.0,
        "fixed_acc_bias_mps2": OFFSET_MPS2,
        "fixed_acc_scale_pct": SCALE_PCT,
        "fixed_gyr_bias_dps": GYRO_DPS,
        "gravity_mps2": GRAVITY_MPS2,
    }
    return imu("MPU6050_uncalibrated", **(given_errors | changes))


def at_rest(angles: Angles, model: ImuModel | None = None) -> Samples:
    simulation = simulate(Session(parts=[Rest(4)], mount=angles), model or part())
    return Samples.of(simulation.blocks())


def stills(orientations: Sequence[Angles], model: ImuModel | None = None) -> list[Still]:
    return [still for angles in orientations for still in find_stills(at_rest(angles, model))]


def spread_out(count: int, seed: int = 2) -> list[Angles]:
    """Orientations in no relation to the sensor's axes."""
    rotations = Rotation.random(count, rng=np.random.default_rng(seed))
    return [tuple(row) for row in rotations.as_euler("xyz", degrees=True).tolist()]


def off_mg(calibration: SensorCalibration) -> float:
    return float(np.abs(np.subtract(calibration.offset_mps2, OFFSET_MPS2)).max() / MG)


def scale_off_pct(calibration: SensorCalibration) -> float:
    """True force is (reading - offset) / (1 + error)."""
    product = np.asarray(calibration.scale) * (1.0 + np.asarray(SCALE_PCT) / 100.0)
    return float(np.abs(product - 1.0).max() * 100.0)


@pytest.mark.parametrize("orientations", [SIX, spread_out(12)], ids=["axis-aligned", "anyhow"])
@pytest.mark.parametrize("gyro", [True, False])
def test_offset_scale_and_gyro_offset_are_recovered(orientations: Sequence[Angles], gyro: bool) -> None:
    fit = fit_calibration(stills(orientations, part(gyro=gyro)), sensor="bar")
    assert off_mg(fit.calibration) < 2.0
    assert scale_off_pct(fit.calibration) < 0.1
    found_dps = np.degrees(fit.calibration.gyro_offset_radps)
    assert found_dps == pytest.approx(GYRO_DPS if gyro else (0.0, 0.0, 0.0), abs=0.05)
    assert fit.calibration.residual_mg < 2.0
    assert fit.calibration.sensor == "bar"
    assert fit.calibration.made


def test_six_axis_aligned_positions_are_the_best_conditioned_and_leave_nothing_to_check() -> None:
    fit = fit_calibration(stills(SIX), sensor="bar")
    assert fit.calibration.condition == pytest.approx(1.0, abs=0.1)
    assert (fit.stills, fit.calibration.orientations, fit.spare) == (6, 6, 0)
    assert fit.missing == ()


def test_laying_the_sensor_down_often_in_one_orientation_does_not_spoil_the_condition() -> None:
    fit = fit_calibration(stills((*SIX, *[SIX[0]] * 9)), sensor="bar")
    assert (fit.stills, fit.calibration.orientations) == (15, 6)
    assert fit.calibration.condition == pytest.approx(1.0, abs=0.1)


def test_leaning_axes_are_fitted_where_the_orientations_allow_it() -> None:
    rng = np.random.default_rng(5)
    true_upper = np.array([[0.99, 0.02, -0.015], [0.0, 1.02, 0.01], [0.0, 0.0, 0.97]])
    directions = Rotation.random(30, rng=rng).as_matrix()[:, 0]
    readings = np.linalg.solve(true_upper, GRAVITY_MPS2 * directions.T).T + OFFSET_MPS2
    seen = [Still(0.0, 3.0, reading, None) for reading in readings]
    straight = fit_calibration(seen, sensor="bar", cross_axis=False)
    fit = fit_calibration(seen, sensor="bar")
    assert fit.calibration.residual_mg < 1e-3 < straight.calibration.residual_mg
    assert fit.calibration.cross_axis == pytest.approx((0.02, -0.015, 0.01), abs=1e-6)
    assert fit.calibration.scale == pytest.approx(np.diag(true_upper), abs=1e-6)
    acc, _ = fit.calibration.apply(readings)
    assert acc == pytest.approx(GRAVITY_MPS2 * directions, abs=1e-5)


@given(
    st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=3),
    st.lists(st.floats(0.95, 1.05), min_size=3, max_size=3),
)
def test_errors_of_a_noiseless_part_are_undone_exactly(offset: list[float], gain: list[float]) -> None:
    directions = Rotation.from_euler("xyz", spread_out(12), degrees=True).as_matrix()[:, 2]
    readings = directions * GRAVITY_MPS2 * gain + offset
    fit = fit_calibration([Still(0.0, 3.0, reading, None) for reading in readings], sensor="bar")
    acc, _ = fit.calibration.apply(readings)
    assert acc == pytest.approx(directions * GRAVITY_MPS2, abs=1e-6)


@pytest.mark.parametrize(
    ("orientations", "found", "missing"),
    [
        (SIX[:4], "4 different orientations", "x up, x down"),
        (SIX[:1], "one orientation", "x up, x down, y up, y down, z down"),
        (SIX[:1] * 7, "one orientation", "x up, x down, y up, y down, z down"),
    ],
)
def test_too_few_orientations_are_refused_with_those_that_are_missing(
    orientations: Sequence[Angles], found: str, missing: str
) -> None:
    with pytest.raises(SourceError) as caught:
        fit_calibration(stills(orientations), sensor="bar")
    message = str(caught.value)
    assert found in message
    assert "needs 6" in message
    assert f"axes {missing} and" in message
    assert message.count(". ") == 0


def test_orientations_on_one_side_are_refused() -> None:
    cap = [
        (30.0 * np.cos(a), 30.0 * np.sin(a), 0.0) for a in np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
    ]
    with pytest.raises(SourceError, match=r"too much alike .* x up, x down, y up, y down, z down"):
        fit_calibration(stills(cap), sensor="bar")


def test_a_sensor_that_never_lies_still_is_told_so() -> None:
    with pytest.raises(SourceError, match="never lies still for a second"):
        fit_calibration([], sensor="bar")


def test_readings_that_no_sensor_has_are_refused() -> None:
    in_g = [Still(0.0, 3.0, still.acc_mps2 / GRAVITY_MPS2, None) for still in stills(SIX)]
    with pytest.raises(SourceError, match="no sensor has"):
        fit_calibration(in_g, sensor="bar")


def turned(angles: Sequence[Angles], still_s: float, turn_s: float, rate_hz: float = 100.0) -> Samples:
    """One recording of a noisy sensor that lies in each orientation, turned by hand in between."""
    rng = np.random.default_rng(0)
    ups = [Rotation.from_euler("xyz", a, degrees=True).as_matrix()[2] for a in angles]
    rows = [np.tile(ups[0], (round(still_s * rate_hz), 1))]
    for a, b in pairwise(ups):
        part_way = np.linspace(0.0, 1.0, round(turn_s * rate_hz))[:, None]
        axis = np.cross(a, [0.3, -0.5, 0.8])
        between = (1.0 - part_way) * a + part_way * b + np.sin(np.pi * part_way) * axis
        rows += [
            between / np.linalg.norm(between, axis=1)[:, None],
            np.tile(b, (round(still_s * rate_hz), 1)),
        ]
    acc = GRAVITY_MPS2 * np.concatenate(rows)
    t_s = np.arange(len(acc)) / rate_hz
    return Samples(t_s, acc + rng.normal(0.0, 0.03, acc.shape), None)


def test_stills_are_found_in_one_recording_between_the_turning() -> None:
    found = find_stills(turned(SIX, still_s=4.0, turn_s=2.0))
    assert len(found) == 6
    for i, still in enumerate(found):
        assert 6.0 * i - 0.01 <= still.start_s <= 6.0 * i + 0.51
        assert 6.0 * i + 3.4 <= still.end_s <= 6.0 * i + 4.01


@pytest.mark.parametrize("rate_hz", [25.0, 100.0, 400.0])
def test_a_sensor_turned_slowly_is_not_at_rest(rate_hz: float) -> None:
    angle = np.radians(3.0) * np.arange(20.0 * rate_hz) / rate_hz
    acc = GRAVITY_MPS2 * np.column_stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)])
    assert find_stills(Samples(np.arange(len(acc)) / rate_hz, acc, None)) == []


def test_a_second_without_samples_is_no_rest() -> None:
    still = turned(SIX[:1], still_s=1.4, turn_s=1.0)
    t_s = still.t_s + np.where(np.arange(len(still.t_s)) >= 70, 5.0, 0.0)
    assert find_stills(Samples(t_s, still.acc_mps2, None)) == []
