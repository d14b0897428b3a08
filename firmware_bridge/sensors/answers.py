"""What drivers make of a sensor's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors.refusals import NoAnswerError, UnknownVersionError

T = TypeVar("T")

SHOWN_BYTES = 16
"""Of bytes that make no sense, so many are shown."""


def understood(decode: Callable[[bytes], T], answer: bytes | None) -> T:
    """Decode an answer that a start cannot do without.

    Raises
    ------
    NoAnswerError
        There is none.
    UnknownVersionError
        The sensor's format, as far as we know it, does not allow it.
    """
    if answer is None:
        raise NoAnswerError("the sensor gave no answer", advice="move closer and try again")
    try:
        return decode(answer)
    except DecodeError as error:
        raise UnknownVersionError(
            f"the sensor's answer makes no sense: {error}", advice="update its firmware or imu-tempo"
        ) from error


def text(payload: bytes) -> str:
    """Read a string that a sensor tells of itself, whatever is in it; what no screen shows is replaced."""
    words = payload.decode("utf-8", errors="replace").rstrip("\0")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in words)


def first_bytes(data: bytes) -> str:
    """Return the first bytes of what came, for a message."""
    if len(data) <= SHOWN_BYTES:
        return repr(data.hex(" "))
    return f"{data[:SHOWN_BYTES].hex(' ')!r} and {len(data) - SHOWN_BYTES} more"
