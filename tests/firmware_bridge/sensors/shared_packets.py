"""Packets recorded from real sensors, which lie beside the project and are no part of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PACKETS = Path(__file__).resolve().parents[4] / "shared" / "vectors" / "packets.json"


def shared_packets(family: str) -> list[dict[str, Any]]:
    """Return a family's packets with what they decode to; skip the test where they are missing."""
    if not PACKETS.is_file():
        pytest.skip(f"no {PACKETS.name} beside the repository: {PACKETS}")
    return json.loads(PACKETS.read_bytes())[family]["packets"]
