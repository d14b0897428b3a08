"""What a restart needs to go on where it was: a file beside the recordings.

It may have been cut off, written by another version, or come in an archive from somebody else: what is not as
it should be is left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from firmware_bridge.untrusted import parse_json, read_plain
from imu_tempo.errors import TempoError
from imu_tempo.live.web.setup import Setup

FILE_NAME = ".coach.json"
MOST_BYTES = 1 << 20
"""A day of a hundred recordings takes twenty thousand."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a bar was set to, and its sensor; None where that is not known."""

    setup: Setup | None = None
    sensor: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What held on a day.

    Attributes
    ----------
    bars
        By their id.
    recordings
        What was chosen for each recording, by key.
    """

    bars: Mapping[str, Bar] = field(default_factory=dict)
    recordings: Mapping[str, Setup] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, day: date) -> Memory:
        """Return what was written that day; nothing where it was on another, or cannot be read."""
        document = _document(folder / FILE_NAME)
        if document.get("day") != day.isoformat():
            return cls()
        return cls(
            {
                id_: Bar(_setup(said.get("setup")), _name(said.get("sensor")))
                for id_, said in _each(document, "bars")
            },
            {key: setup for key, said in _each(document, "recordings") if (setup := _setup(said))},
        )

    def write(self, folder: Path, day: date) -> None:
        """Write it down, the old file or the new one; one that cannot be written costs only that."""
        document = {
            "day": day.isoformat(),
            "bars": {
                id_: {"setup": bar.setup.as_json() if bar.setup else None, "sensor": bar.sensor}
                for id_, bar in self.bars.items()
            },
            "recordings": {key: setup.as_json() for key, setup in self.recordings.items()},
        }
        half = folder / f"{FILE_NAME}.part"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            half.unlink(missing_ok=True)  # a link that lies there must not be written through
            with half.open("x", encoding="utf-8") as file:
                json.dump(document, file)
            os.replace(half, folder / FILE_NAME)  # noqa: PTH105 - the old file or the new one


def _document(path: Path) -> dict[str, Any]:
    try:
        document = parse_json(read_plain(path, MOST_BYTES))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _each(document: dict[str, Any], name: str) -> list[tuple[str, dict[str, Any]]]:
    found = document.get(name)
    items = found.items() if isinstance(found, dict) else ()
    return [(key, said) for key, said in items if isinstance(said, dict)]


def _setup(said: object) -> Setup | None:
    with suppress(TempoError):
        return Setup.read(said) if isinstance(said, dict) and said else None
    return None


def _name(said: object) -> str | None:
    return said if isinstance(said, str) and said.isprintable() else None
