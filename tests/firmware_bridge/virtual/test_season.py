"""A season: who trains when, and what the truth says of strength, fatigue and velocity."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_bridge.recording import Recording
from firmware_bridge.virtual.season import (
    FATIGUE_DAYS,
    FATIGUE_PER_FITNESS,
    FITNESS_DAYS,
    TRUTH_FILE,
    SeasonPlan,
    SeasonSession,
    record_season,
    season,
)

LITTLE = SeasonPlan(athletes=1, weeks=1, days_a_week=2, sets=2, reps=2, tempo="1-0-X-0", rest_s=2.0)


def test_everyone_trains_on_each_day() -> None:
    plan = SeasonPlan(athletes=3, weeks=4, days_a_week=2)
    sessions = list(season(plan))
    assert len(sessions) == plan.sessions == 24
    assert len({session.name for session in sessions}) == 24
    assert sorted({session.started.strftime("%a") for session in sessions}) == ["Mon", "Thu"]


def test_fitness_and_fatigue_are_sums_over_the_sessions_before() -> None:
    sessions = list(season(SeasonPlan(athletes=1, weeks=2, days_a_week=1)))
    first, second = (session.truth[0] for session in sessions)
    assert (first.fitness, first.fatigue) == (0.0, 0.0)
    assert second.fitness == pytest.approx(np.exp(-7.0 / FITNESS_DAYS))
    assert second.fatigue == pytest.approx(FATIGUE_PER_FITNESS * np.exp(-7.0 / FATIGUE_DAYS))


def test_training_first_tires_and_then_makes_stronger_by_the_gain_asked_for() -> None:
    plan = SeasonPlan(
        athletes=1, weeks=12, days_a_week=2, form_sd_ratio=0.0, gain_ratio=0.12, gain_sd_ratio=0.0
    )
    one_rm_kg = np.array([session.truth[0].one_rm_kg for session in season(plan)])
    assert one_rm_kg[2] < one_rm_kg[0]
    assert one_rm_kg[-1] / one_rm_kg[0] == pytest.approx(1.12, abs=0.005)
    assert (np.diff(one_rm_kg[5:]) > 0.0).all()


def test_the_same_load_is_faster_for_the_stronger_and_slower_from_set_to_set() -> None:
    plan = SeasonPlan(athletes=1, weeks=12, load_ratios=(0.7,), form_sd_ratio=0.0)
    sessions = list(season(plan))
    assert len({session.load_kg for session in sessions}) == 1
    early, late = sessions[2].truth, sessions[-1].truth
    assert late[0].mcv_first_mps > early[0].mcv_first_mps
    assert late[0].velocity_loss_ratio < early[0].velocity_loss_ratio
    assert early[0].mcv_first_mps > early[1].mcv_first_mps > early[2].mcv_first_mps


def test_the_one_rep_maximum_is_lifted_at_the_minimum_velocity() -> None:
    plan = SeasonPlan(athletes=1, weeks=1, load_ratios=(0.99,), form_sd_ratio=0.0, reps=1)
    truth = next(iter(season(plan))).truth[0]
    expected = plan.mvt_mps + plan.slope_mps * (1.0 - truth.load_kg / truth.one_rm_kg)
    assert truth.mcv_first_mps == pytest.approx(max(expected, plan.mvt_mps))
    assert truth.velocity_loss_ratio == 0.0


def test_more_athletes_leave_the_others_as_they_are() -> None:
    few, many = (list(season(SeasonPlan(athletes=n, weeks=2))) for n in (1, 3))
    assert [s.truth for s in few] == [s.truth for s in many if s.athlete == "A001"]
    assert [s.seed for s in few] == [s.seed for s in many if s.athlete == "A001"]
    assert len({s.seed for s in many}) == len(many)


def _without_jitter(session: SeasonSession) -> np.ndarray:
    reps = session.simulation().truth_reps
    return np.array([rep.mcv_mps for rep in reps if rep.rep_no == 1])


def test_the_bar_moves_as_the_truth_says() -> None:
    session = next(iter(season(replace(LITTLE, sets=4))))
    wanted = np.array([truth.mcv_first_mps for truth in session.truth])
    # a set's durations vary by 5 %, and a minimum-jerk lift is a little faster between its 0.02 m/s edges
    assert _without_jitter(session) == pytest.approx(wanted * 1.04, rel=0.12)


def test_a_season_is_written_once_and_gone_on_with(tmp_path: Path) -> None:
    written = list(record_season(LITTLE, tmp_path))
    assert [path.name for path in written] == ["2026-01-05T180000_A001.tempo", "2026-01-08T180000_A001.tempo"]
    at = [(path / "manifest.json").stat().st_mtime_ns for path in written]
    with ThreadPoolExecutor(1) as thread:
        assert list(record_season(LITTLE, tmp_path, thread)) == written
    assert [(path / "manifest.json").stat().st_mtime_ns for path in written] == at
    manifest = Recording.open(written[1]).manifest
    assert (manifest.athlete, manifest.exercise, manifest.simulated) == ("A001", "squat", True)
    assert manifest.started == "2026-01-08T18:00:00.000+00:00"
    with (tmp_path / TRUTH_FILE).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["recording"] for row in rows] == [path.name for path in written for _ in range(2)]
    assert float(rows[2]["load_kg"]) == manifest.load_kg


@pytest.mark.parametrize(
    "wrong", [{"athletes": 0}, {"days_a_week": 8}, {"load_ratios": ()}, {"load_ratios": (1.2,)}]
)
def test_a_season_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"season|ratios"):
        SeasonPlan(**wrong)  # type: ignore[arg-type]
