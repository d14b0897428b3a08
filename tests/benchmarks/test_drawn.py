"""Sets drawn at random by a second, simpler simulator: every rep found, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drawn import draw, record, report, tally


def test_a_seed_always_draws_the_same_set() -> None:
    assert draw(5) == draw(5) != draw(6)
    assert record(draw(5))[0].equals(record(draw(5))[0])


def test_at_rest_the_sensor_reads_gravity_and_the_truth_is_as_drawn() -> None:
    drawn = draw(3)
    table, truth = record(drawn)
    rest = table[table["t_s"] < drawn.lead_s - 0.2][["acc_x_mps2", "acc_y_mps2", "acc_z_mps2"]].to_numpy()
    assert np.linalg.norm(rest, axis=1).mean() == pytest.approx(9.80665, abs=3 * drawn.acc_offset_mps2)
    assert len(truth) == drawn.reps
    assert truth["rom_m"].mean() == pytest.approx(drawn.rom_m, rel=0.06)


def test_every_rep_is_found_and_no_other() -> None:
    groups = tally(range(4000, 4025))
    assert sum(group.reps for group in groups.values()) > 100
    assert {name: (group.missed, group.ghosts) for name, group in groups.items()} == dict.fromkeys(
        groups, (0, 0)
    )


def test_a_steady_lift_is_not_taken_for_rest_where_the_pushes_between_were_felt() -> None:
    (group,) = tally(
        range(145, 146)
    ).values()  # 1.9 s at one speed, up; 0.8 s down: the rests are the shorter part
    assert (group.reps, group.missed, group.ghosts) == (6, 0, 0)


def test_a_stream_that_begins_in_a_wobble_is_followed_live() -> None:
    (group,) = tally(range(78, 79), live=True).values()
    assert (group.reps, group.missed, group.ghosts) == (9, 0, 0)


def test_the_report_is_a_table_with_a_row_a_group() -> None:
    text = "\n".join(report(range(3), markdown=True))
    assert "| six axes" in text
    assert "MCV within 2 sd" in text
