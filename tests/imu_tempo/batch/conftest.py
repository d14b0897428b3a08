"""The recordings that batches are tried on, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.imu_tempo.batch.made_recordings_many import copied, make_recordings


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four recordings; not to be changed."""
    folder = tmp_path_factory.mktemp("recordings")
    make_recordings(folder)
    return folder


@pytest.fixture
def own(recordings: Path, tmp_path: Path) -> Path:
    """Four recordings, to be done with as a test likes."""
    return copied(recordings, tmp_path / "recordings")
