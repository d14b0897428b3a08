"""A calibration applied: exact, the same however cut, and to the good of a cheap part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_motion import source_of

from firmware_bridge.samples import SampleBlock
from firmware_bridge.virtual import Session, Simulation, imu, simple_set, simulate
from firmware_bridge.virtual.parts import Rest
from imu_tempo import analyze, replay
from imu_tempo.calibration import (
    UNCALIBRATED,
    SensorCalibration,
    find_stills,
    fit_calibration,
    save_calibration,
    store,
)
from imu_tempo.engine import Engine
from imu_tempo.formats.source import Source
from imu_tempo.result import AnalysisResult
from imu_tempo.samples import Samples

FACES = [(0, 0, 0), (180, 0, 0), (90, 0, 0), (-90, 0, 0), (0, 90, 0), (0, -90, 0)]
EDGES = [(45, 0, 0), (135, 0, 0), (-45, 0, 0), (-135, 0, 0), (0, 45, 0), (0, -45, 0)]
EDGES += [(180, 45, 0), (180, -45, 0), (90, 45, 0), (90, -45, 0), (-90, 45, 0), (-90, -45, 0)]
CHEAP = imu("MPU6050_uncalibrated", rate_hz=100)
ERRORS = SensorCalibration(
    sensor="Virtual bar",
    offset_mps2=(0.3, -0.2, 0.1),
    scale=(1.02, 0.97, 1.01),
    cross_axis=(0.01, -0.02, 0.005),
    gyro_offset_radps=(0.05, -0.03, 0.01),
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "calibrations_folder", lambda: tmp_path)


def cheap_part(seed: int) -> SensorCalibration:
    """The calibration of the cheap part of a seed, laid down eighteen times."""
    sessions = [Session(parts=[Rest(3)], mount=angles) for angles in FACES + EDGES]
    samples = [Samples.of(simulate(session, CHEAP, seed).blocks()) for session in sessions]
    return fit_calibration([s for part in samples for s in find_stills(part)], sensor="cheap").calibration


def curls(seed: int) -> Simulation:
    return simple_set("biceps_curl", reps=6, tempo="3-1-X-1", rate_hz=100, seed=seed, imu=CHEAP)


def mcv_off_mps(result: AnalysisResult, simulation: Simulation) -> list[float]:
    """Error of each true rep's MCV; a rep that was not found is off by all of it."""
    errors = []
    for rep in simulation.truth_reps:
        middle_s = 0.5 * (rep.con_start_s + rep.con_end_s)
        found = result.reps[(result.reps["con_start_s"] < middle_s) & (result.reps["con_end_s"] > middle_s)]
        errors.append(abs(float(found["mcv_mps"].sum()) - rep.mcv_mps))
    return errors


def test_parts_that_fail_on_curls_are_healed() -> None:
    raw, healed = [], []
    for seed in (2, 3, 6, 8):
        simulation = curls(seed)
        source = source_of(simulation)
        before = analyze(source, "biceps_curl")
        after = analyze(source, "biceps_curl", calibration=cheap_part(seed))
        assert (before.quality["calibration"], after.quality["calibration"]) == ("none", "cheap")
        raw += mcv_off_mps(before, simulation)
        healed += mcv_off_mps(after, simulation)
    assert np.quantile(raw, 0.9) > 0.1
    assert np.quantile(healed, 0.9) < 0.02


def test_applying_undoes_the_errors_of_the_model() -> None:
    rng = np.random.default_rng(1)
    true_acc, true_gyr = rng.normal(0.0, 9.0, (50, 3)), rng.normal(0.0, 2.0, (50, 3))
    (sx, sy, sz), (xy, xz, yz) = ERRORS.scale, ERRORS.cross_axis
    upper = np.array([[sx, xy, xz], [0.0, sy, yz], [0.0, 0.0, sz]])
    readings = np.linalg.solve(upper, true_acc.T).T + ERRORS.offset_mps2
    acc, gyr = ERRORS.apply(readings, true_gyr + ERRORS.gyro_offset_radps)
    assert acc == pytest.approx(true_acc, abs=1e-9)
    assert gyr == pytest.approx(true_gyr, abs=1e-12)
    assert ERRORS.apply(readings)[1] is None


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_of_any_size_give_the_same_to_the_bit(size: int) -> None:
    rng = np.random.default_rng(2)
    t_s, acc, gyr = np.arange(100) / 100.0, rng.normal(0.0, 9.0, (100, 3)), rng.normal(0.0, 2.0, (100, 3))
    whole, whole_gyr = ERRORS.apply(acc, gyr)
    cut = [slice(i, i + size) for i in range(0, 100, size)]
    blocks = [ERRORS.on_block(SampleBlock(t_s[c], acc[c], gyr[c], 3)) for c in cut]
    assert np.array_equal(np.concatenate([b.acc_mps2 for b in blocks]), whole)
    assert np.array_equal(np.concatenate([b.gyr_radps for b in blocks]), whole_gyr)
    assert {b.lost_before for b in blocks} == {3}


def test_the_callers_arrays_are_left_alone() -> None:
    acc, gyr = np.ones((5, 3)), np.ones((5, 3))
    ERRORS.apply(acc, gyr)
    assert np.array_equal(acc, np.ones((5, 3)))
    assert np.array_equal(gyr, np.ones((5, 3)))


def test_uncalibrated_changes_nothing() -> None:
    acc = np.ones((5, 3))
    assert UNCALIBRATED.apply(acc)[0] is acc
    assert UNCALIBRATED.full_scale_mps2(156.9) == 156.9


def test_what_a_clipped_axis_reads_after_calibration_is_known() -> None:
    full = ERRORS.full_scale_mps2(80.0)
    for i in range(3):
        for sign in (1.0, -1.0):
            clipped = np.zeros((1, 3))
            clipped[0, i] = sign * 80.0
            straight = replace(ERRORS, cross_axis=(0.0, 0.0, 0.0))
            assert abs(straight.apply(clipped)[0][0, i]) >= full - 1e-9
    assert ERRORS.full_scale_mps2(None) is None


def with_errors(source: Source) -> Source:
    """What a sensor with the model's errors would have measured."""
    (sx, sy, sz), (xy, xz, yz) = ERRORS.scale, ERRORS.cross_axis
    inverse = np.linalg.inv(np.array([[sx, xy, xz], [0.0, sy, yz], [0.0, 0.0, sz]]))
    blocks = [
        SampleBlock(
            b.t_s,
            b.acc_mps2 @ inverse.T + ERRORS.offset_mps2,
            b.gyr_radps + ERRORS.gyro_offset_radps,
            b.lost_before,
        )
        for b in source.blocks
    ]
    return replace(source, blocks=blocks)


@pytest.fixture(scope="module")
def squats() -> Source:
    return source_of(simple_set("squat", reps=3, tempo="2-0-X-1", rate_hz=100, seed=4))


def test_offline_and_live_take_the_errors_away(squats: Source) -> None:
    true, measured = analyze(squats), with_errors(squats)
    columns = ["mcv_mps", "rom_m", "ecc_s", "con_s"]
    offline = analyze(measured, calibration=ERRORS)
    assert offline.reps[columns].to_numpy() == pytest.approx(true.reps[columns].to_numpy(), abs=1e-3)
    live = replay(measured, calibration=ERRORS, chunk=3)
    assert live.reps[columns].to_numpy() == pytest.approx(true.reps[columns].to_numpy(), abs=1e-3)
    assert live.quality["calibration"] == "Virtual bar"


def test_the_stored_calibration_is_used_unless_another_is_chosen(squats: Source, tmp_path: Path) -> None:
    save_calibration(ERRORS)
    kept = save_calibration(replace(ERRORS, sensor="other"), tmp_path / "elsewhere.json")
    assert analyze(squats).quality["calibration"] == "Virtual bar"
    assert replay(squats).quality["calibration"] == "Virtual bar"
    assert analyze(squats, calibration=UNCALIBRATED).quality["calibration"] == "none"
    assert analyze(squats, calibration=str(kept)).quality["calibration"] == "other"
    assert Engine(info=squats.info).result().quality["calibration"] == "Virtual bar"
    assert Engine().result().quality["calibration"] == "none"
