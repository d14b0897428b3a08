"""Samples that are numbers and nothing more: what a wrong sensor measured goes through the whole analysis."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from firmware_bridge.recording import Manifest, Recording, Samples, table
from tests.fuzz.harness import Target
from tests.fuzz.made_folders import a_folder

RECORDING = Path(__file__).parents[2] / "recordings" / "squat_3-1-X-1.tempo"
EVERY = 4
"""Of 200 Hz, 50 are left: what the analysis does with wrong numbers does not hang on their number."""

SPAN_S = (0.0, 16.0)
_PATCH = struct.Struct("<HHBBd")
MAX_PATCHES = 40
COLUMNS = 9  # time, acceleration, angular rate, samples lost; and the step of time


@cache
def _valid() -> Samples:
    samples = Recording.open(RECORDING).arrays()
    chosen = np.flatnonzero((samples.t_s >= SPAN_S[0]) & (samples.t_s < SPAN_S[1]))[::EVERY]
    gyr = None if samples.gyr_radps is None else samples.gyr_radps[chosen]
    return Samples(samples.t_s[chosen], samples.acc_mps2[chosen], gyr, samples.lost_before[chosen])


def _feed(data: bytes) -> None:
    """Analyse a set in which stretches are set, scaled or shifted: start, length, column, how, by."""
    import imu_tempo

    samples = _patched(data)
    with a_folder() as folder:
        path = folder / "made.tempo"
        path.mkdir()
        replace(Manifest.read(RECORDING), contents=None).write(path)
        table.write(samples, path)
        result = imu_tempo.analyze(path, exercise="squat", load_kg=100)
    for name in ("ecc_s", "con_s", "mcv_mps"):
        values = result.reps[name].to_numpy(dtype=float)
        assert not np.isinf(values).any(), name
        assert not (values < 0).any(), name


def _patched(data: bytes) -> Samples:
    valid = _valid()
    rows = len(valid)
    gyr = np.zeros((rows, 3)) if valid.gyr_radps is None else valid.gyr_radps
    columns = np.column_stack([valid.t_s, valid.acc_mps2, gyr, valid.lost_before.astype(np.float64)])
    usable = data[: min(len(data), MAX_PATCHES * _PATCH.size) // _PATCH.size * _PATCH.size]
    with np.errstate(all="ignore"):
        for start, length, column, how, value in _PATCH.iter_unpack(usable):
            at = slice(start % rows, start % rows + 1 + length % rows)
            _patch(columns, at, column % COLUMNS, how, value)
    lost = columns[:, 7]
    known = np.where(np.isfinite(lost), np.clip(lost, 0, 2.0**62), 0).astype(np.int64)
    return replace(
        valid, t_s=columns[:, 0], acc_mps2=columns[:, 1:4], gyr_radps=columns[:, 4:7], lost_before=known
    )


def _patch(columns: np.ndarray, at: slice, column: int, how: int, value: float) -> None:
    if column == COLUMNS - 1:  # all that comes after is moved in time
        columns[at.start :, 0] += abs(value) if math.isfinite(value) else 1.0
    elif how % 3 == 0:
        columns[at, column] = value
    elif how % 3 == 1:
        columns[at, column] *= value
    else:
        columns[at, column] += value


def _patch_of(start: int, length: int, column: int, how: int, value: float) -> bytes:
    return _PATCH.pack(start, length, column, how, value)


def _samples() -> list[bytes]:
    return [
        b"",
        _patch_of(300, 0, 1, 0, 156.0) + _patch_of(400, 20, 3, 2, 3.0),
        _patch_of(300, 0, 8, 0, 0.5) + _patch_of(300, 0, 7, 0, 25.0),
        _patch_of(0, 65535, 4, 0, math.nan) + _patch_of(200, 10, 2, 1, -1.0),
    ]


def _pieces(data: bytes) -> list[bytes]:
    return [data[start : start + _PATCH.size] for start in range(0, len(data), _PATCH.size)]


def _refusals() -> tuple[type[Exception], ...]:
    from imu_tempo.errors import TempoError

    return (TempoError,)


TARGETS = (Target("analysis", _feed, _refusals(), _samples, seconds=20.0, examples=6, pieces=_pieces),)
