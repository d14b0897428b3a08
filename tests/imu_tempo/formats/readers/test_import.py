"""imu-tempo import makes a recording that everything else takes, and says where it came from."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording import Manifest, Recording, repair, write_imported
from firmware_bridge.samples import SensorInfo
from imu_tempo.cli import main
from imu_tempo.formats import load
from imu_tempo.history import recording_facts
from tests.imu_tempo.formats.readers import made_files as made


@pytest.fixture
def imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    file = made.dot(tmp_path)
    assert main(["import", str(file), "-o", str(tmp_path / "set.tempo"), "-e", "squat", "--load", "100"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "set.tempo")
    return tmp_path / "set.tempo"


def test_the_recording_holds_the_samples_and_where_they_came_from(imported: Path) -> None:
    file = next(imported.parent.glob("D422*.csv"))
    recording = Recording.open(imported)
    origin = recording.manifest.imported
    assert origin is not None
    assert origin.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (origin.file, origin.reader) == (file.name, "dot")
    assert "gyro deg/s" in origin.taken
    assert recording.manifest.load_kg == 100.0
    assert recording.info.name == "Bar left"
    np.testing.assert_allclose(recording.arrays().acc_mps2, made.lifted().acc, atol=1e-5)
    assert list(recording.packets()) == []
    assert len(list(recording.blocks())) == 1
    with pytest.raises(RecordingError, match="it has samples and no packets"):
        recording.stream()


def test_analysis_and_replay_give_what_the_file_gives(
    imported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next(imported.parent.glob("D422*.csv"))
    found = []
    for path in (file, imported):
        assert main(["analyze", str(path), "-e", "squat", "--load", "100", "--json", "--no-history"]) == 0
        found.append(json.loads(capsys.readouterr().out)["reps"])
    assert len(found[0]) == made.REPS
    assert found[0] == found[1]
    assert main(["replay", str(imported), "--json"]) == 0
    assert capsys.readouterr().out


def test_an_imported_recording_goes_into_the_history_by_its_files_digest(
    imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = str(tmp_path / "history")
    assert main(["analyze", str(imported), "--history", history]) == 0
    assert capsys.readouterr().err == ""
    before = recording_facts(imported).id
    moved = imported.rename(tmp_path / "elsewhere.tempo")
    assert recording_facts(moved).id == before


def test_repair_finds_nothing_to_do_or_names_the_file_to_import_again(imported: Path) -> None:
    assert "nothing to repair" in repair(imported).message
    (imported / "samples.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(RecordingError, match=r"import D422CD00AB12_20260301_180500\.csv again \(sha256 "):
        repair(imported)


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    path = made.barbellimu(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:300] + lines[317:]))
    assert main(["import", str(path), "-o", str(tmp_path / "set.tempo")]) == 0
    source = load(tmp_path / "set.tempo")
    assert [block.lost_before for block in source.blocks] == [0, 17]


def test_a_table_with_our_own_columns_is_imported_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bar = made.lifted()
    columns = {"t_s": bar.t_s} | {f"acc_{a}_mps2": bar.acc[:, i] for i, a in enumerate("xyz")}
    pd.DataFrame(columns).to_csv(tmp_path / "own.csv", index=False)
    assert main(["import", str(tmp_path / "own.csv"), "-o", str(tmp_path / "own.tempo")]) == 0
    np.testing.assert_array_equal(Recording.open(tmp_path / "own.tempo").arrays().acc_mps2, bar.acc)
    capsys.readouterr()
    assert main(["import", str(tmp_path / "own.tempo"), "-o", str(tmp_path / "b.tempo")]) == 1
    assert "is a recording of ours already" in capsys.readouterr().err


def test_each_device_becomes_a_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made.witmotion(tmp_path, devices=("left", "right"))
    assert main(["import", str(path), "-o", str(tmp_path / "one.tempo")]) == 1
    assert "give a folder, or one of them with --device" in capsys.readouterr().err
    assert main(["import", str(path), "-o", str(tmp_path / "all")]) == 0
    folders = [Path(line) for line in capsys.readouterr().out.split()]
    assert [Recording.open(folder).info.name for folder in folders] == ["left", "right"]
    assert recording_facts(folders[0]).id != recording_facts(folders[1]).id


def test_reps_and_motion_become_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reps = tmp_path / "enode.csv"
    reps.write_text(
        "Name,E-Mail,Set,Rep,MV (m/s),Color\nAnna,a@b.org,1,1,0.6,red\nAnna,a@b.org,1,2,0.5,red\n"
    )
    assert main(["import", str(reps), "-o", str(tmp_path / "ours.csv")]) == 0
    told = capsys.readouterr().err
    assert "left out: color" in told
    assert "dropped, as they tell who it was: name, e-mail" in told
    assert "mcv_mps from mv (m/s)" in told
    table = pd.read_csv(tmp_path / "ours.csv")
    assert list(table["mcv_mps"]) == [0.6, 0.5]
    assert set(table["athlete"]) == {"A1"}
    assert main(["import", str(reps), "-o", str(tmp_path / "ours.tempo")]) == 1
    assert "must end in .csv or .parquet" in capsys.readouterr().err
    trace = tmp_path / "trace.csv"
    trace.write_text("t_s,pos_m\n0,0\n0.1,0.1\n0.2,0.3\n")
    assert main(["import", str(trace), "-o", str(tmp_path / "motion.parquet")]) == 0
    assert list(pd.read_parquet(tmp_path / "motion.parquet")["pos_up_m"]) == [0.0, 0.1, 0.3]


def test_compare_reads_another_products_reps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "set_index,rep_index,mean_velocity,peak_velocity,mean_propulsive_velocity,weight_kg\n"
    (tmp_path / "theirs.csv").write_text(head + "".join(f"1,{n},0.{n}5,0.9,0.6,80\n" for n in range(1, 6)))
    rows = "".join(f"1,{n},0.{n}7\n" for n in range(1, 6))
    (tmp_path / "ours.csv").write_text(f"set_no,rep_no,mcv_mps\n{rows}")
    arguments = [
        "compare",
        str(tmp_path / "ours.csv"),
        str(tmp_path / "theirs.csv"),
        "--by",
        "number",
        "--json",
    ]
    assert main(arguments) == 0
    study = json.loads(capsys.readouterr().out)
    assert study["quantities"][0]["bias"] == pytest.approx(0.02)


def test_a_mapping_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made.generic(tmp_path)
    words = [w for word in made.GENERIC_MAP for w in ("--map", word)]
    words += [w for unit in made.GENERIC_UNITS for w in ("--unit", unit)]
    assert main(["analyze", str(path), "-e", "squat", "--json", *words]) == 0
    assert len(json.loads(capsys.readouterr().out)["reps"]) == made.REPS
    assert main(["analyze", str(path), "-e", "squat", "--json"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "is of no format known here" in told


def test_the_formats_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    text = capsys.readouterr().out
    assert main(["formats", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {entry["kind"] for entry in listed} == {"samples", "tables of reps", "reference motion"}
    assert all(entry["key"] in text for entry in listed)


def test_an_existing_recording_is_not_written_over(
    imported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = next(imported.parent.glob("D422*.csv"))
    assert main(["import", str(file), "-o", str(imported)]) == 1
    assert "exists already" in capsys.readouterr().err


def test_an_imported_recording_needs_an_origin(tmp_path: Path) -> None:
    from firmware_bridge.recording.table import join

    with pytest.raises(RecordingError, match="where they came from"):
        write_imported(tmp_path / "x.tempo", Manifest(sensor=SensorInfo("x")), join([]))


def test_every_format_is_on_the_page() -> None:
    page = (Path(__file__).parents[4] / "docs" / "file-formats.md").read_text(encoding="utf-8")
    from imu_tempo.formats.readers import all_formats

    missing = [each.key for each in all_formats() if f"`{each.key}`" not in page]
    assert not missing
