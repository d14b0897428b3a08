"""The recordings and notebooks that come with the project: small, honest, and measured right."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from imu_tempo.formats import load
from imu_tempo.live.lifting import Lifting
from imu_tempo.offline import analyze

ROOT = Path(__file__).parents[2]
RECORDINGS = sorted((ROOT / "recordings").glob("*.tempo"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.stem)
def test_a_recording_is_small_and_says_that_it_is_simulated(folder: Path) -> None:
    assert sum(file.stat().st_size for file in folder.iterdir()) < 300_000
    source = load(folder)
    assert source.quality["simulated"] == "yes"
    assert source.quality["lost_samples"] == 0
    readme = (ROOT / "recordings" / "README.md").read_text(encoding="utf-8")
    assert f"`{folder.name}`" in readme


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: folder.stem)
def test_a_recording_is_measured_as_its_truth_says(folder: Path) -> None:
    source = load(folder)
    reps = analyze(source, **Lifting().completed(source).arguments()).reps
    truth = pd.read_csv(folder / "truth_reps.csv")
    assert len(reps) == len(truth)
    assert (reps.mcv_mps - truth.mcv_mps).abs().max() < 0.03
    assert (reps.ecc_s - truth.ecc_s).abs().max() < 0.15


def test_there_are_recordings_and_notebooks() -> None:
    assert len(RECORDINGS) >= 4
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_its_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
