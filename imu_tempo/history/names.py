"""Names of athletes, in a file of their own that nothing else reads: ids are what is kept everywhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

from firmware_bridge.untrusted import DOCUMENT_BYTES, parse_json, read_plain
from imu_tempo.errors import TempoError

FILE_NAME = "names.json"


def read_names(folder: Path) -> dict[str, str]:
    """Return the names by athlete id; none where nobody entered any.

    Raises
    ------
    TempoError
        The file is damaged.
    """
    path = folder / FILE_NAME
    try:
        data = parse_json(read_plain(path, DOCUMENT_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise TempoError(f"{path} cannot be read ({error}): mend it or move it away.") from error
    if not isinstance(data, dict):
        raise TempoError(f'{path} holds no names: expected {{"A12": "Anna"}}; mend it or move it away.')
    return {str(athlete): str(name) for athlete, name in data.items()}


def write_name(folder: Path, athlete: str, name: str | None) -> None:
    """Enter an athlete's name; None removes it.

    Raises
    ------
    TempoError
        The file is damaged or cannot be written.
    """
    names = read_names(folder)
    if name is None and athlete not in names:
        return
    if name is None:
        del names[athlete]
    else:
        names[athlete] = name
    path = folder / FILE_NAME
    half = path.with_name(f"{FILE_NAME}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half.write_text(json.dumps(names, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(half, path)  # noqa: PTH105 - a reader sees the old file or the new one
    except OSError as error:
        raise TempoError(f"{path} cannot be written ({(error.strerror or str(error)).lower()}).") from error
