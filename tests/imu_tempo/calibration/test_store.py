"""Calibrations on disk: kept per sensor, read back exactly, and refused in one sentence where damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_bridge.samples import SensorInfo
from imu_tempo.calibration import (
    UNCALIBRATED,
    SensorCalibration,
    calibration_for,
    load_calibration,
    save_calibration,
    store,
    stored_path,
)
from imu_tempo.errors import SourceError, TempoError

CALIBRATION = SensorCalibration(
    sensor="Bar 1/A",
    offset_mps2=(0.1, -0.2, 1.0 / 3.0),
    scale=(1.01, 0.98, 1.0),
    cross_axis=(0.001, -0.002, 0.0),
    gyro_offset_radps=(0.01, 0.0, -0.07),
    made="2026-05-01T10:00:00+00:00",
    residual_mg=0.7,
    condition=1.1,
    orientations=8,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    kept = tmp_path / "data" / "calibrations"
    monkeypatch.setattr(store, "calibrations_folder", lambda: kept)
    return kept


def test_what_is_saved_is_read_back_exactly(tmp_path: Path) -> None:
    path = save_calibration(CALIBRATION, tmp_path / "mine.json")
    assert load_calibration(path) == CALIBRATION
    assert json.loads(path.read_text(encoding="utf-8"))["format"] == "imu-tempo/calibration/1"
    assert list(tmp_path.glob("*.part")) == []


def test_fields_of_later_writers_are_ignored(tmp_path: Path) -> None:
    path = save_calibration(CALIBRATION, tmp_path / "mine.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | {"temperature_c": 23.5}), encoding="utf-8")
    assert load_calibration(path) == CALIBRATION


def test_a_sensors_own_calibration_is_found_by_name_or_address(folder: Path) -> None:
    assert save_calibration(CALIBRATION).parent == folder
    assert calibration_for(None, SensorInfo("bip", name="Bar 1/A")) == CALIBRATION
    assert calibration_for(None, SensorInfo("bip", address="Bar 1/A", name="Other")) == CALIBRATION
    assert calibration_for(None, SensorInfo("bip", name="Bar 1")) is UNCALIBRATED
    assert calibration_for(None, SensorInfo("csv")) is UNCALIBRATED
    assert calibration_for(None, None) is UNCALIBRATED


def test_the_address_wins_over_the_name() -> None:
    by_address = SensorCalibration(sensor="AA:BB:CC:00:11:22")
    save_calibration(CALIBRATION)
    save_calibration(by_address)
    assert calibration_for(None, SensorInfo("bip", "Bar 1/A", "AA:BB:CC:00:11:22")) == by_address


def test_what_is_chosen_wins_over_what_is_stored(tmp_path: Path) -> None:
    save_calibration(CALIBRATION)
    info = SensorInfo("bip", name="Bar 1/A")
    other = SensorCalibration(sensor="other")
    assert calibration_for(other, info) is other
    assert calibration_for(UNCALIBRATED, info) is UNCALIBRATED
    assert calibration_for(save_calibration(other, tmp_path / "o.json"), info) == other


@pytest.mark.parametrize("sensor", ["../../etc", "a/b", "AA:BB", "..", "Бар", "a\\b", "Bar 1"])
def test_no_name_leads_out_of_the_folder(sensor: str, folder: Path) -> None:
    path = stored_path(sensor)
    assert path.parent == folder
    assert path.resolve().parent == folder.resolve()
    assert not {":", "\\"} & set(path.name)


def text(**changes: object) -> str:
    calibration = {"format": "imu-tempo/calibration/1", "sensor": "a", "offset_mps2": [0, 0, 0]}
    calibration |= {"scale": [1, 1, 1], "cross_axis": [0, 0, 0], "gyro_offset_radps": [0, 0, 0], "made": ""}
    return json.dumps(calibration | {"residual_mg": 0.0, "condition": 1.0, "orientations": 6} | changes)


def test_the_text_above_is_a_calibration(tmp_path: Path) -> None:
    path = tmp_path / "made.json"
    path.write_text(text(), encoding="utf-8")
    assert load_calibration(path) == SensorCalibration(sensor="a", orientations=6)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("no json", "it is no JSON"),
        ("\x00\xff", "it is no JSON"),
        ("[]", "its format is None"),
        ('{"format": "imu-tempo/analysis/1"}', "its format is 'imu-tempo/analysis/1'"),
        (text(format="imu-tempo/calibration/2"), "reads imu-tempo/calibration/1: update imu-tempo"),
        ('{"format": "imu-tempo/calibration/1"}', "its numbers are damaged ('sensor')"),
        (text(scale=[1, 1]), "scale is [1, 1]"),
        (text(scale=[1, 0, 1]), "scale is (1.0, 0.0, 1.0)"),
        (text(offset_mps2=["a", 0, 0]), "damaged"),
        (text(offset_mps2=None), "offset_mps2 is None"),
        (text(offset_mps2=[float("nan"), 0, 0]), "offset_mps2 is"),
        (text(gyro_offset_radps={"x": 1}), "damaged"),
        (text(residual_mg="small"), "residual_mg is 'small'"),
        (text(sensor=5), "sensor is 5"),
    ],
)
def test_what_is_no_calibration_is_refused_in_one_sentence(
    content: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(SourceError) as caught:
        load_calibration(path)
    message = str(caught.value)
    assert expected in message
    assert str(path) in message
    assert message.endswith(".")


def test_a_calibration_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.json cannot be read \(no such file or directory\)"):
        load_calibration(tmp_path / "none.json")


def test_a_place_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TempoError, match="choose another place"):
        save_calibration(CALIBRATION, tmp_path / "file" / "mine.json")
