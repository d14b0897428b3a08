"""A rep measured anew from the samples table has the numbers that the analysis gave it."""

from __future__ import annotations

from pathlib import Path

import pytest

import imu_tempo as it
from imu_tempo.definitions import Definitions, Edges
from imu_tempo.relabel import add, apply_edits, delete, merge, split
from imu_tempo.relabel.measure import end_of, start_of
from imu_tempo.schema import RepRow, rows

RECORDINGS = Path(__file__).parents[3] / "recordings"
LIFTS = {
    "squat_3-1-X-1": "squat",
    "bench_press_4-0-1-0": "bench_press",
    "deadlift_2-1-X-0": "deadlift",
    "overhead_press_2-0-X-1": "overhead_press",
}
SAME_S: dict[Edges, float] = {"velocity": 0.02, "5-95": 0.04}
SAME_MPS: dict[Edges, float] = {"velocity": 0.002, "5-95": 0.01}
SAME_M: dict[Edges, float] = {"velocity": 0.001, "5-95": 0.01}
"""A frame, and what tremor moves: the analysis takes it off before it looks for edges, the samples have it.
At 5-95 % of the travel, the creep beyond the parting time is no longer part of the travel."""


@pytest.mark.parametrize("edges", ["velocity", "5-95"])
@pytest.mark.parametrize("name", LIFTS)
def test_what_was_merged_or_deleted_comes_back_as_it_was(name: str, edges: Edges) -> None:
    raw = it.analyze(
        RECORDINGS / f"{name}.tempo", LIFTS[name], edits=False, definitions=Definitions(edges=edges)
    )
    before = rows(raw.reps, RepRow)
    second, third = before[1:3]
    joined = rows(apply_edits(raw, [(1, merge([second, third]))]).result.reps, RepRow)[1]
    between_s = (end_of(second) + start_of(third)) / 2
    span = (third.con_start_s - 0.2, third.con_end_s + 0.2)
    for edits in ([merge([second, third]), split(joined, between_s)], [delete(third), add(*span)]):
        outcome = apply_edits(raw, list(enumerate(edits, start=1)))
        assert not outcome.missed
        after = rows(outcome.result.reps, RepRow)
        assert len(after) == len(before)
        for was, now in zip(before, after, strict=True):
            for column in ("ecc_s", "con_s", "bottom_s", "top_s", "tut_s"):
                assert getattr(now, column) == pytest.approx(
                    getattr(was, column), abs=SAME_S[edges], nan_ok=True
                )
            for column in ("mcv_mps", "mpv_mps", "pcv_mps", "mev_mps", "pev_mps"):
                assert getattr(now, column) == pytest.approx(
                    getattr(was, column), abs=SAME_MPS[edges], nan_ok=True
                )
            assert now.rom_m == pytest.approx(was.rom_m, abs=SAME_M[edges])
            assert now.mcv_sd_mps == pytest.approx(was.mcv_sd_mps, rel=0.6)
