"""A protocol's score as a JSON object."""

from __future__ import annotations

import math
from dataclasses import asdict

from imu_tempo.protocols.score import ProtocolScore

_DECIMALS = 6


def score_object(score: ProtocolScore) -> dict[str, object]:
    """Return name, title, a record a set and the sentences; numbers that are not there are null."""
    return {
        "name": score.protocol.name,
        "title": score.protocol.title,
        "clinician": score.protocol.clinician,
        "sets": [{key: _plain(value) for key, value in asdict(row).items()} for row in score.rows],
        "sentences": list(score.sentences),
    }


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    return value
