"""The commands: imu-tempo batch, and imu-tempo simulate-season to have something for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imu_tempo.batch import Dataset
from imu_tempo.cli.main import main
from tests.imu_tempo.batch.made_recordings_many import contents, copied, spoilt


def test_batch_says_what_it_did_and_where_it_is(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["batch", str(recordings), "-o", str(out)]) == 0
    assert main(["batch", str(recordings), "-o", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        f"{out}: 4 analysed; 4 sessions in all.",
        f"{out}: 4 unchanged; 4 sessions in all.",
    ]
    assert told.err == ""  # no bar where nobody watches


def test_batch_on_processes_gives_the_same_to_the_bit(recordings: Path, tmp_path: Path) -> None:
    assert main(["batch", str(recordings), "-o", str(tmp_path / "here")]) == 0
    assert main(["batch", str(recordings), "-o", str(tmp_path / "pool"), "--workers", "2"]) == 0
    assert contents(tmp_path / "here") == contents(tmp_path / "pool")


def test_batch_tells_failures_one_a_line_and_ends_with_1(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = spoilt(own)
    copied(own / "0.tempo", own / "0-again.tempo")
    assert main(["batch", str(own), "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert told.out == f"{tmp_path / 'out'}: 4 analysed, 1 left out as copies, 1 failed; 4 sessions in all.\n"
    lines = told.err.splitlines()
    assert len(lines) == 2
    assert f"imu-tempo: {bad} is not a recording" in lines[1]
    assert "is a copy of" in lines[0]


def test_a_failure_says_where_it_is(own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = own / "2.tempo" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"squat"', '"squad"'))
    assert main(["batch", str(own), "-o", str(tmp_path / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"imu-tempo: {own / '2.tempo'}: ")
    assert "squad" in line


def test_what_batch_is_told_holds(recordings: Path, tmp_path: Path) -> None:
    given = ["-e", "bench_press", "--load", "42.5", "--edges", "5-95", "--no-edits"]
    assert main(["batch", str(recordings), "-o", str(tmp_path / "out"), *given]) == 0
    dataset = Dataset(tmp_path / "out")
    assert set(dataset.reps.load_kg) == {42.5}
    parameters = dataset.manifest["parameters"]
    assert parameters["exercise"] == "bench_press"
    assert parameters["definitions"]["edges"] == "5-95"
    assert parameters["edits"] is False


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--workers", "2", "--scheduler", "tcp://127.0.0.1:1"], "exclude each other"),
        (["-e", "squad"], "squad"),
    ],
)
def test_a_mistake_is_one_line(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["batch", str(recordings), "-o", str(tmp_path / "out"), *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("imu-tempo: ")
    assert told in line


def test_a_scheduler_that_is_not_there_is_one_line(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed (extra: cluster)")
    monkeypatch.setattr("imu_tempo.cli.batch._CONNECT_S", 0.1)
    nowhere = ["--scheduler", "tcp://127.0.0.1:1"]
    assert main(["batch", str(recordings), "-o", str(tmp_path / "out"), *nowhere]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "no Dask scheduler at tcp://127.0.0.1:1" in line


def test_a_simulated_season_is_analysed_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "season", tmp_path / "out"
    little = ["--athletes", "1", "--weeks", "1", "--sets", "1", "--reps", "2", "--tempo", "1-0-X-0"]
    assert main(["simulate-season", "-o", str(folder), *little]) == 0
    assert main(["batch", str(folder), "-o", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{folder}: 2 recordings of 1 athletes.",
        f"{out}: 2 analysed; 2 sessions in all.",
    ]
    sessions = Dataset(out).sessions
    assert set(sessions.athlete) == {"A001"}
    assert sessions.simulated.all()
    assert len(Dataset(out).reps) == 4
