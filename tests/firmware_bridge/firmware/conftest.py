"""The firmware's programs, built once with the sanitisers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware_bridge.firmware.building import make


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sensor for the host and the check programs."""
    build = tmp_path_factory.mktemp("firmware")
    for target in ("all", "check"):
        make(target, build, SANITIZE="1", CC="gcc")
    return build
