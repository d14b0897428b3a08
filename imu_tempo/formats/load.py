"""The one door: whatever a user points at becomes a checked :class:`Source`."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_bridge.samples import SensorInfo
from imu_tempo.errors import SourceError
from imu_tempo.formats import checks
from imu_tempo.formats.blocks import find_clock, split
from imu_tempo.formats.canonical import Table, from_frame, from_parquet
from imu_tempo.formats.signal_facts import signal_facts
from imu_tempo.formats.source import Fact, Source, SourceLike

if TYPE_CHECKING:
    import pandas as pd

# A clock that starts beyond this many seconds (three years) counts from an epoch, not from the session.
_EPOCH_S = 1e8


def load(source: SourceLike, *, check_units: bool = True) -> Source:
    """Read a recording, a canonical table or a DataFrame, and check that it is what it says.

    Parameters
    ----------
    source
        Path of a recording folder, of a CSV (``.csv``, ``.csv.gz``) or Parquet file with the canonical
        columns ``t_s, acc_x_mps2, acc_y_mps2, acc_z_mps2[, gyr_x_radps, gyr_y_radps, gyr_z_radps]``, or a
        DataFrame with them. Other columns are ignored and named in ``meta``. A :class:`Source` is
        returned as it is.
    check_units
        False takes accelerations and angular rates as they are, though they look like another unit.

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
        return _load_path(Path(source), check_units=check_units)
    if hasattr(source, "columns") and hasattr(source, "iloc"):
        return _load_frame(source, check_units=check_units)
    raise SourceError(
        f"cannot read a {type(source).__name__}: expected a path, or a DataFrame with the columns t_s,"
        " acc_x_mps2, acc_y_mps2, acc_z_mps2."
    )


def _load_frame(frame: pd.DataFrame, *, check_units: bool) -> Source:
    return _checked(
        from_frame(frame, source="DataFrame"), name="DataFrame", driver="dataframe", check_units=check_units
    )


def _load_path(path: Path, *, check_units: bool) -> Source:
    try:
        if not path.exists():
            raise SourceError(f"{path} does not exist: check the path.", source=str(path))
        if path.is_dir():
            from imu_tempo.formats.recording import load_recording

            return load_recording(path, check_units=check_units)
        if path.suffix.lower() in (".parquet", ".pq"):
            return _checked(from_parquet(path), name=str(path), driver="parquet", check_units=check_units)
        from imu_tempo.formats.csv_file import from_csv

        return _checked(from_csv(path), name=str(path), driver="csv", check_units=check_units)
    except PermissionError as error:
        raise SourceError(
            f"{path} may not be read: ask its owner for permission, or copy it.", source=str(path)
        ) from error
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}.", source=str(path)
        ) from error


def _checked(table: Table, *, name: str, driver: str, check_units: bool) -> Source:
    """Check a table and cut it into blocks."""
    kept = table.finite()
    nan_rows = len(table.t_s) - len(kept.t_s)
    if not len(kept.t_s):
        raise SourceError(
            f"{name} has no whole row: every one of its {nan_rows} rows lacks a number in t_s or an"
            " acceleration; check how it was exported.",
            source=name,
        )
    checks.check_time(kept, source=name)
    t_s = kept.t_s
    meta: dict[str, str | float] = {}
    if t_s[0] > _EPOCH_S:
        meta["epoch_s"] = float(t_s[0])
        t_s = t_s - t_s[0]
    clock = find_clock(t_s)
    if table.ignored:
        meta["ignored_columns"] = " ".join(table.ignored)
    quality: dict[str, Fact] = {"gaps": len(clock.lost), "lost_samples": int(clock.lost.sum())}
    if nan_rows:
        quality["nan_rows"] = nan_rows
    if table.gyr is not None and kept.gyr is None:
        quality["gyro"] = "no readings"
    if table.truncated:
        quality["truncated"] = table.truncated
    quality |= signal_facts(kept, 1.0 / clock.period_s, source=name, check_units=check_units)
    info = SensorInfo(driver=driver, rate_hz=1.0 / clock.period_s, time_source="device")
    return Source(name, info, split(t_s, kept.acc, kept.gyr, clock), meta, quality)
