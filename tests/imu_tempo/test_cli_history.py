"""The commands about past sessions: what they print, what they leave, and one clear line a mistake."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from imu_tempo.cli import main
from imu_tempo.history import Choice, History

RECORDINGS = Path(__file__).parents[2] / "recordings"
SQUAT = RECORDINGS / "squat_3-1-X-1.tempo"
ALL = Choice(simulated=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMU_TEMPO_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home" / "history"


@pytest.fixture
def gym(tmp_path: Path) -> Path:
    """Return a folder with two recordings in it that somebody lifted."""
    folder = tmp_path / "gym"
    for name in ("squat_3-1-X-1", "deadlift_2-1-X-0"):
        shutil.copytree(RECORDINGS / f"{name}.tempo", folder / f"{name}.tempo")
        manifest = folder / f"{name}.tempo" / "manifest.json"
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "simulated": False}))
    return folder


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


@pytest.mark.parametrize(
    "name", ["history", "trend", "soreness", "one-rm", "athlete", "reindex", "forget", "export"]
)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert f"Usage: imu-tempo {name}" in capsys.readouterr().out


def test_analyze_leaves_a_recording_in_the_history_and_a_table_not(
    home: Path, gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = pd.read_parquet(gym / "squat_3-1-X-1.tempo" / "samples.parquet")
    samples.drop(columns="lost_before").to_parquet(tmp_path / "bar.parquet")
    assert run("analyze", tmp_path / "bar.parquet", "-e", "squat") == 0
    assert not home.exists()
    assert run("analyze", gym / "squat_3-1-X-1.tempo", "--athlete", "B7", "--json") == 0
    assert capsys.readouterr().err == ""
    with History() as history:
        assert history.folder == home
        assert set(history.reps().athlete) == {"B7"}


@pytest.mark.parametrize("options", [["--no-history"], ["--no-edits"]])
def test_analyze_leaves_nothing_where_so_asked(home: Path, gym: Path, options: list[str]) -> None:
    assert run("analyze", gym / "squat_3-1-X-1.tempo", *options) == 0
    assert not home.exists()


def test_a_history_that_cannot_be_written_stops_no_analysis(
    gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert run("analyze", gym / "squat_3-1-X-1.tempo", "--history", tmp_path / "file" / "x") == 0
    said = capsys.readouterr()
    assert "eccentric TUT" in said.out
    assert said.err.startswith("imu-tempo: not kept in the history: ")
    assert said.err.count("\n") == 1


def test_history_lists_days_and_sets(
    home: Path, gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("reindex", gym) == 0
    assert capsys.readouterr().out == "2 read, 0 unchanged\n"
    assert run("athlete", "A12", "--name", "Anna", "--body-mass", 61.5) == 0
    assert "61.5" in capsys.readouterr().out
    assert run("history") == 0
    out = capsys.readouterr().out
    assert re.match(r"2026-03-01: 2 sets, 2[67] s of lowering\n", out)
    assert "Anna" in out
    assert max(map(len, out.splitlines())) <= 80
    assert run("history", "-e", "deadlift", "--since", "2026-03-01", "--until", "2026-03-01") == 0
    out = capsys.readouterr().out
    assert "deadlift" in out
    assert "squat" not in out
    assert run("history", "--athlete", "nobody") == 0
    assert "No sets yet" in capsys.readouterr().out


def test_simulated_recordings_are_shown_when_asked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("reindex", SQUAT) == 0
    assert run("history") == 0
    assert "1 recording of simulated bars not shown" in capsys.readouterr().err
    assert run("history", "--simulated") == 0
    assert "squat" in capsys.readouterr().out


def test_trend_prints_weeks_and_draws_them(
    home: Path, gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("reindex", gym)
    assert run("one-rm", "A12", "squat", 150, "--day", "2026-03-01") == 0
    assert run("trend", "-e", "squat", "--plot", tmp_path / "plots" / "trend.png") == 0
    out = capsys.readouterr().out
    assert "A12, squat; velocity at 100 kg" in out
    assert "\n2026-02-23 " in out
    assert " 150 " in out
    assert (tmp_path / "plots" / "trend.png").read_bytes().startswith(b"\x89PNG")


def test_answers_are_entered_and_taken_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("soreness", "A12", 4, "--day", "2026-03-02", "-e", "squat", "--area", "Thighs") == 0
    assert capsys.readouterr().out == "A12, 2026-03-02: soreness 4 of 10\n"
    with History() as history:
        (row,) = history.soreness().to_dict("records")
    assert (row["soreness"], row["area"], row["exercise"]) == (4.0, "thighs", "squat")
    assert run("soreness", "A12", "--day", "2026-03-02", "-e", "squat", "--area", "thighs", "--remove") == 0
    with History() as history:
        assert len(history.soreness()) == 0


def test_a_damaged_database_is_made_again_with_a_clear_word(
    home: Path, gym: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("reindex", gym)
    run("history")
    before = capsys.readouterr().out.removeprefix("2 read, 0 unchanged\n")
    data = (home / "history.sqlite3").read_bytes()
    (home / "history.sqlite3").write_bytes(data[: len(data) // 2])
    assert run("history") == 0
    said = capsys.readouterr()
    assert said.out == before
    assert "The history database was damaged" in said.err.splitlines()[0]
    assert said.err.splitlines()[1] == "imu-tempo: 2 recordings read again into the history."
    assert run("history") == 0
    assert capsys.readouterr().err == ""


def test_recordings_that_are_gone_are_told_and_pruned(
    home: Path, gym: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("reindex", gym)
    shutil.rmtree(gym / "squat_3-1-X-1.tempo")
    assert run("reindex") == 0
    assert "1 recording not where they were" in capsys.readouterr().err
    assert run("reindex", "--prune") == 0
    assert "1 dropped" in capsys.readouterr().out
    with History() as history:
        assert set(history.sessions().exercise) == {"deadlift"}


def test_relabel_brings_the_history_up_to_date(home: Path, gym: Path) -> None:
    run("reindex", gym)
    assert run("relabel", gym / "squat_3-1-X-1.tempo", "delete", 3) == 0
    with History() as history:
        assert len(history.reps(Choice(exercise="squat"))) == 5


def test_forget_asks_first_and_says_what_it_would_do(
    home: Path, gym: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run("reindex", gym)
    monkeypatch.setattr("click.confirm", lambda *args, **kwargs: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run("forget", "A12", "--recordings", "delete") == 130
    out = capsys.readouterr().out
    assert "2 sessions" in out
    assert f"recording deleted: {gym / 'squat_3-1-X-1.tempo'}" in out
    assert len(list(gym.iterdir())) == 2


def test_forget_leaves_nobody(home: Path, gym: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("reindex", gym)
    run("athlete", "A12", "--name", "Anna")
    assert run("forget", "A12", "--recordings", "anonymise", "--yes") == 0
    assert capsys.readouterr().out.endswith("A12 is forgotten.\n")
    everything = b"".join(p.read_bytes() for f in (home, gym) for p in f.rglob("*.json*") if p.is_file())
    assert b"A12" not in everything + (home / "history.sqlite3").read_bytes()
    assert b"Anna" not in everything


@pytest.mark.parametrize("kind", ["csv", "excel", "parquet", "json", "ndjson", "tidy"])
@pytest.mark.parametrize("of", [["gym/squat_3-1-X-1.tempo"], ["-e", "squat"]], ids=["file", "history"])
def test_export_writes_every_format(
    home: Path, gym: Path, tmp_path: Path, of: list[str], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if "gym" not in of[0]:
        run("reindex", gym)
    out = tmp_path / "out" / f"x.{kind}"
    assert run("export", *of, "-f", kind, "-o", out) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(out)
    if kind == "parquet":
        assert pq.read_schema(out).field("mcv_mps").metadata[b"unit"] == b"m/s"
    elif kind in ("json", "ndjson"):
        texts = out.read_text().splitlines() if kind == "ndjson" else [out.read_text()]
        assert all(isinstance(json.loads(text), dict) for text in texts)
        assert texts
    else:
        reps = pd.read_csv(out)
        assert reps.rep_no.tolist() == [1, 2, 3, 4, 5, 6]
        assert set(reps.exercise) == {"squat"}


def test_export_for_a_german_excel(home: Path, gym: Path, tmp_path: Path) -> None:
    run("reindex", gym)
    assert (
        run("export", "-f", "excel", "--decimal", "comma", "-t", "sets", "--dictionary", "columns.csv") == 0
    )
    sets = pd.read_csv(tmp_path / "history_sets.csv", sep=";", decimal=",")
    assert sets.load_kg.tolist() == [140.0, 100.0]
    told = pd.read_csv(tmp_path / "columns.csv").set_index("column")
    assert told.unit["tut_ecc_s"] == "s"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["history", "--since", "soon"], "'soon' is no day"),
        (["history", "-e", "yoga"], "Unknown exercise 'yoga'"),
        (["soreness", "A12"], "Give SCORE, or --remove"),
        (["soreness", "A12", "11"], "11"),
        (["soreness", "A12", "3", "--day", "2999-01-01"], "still to come"),
        (["soreness", " ", "3"], "id cannot be empty"),
        (["one-rm", "A12", "yoga", "100"], "Unknown exercise 'yoga'"),
        (["one-rm", "A12", "squat", "0"], "0"),
        (["forget", "nobody"], "holds nothing of 'nobody'"),
        (["reindex", "nowhere"], "there is no folder"),
        (["export", "nowhere.tempo"], "does not exist"),
        (["export", "gym/squat_3-1-X-1.tempo", "-t", "soreness"], "A recording has no table 'soreness'"),
        (["export", "gym/squat_3-1-X-1.tempo", "--since", "3d"], "leave out FILE"),
        (["export", "-t", "samples"], "The history has no table 'samples'"),
        (["export", "-f", "excel", "--decimal", "comma", "--separator", "comma"], "semicolon"),
        (["export", "-f", "json", "--dictionary", "x.csv"], "--dictionary is for tables"),
        (["export", "gym/squat_3-1-X-1.tempo", "--format", "json"], "say --as json"),
        (["export", "--map", "acc_x=x,acc_y=y"], "mapping lacks"),
        (["export", "--device", "left"], "for another tool's FILE"),
        (["export", "--no-history"], "leave out --no-history"),
    ],
)
def test_a_mistake_gets_one_line_and_status_1(
    home: Path, gym: Path, args: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*args) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert says in said.err


@pytest.fixture
def radio(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a virtual sensor into the air of this computer; it ends when its lifter is done."""
    from firmware_bridge.virtual.rig import virtual_sensor
    from imu_tempo.live import bars
    from imu_tempo.live.simulated import SimulatedSet, simulated

    real = bars.record_bars
    simulation = simulated(SimulatedSet(reps=2, tempo="2-1-X-1"))

    async def over_the_air(plans: Any, **options: Any) -> Any:
        async with virtual_sensor(simulation, speed=40.0) as rig:
            options["until"] = rig.finished
            return await real(plans, backend=rig.backend, **options)

    monkeypatch.setattr(bars, "record_bars", over_the_air)


@pytest.mark.usefixtures("radio")
@pytest.mark.parametrize("command", ["record", "live"])
def test_a_session_is_in_the_history_as_soon_as_it_is_over(
    home: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, "-e", "squat", "--load", 60, "--athlete", "B7") == 0
    assert capsys.readouterr().err == ""
    with History() as history:
        (row,) = history.sessions().to_dict("records")
        assert (row["athlete"], row["exercise"], row["load_kg"], row["reps"]) == ("B7", "squat", 60.0, 2)
        assert "B7" not in history.journal.path.read_text().split('"said"')[1]  # the manifest knows it


def test_a_tested_max_of_the_history_is_used_and_told(
    home: Path, gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    squat = gym / "squat_3-1-X-1.tempo"
    assert run("one-rm", "anna", "squat", "125", "--day", "2026-02-20") == 0
    capsys.readouterr()
    assert run("analyze", squat, "--athlete", "anna", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sets"][0]["load_pct_1rm"] == 80.0
    assert told["quality"]["one_rm_from"] == "from history, tested 2026-02-20"
    assert run("analyze", squat, "--athlete", "anna", "--1rm", "200", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sets"][0]["load_pct_1rm"], told["quality"]["one_rm_from"]) == (
        50.0,
        "given with the analysis",
    )
    assert run("analyze", squat, "--athlete", "anna", "--no-history", "--json") == 0
    assert json.loads(capsys.readouterr().out)["sets"][0]["load_pct_1rm"] is None
    assert run("analyze", squat, "--athlete", "anna") == 0
    assert "one-rep maximum 125 kg, from history, tested 2026-02-20" in capsys.readouterr().out
    page = tmp_path / "r.html"
    assert run("report", squat, "--athlete", "anna", "-o", page) == 0
    assert "125 kg, from history, tested 2026-02-20" in page.read_text(encoding="utf-8")


def test_sets_to_failure_let_a_later_set_stop_at_reps_in_reserve(
    home: Path, gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    squat = gym / "squat_3-1-X-1.tempo"
    later = tmp_path / "later.tempo"
    shutil.copytree(squat, later)
    manifest = json.loads((later / "manifest.json").read_text())
    manifest["started"] = "2026-03-08T18:00:00.000+01:00"
    (later / "manifest.json").write_text(json.dumps(manifest))
    assert run("analyze", later, "--stop-reserve", "2") == 1
    assert "to failure" in capsys.readouterr().err
    assert run("analyze", squat) == 0
    assert run("relabel", squat, "failure", "6") == 0
    capsys.readouterr()
    for command in ("analyze", "replay"):
        assert run(command, later, "--stop-reserve", "2") == 0
        told = capsys.readouterr().out
        assert "reps in reserve by velocity, from history, 1 set to failure up to 2026-03-01" in told
    assert "STOP after rep" in told
    assert run("strength", "--simulated") == 0
    assert "2 reps are left at" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["analyze x.tempo", "replay x.tempo", "report x.tempo", "live"])
def test_reps_in_reserve_of_nobody_are_refused(
    command: str, home: Path, gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *file = command.split()
    run("soreness", "anna", "3")  # a history that is not empty
    capsys.readouterr()
    bar = [gym / "squat_3-1-X-1.tempo", "--athlete", "nobody"] if file else []
    assert run(name, *bar, "--stop-reserve", "2") == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "reps in reserve" in said.err
