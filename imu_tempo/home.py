"""Where this user's data lives: the history and the calibrations."""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT = "IMU_TEMPO_HOME"
"""Environment variable that names another folder."""


def data_home() -> Path:
    """Return the folder of this user's data: ``IMU_TEMPO_HOME``, or where the system keeps such data."""
    if chosen := os.environ.get(ENVIRONMENT):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("imu-tempo", appauthor=False)
