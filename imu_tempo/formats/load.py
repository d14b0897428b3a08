"""The one door: whatever a user points at becomes a checked :class:`Source`."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.samples import SensorInfo
from imu_tempo.errors import SourceError
from imu_tempo.formats.canonical import from_frame, from_parquet
from imu_tempo.formats.checked import checked
from imu_tempo.formats.foreign import foreign_export, load_foreign
from imu_tempo.formats.source import Source, SourceLike

if TYPE_CHECKING:
    import pandas as pd

    from imu_tempo.formats.readers import ReadOptions


def load(source: SourceLike, *, check_units: bool = True, options: ReadOptions | None = None) -> Source:
    """Read a recording, a table, another tool's file or a DataFrame, and check that it is what it says.

    Parameters
    ----------
    source
        Path of a recording folder, of a CSV (``.csv``, ``.csv.gz``) or Parquet file with the canonical
        columns ``t_s, acc_x_mps2, acc_y_mps2, acc_z_mps2[, gyr_x_radps, gyr_y_radps, gyr_z_radps]``, or a
        DataFrame with them. Other columns are ignored and named in ``meta``. Or another tool's file, folder
        or zip, told by its header (``imu-tempo formats`` lists them). A :class:`Source` is returned as it is.
    check_units
        False takes accelerations and angular rates as they are, though they look like another unit.
    options
        What the user says of another tool's file: its format, which device of it, its columns.

    Returns
    -------
    Source
        Sample blocks, cut where samples are missing.

    Raises
    ------
    SourceError
        With one sentence: what was found, where, what was expected, what to do.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (str, PathLike)):
        return _load_path(Path(source), check_units=check_units, options=options)
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return _load_frame(source, check_units=check_units)
    raise SourceError(
        f"cannot read a {type(source).__name__}: expected a path, or a DataFrame with the columns t_s,"
        " acc_x_mps2, acc_y_mps2, acc_z_mps2."
    )


def _load_frame(frame: pd.DataFrame, *, check_units: bool) -> Source:
    return checked(
        from_frame(frame, source="DataFrame"),
        name="DataFrame",
        info=SensorInfo("dataframe"),
        check_units=check_units,
    )


def _load_path(path: Path, *, check_units: bool, options: ReadOptions | None) -> Source:
    try:
        if not path.exists():
            raise SourceError(f"{path} does not exist: check the path.", source=str(path))
        export = foreign_export(path, options)
        if export is not None:
            return load_foreign(export, options, check_units=check_units)
        if path.is_dir():
            from imu_tempo.formats.recording import load_recording

            return load_recording(path, check_units=check_units)
        if path.suffix.lower() in (".parquet", ".pq"):
            return checked(
                from_parquet(path), name=str(path), info=SensorInfo("parquet"), check_units=check_units
            )
        from imu_tempo.formats.csv_file import from_csv

        return checked(from_csv(path), name=str(path), info=SensorInfo("csv"), check_units=check_units)
    except PermissionError as error:
        raise SourceError(
            f"{path} may not be read: ask its owner for permission, or copy it.", source=str(path)
        ) from error
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}.", source=str(path)
        ) from error
