"""A damaged database is noticed, kept and made again; killed and crowding processes do it no harm."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from made_history import made_rows

from imu_tempo.history import Choice, History, SorenessAnswer
from imu_tempo.history.database import set_aside_files
from imu_tempo.history.tables import VERSION

SESSIONS = 4


@pytest.fixture
def filled(home: Path) -> Path:
    with History(home) as history:
        for place in range(SESSIONS):
            history.put(made_rows(f"r{place}", day=f"2026-03-{place + 1:02d}"))
            history.add(SorenessAnswer(athlete="A12", day=f"2026-03-{place + 1:02d}", soreness=float(place)))
    return home / "history.sqlite3"


def check_nothing_lost(home: Path) -> History:
    history = History(home)
    assert list(history.soreness().soreness) == [float(n) for n in range(SESSIONS)]
    known = {entry.recording for entry in history.missing()} | set(history.sessions().recording)
    assert known == {f"r{n}" for n in range(SESSIONS)}
    return history


@pytest.mark.parametrize("part", [0.0, 0.0002, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999])
def test_a_database_cut_short_is_set_aside_and_made_again(filled: Path, home: Path, part: float) -> None:
    data = filled.read_bytes()
    filled.write_bytes(data[: int(len(data) * part)])
    with check_nothing_lost(home) as history:
        (notice,) = history.notices
        assert "was damaged" in notice
        assert notice.count(". ") == 0  # one sentence
        assert len(history.missing()) == SESSIONS
        (aside,) = set_aside_files(home)
        assert aside.read_bytes() == data[: int(len(data) * part)]
        assert aside.name in notice


@pytest.mark.parametrize("seed", range(8))
def test_pages_of_garbage_are_noticed_and_nothing_that_was_said_is_lost(
    filled: Path, home: Path, seed: int
) -> None:
    chance = random.Random(seed)
    data = bytearray(filled.read_bytes())
    page = chance.randrange(len(data) // 4096)
    data[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
    filled.write_bytes(data)
    with check_nothing_lost(home) as history:
        assert len(history.notices) == 1
        assert len(set_aside_files(home)) == 1


def test_a_file_of_something_else_is_set_aside(filled: Path, home: Path) -> None:
    filled.write_text("Dear diary, today I squatted. " * 100)
    with check_nothing_lost(home) as history:
        assert "damaged" in history.notices[0]
    other = sqlite3.connect(filled)
    other.execute("PRAGMA application_id = 7")
    other.close()
    with check_nothing_lost(home) as history:
        assert "it is no history of imu-tempo" in history.notices[0]


def test_damage_met_in_use_is_mended_without_a_word_lost(filled: Path, home: Path) -> None:
    with sqlite3.connect(filled) as connection:  # text that is no UTF-8: quick_check does not look at it
        connection.execute("UPDATE sets SET exercise = CAST(x'ff00ff' AS TEXT) WHERE recording = 'r2'")
    connection.close()
    with History(home) as history:
        assert history.notices == []
        assert len(history.sets()) == 0
        assert "was damaged" in history.notices[0]
        assert len(history.missing()) == SESSIONS
        assert len(history.soreness()) == SESSIONS


@pytest.mark.parametrize("change", ["DROP TABLE sets", "ALTER TABLE recordings RENAME at TO whenever"])
def test_tables_that_somebody_changed_are_made_again(filled: Path, home: Path, change: str) -> None:
    with sqlite3.connect(filled) as connection:
        connection.execute(change)
    connection.close()
    with check_nothing_lost(home) as history:
        assert "was damaged" in history.notices[0]


def test_an_undamaged_database_is_left_alone(filled: Path, home: Path) -> None:
    with check_nothing_lost(home) as history:
        assert history.notices == []
        assert history.missing() == []
    assert set_aside_files(home) == []


def test_a_journal_line_that_never_reached_the_database_is_taken_in(filled: Path, home: Path) -> None:
    from imu_tempo.history.journal import Journal

    Journal(home).append(SorenessAnswer(athlete="B7", day="2026-03-09", soreness=9.0))  # then the power went
    with History(home) as history:
        assert "B7" in set(history.soreness().athlete)


# Real processes

WRITER = """
import sys
from contextlib import closing
sys.path[:0] = {path!r}
from made_history import made_rows
from imu_tempo.history import Choice, History, SorenessAnswer
with History({home!r}) as history:
    for n in range({count}):
        history.put(made_rows(f"{name}-{{n}}", day="2026-03-02"))
        history.add(SorenessAnswer(athlete="{name}", day="2026-03-02", soreness=1.0, area=str(n)))
        print(n, flush=True)
"""


def writer(home: Path, name: str, count: int) -> subprocess.Popen[str]:
    path = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    code = WRITER.format(path=path, home=str(home), name=name, count=count)
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_processes_that_write_at_once_lose_nothing(home: Path) -> None:
    count, names = 8, ("a", "b")
    writers = [writer(home, name, count) for name in names]  # both make the database, too
    for process in writers:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    with History(home) as history:
        assert set(history.sessions().recording) == {f"{name}-{n}" for name in names for n in range(count)}
        assert len(history.reps()) == 2 * count * 4
        assert len(history.soreness()) == 2 * count
        assert history.notices == []
        assert history.missing() == []


def test_a_reader_sees_whole_sessions_while_another_process_writes(home: Path) -> None:
    process = writer(home, "a", 4)
    assert process.stdout is not None
    with process:
        for _ in process.stdout:
            with History(home) as history:
                reps = history.reps()
                assert set(reps.groupby("recording").size()) <= {4}
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_writer_loses_nothing_that_it_finished(home: Path) -> None:
    after = 4
    process = writer(home, "a", 1000)
    assert process.stdout is not None
    with process:
        for _ in range(after):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = after + len(process.stdout.read().split())
        process.communicate()
    with History(home) as history:
        assert history.notices == []
        done = set(history.sessions().recording)
        assert done >= {f"a-{n}" for n in range(told)}
        assert len(history.reps()) == 4 * len(done)  # each whole or not there
        assert len(history.soreness()) >= told
        assert len(history.missing()) <= 1


# An older database

VERSION_1 = """
CREATE TABLE athletes (athlete TEXT, body_mass_kg REAL, note TEXT, PRIMARY KEY (athlete));
CREATE TABLE sessions (recording TEXT, day TEXT, started TEXT, athlete TEXT, exercise TEXT, load_kg REAL,
    sets INTEGER, reps INTEGER, simulated INTEGER, folder TEXT, software TEXT, inputs TEXT,
    PRIMARY KEY (recording));
CREATE TABLE sets (set_no INTEGER, exercise TEXT, load_kg REAL, athlete TEXT, reps INTEGER, tut_ecc_s REAL,
    recording TEXT, day TEXT, at TEXT, simulated INTEGER, PRIMARY KEY (recording, set_no));
CREATE TABLE reps (set_no INTEGER, rep_no INTEGER, exercise TEXT, athlete TEXT, mcv_mps REAL,
    recording TEXT, day TEXT, at TEXT, simulated INTEGER, PRIMARY KEY (recording, set_no, rep_no));
CREATE TABLE one_rep_maxes (athlete TEXT, exercise TEXT, day TEXT, one_rm_kg REAL, kind TEXT, note TEXT,
    PRIMARY KEY (athlete, exercise, day));
CREATE TABLE soreness (athlete TEXT, day TEXT, soreness REAL, area TEXT, exercise TEXT, at TEXT, note TEXT,
    PRIMARY KEY (athlete, day, area, exercise));
CREATE TABLE applied (entry TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE recordings (recording TEXT PRIMARY KEY, folder TEXT, said TEXT, at TEXT);
CREATE TABLE left_out (recording TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO sessions VALUES ('old', '2025-03-01', '2025-03-01T18:00:00+01:00', 'A12', 'squat', 90.0, 1, 1, 0,
    '/old.tempo', 'imu-tempo 0.0.9', 'x');
INSERT INTO sets VALUES (1, 'squat', 90.0, 'A12', 1, 3.25, 'old', '2025-03-01', '2025-03-01T18:00:05', 0);
INSERT INTO reps VALUES (1, 1, 'squat', 'A12', 0.5, 'old', '2025-03-01', '2025-03-01T18:00:05+01:00', 0);
INSERT INTO one_rep_maxes VALUES ('A12', 'squat', '2025-03-01', 140.0, 'tested', '');
PRAGMA application_id = 1229804884;
PRAGMA user_version = 1;
"""


def test_a_database_of_version_1_becomes_this_version_with_every_row(home: Path) -> None:
    home.mkdir()
    old = sqlite3.connect(home / "history.sqlite3")
    old.executescript(VERSION_1)
    old.close()
    with History(home) as history:
        assert history.notices == []
        (session,) = history.sessions().to_dict("records")
        assert (session["recording"], session["load_kg"], session["tempo_target"]) == ("old", 90.0, "")
        (row,) = history.sets().to_dict("records")
        assert row["tut_ecc_s"] == 3.25
        assert pd.isna(row["tut_sd_s"])  # what that analysis did not tell is missing, not made up
        assert row["vl_valid"] is True
        assert list(history.reps().mcv_mps) == [0.5]
        assert list(history.one_rep_maxes().one_rm_kg) == [140.0]
        assert len(history.eccentric()) == 0
        history.put(made_rows("new"))
    with sqlite3.connect(home / "history.sqlite3") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_columns_that_the_schema_got_since_are_added(home: Path) -> None:
    with History(home) as history:
        history.put(made_rows())
    with sqlite3.connect(home / "history.sqlite3") as connection:
        connection.execute("ALTER TABLE sets DROP COLUMN stop_reason")
    connection.close()
    with History(home) as history:
        assert list(history.sets().stop_reason) == [""]
        assert list(history.sets().reps) == [4]


def test_a_number_that_became_a_word_and_a_name_that_is_no_text_are_damage(tmp_path: Path) -> None:
    for harm in ("UPDATE sets SET reps = 'many'", "UPDATE sets SET athlete = CAST(x'84ff' AS TEXT)"):
        folder = tmp_path / str(len(harm))
        with History(folder) as history:
            history.put(made_rows())
        with closing(sqlite3.connect(folder / "history.sqlite3")) as connection, connection:
            connection.execute(harm)
        with History(folder) as history:
            assert history.sets(Choice(simulated=True)).empty
            assert "set aside" in history.notices[0]
            assert len(history.missing()) == 1
