"""imu-tempo compare: recordings and tables of any device, and one clear line for every mistake."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_sets import make_reps

from imu_tempo.cli import main
from imu_tempo.schema import RepRow, table

RECORDING = Path(__file__).parents[2] / "recordings" / "squat_3-1-X-1.tempo"
REPS = table(make_reps([(2.5, 0.8, 0.7 + 0.1 * i, 1.0 + 0.1 * i) for i in range(6)]), RepRow)


def run(*args: object) -> int:
    return main([str(arg) for arg in args])


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "device.csv"
    rng = np.random.default_rng(0)
    REPS.assign(mcv_mps=REPS.mcv_mps + 0.02 + rng.normal(0, 0.01, 6)).to_csv(path, index=False)
    return path


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "reference.csv"
    REPS.to_csv(path, index=False)
    return path


def test_a_recording_is_compared_with_its_truth(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compare", RECORDING, RECORDING / "truth_reps.csv") == 0
    said = capsys.readouterr().out
    assert "6 of 6 reference reps matched, 0 missed, 0 ghosts, F1 1.000" in said
    assert "Reps of device and reference were matched one to one by overlap in time" in said


def test_json_holds_every_number_and_the_sentence(
    device: Path, reference: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("compare", device, reference, "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["format"] == "imu-tempo/agreement/1"
    assert answer["counts"][0]["f1"] == 1.0
    row = next(q for q in answer["quantities"] if q["quantity"] == "mcv_mps")
    assert row["bias"] == pytest.approx(0.02, abs=0.01)
    assert "95 % limits" in answer["methods"]


def test_tables_and_figures_are_written(device: Path, reference: Path, tmp_path: Path) -> None:
    out, pairs, figures = tmp_path / "n.csv", tmp_path / "p.csv", tmp_path / "figures"
    args = ("-o", out, "--pairs-out", pairs, "--figures", figures)
    assert run("compare", device, reference, *args) == 0
    assert "loa_low" in pd.read_csv(out)
    assert len(pd.read_csv(pairs).query("quantity == 'mcv_mps'")) == 6
    assert (figures / "bland_altman_mcv_mps.png").read_bytes().startswith(b"\x89PNG")
    assert (figures / "accuracy_overview.png").exists()


def test_an_analysis_as_json_is_a_table_of_reps(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "device.json"
    path.write_text(json.dumps({"reps": json.loads(REPS.to_json(orient="records"))}))
    assert run("compare", path, reference) == 0
    assert "6 of 6" in capsys.readouterr().out


def test_another_devices_table_in_other_units_and_with_decimal_commas(
    device: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = pd.DataFrame({"Rep": REPS.rep_no, "Vm": REPS.mcv_mps, "ROM (mm)": 1e3 * REPS.rom_m})
    path = tmp_path / "theirs.csv"
    theirs.to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    maps = ("--column", "rep_no=Rep", "--column", "mcv_mps=Vm", "--column", "rom_m=ROM (mm) * 0.001")
    assert run("compare", device, path, "--by", "number", *maps, "--json") == 0
    quantities = {q["quantity"]: q for q in json.loads(capsys.readouterr().out)["quantities"]}
    assert set(quantities) == {"mcv_mps", "rom_m"}
    assert quantities["rom_m"]["bias"] == pytest.approx(0.0, abs=1e-9)
    assert quantities["mcv_mps"]["bias"] == pytest.approx(0.02, abs=0.01)


def test_an_estimated_clock_is_told(device: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = tmp_path / "late.csv"
    edges = ["ecc_start_s", "ecc_end_s", "con_start_s", "con_end_s"]
    REPS.assign(**{edge: REPS[edge] + 12.5 for edge in edges}).to_csv(late, index=False)
    assert run("compare", device, late, "--clock", "fit") == 0
    assert "clock -12.500 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("none.csv",), "none.csv does not exist"),
        (("{reference}", "--column", "rom_m"), "maps nothing"),
        (("{reference}", "--column", "rom_m=Height"), "no column 'Height'"),
        (("{reference}", "--clock", "soon"), "expected seconds, or 'fit'"),
        (("{empty}",), "cannot be read as a table of reps"),
        (("{other}",), "share no column"),
        (("{reference}", "-o", "{reference}/x.csv"), "cannot be written"),
    ],
)
def test_a_mistake_is_one_line(
    device: Path,
    reference: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    names = {"reference": reference, "empty": tmp_path / "empty.csv", "other": tmp_path / "other.csv"}
    assert run("compare", device, *(arg.format(**names) for arg in args)) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
