"""Puts this folder on the path, so that its tests can import made_history; a fresh history for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imu_tempo.history import History


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def history(home: Path) -> Iterator[History]:
    with History(home) as opened:
        yield opened
