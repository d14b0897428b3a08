"""The firmware's programs, built once with the sanitisers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware_bridge.firmware.building import make, missing


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sensor for the host and the check programs."""
    absent = missing("gcc", "make")
    if absent:
        pytest.skip(f"the firmware is not built: no {' and no '.join(absent)} here")
    build = tmp_path_factory.mktemp("firmware")
    make("all", build, SANITIZE="1", CC="gcc")
    make("check", build, SANITIZE="1", CC="gcc")
    return build
