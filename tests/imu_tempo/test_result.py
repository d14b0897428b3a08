"""What an analysis hands back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from made_sets import make_reps, make_result

from imu_tempo.definitions import Definitions
from imu_tempo.metrics import summarise
from imu_tempo.result import AnalysisResult, SampleColumns, assemble
from imu_tempo.schema import SampleRow, columns


def piece(start_s: float, n: int = 3) -> SampleColumns:
    numbers = {c.name: np.full(n, start_s) for c in columns(SampleRow) if c.dtype == "float64"}
    return {**numbers, "phase": np.full(n, "rest")}


def assembled(*samples: SampleColumns) -> AnalysisResult:
    reps = make_reps()
    return assemble(
        reps=reps,
        sets=[summarise(reps)],
        rejected=[],
        samples=samples,
        source="test",
        exercise="squat",
        rate_hz=100.0,
        duration_s=30.0,
        quality={"gaps": 2},
        definitions=Definitions(edge_velocity_mps=0.05),
    )


def test_definitions_are_told_beside_the_facts() -> None:
    quality = assembled().quality
    assert quality["gaps"] == 2
    assert quality["edge_velocity_mps"] == 0.05
    assert {f.name for f in dataclasses.fields(Definitions)} <= set(quality)


def test_pieces_of_samples_are_joined_in_order() -> None:
    samples = assembled(piece(0.0), piece(1.0, 2)).samples
    assert samples["t_s"].tolist() == [0.0, 0.0, 0.0, 1.0, 1.0]


def test_samples_have_one_form_with_and_without_rows() -> None:
    full, empty = assembled(piece(0.0)).samples, assembled().samples
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()
    assert list(full.columns) == [c.name for c in columns(SampleRow)]


def test_a_result_prints_as_one_line() -> None:
    printed = repr(make_result())
    assert "\n" not in printed
    assert "1 set, 4 reps" in printed


def test_a_result_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_result().exercise = "deadlift"  # type: ignore[misc]
