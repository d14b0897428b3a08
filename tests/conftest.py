"""Settings for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no defect: pytest's timeout alone judges what an example costs. Built on the settings that
# hypothesis chooses by itself, so that a CI run stays reproducible.
settings.register_profile(
    "any-load", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any-load")


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep histories and calibrations of tests, and of the processes they start, out of the user's own."""
    home = tmp_path_factory.mktemp("home")
    before = os.environ.get("IMU_TEMPO_HOME")
    os.environ["IMU_TEMPO_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["IMU_TEMPO_HOME"]
    else:
        os.environ["IMU_TEMPO_HOME"] = before
