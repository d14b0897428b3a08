"""One stretch put together: rows, flags and samples of paths in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_motion import Move, bar, crossing_s, squat

from imu_tempo.definitions import Definitions
from imu_tempo.exercises import exercise
from imu_tempo.schema import RepRow, SampleRow, columns
from imu_tempo.signal.constants import FRAME_S
from imu_tempo.signal.frames import Frames
from imu_tempo.solve import Solved, samples_of, solve

OFFSET_SD_MPS2 = 0.04


def solved(moves: list[Move], name: str = "squat", **changes: np.ndarray) -> Solved:
    frames = bar(moves).frames
    arrays = {f: getattr(frames, f) for f in Frames.__dataclass_fields__} | changes
    return solve(Frames(**arrays), exercise(name), Definitions(), OFFSET_SD_MPS2)


def rows_of(found: Solved) -> list[RepRow]:
    return [row for rows in found.sets for row in rows]


def deadlifts(reps: int = 3) -> list[Move]:
    moves = [Move(0, 3)]
    for _ in range(reps):
        moves += [Move(0.5, 1.0), Move(0, 0.6), Move(-0.5, 1.5), Move(0, 1.2)]
    return [*moves, Move(0, 2)]


def test_a_squats_row_holds_the_formulas_numbers() -> None:
    rows = rows_of(solved(squat(3, ecc_s=3.0)))
    assert len(rows) == 3
    late_ecc, late_con = crossing_s(0.6, 3.0, 0.02), crossing_s(0.6, 1.0, 0.02)
    for k, row in enumerate(rows):
        begins = 3.0 + k * 5.6
        assert row.ecc_start_s == pytest.approx(begins + late_ecc, abs=0.03)
        assert row.ecc_end_s == pytest.approx(begins + 3.0 - late_ecc, abs=0.03)
        assert row.con_start_s == pytest.approx(begins + 3.6 + late_con, abs=0.02)
        assert row.con_end_s == pytest.approx(begins + 4.6 - late_con, abs=0.02)
        assert row.bottom_s == pytest.approx(0.6 + late_ecc + late_con, abs=0.03)
        assert row.rom_m == pytest.approx(0.6, abs=0.006)
        assert row.mcv_mps == pytest.approx(0.6 / (1.0 - 2 * late_con), abs=0.01)
        assert row.pcv_mps == pytest.approx(1.125, abs=0.01)
        assert 0.0 < row.mcv_sd_mps < 0.02
        assert row.quality == ""
    assert rows[0].top_s == pytest.approx(1.0 + late_ecc + late_con, abs=0.03)
    assert math.isnan(rows[-1].top_s)


def test_a_deadlifts_pauses_stand_in_its_own_order() -> None:
    rows = rows_of(solved(deadlifts(), "deadlift"))
    assert len(rows) == 3
    late_con, late_ecc = crossing_s(0.5, 1.0, 0.02), crossing_s(0.5, 1.5, 0.02)
    for row in rows:
        assert row.con_end_s < row.ecc_start_s
        assert row.top_s == pytest.approx(0.6 + late_con + late_ecc, abs=0.03)
    assert rows[0].bottom_s == pytest.approx(1.2 + late_con + late_ecc, abs=0.03)
    assert math.isnan(rows[-1].bottom_s)


def test_sets_are_numbered_from_where_they_are_told_to() -> None:
    frames = bar([*squat(1), Move(0, 20), *squat(2)]).frames
    found = solve(frames, exercise("squat"), Definitions(), OFFSET_SD_MPS2, first_set=4)
    assert [(row.set_no, row.rep_no) for row in rows_of(found)] == [(4, 1), (5, 1), (5, 2)]


@pytest.mark.parametrize(("channel", "flag"), [("unseen", "gap"), ("clipped", "clipped")])
def test_a_rep_with_a_hole_or_a_clipped_axis_in_it_is_flagged_and_no_other(channel: str, flag: str) -> None:
    moves = squat(3)
    marked = np.zeros(len(bar(moves).frames))
    marked[round(10.0 / FRAME_S)] = 0.5  # in the second lowering, 7.6 to 9.6 s, and its lift, to 11.2 s
    rows = rows_of(solved(moves, **{channel: marked}))
    assert [flag in row.quality.split() for row in rows] == [False, True, False]


def test_samples_are_the_solved_motion() -> None:
    moves = squat(2)
    path, samples = bar(moves), samples_of(solved(moves))
    assert set(samples) == {c.name for c in columns(SampleRow)}
    assert {len(values) for values in samples.values()} == {len(path.t_s) - 1}
    np.testing.assert_allclose(samples["vel_up_mps"], path.v_mps[:-1], atol=0.01)
    np.testing.assert_allclose(samples["pos_up_m"], path.h_m[:-1] + 0.6, atol=0.02)
    np.testing.assert_allclose(samples["acc_up_mps2"], np.diff(path.v_mps) / FRAME_S, atol=0.02)


def test_a_stretch_without_movement_is_all_rest() -> None:
    found = solved([Move(0, 5)])
    assert rows_of(found) == []
    assert found.rejected == []
    assert set(samples_of(found)["phase"].tolist()) == {"rest"}
