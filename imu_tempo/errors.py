"""Errors that a user can mend: each message is one sentence: what, where, what was expected, what to do."""

from __future__ import annotations

from firmware_bridge.untrusted import one_line


class TempoError(Exception):
    """Anything a caller gave that cannot be used; the message says what to do.

    Parameters
    ----------
    message
        What was found, what was expected, what to do; kept as one printable line, whatever words from outside
        stand in it.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(message))


class SourceError(TempoError):
    """A recording, file or table that is not what it should be.

    Parameters
    ----------
    message
        What was found, what was expected, what to do.
    source
        Where it was found.
    """

    def __init__(self, message: str, *, source: str | None = None) -> None:
        super().__init__(message)
        self.source = source


class UnknownNameError(TempoError):
    """A name (exercise, sensor, preset) that does not exist; the message lists near ones."""
