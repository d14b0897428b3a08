"""Protocols on the command line: list, show, and scores of recordings."""

from __future__ import annotations

import json
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from imu_tempo.cli import main
from imu_tempo.events import Event, RepEvent
from imu_tempo.home import ENVIRONMENT
from imu_tempo.protocols import protocols

BENCH = Path(__file__).parents[2] / "recordings" / "bench_press_4-0-1-0.tempo"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    return tmp_path


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


def scored(*args: object) -> int:
    return run("analyze", BENCH, "--no-history", "--protocol", *args)


def test_protocols_are_listed_with_or_without_the_word_list(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    assert run("protocols") == 0
    said = capsys.readouterr().out
    assert run("protocols", "list") == 0
    assert capsys.readouterr().out == said
    assert "slow_squat" in said
    assert "4-0-2-0" in said
    assert "Heel drops (Alfredson)  [clinician]" in said
    assert str(home / "protocols") in said


def test_show_tells_one_in_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("protocols", "show", "eccentric-overload") == 0
    said = capsys.readouterr().out
    assert "105-130 % of the one-rep max" in said
    assert "doi:10.2478/hukin-2013-0042" in said
    assert max(map(len, said.splitlines())) <= 80


def test_json_holds_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("protocols", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)["slow_squat"]["reps"] == {"low": 6.0, "high": 12.0}
    assert run("protocols", "show", "slow_squat", "--json") == 0
    assert json.loads(capsys.readouterr().out)["stop"]["tempo_misses"] == 2


def test_a_misspelt_name_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("protocols", "show", "slow_sqat") == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "did you mean slow_squat" in told


def test_a_broken_file_of_ones_own_is_one_line_with_file_table_and_key(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / "protocols" / "own.toml"
    own.parent.mkdir()
    own.write_text('[mine]\ntitle = "Mine"\nreps = "eight"\n')
    assert run("protocols") == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"{own}, [mine], " in told


def test_analyze_scores_a_recording(capsys: pytest.CaptureFixture[str]) -> None:
    assert scored("hypertrophy_4010", "--load", 70, "--1rm", 100) == 0
    said = capsys.readouterr().out
    assert ": bench_press, " in said  # the recording knows better than the protocol's usual exercise
    assert "Against 4-0-1-0 hypertrophy" in said
    assert "5 of 6-12, few" in said
    assert "Set 1: 5 reps, 6-12 asked for, 100 % of phases in tempo." in said
    assert "1 set of 4-0-1-0 hypertrophy, fewer than the 3-5 asked for." in said


def test_analyze_json_holds_the_score(capsys: pytest.CaptureFixture[str]) -> None:
    assert scored("hypertrophy_4010", "--load", 70, "--1rm", 100, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    [row] = told["protocol"]["sets"]
    assert (row["reps"], row["reps_verdict"], row["load_verdict"], row["load_pct_1rm"]) == (
        5,
        "few",
        "ok",
        70.0,
    )
    assert row["rest_s"] is None
    assert told["sets"][0]["tempo_target"] == "4-0-1-0"


def test_an_exercise_said_wins_and_another_than_the_protocols_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert scored("slow_squat", "-e", "bench_press") == 0
    assert "The protocol is for squat, and this was bench_press." in capsys.readouterr().out


def test_another_tempo_than_the_protocols_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert scored("hypertrophy_4010", "--tempo", "3-1-X-1") == 1
    assert "asks for tempo 4-0-1-0, and 3-1-X-1 was said" in capsys.readouterr().err
    assert scored("hypertrophy_4010", "--tempo", "4010") == 0


def test_a_protocol_that_cannot_be_measured_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert scored("heel_drop") == 1
    assert "to be read, not scored" in capsys.readouterr().err


def test_replay_scores_a_recording_as_analyze_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("replay", BENCH, "--protocol", "hypertrophy_4010", "--load", 70, "--1rm", 100) == 0
    said = capsys.readouterr().out
    assert "Against 4-0-1-0 hypertrophy" in said
    assert said.count("Set 1: 5 reps, 6-12 asked for") == 2  # as the set ended, and in the score


def test_live_over_the_virtual_radio_tells_each_set_and_the_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from firmware_bridge.virtual.air import VirtualAir
    from firmware_bridge.virtual.rig import virtual_sensor
    from imu_tempo.live import bars
    from imu_tempo.live.simulated import SimulatedSet, simulated
    from imu_tempo.live.terminal import SessionView

    real, show = bars.record_bars, SessionView.show
    simulation = simulated(SimulatedSet(exercise="bench_press", reps=4, tempo="4-0-1-0"))

    async def over_the_air(plans: Any, **options: Any) -> Any:
        air = VirtualAir(speed=40.0)
        async with AsyncExitStack() as stack:
            stack.callback(air.close)
            rig = await stack.enter_async_context(virtual_sensor(simulation, air=air))
            return await real(plans, backend=rig.backend, **options)

    def show_and_press(self: SessionView, event: Event) -> None:
        show(self, event)
        if isinstance(event, RepEvent) and event.rep.rep_no == 4:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(bars, "record_bars", over_the_air)
    monkeypatch.setattr(SessionView, "show", show_and_press)
    monkeypatch.chdir(tmp_path)
    said = ("--protocol", "hypertrophy_4010", "-e", "bench_press", "--load", 70, "--1rm", 100)
    assert run("live", *said, "--no-history", "-o", tmp_path / "gym") == 0
    out = capsys.readouterr().out
    assert "Against 4-0-1-0 hypertrophy" in out
    assert out.count("Set 1: 4 reps, 6-12 asked for") == 2  # as the set ended, and in the score


def test_live_takes_the_protocols_usual_exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from imu_tempo.cli import session

    held: list[Any] = []
    monkeypatch.setattr(session, "hold", held.append)
    assert run("live", "--protocol", "step_down") == 0
    assert run("live", "--protocol", "step_down", "-e", "squat") == 0
    assert [(h.lifting.exercise, h.lifting.tempo) for h in held] == [
        ("step_down", "4-0-2-0"),
        ("squat", "4-0-2-0"),
    ]
    assert held[0].lifting.context.stop.tempo_misses == 3


@pytest.mark.parametrize("name", ["slow_squat", "partner_negatives"])
def test_the_demo_follows_a_protocol(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("bumble")
    assert main(["demo", "--protocol", name, "--reps", "4", "-o", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f"Against {protocols()[name].title}" in told
    assert "4 reps" in told
