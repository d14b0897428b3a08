"""Errors that a user can mend: each message is one sentence: what, where, what was expected, what to do."""

from __future__ import annotations


class TempoError(Exception):
    """Anything a caller gave that cannot be used; the message says what to do."""


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
