"""Every command that takes a recording takes another tool's table, by the same options."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from imu_tempo.cli import main
from imu_tempo.formats import load
from imu_tempo.home import ENVIRONMENT

SQUAT = Path(__file__).parents[2] / "recordings" / "squat_3-1-X-1.tempo"
G_MPS2 = 9.80665
SAID = ["--map", "t=sec", "--map", "acc_x=ax", "--map", "acc_y=ay", "--map", "acc_z=az", "--unit", "acc=g"]
REPS = 6


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The accelerations of a recording under names and in a unit that nobody could guess."""
    blocks = load(SQUAT).blocks
    frame = pd.concat(
        pd.DataFrame(block.acc_mps2 / G_MPS2, columns=["ax", "ay", "az"]).assign(sec=block.t_s)
        for block in blocks
    )
    path = tmp_path_factory.mktemp("foreign") / "bar.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def run(*args: str | Path) -> int:
    return main([str(arg) for arg in args])


@pytest.mark.parametrize("command", ["analyze", "replay", "report", "export", "relabel"])
def test_a_table_that_no_reader_knows_is_refused_without_the_map(
    command: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, table) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert run(command, *SAID, table) == 0


def test_export_writes_its_reps(table: Path, tmp_path: Path) -> None:
    assert run("export", table, "-e", "squat", "-o", tmp_path / "reps.csv", *SAID) == 0
    assert len(pd.read_csv(tmp_path / "reps.csv")) == REPS


def test_relabel_edits_beside_it(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("relabel", *SAID, table, "set", "--load", "80") == 0
    assert run("relabel", *SAID, table, "undo") == 0
    capsys.readouterr()
    assert run("relabel", *SAID, table, "log") == 0
    assert "load 80 kg" in capsys.readouterr().out


def test_batch_takes_every_table_of_a_folder_and_our_recordings_as_they_are(
    table: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run("batch", table.parent, SQUAT, "-o", out, *SAID) == 0
    sessions = pd.read_parquet(out / "sessions")
    assert sorted(sessions["reps"]) == [REPS, REPS]
    parameters = json.loads((out / "batch.json").read_text())
    assert "sec" in json.dumps(parameters)
    assert run("batch", table.parent, SQUAT, "-o", out, *SAID) == 0
