"""Tables: same columns and dtypes full or empty, and back to rows unchanged."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest
from made_sets import make_reps

from imu_tempo.metrics import summarise
from imu_tempo.schema import (
    ComplianceRow,
    EccentricRow,
    FatigueRow,
    RejectedRow,
    RepRow,
    SampleRow,
    SessionRow,
    SetRow,
    columns,
    rows,
    table,
)
from imu_tempo.schema.dose import DoseDayRow, DoseSetRow, SorenessQuestionRow
from imu_tempo.schema.load_velocity import LoadPointRow, LoadVelocityRow, ReadinessRow
from imu_tempo.schema.protocols import ProtocolScoreRow

ROW_TYPES = (
    RepRow, SetRow, RejectedRow, SampleRow, EccentricRow, FatigueRow, ComplianceRow, SessionRow,
    LoadPointRow, LoadVelocityRow, ReadinessRow, DoseSetRow, DoseDayRow, SorenessQuestionRow,
    ProtocolScoreRow,
)  # fmt: skip
SUFFIX_UNITS = {"_mps": "m/s", "_mps2": "m/s^2", "_kg": "kg", "_pct": "%", "_m": "m", "_s": "s"}


@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_every_column_says_what_it_means(row_type: type) -> None:
    for column in columns(row_type):
        assert column.meaning
        assert column.dtype in {"int64", "float64", "str", "bool"}


@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_the_unit_in_a_name_is_the_columns_unit(row_type: type) -> None:
    for column in columns(row_type):
        suffix = next(
            (s for s in ("_mps2", "_mps", "_kg", "_pct", "_m", "_s") if column.name.endswith(s)), None
        )
        if suffix is not None and "_per_" not in column.name:
            assert column.unit.split(" per ")[0] == SUFFIX_UNITS[suffix], column.name


@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_every_uncertainty_says_what_it_does_not_hold(row_type: type) -> None:
    words = re.compile(
        r"_sd_|^sigma_|^sem_|^see_|^sdc_kg|slope_(low|high)|intercept_(low|high)|e1rm_(low|high)"
    )
    for column in columns(row_type):
        if words.search(column.name) and column.name != "tut_prescribed_sd_s":
            held, _, left_out = column.meaning.partition("; not ")
            assert held
            assert left_out, f"{column.name}: {column.meaning}"


@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_no_rows_make_a_table_with_columns_and_dtypes(row_type: type) -> None:
    empty = table([], row_type)
    assert len(empty) == 0
    assert list(empty.columns) == [f.name for f in dataclasses.fields(row_type)]
    assert list(empty.columns) == [c.name for c in columns(row_type)]


def test_full_and_empty_tables_have_equal_dtypes() -> None:
    reps = make_reps()
    for made, row_type in (
        (reps, RepRow),
        ([summarise(reps)], SetRow),
        ([RejectedRow(start_s=1.0, end_s=2.0, reason="unrack")], RejectedRow),
    ):
        assert table(made, row_type).dtypes.to_dict() == table([], row_type).dtypes.to_dict()


def test_rows_come_back_as_they_were() -> None:
    reps = make_reps()
    frame = table(reps, RepRow).assign(note="of somebody else")
    back = rows(frame, RepRow)
    pd.testing.assert_frame_equal(table(back, RepRow), table(reps, RepRow), check_exact=True)
    assert all(type(row.set_no) is int for row in back)


def test_a_table_without_optional_columns_takes_their_defaults() -> None:
    frame = table(make_reps(), RepRow).drop(columns=["load_kg", "athlete", "quality"])
    assert {row.athlete for row in rows(frame, RepRow)} == {""}


def test_rows_cannot_be_changed() -> None:
    (row, *_) = make_reps()
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.rep_no = 7  # type: ignore[misc]
