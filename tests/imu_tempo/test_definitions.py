"""Definitions switched: closed forms for each, recorded with the result, refused where they mean nothing."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest
from made_motion import Bar, Move, bar, crossing_s, minimum_jerk, squat
from made_sets import make_reps

from imu_tempo import analyze, replay
from imu_tempo.definitions import Definitions
from imu_tempo.errors import TempoError
from imu_tempo.metrics.sets import summarise
from imu_tempo.reps.strokes import Stroke, stroke_edges, strokes, travel_edges
from imu_tempo.signal.constants import FRAME_S

ROM_M, ECC_S, CON_S = 0.6, 2.0, 1.0
EDGE_MPS = 0.02
BY_TRAVEL = Definitions(edges="5-95")


def travelled_at(part: float) -> float:
    """Share of the time after which a minimum-jerk stroke has done a part of its travel."""
    roots = np.roots([6.0, -15.0, 10.0, 0.0, 0.0, -part])
    return float(next(r.real for r in roots if abs(r.imag) < 1e-9 and 0.0 < r.real < 1.0))


MIDDLE = 1.0 - 2.0 * travelled_at(0.05)
"""Share of the time in which a minimum-jerk stroke does its middle 90 %."""


def only_stroke(path: Bar) -> Stroke:
    (found,) = strokes(path.h_m, 0.1)
    return found


def table(path: Bar) -> pd.DataFrame:
    acc = path.acc((0.3, -0.2, 0.9))
    gyr = {f"gyr_{x}_radps": np.zeros(len(path.t_s)) for x in "xyz"}
    return pd.DataFrame({"t_s": path.t_s} | {f"acc_{x}_mps2": acc[:, i] for i, x in enumerate("xyz")} | gyr)


@pytest.mark.parametrize("up_m", [0.6, -0.6, 0.25, -1.1])
@pytest.mark.parametrize("duration_s", [0.6, 1.0, 4.0, 8.0])
@pytest.mark.parametrize("margin", [0.05, 0.1])
def test_travel_edges_of_minimum_jerk(up_m: float, duration_s: float, margin: float) -> None:
    path = bar([Move(0.0, 1.0), Move(up_m, duration_s), Move(0.0, 1.0)])
    start, end = travel_edges(path.h_m, path.v_mps, only_stroke(path), EDGE_MPS, margin)
    tau = travelled_at(margin)
    assert start * FRAME_S == pytest.approx(1.0 + tau * duration_s, abs=2e-3)
    assert end * FRAME_S == pytest.approx(1.0 + (1.0 - tau) * duration_s, abs=2e-3)


def test_creep_at_the_ends_moves_velocity_edges_but_not_travel_edges() -> None:
    clean = [Move(0.0, 2.0), Move(-0.6, 3.0), Move(0.0, 2.0)]
    creep = [Move(0.0, 1.0), Move(-0.02, 1.0), Move(-0.6, 3.0), Move(-0.02, 1.0), Move(0.0, 1.0)]
    paths = [bar(clean), bar(creep)]
    travel = [travel_edges(p.h_m, p.v_mps, only_stroke(p), EDGE_MPS, 0.05) for p in paths]
    velocity = [stroke_edges(p.h_m, p.v_mps, only_stroke(p), EDGE_MPS) for p in paths]
    assert abs(travel[1][0] - travel[0][0]) * FRAME_S < 0.2
    assert abs(velocity[1][0] - velocity[0][0]) * FRAME_S > 0.5


def test_a_part_before_a_pause_is_no_travel_of_the_stroke() -> None:
    alone = bar([Move(0.0, 1.0), Move(-0.6, 2.0), Move(0.0, 1.0)])
    after_step = bar([Move(0.0, 1.0), Move(-0.1, 0.5), Move(0.0, 2.0), Move(-0.6, 2.0), Move(0.0, 1.0)])
    (start, end), (later, last) = (
        travel_edges(p.h_m, p.v_mps, only_stroke(p), EDGE_MPS, 0.05) for p in (alone, after_step)
    )
    assert (later - start) * FRAME_S == pytest.approx(2.5, abs=0.02)
    assert (last - end) * FRAME_S == pytest.approx(2.5, abs=0.02)


def test_the_whole_path_measures_by_travel() -> None:
    source = table(bar(squat(reps=3, ecc_s=ECC_S, con_s=CON_S, rom_m=ROM_M), step_s=0.01))
    reps = analyze(source, definitions=BY_TRAVEL).reps
    assert len(reps) == 3
    assert reps["ecc_s"].to_numpy() == pytest.approx(ECC_S * MIDDLE, abs=0.015)
    assert reps["con_s"].to_numpy() == pytest.approx(CON_S * MIDDLE, abs=0.015)
    assert reps["bottom_s"].to_numpy() == pytest.approx(
        0.6 + (ECC_S + CON_S) * 0.5 * (1.0 - MIDDLE), abs=0.02
    )
    assert reps["rom_m"].to_numpy() == pytest.approx(ROM_M, abs=0.006)
    assert reps["mcv_mps"].to_numpy() == pytest.approx(0.9 * ROM_M / (CON_S * MIDDLE), abs=0.01)
    assert reps["mev_mps"].to_numpy() == pytest.approx(0.9 * ROM_M / (ECC_S * MIDDLE), abs=0.01)
    assert reps["pcv_mps"].to_numpy() == pytest.approx(1.875 * ROM_M / CON_S, abs=0.02)
    assert (reps["ecc_sd_s"] < 0.1).all()
    assert (reps["quality"] == "").all()


def test_live_and_offline_measure_alike_by_travel() -> None:
    source = table(bar(squat(), step_s=0.01))
    live, offline = replay(source, definitions=BY_TRAVEL), analyze(source, definitions=BY_TRAVEL)
    for column in ("ecc_s", "con_s", "mcv_mps", "rom_m"):
        assert live.reps[column].to_numpy() == pytest.approx(offline.reps[column].to_numpy(), abs=0.02)
    assert live.quality["edges"] == "5-95"


def test_a_lowering_that_began_before_the_recording_is_told_by_both_definitions() -> None:
    path = bar(squat(reps=3), step_s=0.01)
    source = table(path)
    begun = source[source["t_s"] > 3.6].assign(t_s=lambda frame: frame["t_s"] - 3.6)
    for definitions in (Definitions(), BY_TRAVEL):
        first = analyze(begun, definitions=definitions).reps.iloc[0]
        assert "edge" in first["quality"].split()


@pytest.mark.parametrize("definitions", [Definitions(), BY_TRAVEL, Definitions(edge_velocity_mps=0.05)])
def test_definitions_are_recorded_with_the_result(definitions: Definitions) -> None:
    quality = analyze(table(bar(squat(), step_s=0.01)), definitions=definitions).quality
    assert {name: quality[name] for name in asdict(definitions)} == asdict(definitions)


def test_the_propulsive_phase_ends_where_braking_is_defined_to_begin() -> None:
    con_s, braking_mps2 = 0.8, 3.0
    source = table(bar(squat(reps=2, con_s=con_s, rom_m=ROM_M), step_s=0.01))
    tau = np.linspace(0.5, 1.0, 100_001)
    travel, _, acc = minimum_jerk(tau)
    k = int(np.argmax(acc * ROM_M / con_s**2 < -braking_mps2))
    start = crossing_s(ROM_M, con_s, EDGE_MPS)
    expected = ROM_M * travel[k] / (tau[k] * con_s - start)
    reps = analyze(source, definitions=Definitions(mpv_braking_mps2=braking_mps2)).reps
    assert reps["mpv_mps"].to_numpy() == pytest.approx(expected, abs=0.02)
    assert (analyze(source).reps["mpv_mps"] < expected - 0.1).all()


def test_velocity_loss_is_reckoned_from_the_rep_that_was_asked_for() -> None:
    speeds = (0.5, 0.6, 0.3)
    rows = [replace(row, mcv_mps=speed) for row, speed in zip(make_reps()[:3], speeds, strict=True)]
    fastest, first = summarise(rows), summarise(rows, velocity_loss_from="first")
    assert (fastest.vl_pct, first.vl_pct) == (pytest.approx(50.0), pytest.approx(40.0))
    assert (fastest.effort_index, first.effort_index) == (pytest.approx(25.0), pytest.approx(20.0))
    assert fastest.vl_first_pct == first.vl_first_pct == pytest.approx(40.0)


def test_the_reference_of_the_loss_reaches_the_sets_of_both_passes() -> None:
    moves = [Move(0.0, 3.0)]
    for con_s in (1.0, 0.8, 1.4):
        moves += [Move(-ROM_M, 2.0), Move(0.0, 0.6), Move(ROM_M, con_s), Move(0.0, 1.0)]
    source = table(bar([*moves, Move(0.0, 3.0)], step_s=0.01))
    by_first = Definitions(velocity_loss_from="first")
    for result in (analyze(source, definitions=by_first), replay(source, definitions=by_first)):
        assert result.sets["vl_pct"][0] == pytest.approx(result.sets["vl_first_pct"][0])
        assert result.sets["vl_pct"][0] < analyze(source).sets["vl_pct"][0] - 5.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"edges": "10-90"}, "edges is '10-90': expected 'velocity' or '5-95'."),
        ({"velocity_loss_from": "last"}, "velocity_loss_from is 'last': expected 'fastest' or 'first'."),
        ({"edge_velocity_mps": 0.0}, "edge_velocity_mps is 0: expected above 0 and at most 0.3 m/s."),
        ({"edge_velocity_mps": 2.0}, "edge_velocity_mps is 2: expected above 0 and at most 0.3 m/s."),
        ({"edge_velocity_mps": float("nan")}, "edge_velocity_mps is nan"),
        ({"set_rest_s": -1.0}, "set_rest_s is -1: expected above 0 s."),
        (
            {"mpv_braking_mps2": -9.81},
            "mpv_braking_mps2 is -9.81: expected above 0 and at most 9.80665 m/s^2.",
        ),
        ({"partial_ratio": 1.5}, "partial_ratio is 1.5: expected above 0 and at most 1."),
        ({"peak_bandwidth_hz": 50.0}, "peak_bandwidth_hz is 50: expected above 0 and at most 24 Hz."),
    ],
)
def test_what_defines_nothing_is_refused(wrong: dict[str, float | str], message: str) -> None:
    with pytest.raises(TempoError) as caught:
        Definitions(**wrong)
    assert message in str(caught.value)
