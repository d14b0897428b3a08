"""The history gives back what was put in, in the place of what was before, and only what was asked for."""

from __future__ import annotations

import math
import sqlite3
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from made_history import made_rows, said
from made_sets import make_result

from imu_tempo import __version__
from imu_tempo.definitions import Definitions
from imu_tempo.errors import TempoError
from imu_tempo.history import AthleteSettings, Choice, History, OneRepMax, SorenessAnswer
from imu_tempo.history.feed import dose_sets, velocity_points
from imu_tempo.history.tables import TABLES, TableSpec
from imu_tempo.metrics.dose import eccentric_dose
from imu_tempo.metrics.load_velocity import load_velocity
from imu_tempo.schema import RepRow, SetRow, columns, table
from imu_tempo.schema.history import HistoryRepRow, HistorySessionRow, HistorySetRow


def test_an_analysis_comes_back_bit_for_bit(history: History) -> None:
    result = make_result("3-1-X-1")
    history.put(made_rows())
    for found, given, row_type in (
        (history.reps(), result.reps, RepRow),
        (history.sets(), result.sets, SetRow),
    ):
        names = [c.name for c in columns(row_type)]
        pd.testing.assert_frame_equal(found[names], given[names], check_exact=True)


def test_a_session_knows_its_day_its_words_and_its_software(history: History) -> None:
    history.put(made_rows(day="2026-03-02", athlete="B7"))
    (row,) = history.sessions().to_dict("records")
    assert (row["day"], row["athlete"], row["exercise"], row["reps"]) == ("2026-03-02", "B7", "squat", 4)
    assert row["software"] == f"imu-tempo {__version__}"
    assert '"tempo": "3-1-X-1"' in row["parameters"]
    assert (history.sets().at[0, "at"], history.sets().at[0, "day"]) == (
        "2026-03-02T18:05:05.000+01:00",  # the set starts 5 s into the recording
        "2026-03-02",
    )


def test_a_second_analysis_takes_the_place_of_the_first(history: History) -> None:
    history.put(made_rows(load_kg=100.0))
    history.put(made_rows(load_kg=105.0))
    assert len(history.sessions()) == 1
    assert set(history.reps().load_kg) == {105.0}


def test_empty_tables_have_the_columns_and_dtypes_of_full_ones(history: History) -> None:
    empty = (history.sessions(), history.sets(), history.reps())
    history.put(made_rows())
    for before, after, row_type in zip(
        empty,
        (history.sessions(), history.sets(), history.reps()),
        (HistorySessionRow, HistorySetRow, HistoryRepRow),
        strict=True,
    ):
        assert len(before) == 0
        assert before.dtypes.to_dict() == after.dtypes.to_dict() == table([], row_type).dtypes.to_dict()


@pytest.mark.parametrize(
    ("choice", "recordings"),
    [
        (Choice(), {"a", "b", "c"}),
        (Choice(athlete="A12"), {"a", "b"}),
        (Choice(exercise="deadlift"), {"b"}),
        (Choice(since=date(2026, 3, 2)), {"b", "c"}),
        (Choice(until=date(2026, 3, 2)), {"a", "b"}),
        (Choice(since=date(2026, 3, 2), until=date(2026, 3, 2)), {"b"}),
        (Choice(simulated=True), {"a", "b", "c", "s"}),
        (Choice(athlete="nobody"), set()),
    ],
)
def test_only_what_was_chosen_is_read(history: History, choice: Choice, recordings: set[str]) -> None:
    history.put(made_rows("a", day="2026-03-01"))
    history.put(made_rows("b", day="2026-03-02", exercise="deadlift"))
    history.put(made_rows("c", day="2026-03-03", athlete="B7"))
    history.put(made_rows("s", day="2026-03-03", athlete="B7", simulated=True))
    for read in (history.sessions, history.sets, history.reps):
        assert set(read(choice).recording) == recordings


def test_a_later_answer_replaces_an_earlier_one_of_the_same_day_and_area(history: History) -> None:
    for score, area in ((4.0, "thigh"), (2.0, "back"), (6.0, "thigh")):
        history.add(SorenessAnswer(athlete="A12", day="2026-03-02", soreness=score, area=area))
    assert dict(zip(history.soreness().area, history.soreness().soreness, strict=True)) == {
        "thigh": 6.0,
        "back": 2.0,
    }
    history.add(SorenessAnswer(athlete="A12", day="2026-03-02", soreness=None, area="thigh"))
    assert list(history.soreness().area) == ["back"]


def test_maxes_and_settings_are_kept(history: History) -> None:
    history.add(
        OneRepMax(athlete="A12", exercise="squat", day="2026-03-02", one_rm_kg=150.0),
        AthleteSettings(athlete="A12", body_mass_kg=82.5),
        AthleteSettings(athlete="B7"),
    )
    assert list(history.one_rep_maxes().one_rm_kg) == [150.0]
    assert list(history.athletes().athlete) == ["A12", "B7"]
    assert history.athletes().body_mass_kg[0] == 82.5
    assert math.isnan(history.athletes().body_mass_kg[1])


def test_a_deleted_database_loses_nothing_that_was_said(history: History, home: Path) -> None:
    words = said(load_kg=105.0, athlete="A12", definitions={"edges": "5-95"}, check_units=False)
    history.put(made_rows(), words)
    history.add(SorenessAnswer(athlete="A12", day="2026-03-02", soreness=3.0))
    history.add(OneRepMax(athlete="A12", exercise="squat", day="2026-03-02", one_rm_kg=150.0))
    before = history.soreness(), history.one_rep_maxes(), history.recordings()
    history.close()
    for path in home.glob("history.sqlite3*"):
        path.unlink()
    with History(home) as again:
        pd.testing.assert_frame_equal(again.soreness(), before[0])
        pd.testing.assert_frame_equal(again.one_rep_maxes(), before[1])
        assert again.recordings() == before[2]
        (missing,) = again.missing()
        assert missing.said == words
        assert Definitions(**(missing.said.definitions or {})).edges == "5-95"


def test_an_unchanged_analysis_does_not_grow_the_journal(history: History) -> None:
    history.put(made_rows())
    size = history.journal.size
    history.put(made_rows())
    assert history.journal.size == size


def test_what_another_process_wrote_is_seen(history: History, home: Path) -> None:
    with History(home) as other:
        other.put(made_rows())
    assert len(history.sessions()) == 1


def test_load_velocity_reads_the_history_at_once(history: History) -> None:
    for place, load in enumerate((60.0, 80.0, 100.0)):
        history.put(made_rows(f"r{place}", load_kg=load, tempo="3-1-X-1"))
    (profile,) = load_velocity(velocity_points(history)).to_dict("records")
    assert (profile["athlete"], profile["exercise"], profile["loads"]) == ("A12", "squat", 3)


def test_eccentric_dose_reads_the_history_at_once(history: History) -> None:
    history.put(made_rows("a", day="2026-03-02"))
    history.put(made_rows("b", day="2026-03-09"))
    history.add(SorenessAnswer(athlete="A12", day="2026-03-10", soreness=5.0))
    doses = eccentric_dose(dose_sets(history), history.soreness())
    assert list(doses.day) == ["2026-03-02", "2026-03-09"]
    assert doses.tut_ecc_s.tolist() == pytest.approx([11.9, 11.9])  # 3.1 + 3.0 + 3.2 + 2.6
    assert list(doses.soreness_24h)[1] == 5.0


def test_a_folder_that_cannot_be_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TempoError, match=r"cannot be used .*--history"):
        History(tmp_path / "file" / "home")


def test_a_database_of_a_newer_version_is_refused_and_left_alone(history: History, home: Path) -> None:
    history.close()
    with sqlite3.connect(home / "history.sqlite3") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(TempoError, match=r"version 99.*update imu-tempo"):
        History(home)
    assert not list(home.glob("*.damaged-*"))


@pytest.mark.parametrize("spec", TABLES, ids=lambda spec: spec.name)
def test_every_column_says_what_it_means_and_has_the_unit_of_its_name(spec: TableSpec) -> None:
    units = {"_mps": "m/s", "_kg": "kg", "_pct": "%", "_m": "m", "_s": "s"}
    for column in columns(spec.row_type):
        assert column.meaning
        for ending, unit in units.items():
            if column.name.endswith(ending) and "_per_" not in column.name:
                assert column.unit.split(" per ")[0] == unit, column.name
    assert set(spec.key) <= set(spec.names)


def test_the_folder_is_its_owners_alone(history: History, home: Path) -> None:
    assert home.stat().st_mode & 0o077 == 0
