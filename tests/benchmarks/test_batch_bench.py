"""The batch benchmark's own parts."""

from __future__ import annotations

from pathlib import Path

from benchmarks import batch
from firmware_bridge.virtual import simple_set
from firmware_bridge.virtual.season import SeasonPlan, season
from imu_tempo import analyze_many


def test_laid_out_sessions_count_one_by_one(tmp_path: Path) -> None:
    from firmware_bridge.virtual.recorded import record

    session = next(iter(season(SeasonPlan(athletes=1, weeks=1))))
    short = simple_set("squat", reps=1, tempo="1-0-X-0", rate_hz=100.0, around=False)
    made = record(short, tmp_path / session.name, session.manifest(short))
    folder = batch.sessions([made], tmp_path / "many", 3)
    many = analyze_many(folder)
    assert (many.analysed, many.copies, many.failed) == (3, 0, 0)
    assert many.sessions.day.nunique() == 3
    assert batch._rate("here", 3, 1.5, 3.0)[1] == "2.0 sessions/s (1.5 s, 2.0 x)"
