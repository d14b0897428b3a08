"""Six-position calibration of a sensor: its stills found, its errors fitted, kept and applied."""

from imu_tempo.calibration.fit import CalibrationFit, fit_calibration
from imu_tempo.calibration.sensor import UNCALIBRATED, SensorCalibration
from imu_tempo.calibration.stills import Still, find_stills
from imu_tempo.calibration.store import (
    CalibrationLike,
    calibration_for,
    calibrations_folder,
    load_calibration,
    save_calibration,
    stored_path,
)

__all__ = [
    "UNCALIBRATED",
    "CalibrationFit",
    "CalibrationLike",
    "SensorCalibration",
    "Still",
    "calibration_for",
    "calibrations_folder",
    "find_stills",
    "fit_calibration",
    "load_calibration",
    "save_calibration",
    "stored_path",
]
