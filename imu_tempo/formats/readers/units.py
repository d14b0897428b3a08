"""Unit words as files spell them, and what to multiply by to get SI."""

from __future__ import annotations

import math
import re

from imu_tempo.errors import TempoError
from imu_tempo.signal.constants import GRAVITY_MPS2

_DEGREE = math.pi / 180.0

ACC = {"m/s^2": 1.0, "g": GRAVITY_MPS2, "mg": GRAVITY_MPS2 / 1000.0, "cm/s^2": 0.01, "ft/s^2": 0.3048}
"""m/s^2 in each unit of acceleration."""

RATE = {"rad/s": 1.0, "deg/s": _DEGREE, "mdeg/s": _DEGREE / 1000.0, "deg/s/16": _DEGREE / 16.0}
"""rad/s in each unit of angular rate."""

TIME = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}
"""Seconds in each unit of time."""

_SPELLINGS = {
    "m/s2": "m/s^2",
    "m/s/s": "m/s^2",
    "m/(s^2)": "m/s^2",
    "m/(sec^2)": "m/s^2",
    "mps2": "m/s^2",
    "ms-2": "m/s^2",
    "ms^-2": "m/s^2",
    "milli-g": "mg",
    "dps": "deg/s",
    "deg/sec": "deg/s",
    "degrees/s": "deg/s",
    "mdps": "mdeg/s",
    "rads": "rad/s",
    "radps": "rad/s",
    "rad/sec": "rad/s",
    "sec": "s",
    "seconds": "s",
    "msec": "ms",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}


def plain(text: str) -> str:
    """Return a unit or column name in lower case, with ASCII for the signs that files spell in many ways."""
    text = text.strip().strip("\"'").lower().translate({0xB2: "^2", 0xB0: "deg", 0xB5: "u", 0x3BC: "u"})
    return re.sub(r"\s+", " ", text.replace("²", "^2").replace("º", "deg"))


def factor(unit: str, known: dict[str, float], *, what: str) -> float:
    """Return what to multiply by.

    Raises
    ------
    TempoError
        The unit is not known; the message lists those that are.
    """
    word = plain(unit).replace(" ", "").replace("*", "")
    word = _SPELLINGS.get(word, word)
    if word not in known:
        raise TempoError(f"{unit!r} is no unit of {what} known here: expected {', '.join(known)}.")
    return known[word]
