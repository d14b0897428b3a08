"""The log of edits: append-only, torn lines, several writers, undo and redo."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from made_edits import analysed, reps_of

import imu_tempo as it
from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Recording, repair
from firmware_bridge.recording.files import try_lock
from imu_tempo.definitions import Definitions
from imu_tempo.errors import SourceError, TempoError
from imu_tempo.events import to_json
from imu_tempo.offline import before_edits
from imu_tempo.relabel import Edits, assisted, confirm, delete, label, merge, split
from imu_tempo.schema import RepRow, rows

RESULT = analysed()
REPS = reps_of(RESULT)
RECORDINGS = Path(__file__).parents[3] / "recordings"


@pytest.fixture
def log(tmp_path: Path) -> Edits:
    (tmp_path / "manifest.json").write_text("{}")
    return Edits.load(tmp_path)


@pytest.fixture
def squat(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RECORDINGS / "squat_3-1-X-1.tempo", tmp_path / "squat.tempo"))


def again(log: Edits) -> Edits:
    assert log.path is not None
    return Edits.load(log.path.parent)


def test_a_recording_without_a_log_has_no_edits(log: Edits) -> None:
    assert not log
    assert log.entries == ()
    assert log.path is not None
    assert not log.path.exists()


def test_what_is_appended_is_read_back_with_when_who_and_how(log: Edits) -> None:
    log.append(delete(REPS[1]), on=RESULT, who="amy")
    (entry,) = again(log).entries
    assert entry == log.entries[0]
    assert (entry.no, entry.who, entry.edit) == (1, "amy", delete(REPS[1]))
    assert entry.time.endswith("+00:00")
    assert entry.analysis["exercise"] == "squat"
    assert entry.analysis["edge_velocity_mps"] == 0.02
    assert log.path is not None
    assert json.loads(log.path.read_text())["format_version"] == 1


def test_undo_takes_back_the_last_and_redo_brings_it_back(log: Edits) -> None:
    log.append(delete(REPS[0]))
    log.append(assisted(REPS[1]))
    assert log.undo().edit == assisted(REPS[1])
    assert log.edits == (delete(REPS[0]),)
    assert log.undo().edit == delete(REPS[0])
    assert log.edits == ()
    assert log.redo().edit == delete(REPS[0])
    assert log.redo().edit == assisted(REPS[1])
    assert again(log).edits == (delete(REPS[0]), assisted(REPS[1]))
    assert len(log.entries) == 6


def test_a_new_edit_forgets_what_could_be_brought_back(log: Edits) -> None:
    log.append(delete(REPS[0]))
    log.undo()
    log.append(delete(REPS[1]))
    with pytest.raises(TempoError, match="no undone edit"):
        log.redo()


def test_there_is_nothing_to_undo_in_an_empty_log(log: Edits) -> None:
    with pytest.raises(TempoError, match="no edit to undo"):
        log.undo()


def test_an_edit_that_does_not_work_is_not_written(log: Edits) -> None:
    with pytest.raises(TempoError, match=r"Cannot split .* holds no lift"):
        log.append(split(REPS[0], REPS[0].ecc_end_s + 0.3), on=RESULT)
    with pytest.raises(TempoError, match="another rep between"):
        log.append(merge([REPS[0], REPS[2]]), on=RESULT)
    assert again(log).entries == ()


def test_a_torn_last_line_is_overlooked_and_the_next_is_not_glued_to_it(log: Edits) -> None:
    log.append(delete(REPS[0]))
    assert log.path is not None
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + whole[:40])
    torn = again(log)
    assert torn.edits == (delete(REPS[0]),)
    torn.append(delete(REPS[1]))
    after = again(log)
    assert after.edits == (delete(REPS[0]), delete(REPS[1]))
    assert after.damaged == 1
    assert after.apply(RESULT).quality["edits_damaged"] == 1


@pytest.mark.parametrize(
    "line", [b"nonsense", b"[1]", b'{"format_version": 1}', b'{"format_version":1,"no":2}']
)
def test_a_damaged_line_is_skipped_and_counted(log: Edits, line: bytes) -> None:
    log.append(delete(REPS[0]))
    assert log.path is not None
    log.path.write_bytes(line + b"\n" + log.path.read_bytes())
    found = again(log)
    assert (found.edits, found.damaged) == ((delete(REPS[0]),), 1)


def test_edits_of_a_newer_format_are_refused_not_guessed(log: Edits) -> None:
    assert log.path is not None
    log.path.write_text('{"format_version": 2, "no": 1, "action": "sing"}\n')
    with pytest.raises(SourceError, match=r"format 2 \(line 1\).*update imu-tempo"):
        again(log)


def test_several_writers_lose_nothing(log: Edits) -> None:
    assert log.path is not None
    folder = log.path.parent

    def write(number: int) -> None:
        Edits.load(folder).append(label(load_kg=float(number)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(24)))
    found = again(log)
    assert [entry.no for entry in found.entries] == list(range(1, 25))
    assert {edit.load_kg for edit in found.edits} == {float(n) for n in range(24)}


def test_a_writer_sees_what_another_wrote_meanwhile(log: Edits) -> None:
    other = again(log)
    log.append(delete(REPS[0]))
    assert other.append(delete(REPS[1])).no == 2
    assert other.undo().edit == delete(REPS[1])


def test_a_log_that_another_process_holds_is_not_waited_for_without_end(
    log: Edits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imu_tempo.relabel.log._LOCK_WAIT_S", 0.03)
    log.append(confirm(REPS[0]))
    assert log.path is not None
    with log.path.open("rb") as held:
        assert try_lock(held.fileno())
        with pytest.raises(SourceError, match="held by another process"):
            log.append(confirm(REPS[1]))


def test_a_recording_that_is_not_there_or_gone_meanwhile_is_told(log: Edits, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        Edits.load(tmp_path / "gone.tempo")
    shutil.rmtree(tmp_path)
    with pytest.raises(RecordingError, match="no such file or folder"):
        log.append(label(load_kg=1.0))


def test_edits_of_no_recording_cannot_be_written() -> None:
    with pytest.raises(TempoError, match="no recording on disk"):
        Edits.none().append(label(load_kg=1.0))


def test_labels_that_the_caller_knows_better_can_be_left_out(log: Edits) -> None:
    log.append(label(load_kg=80.0, athlete="B7"))
    log.append(label(load_kg=90.0))
    log.append(delete(REPS[0]))
    assert log.without_labels("load_kg").edits == (label(athlete="B7"), delete(REPS[0]))
    assert log.labels == {"load_kg": 90.0, "athlete": "B7"}


# With recordings


def test_a_sealed_recording_is_otherwise_untouched_and_needs_no_repair(squat: Path) -> None:
    before = {path.name: path.read_bytes() for path in squat.iterdir()}
    raw = it.analyze(squat)
    Edits.load(squat).append(delete(rows(raw.reps, RepRow)[0]), on=raw)
    after = {path.name: path.read_bytes() for path in squat.iterdir()}
    assert after.pop("edits.jsonl")
    assert after == before
    assert Recording.open(squat).sealed
    assert not repair(squat).changed


def test_every_analysis_of_the_recording_has_its_edits(squat: Path) -> None:
    raw = it.analyze(squat)
    log = Edits.load(squat)
    log.append(delete(rows(raw.reps, RepRow)[2]), on=raw)
    log.append(label(load_kg=120.0), on=raw)
    for result in (it.analyze(squat), it.replay(squat), it.analyze(squat, edits=log)):
        assert len(result.reps) == len(raw.reps) - 1
        assert set(result.reps.load_kg) == {120.0}
        assert result.quality["edits"] == 2
    assert len(it.analyze(squat, edits=False).reps) == len(raw.reps)
    edited, plain = it.replay(squat).events, it.replay(squat, edits=False).events
    assert [*map(to_json, edited)] == [*map(to_json, plain)]


def test_edits_survive_another_analysis_of_the_same_packets(squat: Path) -> None:
    raw = it.analyze(squat)
    log = Edits.load(squat)
    second, third = rows(raw.reps, RepRow)[1:3]
    log.append(delete(second), on=raw)
    log.append(assisted(third), on=raw)
    other = it.analyze(squat, definitions=Definitions(edges="5-95"))
    assert "edits_missed" not in other.quality
    assert len(other.reps) == len(raw.reps) - 1
    assert "assisted" in other.reps.quality.iloc[1]


def test_another_exercise_is_analysed_anew_and_edits_follow_the_lift(squat: Path) -> None:
    raw = it.analyze(squat)
    log = Edits.load(squat)
    log.append(delete(rows(raw.reps, RepRow)[0]), on=raw)
    log.append(label(exercise="deadlift"), on=raw)
    after = it.analyze(squat)
    plain = it.analyze(squat, "deadlift", edits=False)
    assert after.exercise == "deadlift"
    assert set(after.reps.exercise) == {"deadlift"}
    assert after.reps.con_start_s.tolist() == plain.reps.con_start_s.tolist()[1:]


def test_one_set_may_be_another_exercise(squat: Path) -> None:
    raw = it.analyze(squat)
    log = Edits.load(squat)
    log.append(label(exercise="deadlift", start_s=0.0, end_s=1e4), on=raw)
    after = it.analyze(squat)
    plain = it.analyze(squat, "deadlift", edits=False)
    assert "edits_missed" not in after.quality
    assert after.reps.ecc_s.tolist() == pytest.approx(plain.reps.ecc_s.tolist(), nan_ok=True)
    bare = before_edits(squat, Edits.load(squat))
    assert set(bare.reps.exercise) == {"deadlift"}
    assert "edits" not in bare.quality


def test_a_table_keeps_its_edits_beside_it(squat: Path, tmp_path: Path) -> None:
    import pandas as pd

    table = tmp_path / "bar.csv"
    pd.read_parquet(squat / "samples.parquet").drop(columns="lost_before").to_csv(table, index=False)
    raw = it.analyze(table)
    Edits.load(table).append(delete(rows(raw.reps, RepRow)[0]), on=raw)
    assert (tmp_path / "bar.csv.edits.jsonl").exists()
    assert len(it.analyze(table).reps) == len(raw.reps) - 1
