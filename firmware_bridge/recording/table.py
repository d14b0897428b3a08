"""``samples.parquet``: the samples in SI units, made from the packets and never the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import recording_error, replacing
from firmware_bridge.samples import MOST_ACC_MPS2, MOST_GYR_RADPS, MOST_TIME_S, SampleBlock
from firmware_bridge.untrusted import read_plain

FILE_NAME = "samples.parquet"
FORMAT_VERSION = b"1"

MAX_SAMPLES = 1 << 25
"""Read at once: 23 h at 400 Hz, 2 GiB of memory. A table of a kilobyte may claim any number of equal rows."""

AT_ONCE = 4096
"""Blocks of a packet each are put together after so many: one takes ten times what its samples take."""

ACC_COLUMNS = ("acc_x_mps2", "acc_y_mps2", "acc_z_mps2")
GYR_COLUMNS = ("gyr_x_radps", "gyr_y_radps", "gyr_z_radps")
_UNITS = {
    "t_s": "s",
    **dict.fromkeys(ACC_COLUMNS, "m/s^2"),
    **dict.fromkeys(GYR_COLUMNS, "rad/s"),
    "lost_before": "samples",
}


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """All samples of a recording, in columns.

    Attributes
    ----------
    t_s
        (n,) session clock, strictly increasing.
    acc_mps2, gyr_radps
        (n, 3) as in :class:`~firmware_bridge.samples.SampleBlock`; ``gyr_radps`` is None without a gyro.
    lost_before
        (n,) int64, samples missing right before each sample; 0 almost everywhere.
    """

    t_s: NDArray[np.float64]
    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64] | None
    lost_before: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.t_s.shape[0])

    def blocks(self) -> list[SampleBlock]:
        """Cut at the gaps: one block for each stretch without a missing sample."""
        edges = [0, *np.flatnonzero(self.lost_before[1:]) + 1, len(self)] if len(self) else [0]
        return [
            SampleBlock(
                t_s=self.t_s[start:end],
                acc_mps2=self.acc_mps2[start:end],
                gyr_radps=None if self.gyr_radps is None else self.gyr_radps[start:end],
                lost_before=int(self.lost_before[start]),
            )
            for start, end in pairwise(edges)
        ]


class Gathering:
    """Puts blocks in a row as they come; one without a gyro among others gives NaN.

    Parameters
    ----------
    path
        The recording, for messages.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._count = 0
        self._parts: list[Samples] = []
        self._blocks: list[SampleBlock] = []

    def add(self, block: SampleBlock) -> None:
        """Take in the next block.

        Raises
        ------
        RecordingError
            These are more samples than can be read at once.
        """
        self._count += len(block)
        if self._count > MAX_SAMPLES:
            raise _too_many(self._path)
        self._blocks.append(block)
        if len(self._blocks) == AT_ONCE:
            self._put_together()

    def samples(self) -> Samples:
        """Return all that came."""
        self._put_together()
        self._parts = [_joined(self._parts)]
        return self._parts[0]

    def _put_together(self) -> None:
        self._parts.append(_joined([_with_losses(block) for block in self._blocks]))
        self._blocks = []


def join(blocks: Iterable[SampleBlock], path: Path | None = None) -> Samples:
    """Put blocks in a row; a block without a gyro among others gives NaN.

    Raises
    ------
    RecordingError
        These are more samples than can be read at once.
    """
    gathering = Gathering(path)
    for block in blocks:
        gathering.add(block)
    return gathering.samples()


def _with_losses(block: SampleBlock) -> Samples:
    lost_before = np.zeros(len(block), dtype=np.int64)
    lost_before[0] = block.lost_before
    return Samples(block.t_s, block.acc_mps2, block.gyr_radps, lost_before)


def _joined(parts: Sequence[Samples]) -> Samples:
    gyr = None
    if any(part.gyr_radps is not None for part in parts):
        gyr = np.concatenate(
            [np.full((len(p), 3), np.nan) if p.gyr_radps is None else p.gyr_radps for p in parts]
        )
    return Samples(
        t_s=np.concatenate([np.empty(0), *(part.t_s for part in parts)]),
        acc_mps2=np.concatenate([np.empty((0, 3)), *(part.acc_mps2 for part in parts)]),
        gyr_radps=gyr,
        lost_before=np.concatenate([np.empty(0, dtype=np.int64), *(part.lost_before for part in parts)]),
    )


def _too_many(path: Path | None) -> RecordingError:
    return RecordingError(
        f"{path or 'this'} holds more than {MAX_SAMPLES} samples, which are not read at once; "
        "a session ends after hours, not days",
        path=None if path is None else str(path),
    )


def write(samples: Samples, folder: Path) -> None:
    """Write the folder's table, atomically.

    Raises
    ------
    RecordingError
        The folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"t_s": samples.t_s, **dict(zip(ACC_COLUMNS, samples.acc_mps2.T, strict=True))}
    if samples.gyr_radps is not None:
        columns |= dict(zip(GYR_COLUMNS, samples.gyr_radps.T, strict=True))
    columns["lost_before"] = samples.lost_before
    schema = pa.schema(
        [
            pa.field(name, pa.from_numpy_dtype(c.dtype), False, {"unit": _UNITS[name]})
            for name, c in columns.items()
        ],
        metadata={"format": "imu-tempo/samples", "format_version": FORMAT_VERSION},
    )
    table = pa.table({name: np.ascontiguousarray(c) for name, c in columns.items()}, schema=schema)
    repeating = [name for name in columns if name != "t_s"]  # int16 values in disguise: few distinct ones
    with replacing(folder / FILE_NAME) as file:
        pq.write_table(
            table,
            file,
            compression="zstd",
            use_dictionary=repeating,
            use_byte_stream_split=["t_s"],
            write_page_checksum=True,
        )


def read(folder: Path) -> Samples:
    """Read the folder's table.

    Raises
    ------
    RecordingError
        It is not there, damaged, lacks a column, or is not of samples: numbers on a clock that goes forward.
    """
    import pyarrow as pa

    path = folder / FILE_NAME
    try:
        data = read_plain(path)
    except OSError as error:
        raise recording_error(error, path, "read") from error
    try:
        samples = _decoded(data, path)
        _check(samples)
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise damaged(folder, str(error)) from error
    return samples


def damaged(folder: Path, reason: str) -> RecordingError:
    """Say that a folder's table is damaged."""
    path = folder / FILE_NAME
    return RecordingError(
        f"{path} is damaged ({reason}); run `imu-tempo repair {folder}` to make it again from the packets",
        path=str(path),
    )


def _decoded(data: bytes, path: Path) -> Samples:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # On this thread alone: threads of pyarrow that outlive the interpreter abort it at its end.
    file = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False, page_checksum_verification=True)
    if not 0 <= file.metadata.num_rows <= MAX_SAMPLES:
        raise _too_many(path)
    has_gyr = any(name in GYR_COLUMNS for name in file.schema_arrow.names)
    names = ["t_s", *ACC_COLUMNS, *(GYR_COLUMNS if has_gyr else ())]
    for name in (*names, "lost_before"):
        field, expected = file.schema_arrow.field(name), pa.int64() if name == "lost_before" else pa.float64()
        if field.type != expected:
            raise ValueError(f"{name} holds {field.type}, {expected} was expected")
    table = file.read(columns=[*names, "lost_before"], use_threads=False)
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    return Samples(
        t_s=columns["t_s"],
        acc_mps2=np.stack([columns[name] for name in ACC_COLUMNS], axis=1),
        gyr_radps=np.stack([columns[name] for name in GYR_COLUMNS], axis=1) if has_gyr else None,
        lost_before=columns["lost_before"],
    )


def _check(samples: Samples) -> None:
    """Refuse numbers that no recording holds; a gyro that was away is NaN."""
    if not len(samples):
        return
    t_s, gyr = samples.t_s, samples.gyr_radps
    if samples.lost_before.dtype != np.int64 or samples.lost_before.min() < 0:
        raise ValueError("lost_before holds what is no number of samples")
    if not (t_s[0] > -MOST_TIME_S and t_s[-1] < MOST_TIME_S and (t_s[1:] > t_s[:-1]).all()):
        raise ValueError("t_s does not go forward")
    acc = samples.acc_mps2
    if not (acc.min() > -MOST_ACC_MPS2 and acc.max() < MOST_ACC_MPS2):  # NaN too
        raise ValueError("a sample that no sensor can measure")
    if gyr is not None and _largest(gyr) >= MOST_GYR_RADPS:
        raise ValueError("an angular rate that no sensor can measure")


def _largest(values: NDArray[np.float64]) -> float:
    """Return the largest magnitude, NaN left out."""
    return float(max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None)))
