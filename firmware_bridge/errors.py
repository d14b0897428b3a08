"""The error tree of the bridge: every failure a caller may want to tell apart has a type and its facts."""

from __future__ import annotations

from firmware_bridge.untrusted import one_line


class BridgeError(Exception):
    """Anything that goes wrong between a sensor and its samples.

    Parameters
    ----------
    message
        What failed, what was expected, what to do; kept as one printable line, whatever words from outside
        stand in it.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(message))


class LinkError(BridgeError):
    """The radio or the sensor failed; ``firmware_bridge.link`` has a type for each way.

    Parameters
    ----------
    problem
        What failed, and what was expected.
    sensor
        Name or address of the sensor, where one is known.
    advice
        What to do about it; may be part of `problem` instead.
    """

    def __init__(self, problem: str, *, sensor: str | None = None, advice: str = "") -> None:
        super().__init__(f"{problem}; {advice}" if advice else problem)
        self.problem = problem
        self.sensor = sensor
        self.advice = advice


class DecodeError(BridgeError):
    """Bytes from a sensor that its format does not allow.

    Parameters
    ----------
    message
        What was found and what the format allows.
    offset
        Byte offset inside the packet where it stopped making sense.
    """

    def __init__(self, message: str, *, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


class RecordingError(BridgeError):
    """A recording on disk that cannot be read or written.

    Parameters
    ----------
    message
        What failed, where, and what to do.
    path
        The file or folder.
    """

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path
