"""The eccentric table: assembled from hand-made reps, and against the simulator's own motion."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_motion import source_of
from made_sets import ROM_M, make_reps, make_samples
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

from firmware_bridge.virtual import (
    Hold,
    Rest,
    Session,
    SetPlan,
    Simulation,
    StickingRegion,
    Unrack,
    WalkOut,
    imu,
    simulate,
)
from imu_tempo import AnalysisResult, analyze
from imu_tempo.exercises import exercise
from imu_tempo.metrics import SetContext, parse_tempo
from imu_tempo.metrics.eccentric import eccentric_rows
from imu_tempo.schema import EccentricRow, RepRow
from imu_tempo.signal.constants import GRAVITY_MPS2

G = GRAVITY_MPS2


def columns(reps: list[RepRow]) -> dict[str, NDArray[np.generic]]:
    samples = make_samples(reps)
    return {str(name): samples[name].to_numpy() for name in samples}


def made(
    reps: list[RepRow] | None = None,
    *,
    lift: str = "squat",
    tempo: str | None = None,
    rate_hz: float = 100.0,
    **context: object,
) -> list[EccentricRow]:
    rows = reps or make_reps()
    return eccentric_rows(
        rows,
        columns(rows),
        exercise(lift),
        rate_hz=rate_hz,
        prescription=parse_tempo(tempo) if tempo else None,
        context=SetContext(**context),  # type: ignore[arg-type]
    )


def test_a_hand_made_rep_with_100_kg() -> None:
    row = made()[0]
    assert (row.set_no, row.rep_no, row.mass_kg, row.mass_basis) == (1, 1, 100.0, "bar")
    assert row.ecc_work_j == pytest.approx(100 * G * ROM_M, rel=0.005)
    assert row.con_work_j == pytest.approx(100 * G * ROM_M, rel=0.005)
    assert row.ecc_impulse_ns == pytest.approx(100 * G * 3.1, rel=0.005)
    assert row.con_impulse_ns == pytest.approx(100 * G * 0.8, rel=0.005)
    assert row.ecc_power_mean_w == pytest.approx(100 * G * ROM_M / 3.1, rel=0.005)
    assert row.con_power_mean_w == pytest.approx(100 * G * ROM_M / 0.8, rel=0.005)
    assert row.ecc_rom_m == pytest.approx(ROM_M, rel=0.005)
    assert row.time_ratio == pytest.approx(3.1 / 0.8)
    assert row.work_ratio == pytest.approx(1, rel=0.01)
    assert row.impulse_ratio == pytest.approx(3.1 / 0.8, rel=0.01)
    assert row.power_ratio == pytest.approx(0.8 / 3.1, rel=0.01)
    assert row.con_work_sd_j == pytest.approx(100 * G * 0.01 * 0.8)
    assert row.control_score == pytest.approx(100)
    assert row.sticking_s == 0.0
    assert row.notes == ""


def test_the_load_scales_work_impulse_and_power_and_nothing_else() -> None:
    light = made([replace(r, load_kg=50.0) for r in make_reps()])
    heavy = made([replace(r, load_kg=150.0) for r in make_reps()])
    absolute = [
        n for n in EccentricRow.__slots__ if n.endswith(("_j", "_ns", "_w", "_n")) and "per_kg" not in n
    ]
    assert len(absolute) == 11
    for a, b in zip(light, heavy, strict=True):
        for name in absolute:
            assert getattr(b, name) == pytest.approx(3 * getattr(a, name), nan_ok=True), name
        same = {
            n: getattr(a, n) for n in EccentricRow.__slots__ if n not in (*absolute, "load_kg", "mass_kg")
        }
        for name, value in same.items():
            other = getattr(b, name)
            assert other == value or (other != other and value != value), name


def test_body_mass_counts_only_with_its_part() -> None:
    bar = made(body_mass_kg=80.0)[0]
    both = made(body_mass_kg=80.0, body_ratio=0.88)[0]
    assert (bar.mass_kg, bar.mass_basis) == (100.0, "bar")
    assert (both.mass_kg, both.mass_basis) == (pytest.approx(100 + 0.88 * 80), "bar+body")
    assert both.ecc_work_j == pytest.approx(bar.ecc_work_j * 1.704)
    unloaded = [replace(r, load_kg=math.nan) for r in make_reps()]
    body = made(unloaded, body_mass_kg=80.0, body_ratio=0.64)[0]
    assert (body.mass_kg, body.mass_basis) == (pytest.approx(51.2), "body")


@pytest.mark.parametrize("load_kg", [math.nan, 0.0])
def test_without_a_mass_one_kilogram_is_told_and_why(load_kg: float) -> None:
    row = made([replace(r, load_kg=load_kg) for r in make_reps()])[0]
    assert row.mass_basis == "unknown"
    assert math.isnan(row.ecc_work_j)
    assert math.isnan(row.ecc_power_peak_w)
    assert row.ecc_work_j_per_kg == pytest.approx(G * ROM_M, rel=0.005)
    assert "moved mass is not known" in row.notes


def test_assisted_lifting_is_flagged_and_not_scored() -> None:
    for row in (*made(tempo="3-1-A-1"), *made(assisted=True)):
        assert row.assisted
        assert math.isnan(row.sticking_s)
        assert "not scored" in row.notes
    reps = make_reps()
    reps[1] = replace(reps[1], quality="assisted")
    assert [row.assisted for row in made(reps)] == [False, True, False, False]


def test_the_lowering_against_its_target() -> None:
    rows = made(tempo="3-1-X-1")
    assert [row.ecc_error_s for row in rows] == pytest.approx([0.1, 0.0, 0.2, -0.4])
    assert all(row.ecc_held for row in rows)
    assert [row.ecc_held for row in made(tempo="3.2-1-X-1")] == [True, True, True, False]
    assert math.isnan(made()[0].ecc_target_s)


@pytest.mark.parametrize(
    ("bottom_s", "name", "kept"), [(0.05, "rebound", 96.0), (0.85, "pause", 50.0), (1.7, "pause", 25.0)]
)
def test_the_turnaround_and_what_is_left_of_the_stretch(bottom_s: float, name: str, kept: float) -> None:
    row = made(make_reps([(3.0, bottom_s, 1.0, 1.0)]))[0]
    assert (row.turnaround, row.turnaround_s) == (name, bottom_s)
    assert row.recoil_kept_pct == pytest.approx(kept, abs=0.1)


def test_the_floor_gives_nothing_back() -> None:
    row = made(lift="deadlift")[0]
    assert row.turnaround == "floor"
    assert math.isnan(row.recoil_kept_pct)
    assert "floor" in row.notes


def test_a_slow_sensor_sees_no_tremor_and_says_so() -> None:
    row = made(rate_hz=25.0)[0]
    assert math.isnan(row.ecc_tremor_mps2)
    assert "Tremor needs a sensor rate of 50 Hz" in row.notes
    assert math.isfinite(row.control_score)


def test_a_rep_without_a_lowering_has_a_lifting_all_the_same() -> None:
    gone = dict.fromkeys(("ecc_start_s", "ecc_end_s", "ecc_s", "bottom_s", "mev_mps"), math.nan)
    reps = make_reps()
    row = eccentric_rows([replace(reps[0], **gone)], columns(reps), exercise("squat"), rate_hz=100.0)[0]
    assert math.isnan(row.ecc_work_j)
    assert math.isnan(row.control_score)
    assert row.turnaround == ""
    assert row.con_work_j == pytest.approx(100 * G * ROM_M, rel=0.005)
    assert "No lowering" in row.notes


def test_reps_outside_the_samples_say_so() -> None:
    reps = make_reps()
    early = {name: part[:200] for name, part in columns(reps).items()}
    for row in eccentric_rows(reps, early, exercise("squat"), rate_hz=100.0):
        assert math.isnan(row.ecc_work_j_per_kg)
        assert row.notes.startswith("The motion of this rep is not in the samples.")


def test_the_order_of_reps_does_not_matter() -> None:
    reps = make_reps()
    a = eccentric_rows(reps, columns(reps), exercise("squat"), rate_hz=100.0)
    b = eccentric_rows(reps[::-1], columns(reps), exercise("squat"), rate_hz=100.0)
    assert repr(a) == repr(b)


# -- against the simulator's own motion


@functools.cache
def simulated(
    tremor_mps2: float = 0.05, depth: float = 0.0, tempo: str = "3-1-X-1", lift: str = "squat"
) -> Simulation:
    plan = SetPlan(
        reps=4,
        tempo=tempo,
        tremor_mps2=tremor_mps2,
        tremor_growth=1.0,
        velocity_loss_ratio=0.4,
        sticking=StickingRegion(depth=depth) if depth else None,
    )
    parts = [Rest(3), Unrack(), WalkOut(), Hold(2), plan, Rest(3)]
    return simulate(Session(exercise=lift, parts=parts), imu("BMI270", rate_hz=100), seed=1)


@functools.cache
def analysed(tremor_mps2: float = 0.05, depth: float = 0.0, tempo: str = "3-1-X-1") -> AnalysisResult:
    simulation = simulated(tremor_mps2, depth, tempo)
    return analyze(source_of(simulation), exercise="squat", load_kg=100, tempo=tempo, edits=False)


ROM_TARGET_M = 0.015
"""What this project aims for in ROM, RMS; work is that times the weight."""


@pytest.mark.parametrize("tempo", ["3-1-X-1", "8-0-2-1"])
def test_work_is_that_of_the_true_motion(tempo: str) -> None:
    simulation, found = simulated(tempo=tempo), analysed(tempo=tempo).eccentric
    truth, reps = simulation.truth, simulation.truth_reps
    height = truth.pos_m[:, 2]
    top = np.interp([r.ecc_start_s for r in reps], truth.t_s, height)
    bottom = np.interp([r.ecc_end_s for r in reps], truth.t_s, height)
    end = np.interp([r.con_end_s for r in reps], truth.t_s, height)
    for phase, true in (("ecc", 100 * G * (top - bottom)), ("con", 100 * G * (end - bottom))):
        error = found[f"{phase}_work_j"].to_numpy() - true
        assert np.sqrt(np.mean(error**2)) < 100 * G * ROM_TARGET_M
        assert (np.abs(error) < 5 * found[f"{phase}_work_sd_j"]).all()
    np.testing.assert_allclose(found["ecc_impulse_ns"], [100 * G * r.ecc_s for r in reps], rtol=0.03)


def test_power_peaks_are_those_of_the_true_motion() -> None:
    simulation, found = simulated(), analysed().eccentric
    truth = simulation.truth
    sos = butter(2, 10.0, fs=1 / float(truth.t_s[1] - truth.t_s[0]), output="sos")
    power = sosfiltfilt(sos, G + truth.acc_mps2[:, 2]) * sosfiltfilt(sos, truth.vel_mps[:, 2])
    for row, rep in zip(found.itertuples(), simulation.truth_reps, strict=True):
        inside = (truth.t_s >= rep.con_start_s) & (truth.t_s <= rep.con_end_s)
        assert row.con_power_peak_w_per_kg == pytest.approx(power[inside].max(), rel=0.05)


def test_sticking_is_that_of_the_true_motion() -> None:
    simulation, found = (
        simulated(depth=0.8, tremor_mps2=0.02),
        analysed(depth=0.8, tremor_mps2=0.02).eccentric,
    )
    truth, rep = simulation.truth, simulation.truth_reps[-1]
    steady = sosfiltfilt(
        butter(2, 5.0, fs=1 / float(truth.t_s[1] - truth.t_s[0]), output="sos"), truth.vel_mps[:, 2]
    )
    inside = (truth.t_s >= rep.con_start_s) & (truth.t_s <= rep.con_end_s)
    t, v = truth.t_s[inside], steady[inside]
    first, second = find_peaks(v, prominence=0.03)[0][:2]
    low = first + int(np.argmin(v[first:second]))
    last = found.iloc[-1]
    assert last.sticking_s == pytest.approx(t[low] - t[first], abs=0.08)
    assert last.sticking_depth_pct == pytest.approx(100 * (1 - v[low] / v[first]), abs=8)
    assert last.sticking_s > found.iloc[1].sticking_s >= found.iloc[0].sticking_s


def test_without_a_sticking_region_nothing_sticks() -> None:
    assert (analysed().eccentric["sticking_s"] == 0).all()


def test_a_shaky_lowering_scores_lower_the_more_it_shakes() -> None:
    scores = [
        float(analysed(tremor_mps2=a).eccentric["control_score"].mean()) for a in (0.0, 0.1, 0.3, 0.6, 1.0)
    ]
    assert scores[0] == pytest.approx(100, abs=1)
    assert all(np.diff(scores) <= 0.5)
    assert scores[0] - scores[3] > 15


def test_tremor_is_that_of_the_true_motion() -> None:
    simulation, found = simulated(tremor_mps2=0.3), analysed(tremor_mps2=0.3).eccentric
    truth = simulation.truth
    sos = butter(2, (8.0, 12.0), "bandpass", fs=1 / float(truth.t_s[1] - truth.t_s[0]), output="sos")
    band = sosfiltfilt(sos, truth.acc_mps2[:, 2])
    true = [
        float(np.sqrt(np.mean(band[(truth.t_s >= r.ecc_start_s) & (truth.t_s <= r.ecc_end_s)] ** 2)))
        for r in simulation.truth_reps
    ]
    np.testing.assert_allclose(found["ecc_tremor_mps2"], true, rtol=0.15)


def test_the_tables_of_a_result_belong_together() -> None:
    result = analysed()
    assert list(result.eccentric["rep_no"]) == list(result.reps["rep_no"])
    assert set(result.fatigue["set_no"]) == set(result.sets["set_no"])
    all_of_it = result.session.iloc[-1]
    assert all_of_it["ecc_work_j"] == pytest.approx(result.eccentric["ecc_work_j"].sum())
    assert all_of_it["ecc_exposure_kgs"] == pytest.approx(100 * result.sets["tut_ecc_s"].sum())
    assert isinstance(result.compliance, pd.DataFrame)
