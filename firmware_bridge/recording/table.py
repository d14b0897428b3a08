"""``samples.parquet``: the samples in SI units, made from the packets and never the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import RecordingError
from firmware_bridge.recording.files import recording_error, replacing
from firmware_bridge.samples import SampleBlock

FILE_NAME = "samples.parquet"
FORMAT_VERSION = b"1"

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


def join(blocks: Sequence[SampleBlock]) -> Samples:
    """Put blocks in a row; a block without a gyro among others gives NaN."""
    lengths = [len(block) for block in blocks]
    total = sum(lengths)
    lost_before = np.zeros(total, dtype=np.int64)
    lost_before[np.cumsum([0, *lengths[:-1]])[: len(blocks)]] = [block.lost_before for block in blocks]
    gyr = None
    if any(block.gyr_radps is not None for block in blocks):
        gyr = np.concatenate(
            [np.full((len(b), 3), np.nan) if b.gyr_radps is None else b.gyr_radps for b in blocks]
        )
    return Samples(
        t_s=np.concatenate([np.empty(0), *(block.t_s for block in blocks)]),
        acc_mps2=np.concatenate([np.empty((0, 3)), *(block.acc_mps2 for block in blocks)]),
        gyr_radps=gyr,
        lost_before=lost_before,
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
            table, file, compression="zstd", use_dictionary=repeating, use_byte_stream_split=["t_s"]
        )


def read(folder: Path) -> Samples:
    """Read the folder's table.

    Raises
    ------
    RecordingError
        It is not there, damaged, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / FILE_NAME
    try:
        # On this thread alone: threads of pyarrow that outlive the interpreter abort it at its end.
        table = pq.read_table(pa.BufferReader(path.read_bytes()), use_threads=False, pre_buffer=False)
        columns = {name: table.column(name).to_numpy() for name in table.column_names}
        has_gyr = GYR_COLUMNS[0] in columns
        return Samples(
            t_s=columns["t_s"],
            acc_mps2=_matrix([columns[name] for name in ACC_COLUMNS]),
            gyr_radps=_matrix([columns[name] for name in GYR_COLUMNS]) if has_gyr else None,
            lost_before=columns["lost_before"],
        )
    except (pa.ArrowException, KeyError) as error:
        raise RecordingError(
            f"{path} is damaged ({error}); run `imu-tempo repair {folder}` to make it again from the packets",
            path=str(path),
        ) from error
    except OSError as error:
        raise recording_error(error, path, "read") from error


def _matrix(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.stack(columns, axis=1)
