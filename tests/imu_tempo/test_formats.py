"""Whatever a user points at is read as it is, or refused in one sentence that says what to do."""

from __future__ import annotations

import gzip
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_tables import ACC, GRAVITY_MPS2, GYR, lifted_bar
from pyarrow import csv

from imu_tempo.errors import SourceError
from imu_tempo.formats import load

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def bar() -> pd.DataFrame:
    return lifted_bar()


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def refusal(source: object) -> str:
    with pytest.raises(SourceError) as caught:
        load(source)  # type: ignore[arg-type]
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def joined(source: object) -> np.ndarray:
    blocks = load(source).blocks  # type: ignore[arg-type]
    return np.concatenate([np.column_stack([b.t_s, b.acc_mps2, b.gyr_radps]) for b in blocks])


# Reading


def test_a_dataframe_comes_out_as_it_went_in(bar: pd.DataFrame) -> None:
    before = bar.copy()
    np.testing.assert_array_equal(joined(bar), bar.to_numpy())
    pd.testing.assert_frame_equal(bar, before)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.csv", {}),
        ("zipped.csv.gz", {}),
        ("semicolon.csv", {"sep": ";"}),
        ("decimal_comma.csv", {"sep": ";", "decimal": ","}),
        ("tabs.csv", {"sep": "\t"}),
        ("bom.csv", {"encoding": "utf-8-sig"}),
        ("crlf.csv", {"lineterminator": "\r\n"}),
        ("utf16.csv", {"encoding": "utf-16"}),
    ],
)
def test_csv_dialects_give_the_same_numbers(
    bar: pd.DataFrame, tmp_path: Path, name: str, options: dict[str, str]
) -> None:
    bar.to_csv(tmp_path / name, index=False, **options)
    np.testing.assert_array_equal(joined(tmp_path / name), bar.to_numpy())


def test_parquet_gives_the_same_numbers(bar: pd.DataFrame, tmp_path: Path) -> None:
    bar.to_parquet(tmp_path / "bar.parquet")
    np.testing.assert_array_equal(joined(str(tmp_path / "bar.parquet")), bar.to_numpy())


def test_other_columns_are_ignored_and_named(bar: pd.DataFrame) -> None:
    bar["heart_rate_bpm"] = 120
    bar["note"] = "warm-up"
    assert load(bar).meta["ignored_columns"] == "heart_rate_bpm note"


def test_column_names_may_differ_in_case_and_space(bar: pd.DataFrame) -> None:
    assert load(bar.rename(columns={"t_s": " T_s ", "acc_x_mps2": "ACC_X_mps2"})).samples == len(bar)


def test_a_source_is_returned_as_it_is(bar: pd.DataFrame) -> None:
    source = load(bar)
    assert load(source) is source


def test_no_gyro_is_fine(bar: pd.DataFrame) -> None:
    assert load(bar.drop(columns=GYR)).blocks[0].gyr_radps is None


def test_a_silent_gyro_counts_as_none(bar: pd.DataFrame) -> None:
    bar[GYR] = np.nan
    source = load(bar)
    assert source.blocks[0].gyr_radps is None
    assert source.quality["gyro"] == "no readings"


def test_epoch_times_are_moved_to_the_start(bar: pd.DataFrame) -> None:
    source = load(bar.assign(t_s=bar.t_s + 1_700_000_000.0))
    assert source.blocks[0].t_s[0] == 0.0
    assert source.meta["epoch_s"] == 1_700_000_000.0


# Gaps


def test_missing_samples_cut_the_blocks_and_are_counted(bar: pd.DataFrame) -> None:
    source = load(bar.drop(index=range(400, 411)))
    assert [len(block) for block in source.blocks] == [400, len(bar) - 411]
    assert [block.lost_before for block in source.blocks] == [0, 11]
    assert source.quality["gaps"] == 1
    assert source.quality["lost_samples"] == 11


def test_rows_with_nan_become_gaps(bar: pd.DataFrame) -> None:
    bar.loc[500:520, ACC[0]] = np.nan
    bar.loc[700, GYR[1]] = np.inf
    source = load(bar)
    assert [block.lost_before for block in source.blocks] == [0, 21, 1]
    assert source.quality["nan_rows"] == 22
    assert all(np.isfinite(block.acc_mps2).all() for block in source.blocks)


@pytest.mark.parametrize("rate_hz", [104.0, 208.0, 300.0, 400.0, 416.0])
def test_times_rounded_to_milliseconds_make_no_gaps(rate_hz: float) -> None:
    bar = lifted_bar(rate_hz=rate_hz)
    source = load(bar.assign(t_s=bar.t_s.round(3)))
    assert len(source.blocks) == 1
    assert source.info.rate_hz == pytest.approx(rate_hz, rel=0.005)


@given(st.lists(st.tuples(st.integers(2, 50), st.integers(1, 30)), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_received_and_lost_add_up(gaps: list[tuple[int, int]]) -> None:
    bar = lifted_bar(seconds=6.0)
    at, lost = 10, []
    for apart, length in gaps:
        at += apart
        lost += range(at, at + length)
        at += length
    source = load(bar.drop(index=lost))
    assert source.samples + int(source.quality["lost_samples"]) == len(bar)
    assert len(source.blocks) == len(gaps) + 1


# Files that are no data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("", "is empty"),
        ("\n \n", "blank space"),
        ("Dear coach,\nthe bar was heavy.\n", "not a CSV of samples"),
        (bytes(range(256)) * 10, "binary file"),
        ("t_s,acc_x_mps2\n".encode("utf-16"), "lacks the columns acc_y_mps2, acc_z_mps2 (it has t_s"),
        ("t_s,acc_x_mps2,acc_y_mps2,acc_z_mps2\n", "no rows"),
        ("0.0,0.1,0.2,9.8\n0.005,0.1,0.2,9.8\n", "has no header"),
        ("Zeit,ax,ay,az\n1,2,3,4\n", "no format known here (it has Zeit, ax, ay, az)"),
        (b"\x1f\x8b" + b"x" * 50, "damaged gzip"),
    ],
)
def test_what_is_no_data_is_told(tmp_path: Path, data: str | bytes, says: str) -> None:
    path = write(tmp_path / "file.csv", data)
    message = refusal(path)
    assert says in message
    assert str(path) in message


def test_missing_columns_are_named(bar: pd.DataFrame) -> None:
    assert "lacks the column acc_y_mps2 (it has t_s" in refusal(bar.drop(columns="acc_y_mps2"))
    assert "gyr_y_radps" in refusal(bar.drop(columns="gyr_y_radps"))


def test_a_cell_that_is_no_number_is_told_with_its_line(bar: pd.DataFrame, tmp_path: Path) -> None:
    lines = bar.to_csv(index=False).splitlines()
    cells = lines[56].split(",")
    lines[56] = ",".join([*cells[:2], "abc", *cells[3:]])
    assert "line 57: acc_y_mps2 is 'abc'" in refusal(write(tmp_path / "bar.csv", "\n".join(lines) + "\n"))
    bar[ACC[1]] = bar[ACC[1]].astype(object)
    bar.loc[55, ACC[1]] = "abc"
    assert "row 55: acc_y_mps2 is 'abc'" in refusal(bar)


def test_a_short_line_in_the_middle_is_told_with_its_number(bar: pd.DataFrame, tmp_path: Path) -> None:
    lines = bar.to_csv(index=False).splitlines()
    lines[100] = "1,2"
    message = refusal(write(tmp_path / "bar.csv", "\n".join(lines) + "\n"))
    assert "line 101: it has 2 cells where the header has 7" in message


def test_a_missing_file_a_folder_and_an_object_are_told(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "nowhere.csv")
    assert "not a recording" in refusal(tmp_path)
    assert "cannot read a int" in refusal(42)


def test_a_file_without_permission_is_told(
    bar: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "bar.csv", bar.to_csv(index=False))

    def denied(name: Path, flags: int) -> int:  # the tests may run as root, whom no mode keeps out
        raise PermissionError(13, "Permission denied", str(name))

    monkeypatch.setattr("firmware_bridge.untrusted.os.open", denied)
    assert "may not be read" in refusal(path)


def test_a_torn_parquet_file_is_told(bar: pd.DataFrame, tmp_path: Path) -> None:
    bar.to_parquet(tmp_path / "bar.parquet")
    path = write(tmp_path / "torn.parquet", (tmp_path / "bar.parquet").read_bytes()[:9000])
    assert "not a whole Parquet file" in refusal(path)


@given(
    kind=st.sampled_from(["csv", "csv.gz", "parquet"]),
    damage=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 60), st.binary(max_size=4)), max_size=8
    ),
)
@settings(max_examples=150, deadline=None)
def test_damaged_files_are_read_or_refused_in_one_sentence(
    kind: str, damage: list[tuple[float, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(_whole_file(kind))
    for at, deleted, inserted in damage:
        place = int(at * len(data))
        data[place : place + deleted] = inserted
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    path.write_bytes(bytes(data))
    said = ""
    try:
        assert load(path).samples > 0
    except SourceError as error:
        said = str(error)
    assert "\n" not in said


@cache
def _whole_file(kind: str) -> bytes:
    bar = lifted_bar(3.0, 50.0).round(4)
    if kind == "parquet":
        return bytes(bar.to_parquet())
    data = bar.to_csv(index=False).encode()
    return gzip.compress(data) if kind == "csv.gz" else data


# Half of a file


def test_a_csv_cut_anywhere_is_read_as_far_as_it_goes(bar: pd.DataFrame, tmp_path: Path) -> None:
    text = bar.to_csv(index=False)
    begin = text.index("\n3.5,")
    for cut in range(begin, begin + 160):
        source = load(write(tmp_path / "bar.csv", text[:cut]))
        whole_rows = text[:cut].count("\n") - 1
        assert source.samples in (whole_rows, whole_rows + 1)
        if source.samples == whole_rows and text[cut - 1] != "\n":
            assert "is cut off" in str(source.quality.get("truncated")) or source.quality["nan_rows"] == 1


def test_a_gzip_cut_in_half_is_read_as_far_as_it_goes(bar: pd.DataFrame, tmp_path: Path) -> None:
    data = gzip.compress(bar.to_csv(index=False).encode())
    source = load(write(tmp_path / "bar.csv.gz", data[: len(data) // 2]))
    assert 0.3 * len(bar) < source.samples < 0.7 * len(bar)
    assert "ends in the middle" in str(source.quality["truncated"])
    assert "first whole line" in refusal(write(tmp_path / "bar.csv.gz", data[:12]))


# Time


def test_time_running_backwards_is_told_with_its_first_line(bar: pd.DataFrame, tmp_path: Path) -> None:
    bar.loc[700:, "t_s"] -= 2.0
    path = write(tmp_path / "bar.csv", bar.to_csv(index=False))
    assert "line 702: time runs backwards (t_s 1.5 after 3.495" in refusal(path)


def test_rows_are_counted_in_the_file_also_after_nan(bar: pd.DataFrame) -> None:
    bar.loc[100:150, ACC[0]] = np.nan
    bar.loc[700, "t_s"] = bar.loc[699, "t_s"]
    assert "row 700: time stands still" in refusal(bar)


@pytest.mark.parametrize(
    ("factor", "unit"), [(1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")]
)
@pytest.mark.parametrize("rate_hz", [25.0, 100.0, 1000.0])
def test_times_in_another_unit_are_told(factor: float, unit: str, rate_hz: float) -> None:
    bar = lifted_bar(rate_hz=rate_hz)
    assert f"looks like {unit}" in refusal(bar.assign(t_s=bar.t_s * factor))


def test_too_little_and_too_slow_are_told(bar: pd.DataFrame) -> None:
    assert "holds 1.7 s of data" in refusal(bar[:350])
    assert "holds 0.0 s of data" in refusal(bar[:1])
    assert "sampled at 5 Hz: at least 10 Hz" in refusal(bar[::40])
    assert load(bar[::20]).samples == len(bar) // 20


# Units


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (1 / GRAVITY_MPS2, "looks like g;"),
        (1000 / GRAVITY_MPS2, "looks like milli-g;"),
        (100.0, "looks like cm/s^2;"),
        (1 / 0.3048, "looks like ft/s^2;"),
        (16384 / GRAVITY_MPS2, "check its unit and scale"),
        (0.5, "check its unit and scale"),
        (1.2, "check its unit and scale"),
    ],
)
def test_acceleration_in_another_unit_is_told(bar: pd.DataFrame, factor: float, says: str) -> None:
    bar[ACC] *= factor
    assert says in refusal(bar)
    assert load(bar, check_units=False).samples == len(bar)


def test_gravity_taken_away_is_told(bar: pd.DataFrame) -> None:
    angle = 0.3 + 0.1 * np.sin(2 * np.pi * 0.3 * bar.t_s)
    bar[ACC[0]] -= GRAVITY_MPS2 * np.sin(angle)
    bar[ACC[2]] -= GRAVITY_MPS2 * np.cos(angle)
    assert "gravity seems to be removed" in refusal(bar)


@pytest.mark.parametrize("scale", [0.92, 1.0, 1.08])
def test_a_poor_sensors_scale_is_let_through_and_said(bar: pd.DataFrame, scale: float) -> None:
    bar[ACC] *= scale
    assert ("acc_scale" in load(bar).quality) == (scale != 1.0)


@pytest.mark.parametrize("nod_rad", [0.02, 0.1, 0.5])
def test_a_gyro_in_degrees_is_told_and_one_in_radians_is_not(nod_rad: float) -> None:
    bar = lifted_bar(nod_rad=nod_rad)
    assert load(bar).samples == len(bar)
    bar[GYR] = np.degrees(bar[GYR])
    assert "looks like deg/s" in refusal(bar)


def test_a_gyro_beyond_any_range_is_told(bar: pd.DataFrame) -> None:
    bar.loc[1000, GYR[2]] = 250.0
    assert "reads up to 250 rad/s" in refusal(bar)


def test_nothing_but_nan_is_told(bar: pd.DataFrame) -> None:
    bar[ACC] = np.nan
    assert "has no whole row" in refusal(bar)
    assert "has no rows" in refusal(bar[:0])


# Recordings


@pytest.mark.skipif(not DATA.exists(), reason="the real recordings are not on this machine")
@pytest.mark.parametrize("folder", ["repmate", "broad"])
def test_real_recordings_load(folder: str) -> None:
    files = sorted((DATA / folder).glob("*.csv.gz"))
    assert files
    for file in files:
        table = pd.read_csv(file)
        source = load(file)
        assert source.samples == len(table)
        assert source.blocks[-1].t_s[-1] == table.t_s.iloc[-1]


def test_an_hour_at_200_hz_loads_within_a_second(tmp_path: Path) -> None:
    hour = pd.concat([lifted_bar(60.0)] * 60, ignore_index=True).round(6)
    hour["t_s"] = np.arange(len(hour)) / 200
    path = tmp_path / "hour.csv"
    csv.write_csv(pa.Table.from_pandas(hour), path)
    load(path)  # pyarrow is imported
    began = time.process_time()
    assert load(path).samples == 720_000
    assert time.process_time() - began < 1.5  # 0.5 s on an idle core


def test_a_clock_that_jumps_a_year_is_refused_before_a_grid_is_made_of_it(bar: pd.DataFrame) -> None:
    bar.loc[1000:, "t_s"] += 3.2e7
    assert "with a hole of 3.2e+07 s before row 1000" in refusal(bar)


@pytest.mark.parametrize(("factor", "says"), [(0.0, "measured nothing"), (1e-300, "measured nothing")])
def test_a_sensor_that_measured_nothing_is_told_whatever_its_unit(
    bar: pd.DataFrame, factor: float, says: str
) -> None:
    bar.loc[:, ACC] *= factor
    with pytest.raises(SourceError, match=says):
        load(bar, check_units=False)


def test_readings_beyond_any_sensor_are_refused_whatever_their_unit(bar: pd.DataFrame) -> None:
    bar.loc[300, GYR] = 9e8
    with pytest.raises(SourceError, match="more than the 10000 rad/s that any sensor could"):
        load(bar, check_units=False)
