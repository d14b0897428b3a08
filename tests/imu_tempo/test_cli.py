"""The command line: what it prints, what it leaves behind, and one clear line for every mistake."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from made_tables import ACC, GYR, lifted_bar

from imu_tempo.cli import main
from imu_tempo.events import Event, RepEvent
from imu_tempo.formats import load
from imu_tempo.schema import RejectedRow, RepRow, SetRow, columns

COMMANDS = ("demo", "analyze", "replay", "record", "live", "report")
COMMANDS += ("exercises", "sensors", "scan", "doctor", "simulate", "repair", "calibrate")
COMMANDS += ("relabel", "compare")
DATA = Path(__file__).parents[3] / "shared" / "data"


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "imu_tempo", *args]


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "squat.tempo"
    assert run("simulate", "--reps", 3, "--tempo", "2-1-X-1", "--load", 80, "-o", folder) == 0
    return folder


@pytest.fixture
def bar(tmp_path: Path) -> Path:
    path = tmp_path / "bar.csv"
    lifted_bar().to_csv(path, index=False)
    return path


# Help


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, time; began = time.perf_counter(); from imu_tempo.cli import main; main(['--help']);"
        "heavy = {'numpy', 'scipy', 'pandas', 'matplotlib', 'bleak', 'bumble', 'pyarrow', 'rich'};"
        "print(time.perf_counter() - began, heavy & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, heavy = done.stderr.split(maxsplit=1)
    assert heavy.strip() == "set()"
    assert float(seconds) < 0.5
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert "Usage: imu-tempo" in capsys.readouterr().out


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert "imu-tempo demo" in capsys.readouterr().out


# analyze


def test_analyze_json_has_the_public_format(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", recording, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["format"] == "imu-tempo/analysis/1"
    assert answer["source"] == str(recording)
    assert answer["exercise"] == "squat"
    assert answer["rate_hz"] == pytest.approx(200.0)
    assert answer["quality"]["simulated"] == "yes"
    for name, row_type in (("sets", SetRow), ("reps", RepRow), ("rejected", RejectedRow)):
        for row in answer[name]:
            assert list(row) == [column.name for column in columns(row_type)]
    assert [rep["rep_no"] for rep in answer["reps"]] == [1, 2, 3]
    assert {rep["load_kg"] for rep in answer["reps"]} == {80.0}  # from the recording
    assert answer["reps"][-1]["top_s"] is None


def test_analyze_agrees_with_the_truth_beside_the_recording(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", recording, "--json") == 0
    reps = pd.DataFrame(json.loads(capsys.readouterr().out)["reps"])
    truth = pd.read_csv(recording / "truth_reps.csv")
    assert len(reps) == len(truth) == 3
    assert (reps.mcv_mps - truth.mcv_mps).abs().max() < 0.03
    assert (reps.ecc_s - truth.ecc_s).abs().max() < 0.15


def test_analyze_prints_reps_and_set_for_people(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", recording, "--exercise", "squat", "--tempo", "2-1-X-1") == 0
    out = capsys.readouterr().out
    assert "MCV m/s" in out
    assert "eccentric TUT" in out
    assert max(map(len, out.splitlines()[1:])) <= 120


def test_what_the_user_says_wins_over_the_recording(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", recording, "--load", 60, "--athlete", "A7", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert {(rep["load_kg"], rep["athlete"]) for rep in answer["reps"]} == {(60.0, "A7")}


def test_one_bad_file_among_many_does_not_stop_the_others(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.csv").touch()
    assert run("analyze", tmp_path / "empty.csv", recording, "--json") == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["source"] == str(recording)
    assert said.err.count("\n") == 1
    assert "empty.csv is empty" in said.err


@pytest.mark.skipif(not DATA.exists(), reason="the real recordings are not on this machine")
@pytest.mark.parametrize(
    ("file", "exercise"),
    [
        ("repmate/bench_press_p_f_01.csv.gz", "bench_press"),
        ("repmate/biceps_curl_n_l_03.csv.gz", "biceps_curl"),
        ("broad/10_undisturbed_slow_translation_A.csv.gz", "auto"),
    ],
)
def test_real_recordings_go_through(file: str, exercise: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", DATA / file, "-e", exercise, "--json") == 0
    assert json.loads(capsys.readouterr().out)["format"] == "imu-tempo/analysis/1"


# Mistakes


def spoilt(name: str, folder: Path) -> Path:
    """Write one kind of bad input."""
    bar = lifted_bar()
    path = folder / f"{name}.csv"
    match name:
        case "empty":
            path.touch()
        case "text":
            path.write_text("Dear coach,\nthe bar was heavy.\n")
        case "binary":
            path.write_bytes(bytes(range(256)) * 10)
        case "missing_column":
            bar.drop(columns=ACC[1]).to_csv(path, index=False)
        case "all_nan":
            bar.assign(**dict.fromkeys(ACC, float("nan"))).to_csv(path, index=False)
        case "not_a_number":
            bar.assign(acc_x_mps2="heavy").to_csv(path, index=False)
        case "backwards":
            bar.assign(t_s=bar.t_s[::-1].to_numpy()).to_csv(path, index=False)
        case "in_g":
            bar.assign(**{c: bar[c] / 9.81 for c in ACC}).to_csv(path, index=False)
        case "in_degrees":
            bar.assign(**{c: bar[c] * 57.3 for c in GYR}).to_csv(path, index=False)
        case "no_gravity":
            bar.assign(**{c: bar[c] - bar[c].rolling(100, 1).mean() for c in ACC}).to_csv(path, index=False)
        case "two_seconds":
            bar[:380].to_csv(path, index=False)
        case "milliseconds":
            bar.assign(t_s=bar.t_s * 1000).to_csv(path, index=False)
        case "folder":
            path = folder
        case "nowhere":
            pass
    return path


MISTAKES = {
    "empty": "is empty",
    "text": "not a CSV of samples",
    "binary": "binary file",
    "missing_column": "lacks the column acc_y_mps2",
    "all_nan": "no whole row",
    "not_a_number": "line 2: acc_x_mps2 is 'heavy'",
    "backwards": "line 3: time runs backwards",
    "in_g": "looks like g",
    "in_degrees": "looks like deg/s",
    "no_gravity": "gravity seems to be removed",
    "two_seconds": "at least 2 s are needed",
    "milliseconds": "looks like milliseconds",
    "folder": "not a recording",
    "nowhere": "does not exist",
}


@pytest.mark.parametrize("verb", ["analyze", "replay", "report"])
@pytest.mark.parametrize(("name", "says"), MISTAKES.items())
def test_bad_input_gets_one_line_and_status_1(
    verb: str, name: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(verb, spoilt(name, tmp_path)) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("imu-tempo: ")
    assert said.err.count("\n") == 1
    assert says in said.err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["analyze"], "Missing argument 'FILE...'"),
        (["analyse", "x"], "No such command 'analyse'"),
        (["analyze", "BAR", "--colour"], "No such option"),
        (["analyze", "BAR", "-e", "benchpress"], "did you mean bench_press"),
        (["analyze", "BAR", "--tempo", "3-1"], "two phases"),
        (["analyze", "BAR", "--load", "-5"], "-5"),
        (["simulate", "-e", "yoga", "-o", "X"], "Unknown exercise 'yoga'"),
        (["simulate", "--imu", "ABACUS", "-o", "X"], "no IMU is called 'ABACUS'"),
        (["simulate", "--scenario", "holiday", "-o", "X"], "Unknown scenario 'holiday'"),
        (["report", "BAR", "-o", "BAR/report.html"], "cannot be written"),
        (["repair", "nowhere"], "there is no folder"),
        (["demo", "--tempo", "fast"], "Tempo 'fast'"),
        (["demo", "-e", "yoga"], "Unknown exercise 'yoga'"),
        (["record", "-e", "yoga"], "Unknown exercise 'yoga'"),
        (["live", "--tempo", "fast"], "Tempo 'fast'"),
    ],
)
def test_a_mistake_gets_one_line_and_status_1(
    args: list[str], says: str, bar: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*(arg.replace("BAR", str(bar)) for arg in args)) == 1
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert says in said.err


@pytest.mark.parametrize("args", [["scan", "--seconds", "0.5"], ["record"], ["live"]])
def test_no_radio_is_one_line_and_status_2(
    args: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from firmware_bridge import link
    from imu_tempo.live import bars

    async def no_radio(*args: object, **options: object) -> None:
        raise link.NoAdapterError("this computer has no Bluetooth adapter", advice="plug one in")

    monkeypatch.setattr(link, "listen", no_radio)
    monkeypatch.setattr(bars, "find_each", no_radio)
    monkeypatch.chdir(tmp_path)
    assert run(*args) == 2
    assert capsys.readouterr().err == "imu-tempo: this computer has no Bluetooth adapter; plug one in\n"
    assert not list(tmp_path.iterdir())  # nothing came, and nothing is left


# The other commands


def test_replay_prints_a_line_a_rep_and_one_a_set(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("replay", recording) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines if line.startswith("set 1 rep")][:3] == [
        "set 1 rep",
        "set 1 rep",
        "set 1 rep",
    ]
    assert lines[-1].startswith("set 1: reps 3, eccentric TUT")


def test_ctrl_c_stops_without_a_word(
    recording: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from imu_tempo.live.terminal import SessionView

    monkeypatch.setattr(SessionView, "show", lambda self, event: signal.raise_signal(signal.SIGINT))
    assert run("replay", recording) == 130
    said = capsys.readouterr()
    assert (said.out + said.err).strip() == ""


def test_replay_json_prints_each_event(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", recording, "--json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events].count("set_started") == 1
    assert events[-1]["event"] == "set_ended"
    assert events[-1]["summary"]["reps"] == 3


def test_report_writes_a_page_and_a_picture(
    recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, picture = tmp_path / "new" / "set.html", tmp_path / "new" / "set.png"
    assert run("report", recording, "-o", page, "--png", picture) == 0
    assert capsys.readouterr().out.split() == [str(page), str(picture)]
    assert "Simulated data" in page.read_text(encoding="utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_simulate_writes_a_sealed_recording_with_its_truth(recording: Path) -> None:
    from firmware_bridge.recording import Recording

    sealed = Recording.open(recording)
    assert sealed.sealed
    assert sealed.manifest.simulated
    assert sealed.manifest.load_kg == 80.0
    truth = pd.read_parquet(recording / "truth_samples.parquet")
    assert list(truth) == ["t_s", "pos_up_m", "vel_up_mps", "acc_up_mps2", "phase"]
    assert set(truth.phase) >= {"ecc", "con", "rest"}
    assert len(pd.read_csv(recording / "truth_reps.csv")) == 3


def test_simulate_is_seeded(tmp_path: Path, recording: Path) -> None:
    again = tmp_path / "again.tempo"
    assert run("simulate", "--reps", 3, "--tempo", "2-1-X-1", "-o", again) == 0
    for name in ("samples.parquet", "truth_reps.csv", "truth_samples.parquet"):
        assert (again / name).read_bytes() == (recording / name).read_bytes()


def test_simulate_does_not_overwrite(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("simulate", "-o", recording) == 1
    assert "exists already" in capsys.readouterr().err


def test_repair_says_what_it_did(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("repair", recording) == 0
    assert str(recording) in capsys.readouterr().out
    assert run("repair", tmp_path) == 1
    assert "holds no recordings" in capsys.readouterr().err


def test_exercises_and_sensors_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("exercises") == 0
    assert "bench_press" in capsys.readouterr().out
    assert run("exercises", "--json") == 0
    assert json.loads(capsys.readouterr().out)["deadlift"]["starts_with"] == "con"
    assert run("sensors") == 0
    listed = capsys.readouterr().out
    assert "26, 52, 104, 208, 416 Hz; 2, 4, 8, 16 g; 250, 500, 1000, 2000 deg/s" in listed
    assert max(map(len, listed.splitlines())) <= 100
    assert run("sensors", "--json") == 0
    assert json.loads(capsys.readouterr().out)["thingy"]["rates_hz"] == [10, 20, 25, 40, 50]


# With a sensor


@pytest.fixture
def radio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put a virtual sensor into the air of this computer."""
    from firmware_bridge.virtual.air import VirtualAir
    from firmware_bridge.virtual.rig import virtual_sensor
    from imu_tempo.live import bars
    from imu_tempo.live.simulated import SimulatedSet, simulated

    real = bars.record_bars
    simulation = simulated(SimulatedSet(reps=2, tempo="2-1-X-1"))

    async def over_the_air(plans: Any, **options: Any) -> Any:
        air = VirtualAir(speed=40.0 / len(plans) ** 2)
        async with AsyncExitStack() as stack:
            stack.callback(air.close)
            for name, address in (("Bar A12", "F0:0D:BA:2B:E1:01"), ("Bar B7", "F0:0D:BA:2B:E1:02"))[
                : len(plans)
            ]:
                rig = await stack.enter_async_context(
                    virtual_sensor(simulation, air=air, name=name, address=address)
                )
            return await real(plans, backend=rig.backend, **options)

    monkeypatch.setattr(bars, "record_bars", over_the_air)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("radio")
def test_record_leaves_a_sealed_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("record", "-e", "squat", "--load", 60, "--seconds", 1) == 0
    (folder,) = (tmp_path / "sessions").iterdir()
    out = capsys.readouterr().out
    assert "Bar A12" in out
    assert str(folder.relative_to(tmp_path)) in out
    source = load(folder)
    assert source.meta["load_kg"] == 60.0
    assert "simulated" not in source.quality


@pytest.mark.usefixtures("radio")
def test_ctrl_c_ends_a_live_session_with_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from imu_tempo.live.terminal import SessionView

    show = SessionView.show

    def show_and_press(self: SessionView, event: Event) -> None:
        show(self, event)
        if isinstance(event, RepEvent):
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(SessionView, "show", show_and_press)
    assert run("live", "-e", "squat", "--tempo", "2-1-X-1", "-o", tmp_path / "gym") == 0
    out = capsys.readouterr().out
    assert "set 1 rep  1" in out
    assert {path.suffix for path in (tmp_path / "gym").iterdir()} == {".tempo", ".html", ".png"}
    assert all(str(path) in out for path in (tmp_path / "gym").iterdir())


@pytest.mark.usefixtures("radio")
def test_two_bars_are_recorded_at_once_each_with_its_athlete(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from firmware_bridge.recording import Recording

    bars = ("--sensor", "Bar A12=anna", "--sensor", "Bar B7=ben")
    assert run("live", *bars, "-e", "squat", "--seconds", 2, "-o", tmp_path / "gym") == 0
    manifests = [Recording.open(folder).manifest for folder in (tmp_path / "gym").glob("*.tempo")]
    athletes = {manifest.athlete: manifest.sensor.name for manifest in manifests}
    assert athletes == {"anna": "Bar A12", "ben": "Bar B7"}
    out = capsys.readouterr().out
    assert "Bar A12  set 1 rep  1" in out
    assert "Bar B7  set 1 rep  1" in out


@pytest.mark.usefixtures("radio")
def test_bar_that_is_not_there_does_not_end_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from firmware_bridge.link import search
    from imu_tempo.live import bars

    monkeypatch.setattr(bars, "find_each", partial(search.find_each, timeout_s=0.3))
    named = ("--sensor", "Bar A12", "--sensor", "Bar X")
    assert run("record", *named, "-e", "squat", "--seconds", 1, "-o", tmp_path / "gym") == 2
    (folder,) = (tmp_path / "gym").iterdir()
    assert load(folder).samples > 0
    assert "no sensor called Bar X was heard" in capsys.readouterr().err


def test_demo_runs_the_main_job_and_tells_how_near_it_came(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("demo", "--reps", 2, "--tempo", "2-0-X-1", "-o", tmp_path) == 0
    out = capsys.readouterr().out
    for said in ("simulated", "Bar A12", "200 Hz", "set 1 rep  2", "eccentric TUT", "2 reps found of 2"):
        assert said in out
    assert {path.suffix for path in tmp_path.iterdir()} == {".tempo", ".html", ".png"}


# As a process


def test_a_closed_pipe_is_no_error(recording: Path) -> None:
    with subprocess.Popen(
        command("replay", str(recording), "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_a_users_mistake_leaves_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        command("analyze", str(tmp_path / "nowhere.csv")), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("imu-tempo: ")
    assert done.stderr.count("\n") == 1
