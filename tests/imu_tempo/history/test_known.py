"""What the history knows of a lifter on a day is filled in, told with its day, and never against the user."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from made_history import SQUAT, copied, made_rows

from imu_tempo.bookkeeping import reindex, remember
from imu_tempo.errors import TempoError
from imu_tempo.formats import load
from imu_tempo.history import AthleteSettings, Choice, History, OneRepMax
from imu_tempo.history.database import FILE_NAME
from imu_tempo.history.feed import reserve_points
from imu_tempo.history.known import (
    FRESH_DAYS,
    OLDEST_DAYS,
    Subject,
    known_context,
    reserve_fit,
    reserve_line,
)
from imu_tempo.history.session_rows import SessionRows
from imu_tempo.live.lifting import Lifting
from imu_tempo.live.recall import recalled_for, subject_of
from imu_tempo.metrics.context import NO_CONTEXT, SetContext
from imu_tempo.metrics.selection import TO_FAILURE
from imu_tempo.metrics.stop import RirLine, StopRule
from imu_tempo.offline import analyze
from imu_tempo.relabel import Edits, label, to_failure
from imu_tempo.schema import RepRow, rows

DAY = date(2026, 10, 9)
ANNA = Subject(athlete="anna", exercise="squat", day=DAY)
ALL = Choice(simulated=True)


def max_of(days_before: int, kg: float | None = 140.0, kind: str = "tested", who: str = "anna") -> OneRepMax:
    day = (DAY - timedelta(days=days_before)).isoformat()
    return OneRepMax(athlete=who, exercise="squat", day=day, one_rm_kg=kg, kind=kind)


def test_a_tested_max_is_taken_and_its_day_is_told(history: History) -> None:
    history.add(max_of(7))
    context = known_context(history, NO_CONTEXT, ANNA)
    assert (context.one_rm_kg, context.one_rm_from) == (140.0, "from history, tested 2026-10-02")
    assert context.notes == ()
    assert context.facts() == {"one_rm_kg": 140.0, "one_rm_from": "from history, tested 2026-10-02"}


def test_what_the_user_says_wins(history: History) -> None:
    history.add(max_of(7), AthleteSettings(athlete="anna", body_mass_kg=70.0))
    said = SetContext(one_rm_kg=150.0, body_mass_kg=72.0)
    assert known_context(history, said, ANNA) == said
    assert said.facts()["one_rm_from"] == "given with the analysis"


@pytest.mark.parametrize("entry", [max_of(7, who="ben"), replace(max_of(7), exercise="deadlift"), max_of(-1)])
def test_of_others_other_lifts_and_later_days_nothing_is_taken(history: History, entry: OneRepMax) -> None:
    history.add(entry)
    assert known_context(history, NO_CONTEXT, ANNA) == NO_CONTEXT


@pytest.mark.parametrize(
    ("age_days", "taken", "noted"),
    [
        (0, True, False),
        (FRESH_DAYS, True, False),
        (FRESH_DAYS + 1, True, True),
        (OLDEST_DAYS, True, True),
        (OLDEST_DAYS + 1, False, True),
    ],
)
def test_an_old_test_is_taken_with_a_note_and_a_very_old_one_is_not(
    history: History, age_days: int, taken: bool, noted: bool
) -> None:
    history.add(max_of(age_days))
    context = known_context(history, NO_CONTEXT, ANNA)
    assert (context.one_rm_kg is not None, bool(context.notes)) == (taken, noted)
    if noted:
        assert f"{age_days // 7} weeks old" in context.notes[0]
        assert ("was not taken" in context.notes[0]) is not taken


def test_a_test_stands_before_a_newer_estimate_while_it_may_be_taken(history: History) -> None:
    history.add(max_of(60, 140.0), max_of(3, 150.0, "estimated"))
    assert known_context(history, NO_CONTEXT, ANNA).one_rm_kg == 140.0
    late = replace(ANNA, day=DAY + timedelta(days=OLDEST_DAYS - 10))
    context = known_context(history, NO_CONTEXT, late)
    assert (context.one_rm_kg, context.one_rm_kind) == (150.0, "estimated")


def test_body_mass_is_that_of_the_day(history: History) -> None:
    history.add(
        AthleteSettings(athlete="anna", body_mass_kg=70.0, day="2026-01-01"),
        AthleteSettings(athlete="anna", body_mass_kg=74.0, day="2026-10-20"),
    )
    context = known_context(history, NO_CONTEXT, ANNA)
    assert (context.body_mass_kg, context.body_mass_from) == (70.0, "from history, entered 2026-01-01")
    later = known_context(history, NO_CONTEXT, replace(ANNA, day=date(2026, 10, 20)))
    assert later.body_mass_kg == 74.0
    assert known_context(history, NO_CONTEXT, replace(ANNA, day=date(2025, 12, 31))).body_mass_kg is None


def test_a_database_without_days_of_body_mass_keeps_the_masses(home: Path) -> None:
    with History(home) as history:
        history.add(AthleteSettings(athlete="anna", body_mass_kg=70.0))
    with sqlite3.connect(home / FILE_NAME) as raw:
        raw.execute("DROP TABLE body_masses")
        raw.execute("ALTER TABLE athletes DROP COLUMN body_mass_day")
        raw.execute("PRAGMA user_version = 2")
    raw.close()
    with History(home) as history:
        assert known_context(history, NO_CONTEXT, ANNA).body_mass_kg == 70.0


# -- reps in reserve

SPEEDS = (0.60, 0.55, 0.50, 0.45, 0.40, 0.35)
"""RIR = (v - 0.35) / 0.05 exactly: 5 to 0 reps left."""


def to_the_end(recording: str, day: str, *, marked: bool = True, tempo: str = "3-1-X-1") -> SessionRows:
    """A set of six reps to failure whose velocities fall evenly."""
    made = made_rows(recording, day=day, athlete="anna", tempo=tempo, folder=f"/r/{recording}.tempo")
    first = made.reps[0]
    reps = [
        replace(first, rep_no=n, mcv_mps=v, quality=TO_FAILURE if marked and v == SPEEDS[-1] else "")
        for n, v in enumerate(SPEEDS, start=1)
    ]
    return replace(made, reps=reps)


def test_sets_to_failure_give_the_reps_that_were_left(history: History) -> None:
    history.put(to_the_end("r1", "2026-10-01"))
    history.put(to_the_end("r2", "2026-10-02", marked=False))
    points = reserve_points(history)
    assert list(points["recording"].unique()) == ["r1"]
    assert list(zip(points["mcv_mps"], points["rir"], strict=True)) == list(
        zip(SPEEDS, range(5, -1, -1), strict=True)
    )


def test_a_paced_set_says_nothing_of_reps_in_reserve(history: History) -> None:
    history.put(to_the_end("r1", "2026-10-01", tempo="3-1-2-1"))
    assert reserve_points(history).empty


def test_the_athletes_own_line_is_put_into_the_stop_rule_and_told(history: History) -> None:
    for n in (1, 2):
        history.put(to_the_end(f"r{n}", f"2026-10-0{n}"))
    context = known_context(history, SetContext(stop=StopRule(reps_in_reserve=2)), ANNA)
    assert context.stop is not None
    assert context.stop.rir_line is not None
    assert context.stop.reserve_after(0.45) == pytest.approx(2.0)
    assert context.facts()["reserve_from"] == (
        "from history, 2 sets to failure up to 2026-10-02 (12 reps), off by 0.0 reps (standard error of"
        " estimate)"
    )


def test_no_set_judges_itself_and_none_is_older_than_half_a_year(history: History) -> None:
    history.put(to_the_end("r1", DAY.isoformat()))
    history.put(to_the_end("r2", (DAY - timedelta(days=OLDEST_DAYS + 1)).isoformat()))
    with pytest.raises(TempoError, match="no set to failure in the half year before 2026-10-09"):
        reserve_fit(history, ANNA)
    assert reserve_fit(history, replace(ANNA, day=DAY + timedelta(days=1))).sets == 1


def test_without_the_athletes_line_the_stop_is_refused_or_left_out_with_a_note(history: History) -> None:
    asked = SetContext(stop=StopRule(reps_in_reserve=2, velocity_loss_pct=20))
    for subject in (ANNA, replace(ANNA, athlete="")):
        with pytest.raises(TempoError) as caught:
            known_context(history, asked, subject)
        assert "\n" not in str(caught.value)
    left = known_context(history, asked, ANNA, strict=False)
    assert left.stop == StopRule(velocity_loss_pct=20)
    assert "left out" in left.notes[0]
    with pytest.raises(TempoError, match="no history"):
        known_context(None, asked, ANNA)


def test_a_line_that_was_given_is_not_looked_up(history: History) -> None:
    own = SetContext(stop=StopRule(reps_in_reserve=2, rir_line=RirLine(intercept=0, slope_per_mps=5)))
    assert known_context(history, own, ANNA) == own


# -- recordings


@pytest.fixture
def squat(tmp_path: Path) -> Path:
    return copied(SQUAT, tmp_path, athlete="anna", started="2026-10-09T18:05:00.000+02:00")


def test_reading_again_fills_in_what_was_entered_meanwhile_and_nothing_else(
    history: History, squat: Path
) -> None:
    assert reindex(history, [squat]).put == [squat]
    assert history.sets(ALL)["load_pct_1rm"].isna().all()
    history.add(max_of(7, 125.0))
    assert reindex(history, [squat]).put == [squat]
    assert list(history.sets(ALL)["load_pct_1rm"]) == [80.0]
    assert reindex(history, [squat]).unchanged == [squat]
    history.add(max_of(7, 125.0, who="ben"))
    assert reindex(history, [squat]).unchanged == [squat]


def test_remembering_what_was_analysed_leaves_nothing_to_read_again(history: History, squat: Path) -> None:
    history.add(max_of(7, 125.0))
    source, said = load(squat), Lifting()
    whole = recalled_for(said.completed(source), source, Edits.none(), history.folder)
    remember(history, squat, said, analyze(source, **whole.arguments()))
    assert reindex(history, [squat]).unchanged == [squat]
    assert history.recordings().popitem()[1].said.context is None  # what was found is no word of the user's


def test_an_athlete_that_an_edit_names_is_the_one_looked_up(history: History, squat: Path) -> None:
    history.add(max_of(7, 125.0, who="ben"))
    reindex(history, [squat])
    Edits.load(squat).append(label(athlete="ben"))
    reindex(history, [squat])
    assert list(history.sets(ALL)["load_pct_1rm"]) == [80.0]


def test_sets_of_several_athletes_take_nothing_from_the_history(history: History, squat: Path) -> None:
    history.add(max_of(7))
    Edits.load(squat).append(label(athlete="ben", start_s=0.0, end_s=100.0))
    source = load(squat)
    edits = Edits.load(squat)
    assert subject_of(Lifting(), edits, started="2026-10-09", simulated=True) is None
    context = recalled_for(Lifting().completed(source), source, edits, history.folder).context
    assert context is not None
    assert context.one_rm_kg is None
    assert "several athletes" in context.notes[0]


def test_a_set_marked_to_failure_reaches_the_fit(history: History, squat: Path) -> None:
    raw = analyze(squat, edits=False)
    last = rows(raw.reps, RepRow)[-1]
    Edits.load(squat).append(to_failure(last), on=raw)
    reindex(history, [squat])
    points = reserve_points(history, ALL)
    assert list(points["rir"]) == list(range(last.rep_no - 1, -1, -1))
    after = replace(ANNA, day=DAY + timedelta(days=1), simulated=True)
    assert reserve_line(history, after).slope_per_mps > 0


def test_no_history_is_made_by_looking(squat: Path, tmp_path: Path) -> None:
    source = load(squat)
    recalled_for(Lifting().completed(source), source, Edits.none(), tmp_path / "none")
    assert not (tmp_path / "none").exists()
