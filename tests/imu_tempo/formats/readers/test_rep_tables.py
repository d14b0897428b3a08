"""Tables of reps of other products come out under our names and units, without the people's."""
# ruff: noqa: E501 - headers stand in one line, as in the files

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from imu_tempo.errors import SourceError
from imu_tempo.formats import load
from imu_tempo.formats.readers import ReadOptions, read_reps
from imu_tempo.metrics.agreement import compare
from imu_tempo.schema import RepRow, columns

SHARED = Path(__file__).parents[5] / "shared" / "data" / "openbarbell"

VITRUVE = (
    "Email,Athlete,Last Name,Exercise,Workout Date,Repetition Date,# Set,# Rep.,Type*,Mean Propulsive Velocity (m/s),"
    "Mean Velocity (m/s),Peak Velocity (m/s),Repetition Duration (ms),ROM (Range of Motion) (m),Weight (kg),RPE\n"
    "anna@example.org,Anna,Berg,Squat,01/03/2026,01/03/2026 18:05,1,1,concentric,0.61,0.58,0.97,1050,0.609,80,7\n"
    "anna@example.org,Anna,Berg,Squat,01/03/2026,01/03/2026 18:05,1,2,concentric,0.57,0.54,0.92,1120,0.605,80,8\n"
    "ben@example.org,Ben,Falk,Squat,01/03/2026,01/03/2026 18:09,1,1,concentric,0.7,0.66,1.1,,0.62,60,\n"
)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_vitruve_reps_have_our_columns_and_no_names(tmp_path: Path) -> None:
    found = read_reps(write(tmp_path / "vitruve.csv", VITRUVE))
    reps = found.reps
    assert [c for c in reps if c != "session"] == [c.name for c in columns(RepRow)]
    np.testing.assert_allclose(reps["mcv_mps"], [0.58, 0.54, 0.66])
    np.testing.assert_allclose(reps["con_s"], [1.05, 1.12, np.nan])
    np.testing.assert_allclose(reps["rom_m"], [0.609, 0.605, 0.62])
    assert reps["ecc_s"].isna().all()
    assert list(reps["rep_no"]) == [1, 2, 1]
    assert list(reps["athlete"]) == ["A1", "A1", "A2"]
    assert "Anna" not in reps.to_csv()
    assert "anna@" not in reps.to_csv()
    assert found.dropped == ("email", "athlete", "last name")
    assert "rpe" in found.unmapped
    assert "eccentric times" in found.format.note


def test_names_are_kept_when_asked_for(tmp_path: Path) -> None:
    found = read_reps(write(tmp_path / "v.csv", VITRUVE), ReadOptions(keep_names=True))
    assert list(found.reps["athlete"]) == ["Anna", "Anna", "Ben"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_semicolons_decimal_commas_and_encodings_give_the_same(tmp_path: Path, encoding: str) -> None:
    plain = read_reps(write(tmp_path / "a.csv", VITRUVE)).reps
    local = VITRUVE.replace("example.org", "example-org").replace(",", ";").replace("# Rep.;", "#REP;")
    local = local.replace(".", ",").replace("#REP;", "# Rep.;")
    found = read_reps(write(tmp_path / "b.csv", local.replace("Anna", "Änna"), encoding)).reps
    pd.testing.assert_frame_equal(found, plain)


def test_openbarbell_pounds_become_kilograms_and_millimetres_metres(tmp_path: Path) -> None:
    text = (
        "Exercise,Set,Rep,Weight,Metric,Set RPE,Tags,Workout Start Time,Rest Time,Avg Velocity (m/s),"
        "Range of Motion (mm),Peak Velocity (m/s),Peak Velocity Location (%),Duration of rep (sec)\n"
        "Squat,1,1,225,lbs,8,,2026-03-01T18:05:00Z,,0.5,610,0.9,80,1.2\n"
        "Squat,2,1,100,kgs,8,,2026-03-01T18:05:00Z,,0.55,600,0.95,80,1.1\n"
    )
    reps = read_reps(write(tmp_path / "ob.csv", text)).reps
    np.testing.assert_allclose(reps["load_kg"], [102.058, 100.0], atol=1e-3)
    np.testing.assert_allclose(reps["rom_m"], [0.61, 0.6])
    assert list(reps["set_no"]) == [1, 2]


def test_gymaware_sets_hold_reps_and_summaries_are_refused(tmp_path: Path) -> None:
    entry = {"reference": 7001, "athleteName": "Anna Berg", "exerciseName": "Bench Press", "barWeight": 60}
    reps = [
        {"REPNUM": n, "meanVelocity": v, "peakVelocity": 1.5 * v, "height": 0.4}
        for n, v in ((1, 0.6), (2, 0.5))
    ]
    path = write(tmp_path / "gym.ndjson", json.dumps({**entry, "reps": reps}) + "\n")
    found = read_reps(path)
    np.testing.assert_allclose(found.reps["mcv_mps"], [0.6, 0.5])
    assert list(found.reps["load_kg"]) == [60.0, 60.0]
    assert "Anna" not in found.reps.to_csv()
    summary = json.dumps({**entry, "meanVelocity": 0.6, "peakVelocity": 0.9, "repCount": 2})
    with pytest.raises(SourceError):
        read_reps(write(tmp_path / "summary.json", summary))


def test_eliteform_has_eccentrics_and_null_is_not_measured(tmp_path: Path) -> None:
    rep = {"setId": 5, "avgVelocity": 0.5, "peakVelocity": 0.8, "duration": 1.1, "eccentricDuration": 2.4}
    path = write(tmp_path / "elite.json", json.dumps([rep, {**rep, "eccentricDuration": None}]))
    reps = read_reps(path).reps
    np.testing.assert_allclose(reps["ecc_s"], [2.4, np.nan])
    assert list(reps["rep_no"]) == [1, 2]


def test_barbellimu_reps_counted_from_zero_are_counted_from_one(tmp_path: Path) -> None:
    head = "rep_index,rep_duration_s,concentric_duration_s,peak_velocity_m_s,mean_velocity_m_s,velocity_loss_pct\n"
    reps = read_reps(write(tmp_path / "reps.csv", f"{head}0,3.2,0.9,0.9,0.6,0\n1,3.3,1.0,0.8,0.55,8\n")).reps
    assert list(reps["rep_no"]) == [1, 2]
    np.testing.assert_allclose(reps["tut_s"], [3.2, 3.3])


def test_only_the_last_row_of_a_rep_counts_where_rows_are_samples(tmp_path: Path) -> None:
    head = (
        "seq,t,vz,speed,dz,roll,pitch,yaw,stationary,moving,rep,mcv,pcv,mev,pev,rom,dur,zone,pct_1rm,vloss\n"
    )
    row = "{},{},0,0,0,0,0,0,0,1,{},{},0.9,0.4,0.6,0.5,1,x,70,0\n"
    text = head + "".join(row.format(i, i / 50, i // 10, 0.1 * (i % 10)) for i in range(30))
    reps = read_reps(write(tmp_path / "host.vbt", text)).reps
    assert list(reps["rep_no"]) == [1, 2]
    np.testing.assert_allclose(reps["mcv_mps"], [0.9, 0.9])


def test_common_names_are_taken_with_a_warning_and_only_where_nothing_else_fits(tmp_path: Path) -> None:
    text = "Name,Set,Rep,MV (m/s),PV (m/s),TC (s),TE (s)\nAnna,1,1,0.6,0.9,1.0,2.5\n"
    found = read_reps(write(tmp_path / "enode.csv", text))
    assert found.format.key == "common_names"
    assert found.format.status == "unverified"
    assert "ecc_s from te (s)" in found.taken
    assert found.reps["ecc_s"].item() == 2.5
    assert "Anna" not in found.reps.to_csv()


def test_the_agreement_tools_take_them(tmp_path: Path) -> None:
    reps = read_reps(write(tmp_path / "v.csv", VITRUVE)).reps
    own = reps.drop(columns="session").assign(mcv_mps=reps["mcv_mps"] + 0.02)
    study = compare(
        own[own["athlete"] == "A1"], reps[reps["athlete"] == "A1"].drop(columns="session"), by="number"
    )
    row = study.quantities.set_index("quantity").loc["mcv_mps"]
    assert row["bias"] == pytest.approx(0.02)


def test_samples_are_not_looked_for_in_reps(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no samples but a table of reps \(Vitruve \(CSV\)\): compare it"):
        load(write(tmp_path / "v.csv", VITRUVE))


@pytest.mark.skipif(not SHARED.exists(), reason="the OpenBarbell test data is not on this machine")
def test_real_openbarbell_reps_are_read() -> None:
    table = pd.read_csv(SHARED / "reps.csv")
    found = read_reps(SHARED / "reps.csv")
    assert len(found.reps) == len(table)
    np.testing.assert_allclose(found.reps["rom_m"], table["rom"] / 1000.0)
    assert found.reps["set_no"].nunique() == table["set"].nunique()
    assert not found.reps.duplicated(["set_no", "rep_no"]).any()
