"""Calibration and definitions on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_motion import frame_of

from firmware_bridge.recording import Manifest
from firmware_bridge.virtual import Session, Simulation, imu, simulate
from firmware_bridge.virtual.parts import Rest
from firmware_bridge.virtual.recorded import record
from imu_tempo.calibration import load_calibration, store
from imu_tempo.cli import main

SIX = ((0, 0, 0), (180, 0, 0), (90, 0, 0), (-90, 0, 0), (0, 90, 0), (0, -90, 0))
OFFSET_MPS2 = (0.3, -0.5, 0.2)
PART = imu(
    "perfect",
    rate_hz=50,
    acc_range_g=8,
    gyr_range_dps=2000,
    gravity_mps2=9.80665,
    fixed_acc_bias_mps2=OFFSET_MPS2,
)


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = tmp_path / "data"
    monkeypatch.setattr(store, "calibrations_folder", lambda: kept)
    return kept


def at_rest(angles: tuple[float, float, float]) -> Simulation:
    return simulate(Session(parts=[Rest(3)], mount=angles), PART)


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"still{i}.csv" for i in range(len(SIX))]
    for path, angles in zip(paths, SIX, strict=True):
        frame_of(at_rest(angles)).to_csv(path, index=False)
    return paths


@pytest.fixture(scope="module")
def squats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "squat.tempo"
    assert run("simulate", "--reps", 2, "--tempo", "2-1-X-1", "--rate", 100, "-o", folder) == 0
    return folder


def quality(capsys: pytest.CaptureFixture[str], *args: object) -> dict[str, object]:
    capsys.readouterr()
    assert run("analyze", *args, "--json") == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)["quality"]
    return found


def test_calibrate_says_what_it_found_and_where_it_is(
    tables: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.json"
    assert run("calibrate", *tables, "--sensor", "Bar 1", "-o", out) == 0
    said = capsys.readouterr().out
    assert "Bar 1: 6 stills in 6 orientations" in said
    assert "x +30.6, y -51.0, z +20.4 mg" in said
    assert "not fitted" in said
    assert "no orientation to spare" in said
    assert str(out) in said
    assert load_calibration(out).offset_mps2 == pytest.approx(OFFSET_MPS2, abs=2e-3)


def test_a_recordings_sensor_is_calibrated_and_used_from_then_on(
    squats: Path, tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stills = [at_rest(angles) for angles in SIX]
    recordings = [
        record(still, tmp_path / f"still{i}.tempo", Manifest(sensor=still.info))
        for i, still in enumerate(stills)
    ]
    assert quality(capsys, squats)["calibration"] == "none"
    assert run("calibrate", *recordings) == 0
    assert [path.name for path in folder.iterdir()] == ["Virtual bar.json"]
    assert quality(capsys, squats)["calibration"] == "Virtual bar"
    assert quality(capsys, squats, "--calibration", "none")["calibration"] == "none"


def test_too_few_orientations_are_one_line(tables: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("calibrate", *tables[:4], "--sensor", "Bar 1") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "lies still in 4 different orientations, and a calibration needs 6" in error
    assert "x up, x down" in error


def test_a_sensor_without_a_name_must_be_named(
    tables: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("calibrate", *tables) == 1
    assert "say --sensor NAME" in capsys.readouterr().err


def test_recordings_of_two_sensors_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for name in ("Bar 1", "Bar 2"):
        path = record(at_rest(SIX[0]), tmp_path / f"{name}.tempo", Manifest(sensor=at_rest(SIX[0]).info))
        manifest = path / "manifest.json"
        manifest.write_text(
            manifest.read_text(encoding="utf-8").replace("Virtual bar", name), encoding="utf-8"
        )
        files.append(path)
    assert run("calibrate", *files) == 1
    assert "different sensors (Bar 1, Bar 2)" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["analyze", "replay", "report", "live"])
def test_a_file_that_is_no_calibration_is_one_line(
    command: str, squats: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"format": "imu-tempo/calibration/9"}', encoding="utf-8")
    files = () if command == "live" else (squats,)
    assert run(command, *files, "--calibration", wrong) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "imu-tempo/calibration/9" in error


def test_definitions_are_switched_and_recorded(squats: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usual = quality(capsys, squats)
    assert (usual["edges"], usual["edge_velocity_mps"], usual["velocity_loss_from"]) == (
        "velocity",
        0.02,
        "fastest",
    )
    switches = ("--edges", "5-95", "--edge-velocity", "0.05", "--velocity-loss-from", "first")
    found = quality(capsys, squats, *switches)
    assert (found["edges"], found["edge_velocity_mps"], found["velocity_loss_from"]) == (
        "5-95",
        0.05,
        "first",
    )


def test_a_faster_edge_shortens_the_lowering(squats: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = []
    for switches in ((), ("--edge-velocity", "0.05"), ("--edges", "5-95")):
        capsys.readouterr()
        assert run("analyze", squats, "--json", *switches) == 0
        seconds.append(json.loads(capsys.readouterr().out)["reps"][0]["ecc_s"])
    assert seconds[0] > seconds[1] + 0.05 > seconds[2] + 0.1


def test_an_edge_velocity_that_defines_nothing_is_one_line(
    squats: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", squats, "--edge-velocity", "3") == 1
    assert "edge_velocity_mps is 3: expected above 0 and at most 0.3 m/s." in capsys.readouterr().err


def test_the_report_says_how_edges_are_defined(squats: Path, tmp_path: Path) -> None:
    pages = []
    for switches in ((), ("--edges", "5-95", "--velocity-loss-from", "first")):
        page = tmp_path / f"{len(pages)}.html"
        assert run("report", squats, "-o", page, *switches) == 0
        pages.append(page.read_text(encoding="utf-8"))
    assert "where the bar passes 0.02 m/s" in pages[0]
    assert "where 5 and 95 % of the travel are done" in pages[1]
    assert "where the bar passes" not in pages[1]
    assert "the first rep of the set" in pages[1]
