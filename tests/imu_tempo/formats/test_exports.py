"""What is written is what is read back, by the programs that people have."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from made_sets import make_empty_result, make_result

from imu_tempo.errors import TempoError
from imu_tempo.formats import exports
from imu_tempo.formats.analysis_json import analysis_object

RESULT = make_result("3-1-X-1")
EMPTY = make_empty_result()
REPS = RESULT.reps.assign(mcv_mps=RESULT.reps.mcv_mps / 3.0)  # numbers that no short decimal holds
TRICKY = REPS.assign(athlete=["=1+1", "Zoë; the, 'first'", 'a "b"', "-3"])


def test_csv_reads_back_to_the_last_bit(tmp_path: Path) -> None:
    path = tmp_path / "new" / "reps.csv"
    exports.write_csv(TRICKY, path)
    back = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = list(TRICKY.select_dtypes("float"))
    back[numbers] = back[numbers].replace("", "nan")
    back = back.astype(TRICKY.dtypes.to_dict())
    pd.testing.assert_frame_equal(back, TRICKY, check_exact=True)


def test_csv_reads_by_the_standard_library(tmp_path: Path) -> None:
    exports.write_csv(TRICKY, tmp_path / "reps.csv")
    with (tmp_path / "reps.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mcv_mps"]) for row in rows] == TRICKY.mcv_mps.tolist()
    assert [row["athlete"] for row in rows] == TRICKY.athlete.tolist()
    assert rows[-1]["top_s"] == ""


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", ","), ("\t", ".")]
)
def test_excel_csv_reads_back_with_its_marks(
    tmp_path: Path, separator: exports.Separator, decimal: exports.Decimal
) -> None:
    path = tmp_path / "reps.csv"
    exports.write_excel_csv(TRICKY, path, separator=separator, decimal=decimal)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in path.read_bytes()
    back = pd.read_csv(path, sep=separator, decimal=decimal)  # takes the byte-order mark away by itself
    np.testing.assert_allclose(back.mcv_mps, TRICKY.mcv_mps, rtol=1e-15)
    assert back.athlete.tolist() == ["'=1+1", "Zoë; the, 'first'", 'a "b"', "'-3"]  # no formulas


def test_numbers_below_zero_stay_numbers_for_excel(tmp_path: Path) -> None:
    exports.write_excel_csv(REPS.assign(closure_m=-0.25), tmp_path / "reps.csv", separator=";", decimal=",")
    assert pd.read_csv(tmp_path / "reps.csv", sep=";", decimal=",").closure_m.tolist() == [-0.25] * 4


def test_a_decimal_comma_needs_another_separator(tmp_path: Path) -> None:
    with pytest.raises(TempoError, match="semicolon"):
        exports.write_excel_csv(REPS, tmp_path / "reps.csv", separator=",", decimal=",")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["reps", "sets", "rejected", "samples"])
@pytest.mark.parametrize("result", [RESULT, EMPTY], ids=["full", "empty"])
def test_parquet_reads_back_equal_with_units_and_meanings(tmp_path: Path, name: str, result: object) -> None:
    table: pd.DataFrame = getattr(result, name)
    path = tmp_path / "table.parquet"
    exports.write_parquet(table, path, about={"exercise": "squat"})
    pd.testing.assert_frame_equal(pd.read_parquet(path), table, check_exact=True)
    schema = pq.read_schema(path)
    for field in schema:
        assert field.metadata[b"meaning"]
        if field.name.endswith("_mps"):
            assert field.metadata[b"unit"].startswith(b"m/s"), field.name
    about = json.loads(schema.metadata[b"imu_tempo"])
    assert about["format"] == "imu-tempo/table/1"
    assert about["exercise"] == "squat"


def test_a_column_that_no_table_declares_is_written_without_a_unit(tmp_path: Path) -> None:
    exports.write_parquet(REPS.assign(mood="good"), tmp_path / "t.parquet")
    assert pq.read_schema(tmp_path / "t.parquet").field("mood").metadata is None
    told = exports.dictionary(REPS.assign(mood="good")).set_index("column")
    assert (told.unit["mcv_mps"], told.unit["mood"], told.meaning["mood"]) == ("m/s", "", "")


def test_the_units_in_the_dictionary_are_those_of_the_names() -> None:
    told = exports.dictionary(exports.tidy_reps(RESULT.reps, RESULT.sets))
    for name, unit in zip(told.column, told.unit, strict=True):
        for ending, expected in (("_mps", "m/s"), ("_kg", "kg"), ("_pct", "%")):
            if name.endswith(ending):
                assert unit.split(" per ")[0] == expected, name


def test_tidy_has_a_row_a_rep_with_its_set_beside_it() -> None:
    tidy = exports.tidy_reps(RESULT.reps, RESULT.sets)
    assert len(tidy) == len(RESULT.reps)
    assert list(tidy)[:5] == ["athlete", "exercise", "load_kg", "set_no", "rep_no"]
    assert tidy.columns.is_unique
    assert set(tidy.set_reps) == {4}
    assert set(tidy.set_vl_pct) == set(RESULT.sets.vl_pct)
    assert len(exports.tidy_reps(EMPTY.reps, EMPTY.sets)) == 0


def test_tidy_keeps_sets_of_the_same_number_apart_by_recording() -> None:
    reps = pd.concat([RESULT.reps.assign(recording=r) for r in "ab"], ignore_index=True)
    sets = pd.concat([RESULT.sets.assign(recording=r, vl_pct=v) for r, v in (("a", 1.0), ("b", 2.0))])
    tidy = exports.tidy_reps(reps, sets)
    assert len(tidy) == len(reps)
    assert tidy.groupby("recording").set_vl_pct.unique().map(list).to_dict() == {"a": [1.0], "b": [2.0]}


def test_tidy_reads_at_once_as_r_reads(tmp_path: Path) -> None:
    tidy = exports.tidy_reps(REPS, RESULT.sets)
    exports.write_tidy(tidy, tmp_path / "tidy.csv")
    with (tmp_path / "tidy.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[-1]["top_s"] == "NA"
    assert {row["set_vl_valid"] for row in rows} == {"TRUE"}
    assert [float(row["mcv_mps"]) for row in rows] == tidy.mcv_mps.tolist()
    assert all(name.isidentifier() for name in rows[0])  # R needs no check.names


def test_json_is_the_analysis_object(tmp_path: Path) -> None:
    exports.write_json(analysis_object(RESULT), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == json.loads(json.dumps(analysis_object(RESULT)))


def test_json_of_the_history_has_its_tables(tmp_path: Path) -> None:
    exports.write_json(exports.history_object({"reps": REPS}), tmp_path / "h.json")
    data = json.loads((tmp_path / "h.json").read_text())
    assert data["format"] == "imu-tempo/history/1"
    assert [row["mcv_mps"] for row in data["reps"]] == pytest.approx(REPS.mcv_mps.tolist(), abs=1e-6)
    assert data["reps"][-1]["top_s"] is None


def test_json_lines_are_one_object_a_line(tmp_path: Path) -> None:
    exports.write_json_lines([{"a": "1\n2"}, {"b": None}], tmp_path / "e.ndjson")
    lines = (tmp_path / "e.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"a": "1\n2"}, {"b": None}]


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "e.ndjson"
    path.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        exports.write_json_lines([{"a": float("nan")}], path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TempoError, match="cannot be written"):
        exports.write_csv(REPS, tmp_path / "file" / "reps.csv")


def test_no_export_changes_its_table(tmp_path: Path) -> None:
    before = TRICKY.copy()
    exports.write_excel_csv(TRICKY, tmp_path / "a.csv")
    exports.write_tidy(TRICKY, tmp_path / "b.csv")
    exports.write_parquet(TRICKY, tmp_path / "c.parquet")
    pd.testing.assert_frame_equal(TRICKY, before)
