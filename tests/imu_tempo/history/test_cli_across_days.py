"""Strength and dose on the command line, from a small history."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from made_history import made_rows

from imu_tempo.cli import main
from imu_tempo.history import History, SorenessAnswer
from imu_tempo.home import ENVIRONMENT

MONDAY = date(2026, 3, 2)


def day(offset: int) -> str:
    return (MONDAY + timedelta(days=offset)).isoformat()


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


def session(number: int, offset: int, load: float, e1rm: float = 120.0, **other: Any) -> Any:
    """Make a set whose fastest rep lies on v = 0.30 + 0.01 (e1RM - load)."""
    made = made_rows(f"r{number}", day=day(offset), load_kg=load, **other)
    fast = 0.30 + 0.01 * (e1rm - load)
    reps = [replace(rep, mcv_mps=fast - 0.02 * (rep.rep_no - 1), quality="") for rep in made.reps]
    return replace(made, reps=reps)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def kept_squats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    with History(folder / "history") as kept:
        for number, (offset, load) in enumerate([(0, 40), (0, 60), (0, 80), (0, 100), (7, 60), (7, 100)]):
            kept.put(session(number, offset, load, e1rm=120 if offset == 0 else 114))
        kept.add(SorenessAnswer(athlete="A12", day=day(1), soreness=6, at=f"{day(1)}T08:00:00+01:00"))
    return folder


@pytest.fixture
def squats(home: Path, kept_squats: Path) -> Path:
    """Two days, of four loads and of two, the second one weaker; sore after the first."""
    shutil.copytree(kept_squats, home, dirs_exist_ok=True)
    return home


def test_strength_tells_e1rm_readiness_and_a_load_check(
    squats: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("strength", "--load", 130) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "A12 Back squat up to 2026-03-09" in said
    assert "Estimated one-rep max 11" in said
    assert "6.0 kg below the mean of 1 earlier day, within the 16.6 kg" in said
    assert "no help is declared" in said


def test_strength_of_the_first_day_alone_is_exact(squats: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("strength", "--until", day(1), "--two-point") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Estimated one-rep max 120 kg (how sure is not known), at 0.30 m/s." in said
    assert run("strength", "--until", day(1)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Estimated one-rep max 120 kg (120 to 120 kg with 95 % confidence)" in said


def test_dose_tells_each_day_and_its_answer(squats: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dose", "--today", day(8)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "A12 2026-03-02 Back squat:" in said
    assert "in 4 sets" in said
    assert "Soreness reached 6 of 10." in said
    assert "no diagnosis" in said


def test_dose_asks_what_is_due(squats: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("dose", "--today", day(2)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "48 h after back squat on 2026-03-02: how sore" in said
    assert run("dose", "--today", day(1)) == 0
    assert "how sore" not in capsys.readouterr().out  # answered


def test_since_shows_fewer_days_and_still_knows_those_before(
    squats: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("dose", "--since", day(7)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "2026-03-02 Back squat" not in said
    assert "of the highest day of the past 9 weeks" in said


def test_both_draw_their_figures(squats: Path, tmp_path: Path) -> None:
    for command in ("strength", "dose"):
        path = tmp_path / f"{command}.png"
        assert run(command, "--plot", path) == 0
        assert path.read_bytes().startswith(b"\x89PNG")


def test_figures_of_several_athletes_ask_for_one(
    squats: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with History() as kept:
        kept.put(session(9, 0, 60, athlete="B"))
    for command in ("strength", "dose"):
        assert run(command, "--plot", tmp_path / "x.png") == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_an_empty_history_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("strength") == 0
    assert run("dose") == 0
    said = capsys.readouterr().out
    assert "No lift with a load is on record" in said
    assert "No lowering under load is on record" in said
