"""Each format gives the samples that were written, in SI units, with the sign of specific force."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from imu_tempo import analyze
from imu_tempo.errors import SourceError
from imu_tempo.formats import Source, load
from imu_tempo.formats.readers import ReadOptions, mapping_of
from tests.imu_tempo.formats.readers import made_files as made

VARIANTS = made.WRITERS | {
    "witmotion_chinese": partial(made.witmotion, chinese=True),
    "witmotion_bursts": made.witmotion_bursts,
    "shimmer_comma": partial(made.shimmer, delimiter=","),
    "phyphox_comma": partial(made.phyphox, comma=True),
    "sensor_logger_ios": partial(made.sensor_logger, ios=True),
    "sensor_logger_ios_standard": partial(made.sensor_logger, ios=True, standard=True),
    "apple_sensorlog": partial(made.apple, sensorlog=True),
}
# half of what the format's last digit is worth, in m/s^2 and rad/s; the metabase gyro is averaged from twice
# the rate
ACC_TOLERANCE = {"metabase": 0.006, "barbellimu": 0.006, "witmotion": 0.001}
GYR_TOLERANCE = {"metabase": 0.12, "barbellimu": 0.0006}


def arrays(source: Source) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    blocks = source.blocks
    return (
        np.concatenate([b.t_s for b in blocks]),
        np.concatenate([b.acc_mps2 for b in blocks]),
        np.concatenate([b.gyr_radps for b in blocks if b.gyr_radps is not None]),
    )


@pytest.mark.parametrize("name", VARIANTS)
def test_the_samples_come_out_as_they_were_written(name: str, tmp_path: Path) -> None:
    bar = made.lifted()
    source = load(VARIANTS[name](tmp_path))
    t_s, acc, gyr = arrays(source)
    assert name.startswith(source.info.driver)
    assert len(source.blocks) == 1
    assert len(t_s) == len(bar.t_s)
    np.testing.assert_allclose(t_s - t_s[0], bar.t_s, atol=0.0006 if name != "witmotion_bursts" else 0.01)
    expected = made.low_noise() if source.info.driver == "shimmer" else bar.acc
    np.testing.assert_allclose(acc, expected, atol=ACC_TOLERANCE.get(source.info.driver, 2e-4))
    if name == "metabase":  # another rate: another simulated gyro, and one that is averaged
        assert np.sqrt(np.mean((gyr - bar.gyr) ** 2)) < 0.02
    else:
        np.testing.assert_allclose(gyr, bar.gyr, atol=GYR_TOLERANCE.get(source.info.driver, 1e-4))


@pytest.mark.parametrize("name", made.WRITERS)
def test_the_analysis_counts_and_measures_the_reps_of_the_set(name: str, tmp_path: Path) -> None:
    bar = made.lifted()
    reps = analyze(made.WRITERS[name](tmp_path), exercise="squat").reps
    assert len(reps) == made.REPS
    np.testing.assert_allclose(reps["mcv_mps"], bar.mcv_mps, atol=0.04)
    np.testing.assert_allclose(reps["ecc_s"], bar.ecc_s, atol=0.25)


def test_a_mapping_reads_any_table(tmp_path: Path) -> None:
    bar = made.lifted()
    path = made.generic(tmp_path)
    options = ReadOptions(mapping=mapping_of(made.GENERIC_MAP, made.GENERIC_UNITS))
    t_s, acc, gyr = arrays(load(path, options=options))
    np.testing.assert_allclose(t_s, bar.t_s, atol=1e-4)
    np.testing.assert_allclose(acc, bar.acc, atol=2e-4)
    np.testing.assert_allclose(gyr, bar.gyr, atol=1e-6)
    with pytest.raises(SourceError, match=r"no format known here \(it has Zeit, bx, by"):
        load(path)


def test_a_mapping_is_read_from_toml(tmp_path: Path) -> None:
    columns = "\n".join('{} = "{}"'.format(*pair.split("=")) for pair in made.GENERIC_MAP)
    units = "\n".join('{} = "{}"'.format(*pair.split("=")) for pair in made.GENERIC_UNITS)
    (tmp_path / "own.toml").write_text(f"[columns]\n{columns}\n[units]\n{units}\n")
    assert mapping_of([str(tmp_path / "own.toml")]) == mapping_of(made.GENERIC_MAP, made.GENERIC_UNITS)


def test_a_table_without_times_takes_a_rate(tmp_path: Path) -> None:
    path = made.generic(tmp_path)
    words = [word for word in made.GENERIC_MAP if not word.startswith("t=")] + ["rate_hz=100"]
    source = load(path, options=ReadOptions(mapping=mapping_of(words, made.GENERIC_UNITS)))
    np.testing.assert_allclose(arrays(source)[0], made.lifted().t_s, atol=1e-9)


def test_a_wrong_unit_is_noticed_by_gravity(tmp_path: Path) -> None:
    options = ReadOptions(mapping=mapping_of(made.GENERIC_MAP, ["gyr=deg/s", "time=ms"]))
    with pytest.raises(SourceError, match="looks like g"):
        load(made.generic(tmp_path), options=options)


def test_the_times_and_what_was_taken_are_told(tmp_path: Path) -> None:
    source = load(made.metabase(tmp_path))
    assert source.meta["started"] == "2026-03-01T18:05:00.000+01:00"
    assert source.info.model == "MetaMotion"
    assert "acceleration g with gravity; gyro deg/s from " in str(source.quality["read_as"])
    assert source.quality["gyro_pairing"] == "gyro at 200 Hz put on the accelerometer's 100 Hz by time"


def test_a_folder_and_a_zip_are_the_same_as_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    alone = load(made.metabase(folder))
    for path in (folder, made.zipped(folder, "export.zip")):
        for one, other in zip(arrays(load(path)), arrays(alone), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_gyro_file_alone_asks_for_the_accelerometer(tmp_path: Path) -> None:
    made.metabase(tmp_path)
    gyro = next(tmp_path.glob("*Gyroscope*"))
    with pytest.raises(SourceError, match="the gyro alone: give the accelerometer's file"):
        load(gyro)


def test_several_devices_are_asked_for_by_name(tmp_path: Path) -> None:
    path = made.witmotion(tmp_path, devices=("left", "right"))
    with pytest.raises(SourceError, match=r"holds 2 devices \(left, right\): say which with --device"):
        load(path)
    np.testing.assert_allclose(
        arrays(load(path, options=ReadOptions(device="Right")))[1], made.lifted().acc, atol=0.001
    )
    with pytest.raises(SourceError, match="no device 'middle': it has left, right"):
        load(path, options=ReadOptions(device="middle"))


def test_repeated_headers_are_left_out_and_counted(tmp_path: Path) -> None:
    source = load(made.witmotion(tmp_path))
    assert source.quality["repeated_headers"] == (len(made.lifted().t_s) - 1) // 500


def test_arrivals_in_bursts_are_evened_out_and_a_loss_stays_a_gap(tmp_path: Path) -> None:
    path = made.witmotion_bursts(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:801] + lines[841:]), encoding="utf-8")  # 40 samples, 0.4 s
    source = load(path)
    assert source.info.time_source == "counted"
    assert "stamps tell arrivals" in str(source.quality["times"])
    assert len(source.blocks[0]) == 800
    assert source.blocks[1].lost_before == pytest.approx(40, abs=2)


def test_the_low_noise_accelerometer_is_taken_until_it_is_cut_off(tmp_path: Path) -> None:
    assert "low-noise accelerometer" in str(load(made.shimmer(tmp_path)).quality["read_as"])
    source = load(made.shimmer(tmp_path, clipped=True))
    assert "wide-range accelerometer, as the low-noise one reached its 2 g" in str(source.quality["read_as"])
    np.testing.assert_allclose(arrays(source)[1], made.lifted().acc, atol=2e-4)


def test_an_iphone_without_its_metadata_is_refused(tmp_path: Path) -> None:
    folder = made.sensor_logger(tmp_path, ios=True)
    (folder / "Metadata.csv").unlink()
    with pytest.raises(SourceError, match=r"lacks Metadata\.csv, which tells whether"):
        load(folder)


def test_accelerations_without_gravity_are_refused(tmp_path: Path) -> None:
    folder = made.sensor_logger(tmp_path)
    (folder / "TotalAcceleration.csv").unlink()
    with pytest.raises(SourceError, match=r"no acceleration with gravity \(accelerometer, gyroscope\)"):
        load(folder)
    path = tmp_path / "linear.csv"
    path.write_text('"Time (s)","Linear Acceleration x (m/s^2)","Linear Acceleration y (m/s^2)"\n0,0,0\n')
    with pytest.raises(SourceError, match="linear acceleration, from which gravity was taken"):
        load(path)


def test_free_acceleration_without_a_quaternion_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dot.csv"
    path.write_text("PacketCounter,SampleTimeFine,Euler_X,FreeAcc_X,FreeAcc_Y,FreeAcc_Z\n0,0,0,0,0,0\n")
    with pytest.raises(SourceError, match="record a payload with Acc"):
        load(path)


def test_losses_by_the_counter_are_told(tmp_path: Path) -> None:
    path = made.barbellimu(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:300] + lines[307:]))
    source = load(path)
    assert source.quality["missing_by_counter"] == 7
    assert source.quality["lost_samples"] == 7


def test_people_are_not_named(tmp_path: Path) -> None:
    source = load(made.sensor_logger(tmp_path))
    assert "Anna" not in repr((source.info, source.meta, source.quality))


def test_a_row_that_is_cut_off_at_the_end_is_left_out_and_told(tmp_path: Path) -> None:
    path = made.barbellimu(tmp_path)
    path.write_text(path.read_text()[:-9])
    source = load(path)
    assert source.samples == len(made.lifted().t_s) - 1
    assert "is cut off" in str(source.quality["truncated"])


def test_stamps_that_stand_twice_are_dropped_and_counted(tmp_path: Path) -> None:
    path = made.bar_tracker(tmp_path)
    lines = path.read_text(encoding="utf-16").splitlines(keepends=True)
    path.write_text("".join([*lines[:500], lines[499], *lines[500:]]), encoding="utf-16")
    source = load(path)
    assert source.samples == len(made.lifted().t_s)
    assert source.quality["duplicate_times"] == 1
