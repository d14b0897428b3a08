"""Each way in which a sensor's start fails that a caller may want to tell apart."""

from __future__ import annotations

from firmware_bridge.errors import LinkError


class NoAnswerError(LinkError):
    """The sensor does not answer a request of its own protocol."""


class SettingRefusedError(LinkError):
    """The sensor refuses to stream as it was asked to, or says that it streams otherwise."""


class UnknownVersionError(LinkError):
    """The sensor is another model, or has other firmware, than its driver knows."""
