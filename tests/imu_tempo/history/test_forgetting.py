"""Somebody who is forgotten leaves no byte behind, in the history and, where so asked, in recordings."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from made_history import DEADLIFT, SQUAT, copied, made_rows, said

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Recording
from imu_tempo.bookkeeping import reindex
from imu_tempo.history import AthleteSettings, Choice, History, OneRepMax, SorenessAnswer
from imu_tempo.history.forgetting import forget_athlete, plan_forgetting
from imu_tempo.history.names import read_names, write_name
from imu_tempo.history.traces import anonymise, traces_of

WHO, OTHER = "Quetzal-77", "B7"
ALL = Choice(simulated=True)


def fill(history: History, athlete: str, recording: str) -> None:
    history.put(made_rows(recording, athlete=athlete), said(athlete=athlete))
    history.add(
        SorenessAnswer(athlete=athlete, day="2026-03-02", soreness=3.0, note=f"{athlete} slept badly"),
        OneRepMax(athlete=athlete, exercise="squat", day="2026-03-02", one_rm_kg=150.0),
        AthleteSettings(athlete=athlete, body_mass_kg=82.0),
    )
    write_name(history.folder, athlete, f"Name of {athlete}")


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_byte_of_a_forgotten_person_is_left(history: History, home: Path) -> None:
    fill(history, WHO, "r1")
    fill(history, OTHER, "r2")
    with history.journal.path.open("ab") as file:  # a damaged line that holds the id
        file.write(b'{"v": 1, "id": "x", "entry": "soreness", "athlete": "Quetzal-77", "day"\n')
    (home / "history.damaged-20260301T000000.sqlite3").write_bytes(b"... Quetzal-77 ...")
    assert WHO.encode() in bytes_of(home)
    forget_athlete(history, plan_forgetting(history, WHO))
    assert WHO.encode() not in bytes_of(home)  # while open, write-ahead log and all
    history.close()
    assert WHO.encode() not in bytes_of(home)


def test_others_are_left_as_they_were(history: History, home: Path) -> None:
    fill(history, WHO, "r1")
    fill(history, OTHER, "r2")
    forget_athlete(history, plan_forgetting(history, WHO))
    for _ in range(2):
        assert set(history.sessions().athlete) == {OTHER}
        assert set(history.soreness().athlete) == {OTHER}
        assert set(history.one_rep_maxes().athlete) == {OTHER}
        assert set(history.athletes().athlete) == {OTHER}
        assert set(history.recordings()) == {"r2"}
        (home / "history.sqlite3").write_bytes(b"")  # and so it is when all is made again
        history.close()
        history = History(home)
        history.put(made_rows("r2", athlete=OTHER), said(athlete=OTHER))
    history.close()
    assert read_names(home) == {OTHER: f"Name of {OTHER}"}


def test_an_id_that_is_part_of_another_takes_nothing_of_it(history: History) -> None:
    fill(history, "A1", "r1")
    fill(history, "A12", "r2")
    fill(history, "squat", "r3")  # an id that is also a word of the journal
    forget_athlete(history, plan_forgetting(history, "A1"))
    forget_athlete(history, plan_forgetting(history, "squat"))
    assert set(history.sessions().athlete) == set(history.soreness().athlete) == {"A12"}
    assert list(history.one_rep_maxes().exercise) == ["squat"]


def test_the_plan_says_what_would_happen_and_does_nothing(history: History) -> None:
    fill(history, WHO, "r1")
    plan = plan_forgetting(history, WHO)
    assert "1 session, 1 soreness answer, 1 one-rep max," in plan.lines("keep")[0]
    assert len(history.sessions()) == 1
    assert plan_forgetting(history, "stranger").nothing


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Return a folder with one recording of the person, called as the recorder calls it, and its report."""
    gym = tmp_path / "gym"
    gym.mkdir()
    folder = copied(SQUAT, gym, athlete=WHO).rename(gym / f"2026-03-01T180500_squat_{WHO}.tempo")
    (folder / "events.jsonl").write_text(json.dumps({"event": "rep", "rep": {"athlete": WHO}}) + "\n")
    (folder / "edits.jsonl").write_text(
        json.dumps({"format_version": 1, "no": 1, "time": "", "who": WHO, "edit": {"action": "label"}}) + "\n"
    )
    folder.with_suffix(".html").write_text(f"<p>{WHO}</p>")
    copied(DEADLIFT, gym, athlete=OTHER)
    return gym


def test_kept_recordings_stay_out_when_all_is_read_again(history: History, recorded: Path) -> None:
    reindex(history, [recorded])
    forget_athlete(history, plan_forgetting(history, WHO), "keep")
    done = reindex(history, [recorded])
    assert len(done.left_out) == 1
    assert set(history.sessions(ALL).athlete) == {OTHER}
    assert WHO.encode() not in bytes_of(history.folder)


def test_anonymised_recordings_hold_the_lifts_and_not_the_person(history: History, recorded: Path) -> None:
    reindex(history, [recorded])
    before = history.reps(Choice(athlete=WHO, simulated=True))
    assert forget_athlete(history, plan_forgetting(history, WHO), "anonymise") == []
    assert WHO.encode() not in bytes_of(recorded)
    assert not any(WHO in path.name for path in recorded.rglob("*"))
    folder = recorded / "2026-03-01T180500_squat.tempo"
    assert Recording.open(folder).manifest.athlete is None
    reindex(history, [folder])
    after = history.reps(ALL).query("recording == @before.recording[0]")
    assert after.mcv_mps.tolist() == before.mcv_mps.tolist()
    assert set(after.athlete) == {""}


def test_deleted_recordings_are_gone_with_their_reports(history: History, recorded: Path) -> None:
    reindex(history, [recorded])
    forget_athlete(history, plan_forgetting(history, WHO), "delete")
    assert [path.name for path in recorded.iterdir()] == [f"{DEADLIFT}.tempo"]


def test_recordings_that_the_history_never_saw_are_found_where_one_looks(
    history: History, recorded: Path
) -> None:
    assert traces_of(history, WHO) == []
    (trace,) = traces_of(history, WHO, [recorded])
    assert trace.folder.name == f"2026-03-01T180500_squat_{WHO}.tempo"
    assert [path.suffix for path in trace.reports] == [".html"]


def test_what_still_mentions_the_person_is_told(history: History, recorded: Path) -> None:
    (folder,) = recorded.glob("*squat*.tempo")
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "note": f"{WHO} had a cold"}))
    reindex(history, [recorded])
    left = forget_athlete(history, plan_forgetting(history, WHO), "anonymise")
    assert [path.name for path in left] == ["manifest.json"]


def test_a_recording_that_is_not_closed_is_not_touched(history: History, recorded: Path) -> None:
    (folder,) = recorded.glob("*squat*.tempo")
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "state": "open"}))
    packets = folder / "packets.jsonl.gz"
    packets.with_suffix("").write_bytes(gzip.decompress(packets.read_bytes()))
    before = bytes_of(folder)
    (trace,) = traces_of(history, WHO, [recorded])
    with pytest.raises(RecordingError, match="repair"):
        anonymise(trace, WHO)
    assert bytes_of(folder) == before
