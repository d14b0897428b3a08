"""Calibrations as JSON files: one a sensor in the user's data folder, or wherever the user wants them."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, fields
from os import PathLike
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import numpy as np

from firmware_bridge.samples import SensorInfo
from firmware_bridge.untrusted import SETTINGS_BYTES, parse_json, read_plain
from imu_tempo.calibration.sensor import UNCALIBRATED, SensorCalibration
from imu_tempo.errors import SourceError, TempoError
from imu_tempo.home import data_home

FORMAT = "imu-tempo/calibration/1"
_FAMILY = "imu-tempo/calibration/"
_LONGEST_NAME = 120

CalibrationLike: TypeAlias = "SensorCalibration | str | PathLike[str]"
"""A calibration, or the path of one that was saved."""


def calibration_for(choice: CalibrationLike | None, info: SensorInfo | None) -> SensorCalibration:
    """Return the calibration to use: the chosen one, else the sensor's stored one, else ``UNCALIBRATED``.

    Raises
    ------
    SourceError
        The file is not a calibration.
    """
    if isinstance(choice, SensorCalibration):
        return choice
    if choice is not None:
        return load_calibration(choice)
    for sensor in (info.address, info.name) if info else ():
        if sensor and stored_path(sensor).is_file():
            return load_calibration(stored_path(sensor))
    return UNCALIBRATED


def calibrations_folder() -> Path:
    """Return the folder that holds this user's calibrations."""
    return data_home() / "calibrations"


def stored_path(sensor: str) -> Path:
    """Return where the calibration of a sensor is kept, by its address or name."""
    name = quote(sensor, safe=" ", errors="replace")
    if len(name) > _LONGEST_NAME:  # no file system takes more than 255 bytes
        name = f"{name[:_LONGEST_NAME]}-{hashlib.sha256(sensor.encode(errors='replace')).hexdigest()}"
    return calibrations_folder() / f"{name}.json"


def save_calibration(calibration: SensorCalibration, path: str | PathLike[str] | None = None) -> Path:
    """Write a calibration, by default as the stored one of its sensor; return the path.

    Raises
    ------
    TempoError
        It cannot be written there.
    """
    target = Path(path) if path is not None else stored_path(calibration.sensor)
    text = json.dumps({"format": FORMAT, **asdict(calibration)}, indent=2, ensure_ascii=False)
    half = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        half.write_text(f"{text}\n", encoding="utf-8")
        os.replace(half, target)  # noqa: PTH105 - a reader sees the old file or the new one, nothing between
    except OSError as error:
        raise TempoError(
            f"{target} cannot be written ({(error.strerror or str(error)).lower()}): choose another place."
        ) from error
    return target


def load_calibration(path: str | PathLike[str]) -> SensorCalibration:
    """Read a calibration.

    Raises
    ------
    SourceError
        It does not exist, or is something else, or of a version that is not known here.
    """
    name = str(path)
    try:
        data = parse_json(read_plain(path, SETTINGS_BYTES))
    except OSError as error:
        raise SourceError(
            f"{name} cannot be read ({(error.strerror or str(error)).lower()}): expected a calibration that"
            " imu-tempo calibrate wrote.",
            source=name,
        ) from error
    except ValueError as error:
        raise SourceError(_not_one(name, "it is no JSON"), source=name) from error
    found = data.get("format") if isinstance(data, dict) else None
    if not isinstance(data, dict) or found != FORMAT:
        if isinstance(found, str) and found.startswith(_FAMILY):
            raise SourceError(
                f"{name} is of format {found}, and this imu-tempo reads {FORMAT}: update imu-tempo, or"
                " calibrate the sensor again.",
                source=name,
            )
        raise SourceError(_not_one(name, f"its format is {found!r}"), source=name)
    try:
        return _parsed(data)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SourceError(_not_one(name, f"its numbers are damaged ({error})"), source=name) from error


def _not_one(name: str, why: str) -> str:
    return f"{name} is not a calibration: {why}, expected a file that imu-tempo calibrate wrote."


def _parsed(data: dict[str, object]) -> SensorCalibration:
    """Build the value; anything of the wrong shape raises one of the built-in errors."""
    values: dict[str, object] = {}
    for column in fields(SensorCalibration):
        value = data[column.name]
        if column.type == "Vector":
            numbers = np.asarray(value, dtype=np.float64)
            if numbers.shape != (3,) or not np.isfinite(numbers).all():
                raise ValueError(f"{column.name} is {value!r}")
            value = tuple(numbers.tolist())
        elif column.type in ("float", "int"):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
                raise ValueError(f"{column.name} is {value!r}")
        elif not isinstance(value, str):
            raise ValueError(f"{column.name} is {value!r}")
        values[column.name] = value
    calibration = SensorCalibration(**values)  # type: ignore[arg-type]
    if min(calibration.scale) <= 0.0:
        raise ValueError(f"scale is {calibration.scale}")
    return calibration
