"""imu-tempo relabel: what it writes, what it shows, and one clear line for every mistake."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from imu_tempo.cli import main

RECORDINGS = Path(__file__).parents[2] / "recordings"


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


@pytest.fixture
def squat(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RECORDINGS / "squat_3-1-X-1.tempo", tmp_path / "squat.tempo"))


def reps(squat: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run("analyze", squat, "--json", *options) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["reps"]
    return found


def test_an_edit_shows_before_and_after_and_holds_for_later_analyses(
    squat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = reps(squat, capsys)
    assert run("relabel", "--who", "amy", squat, "delete", 3) == 0
    said = capsys.readouterr().out
    assert said.startswith("Delete the rep of")
    assert "reps 6 -> 5" in said
    after = reps(squat, capsys)
    assert [r["con_start_s"] for r in after] == [r["con_start_s"] for i, r in enumerate(before) if i != 2]
    assert reps(squat, capsys, "--no-edits") == before


def test_a_session_of_edits_is_listed_and_undone(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for edit in (("assisted", 6), ("confirm", 1), ("partial", 2), ("set", "--load", 100)):
        assert run("relabel", squat, *edit) == 0
    assert run("relabel", squat, "undo") == 0
    assert "Undone: label load 100 kg" in capsys.readouterr().out
    assert run("relabel", squat, "redo") == 0
    assert run("relabel", squat, "log") == 0
    lines = capsys.readouterr().out.splitlines()[-6:]
    assert "as assisted" in lines[0]
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4", "5", "6"]
    assert {r["load_kg"] for r in reps(squat, capsys)} == {100.0}
    assert {r["load_kg"] for r in reps(squat, capsys, "--load", "90")} == {90.0}


def test_reps_are_merged_and_split_again(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("relabel", squat, "merge", 1, 2) == 0
    assert len(reps(squat, capsys)) == 5
    assert run("relabel", squat, "split", "1.1", "--at", 13.8) == 0
    assert len(reps(squat, capsys)) == 6


def test_what_is_said_twice_changes_nothing(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("relabel", squat, "set", "--load", 90) == 0
    assert "load 100.0 kg -> 90.0 kg" in capsys.readouterr().out
    assert run("relabel", squat, "set", "--load", 90) == 0
    assert "Nothing is other than before." in capsys.readouterr().out


def test_alone_it_lists_the_reps(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("relabel", squat) == 0
    assert "Set 1" in capsys.readouterr().out


def test_a_replay_ends_with_the_edited_set(squat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("relabel", squat, "delete", 1) == 0
    capsys.readouterr()
    assert run("replay", squat) == 0
    assert "With the edits of imu-tempo relabel:" in capsys.readouterr().out
    assert run("replay", squat, "--no-edits") == 0
    assert "With the edits" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("delete", 9), "There is no rep 9 in the recording: set 1 has 6."),
        (("delete", "two"), "names no rep"),
        (("delete", "4.1"), "there is no such set"),
        (("split", 1, "--at", 3), "needs a time inside the rep"),
        (("merge", 1, 3), "another rep between them"),
        (("add", "--from", 0.1, "--to", 1.0), "nothing was lifted there"),
        (("set",), "says nothing"),
        (("set", "-e", "squatt"), "Unknown exercise"),
        (("set", "--load", 5, "--of", 7), "There is no set 7"),
        (("undo",), "no edit to undo"),
        (("sing",), "No such command"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    squat: Path, capsys: pytest.CaptureFixture[str], args: tuple[object, ...], message: str
) -> None:
    assert run("relabel", squat, *args) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
    assert not (squat / "edits.jsonl").exists()


def test_a_recording_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("relabel", tmp_path / "none", "delete", 1) == 1
    assert "does not exist" in capsys.readouterr().err
