"""Where the licensed recordings lie that are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "IMU_TEMPO_SHARED"
"""Environment variable that names the folder holding ``data/``, where it is not beside the repository."""


def shared_data(name: str) -> Path | None:
    """Return the folder of a data set, or None where it is missing."""
    given = os.environ.get(VARIABLE)
    root = Path(given) if given else Path(__file__).resolve().parents[2] / "shared"
    folder = root / "data" / name
    return folder if folder.is_dir() else None


def missing(name: str) -> str:
    """Return the line that says why a data set is skipped."""
    return f"skipped {name}: no folder ../shared/data/{name} beside the repository, nor under ${VARIABLE}"
