"""A computer's clock that was set while people lifted: dates stay as they were at first, and it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_bridge.recording import ClockSet, Manifest
from firmware_bridge.virtual.recorded import record
from imu_tempo.cli.main import main
from imu_tempo.formats import load
from imu_tempo.live.simulated import SimulatedSet, simulated
from imu_tempo.offline import analyze

DAY_S = 86_400.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    simulation = simulated(SimulatedSet(reps=2, tempo="2-1-X-1"))
    manifest = Manifest(
        sensor=simulation.info,
        started="2026-03-01T18:05:00.000+01:00",
        exercise="squat",
        clock_set=(ClockSet(host_ns=5, by_s=DAY_S), ClockSet(host_ns=9, by_s=-3600.0)),
    )
    path = tmp_path / "one.tempo"
    record(simulation, path, manifest)
    return path


def test_the_analysis_keeps_the_date_of_the_beginning_and_says_what_was_done_to_the_clock(
    folder: Path,
) -> None:
    source = load(folder)
    assert source.meta["started"] == "2026-03-01T18:05:00.000+01:00"
    words = "by +86,400 s and -3,600 s while it was recorded; its date is by the clock of before"
    assert source.quality["clock_set"] == words
    assert analyze(source, "squat").quality["clock_set"] == words


def test_it_is_told_on_the_terminal_and_in_the_report(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.html"
    assert main(["analyze", str(folder), "--no-history"]) == 0
    assert main(["report", str(folder), "-o", str(report)]) == 0
    assert "the computer's clock was set by +86,400 s and -3,600 s" in " ".join(
        capsys.readouterr().out.split()
    )
    page = report.read_text()
    assert "set by +86,400 s and -3,600 s while it was recorded" in page


def test_a_recording_in_peace_says_nothing_of_clocks(folder: Path) -> None:
    manifest = folder / "manifest.json"
    document = json.loads(manifest.read_text())
    del document["clock_set"]
    manifest.write_text(json.dumps(document))
    assert "clock_set" not in load(folder).quality
