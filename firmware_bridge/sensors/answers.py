"""What drivers make of a sensor's answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors.refusals import NoAnswerError, UnknownVersionError

T = TypeVar("T")


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
    """Read a string of the Device Information service, whatever is in it."""
    return payload.decode("utf-8", errors="replace").rstrip("\0")
