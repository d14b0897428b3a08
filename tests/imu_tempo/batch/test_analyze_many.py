"""Many recordings, one dataset: what is in it, what changes it, and what does not."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imu_tempo
from firmware_bridge.errors import RecordingError
from imu_tempo import analyze_many
from imu_tempo.batch import Dataset, Step
from imu_tempo.batch.settings import Settings
from imu_tempo.batch.sources import look_at
from imu_tempo.batch.tables import OF_A_SESSION, TABLES
from imu_tempo.batch.work import Failed, Task, work
from imu_tempo.calibration import SensorCalibration
from imu_tempo.errors import SourceError, TempoError, UnknownNameError
from imu_tempo.history import recording_facts
from imu_tempo.relabel import Edits, delete, label
from imu_tempo.schema import RepRow, columns, rows
from tests.imu_tempo.batch.made_recordings_many import LOADS_KG, REPS, contents, copied, spoilt, times
from tests.imu_tempo.made_tables import lifted_bar


def test_the_dataset_has_what_analyze_says_of_each_recording(recordings: Path) -> None:
    many = analyze_many(recordings)
    assert many.analysed == len(LOADS_KG)
    for folder in sorted(recordings.iterdir()):
        meta = recording_facts(folder).manifest
        one = imu_tempo.analyze(folder, "squat", meta.load_kg, athlete=meta.athlete)
        mine = recording_facts(folder).id
        for name in ("sets", "reps", "rejected", "eccentric", "fatigue"):
            alone: pd.DataFrame = getattr(one, name)
            inside: pd.DataFrame = getattr(many, name)
            inside = inside[inside.recording == mine].reset_index(drop=True)
            pd.testing.assert_frame_equal(inside[list(alone.columns)], alone, check_exact=True)


def test_load_and_athlete_are_those_of_each_manifest(recordings: Path) -> None:
    sessions = analyze_many(recordings).sessions.sort_values("started")
    assert sessions.load_kg.tolist() == list(LOADS_KG)
    assert sessions.athlete.tolist() == ["A0", "A1", "A2", "A3"]
    assert sessions.day.tolist() == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    assert sessions.reps.tolist() == [REPS] * len(LOADS_KG)


def test_what_is_given_holds_for_every_recording(recordings: Path) -> None:
    many = analyze_many(recordings, exercise="bench_press", load_kg=42.5, athlete="B", tempo="1-0-X-0")
    assert set(many.reps.load_kg) | set(many.sessions.load_kg) == {42.5}
    assert set(many.reps.exercise) == set(many.sessions.exercise) == {"bench_press"}
    assert set(many.sets.athlete) == {"B"}
    assert set(many.sets.tempo_target) == {"1-0-X-0"}


def dtypes(kind: type[Any]) -> dict[str, str]:
    """What a table must have, in this pandas' words: before 3, it called text ``object``."""
    return {c.name: str(pd.Series(dtype=c.dtype).dtype) for c in columns(kind)}


def test_pandas_duckdb_and_arrow_read_the_tables_whole(recordings: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    from pyarrow import dataset

    many = analyze_many(recordings, out=tmp_path / "out")
    for name, kind in TABLES.items():
        wanted = dtypes(kind)
        ours: pd.DataFrame = many.table(name)
        assert {n: str(t) for n, t in ours.dtypes.items()} == wanted
        folder = tmp_path / "out" / name
        pd.testing.assert_frame_equal(pd.read_parquet(folder), ours)
        assert dataset.dataset(folder).to_table().num_rows == len(ours)
        by_duckdb = duckdb.sql(f"from '{folder}/*.parquet'")
        assert by_duckdb.columns == list(wanted)
        assert len(by_duckdb.fetchall()) == len(ours)


def test_a_dataset_without_a_session_has_all_columns_with_their_dtypes(tmp_path: Path) -> None:
    spoilt(tmp_path)
    many = analyze_many(tmp_path)
    for name, kind in TABLES.items():
        frame = many.table(name)
        assert {n: str(t) for n, t in frame.dtypes.items()} == dtypes(kind)
        assert len(frame) == (1 if name == "errors" else 0)


def test_the_columns_of_a_table_are_described_in_it(recordings: Path, tmp_path: Path) -> None:
    from pyarrow import dataset

    analyze_many(recordings, out=tmp_path / "out")
    field = dataset.dataset(tmp_path / "out" / "reps").schema.field("mcv_mps")
    assert field.metadata[b"unit"] == b"m/s"
    assert b"mean concentric velocity" in field.metadata[b"meaning"]


def test_a_bad_recording_is_a_row_of_errors(own: Path) -> None:
    bad = spoilt(own)
    many = analyze_many(own)
    assert (many.analysed, many.failed) == (len(LOADS_KG), 1)
    (row,) = many.errors.to_dict("records")
    assert (row["source"], row["kind"]) == (str(bad), "recording")
    assert row["message"].startswith(f"{bad} is not a recording:")


def test_a_recording_whose_own_words_are_wrong_is_a_row_of_errors(own: Path) -> None:
    path = own / "1.tempo" / "manifest.json"
    path.write_text(path.read_text().replace('"squat"', '"squad"'))
    many = analyze_many(own)
    (row,) = many.errors.to_dict("records")
    assert row["kind"] == "setting"
    assert "squad" in row["message"]
    assert many.analysed == len(LOADS_KG) - 1


def test_a_defect_is_a_row_of_errors_and_says_that_it_is_ours(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("imu_tempo.offline.analyze", broken)
    many = analyze_many(recordings)
    assert set(many.errors.kind) == {"defect"}
    assert many.errors.message.str.contains("ZeroDivisionError: division by zero").all()


def test_a_second_run_touches_nothing(own: Path, tmp_path: Path) -> None:
    spoilt(own)
    out = tmp_path / "out"
    analyze_many(own, out=out)
    before, written = contents(out), times(out)
    again = analyze_many(own, out=out)
    assert (again.analysed, again.unchanged, again.failed) == (0, len(LOADS_KG), 1)
    assert contents(out) == before
    assert times(out) == written


def _edit(folder: Path) -> None:
    result = imu_tempo.analyze(folder, "squat")
    Edits.load(folder).append(delete(rows(result.reps, RepRow)[0]), on=result, who="amy")


def _name_another(folder: Path) -> None:
    Edits.load(folder).append(label(athlete="somebody"), who="amy")


def _rewrite(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"load_kg": 77.5}))


@pytest.mark.parametrize("change", [_edit, _name_another, _rewrite])
def test_only_what_has_changed_is_analysed_again(own: Path, tmp_path: Path, change: object) -> None:
    out = tmp_path / "out"
    analyze_many(own, out=out)
    written = times(out)
    change(own / "2.tempo")  # type: ignore[operator]
    again = analyze_many(own, out=out)
    assert (again.analysed, again.unchanged) == (1, len(LOADS_KG) - 1)
    mine = recording_facts(own / "2.tempo").id
    touched = {path for path, at in times(out).items() if written[path] != at}
    assert touched
    assert all(mine in path for path in touched)


def test_a_calibration_stored_meanwhile_changes_the_sensors_sessions(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imu_tempo.calibration import save_calibration

    monkeypatch.setenv("IMU_TEMPO_HOME", str(tmp_path / "home"))
    out = tmp_path / "out"
    before = analyze_many(own, out=out).reps
    sensor = recording_facts(own / "0.tempo").manifest.sensor
    save_calibration(
        SensorCalibration(sensor=sensor.address or sensor.name, scale=(1.01, 1.01, 1.01), made="now")
    )
    again = analyze_many(own, out=out)
    assert again.analysed == len(LOADS_KG)
    assert not again.reps.rom_m.equals(before.rom_m)
    assert set(again.sessions.calibration) == {sensor.address or sensor.name}


def test_other_parameters_make_every_session_again(recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze_many(recordings, out=out)
    again = analyze_many(recordings, out=out, load_kg=50.0)
    assert again.analysed == len(LOADS_KG)
    assert again.manifest["parameters"]["load_kg"] == 50.0


def test_another_version_makes_every_session_again(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    analyze_many(recordings, out=out)
    for module in ("sources", "work", "run"):
        monkeypatch.setattr(f"imu_tempo.batch.{module}.SOFTWARE", "imu-tempo 99")
    assert analyze_many(recordings, out=out).analysed == len(LOADS_KG)


def test_a_worker_of_another_version_refuses_the_work(recordings: Path) -> None:
    path, settings = recordings / "0.tempo", Settings()
    known = look_at(path, settings)
    outcome = work(Task(path=path, known=known, settings=settings, software="imu-tempo 99"))
    assert isinstance(outcome, Failed)
    assert outcome.kind == "worker"
    assert "install the same on both" in outcome.message


def test_one_dataset_is_never_a_mixture_of_parameters(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze_many(own, out=out)
    before = contents(out)
    with pytest.raises(TempoError, match=r"holds 3 sessions that are not among these recordings"):
        analyze_many(own / "0.tempo", out=out, load_kg=50.0)
    assert contents(out) == before


def test_recordings_join_a_dataset_one_by_one(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for folder in sorted(own.iterdir()):
        many = analyze_many(folder, out=out)
    assert len(many.sessions) == len(LOADS_KG)
    assert contents(out) == contents(analyze_many(own, out=tmp_path / "at-once").folder)


def test_sessions_whose_recordings_are_gone_go_too_and_are_told(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze_many(own, out=out)
    shutil.rmtree(own / "3.tempo")
    again = analyze_many(own, out=out)
    assert again.removed == (str(own / "3.tempo"),)
    assert len(again.sessions) == len(LOADS_KG) - 1
    assert contents(out) == contents(analyze_many(own, out=tmp_path / "fresh").folder)


def test_a_recording_that_is_damaged_since_is_an_error_and_no_session(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze_many(own, out=out)
    (own / "3.tempo" / "manifest.json").write_text("{}")
    again = analyze_many(own, out=out)
    assert again.removed == (str(own / "3.tempo"),)
    assert set(again.errors.source) == {str(own / "3.tempo")}
    assert str(own / "3.tempo") not in set(again.sessions.source)


def test_what_was_mended_is_no_error_any_more(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bad = spoilt(own)
    assert analyze_many(own, out=out).failed == 1
    shutil.rmtree(bad)
    assert analyze_many(own, out=out).errors.empty


def test_a_recording_that_moves_is_not_analysed_again(own: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze_many(own, out=out)
    (own / "3.tempo").rename(own / "moved.tempo")
    again = analyze_many(own, out=out)
    assert (again.analysed, again.unchanged, again.removed) == (0, len(LOADS_KG), ())
    assert str(own / "moved.tempo") in set(again.sessions.source)
    assert contents(out) == contents(analyze_many(own, out=tmp_path / "fresh").folder)


def test_a_copy_counts_once_and_is_told(own: Path) -> None:
    copied(own / "0.tempo", own / "copy.tempo")
    many = analyze_many(own)
    assert (many.analysed, many.copies, many.failed) == (len(LOADS_KG), 1, 0)
    (row,) = many.errors.to_dict("records")
    assert (row["kind"], row["source"]) == ("copy", str(own / "copy.tempo"))
    assert len(many.reps) == REPS * len(LOADS_KG)


def test_tables_beside_recordings_count_where_they_have_the_columns(own: Path) -> None:
    from imu_tempo.formats import load

    source = load(own / "0.tempo")
    (own / "0.tempo").rename(own.parent / "away.tempo")
    frame = pd.DataFrame({"t_s": [t for b in source.blocks for t in b.t_s]})
    for axis, name in enumerate(("acc_x_mps2", "acc_y_mps2", "acc_z_mps2")):
        frame[name] = [a for b in source.blocks for a in b.acc_mps2[:, axis]]
    frame.to_csv(own / "bar.csv", index=False)
    frame.to_parquet(own / "bar-other.parquet")
    (own / "notes.csv").write_text("who,what\nA,B\n")
    many = analyze_many(own)
    assert (many.analysed, many.failed) == (len(LOADS_KG) + 1, 0)
    bare = many.sessions[many.sessions.source.str.endswith("bar.csv")]
    assert bare[["started", "day", "athlete"]].iloc[0].tolist() == ["", "", ""]
    assert set(many.reps[many.reps.recording == bare.recording.iloc[0]]["at"]) == {""}


def test_a_dataset_among_its_recordings_is_none_of_them(own: Path) -> None:
    first = analyze_many(own, out=own)
    again = analyze_many(own, out=own)
    assert first.analysed == again.unchanged == len(LOADS_KG)
    assert again.failed == 0


def test_parts_that_were_torn_or_taken_away_are_made_again(recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    analyze_many(recordings, out=out)
    whole = contents(out)
    parts = sorted((out / "reps").glob("[0-9a-f]*.parquet"))[-4:]
    parts[0].write_bytes(b"")
    parts[1].unlink()
    (out / "sessions" / parts[2].name).write_bytes(b"PAR1 torn")
    assert analyze_many(recordings, out=out).analysed == 3
    assert contents(out) == whole


def test_a_run_that_was_cut_off_goes_on(recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def until_the_second(step: Step) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze_many(recordings, out=out, on_step=until_the_second)
    assert len(Dataset(out).sessions) == 2
    assert Dataset(out).manifest["complete"] is False
    again = analyze_many(recordings, out=out)
    assert (again.analysed, again.unchanged) == (2, 2)
    assert again.manifest["complete"] is True
    assert contents(out) == contents(analyze_many(recordings, out=tmp_path / "fresh").folder)


def test_two_runs_at_once_both_end_well(recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(analyze_many, recordings, out=out) for _ in range(2)]
        done = Counter[str]()
        for run in runs:
            done += Counter(analysed=run.result().analysed, unchanged=run.result().unchanged)
    assert done == {"analysed": len(LOADS_KG), "unchanged": len(LOADS_KG)}
    assert contents(out) == contents(analyze_many(recordings, out=tmp_path / "fresh").folder)


def test_nothing_is_left_half_written(recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".unfinished").mkdir(parents=True)
    (out / ".unfinished" / "reps-of-a-run-that-was-killed").write_bytes(b"PAR1")
    analyze_many(recordings, out=out)
    found = {path.name for path in out.iterdir()}
    assert found == {*TABLES, "batch.json", ".lock"}


def test_each_step_is_told(own: Path) -> None:
    spoilt(own)
    steps: list[Step] = []
    analyze_many(own, on_step=steps.append)
    assert [step.done for step in steps] == [1, 2, 3, 4, 5]
    assert {step.of for step in steps} == {5}
    assert Counter(step.what for step in steps) == {"analysed": 4, "failed": 1}


def test_without_a_folder_the_dataset_lives_as_long_as_the_result(recordings: Path) -> None:
    many = analyze_many(recordings)
    folder = many.folder
    assert folder.is_dir()
    del many
    assert not folder.exists()


@pytest.mark.parametrize(
    ("paths", "told", "error"),
    [
        ("nowhere", "there is no ", RecordingError),
        ("empty", "holds no recordings", SourceError),
    ],
)
def test_a_run_over_nothing_is_refused(tmp_path: Path, paths: str, told: str, error: type[Exception]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(error, match=told):
        analyze_many(tmp_path / paths, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_mistake_in_the_parameters_is_told_before_anything_is_done(
    recordings: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnknownNameError):
        analyze_many(recordings, out=tmp_path / "out", exercise="squad")
    with pytest.raises(TempoError, match="Tempo 'fast'"):
        analyze_many(recordings, out=tmp_path / "out", tempo="fast")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_else_is_left_alone(recordings: Path, tmp_path: Path) -> None:
    (tmp_path / "reps").mkdir()
    with pytest.raises(TempoError, match="no dataset of imu-tempo"):
        analyze_many(recordings, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["reps"]


def test_every_table_of_a_session_has_a_part(recordings: Path, tmp_path: Path) -> None:
    analyze_many(recordings, out=tmp_path / "out")
    ids = {recording_facts(folder).id for folder in recordings.iterdir()}
    for name in ("sessions", *OF_A_SESSION):
        parts = {path.stem for path in (tmp_path / "out" / name).iterdir()}
        assert parts == ids | {"0-columns"}


@pytest.mark.skipif(os.name == "nt", reason="no pipes with names")
def test_a_pipe_and_a_circle_of_links_among_the_recordings_are_rows_of_errors(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    lifted_bar(3.0, 50.0).to_csv(folder / "bar.csv", index=False)
    os.mkfifo(folder / "pipe.csv")
    (folder / "circle").symlink_to(folder)
    (folder / "zero.csv").symlink_to("/dev/zero")
    result = analyze_many(folder, out=tmp_path / "out", progress=False)
    assert result.analysed == 1
    assert sorted(Path(source).name for source in result.errors.source) == ["pipe.csv", "zero.csv"]
    assert result.errors.message.str.contains("a pipe or a device").all()
