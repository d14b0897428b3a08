"""The sensor's transmit queue, and whether the radio that empties it is blocked or only late."""

from __future__ import annotations

import asyncio
from typing import Any

TX_QUEUE_PACKETS = 16
"""Notifications that wait for the radio, controller included: 4 kB of RAM, 0.64 s at 40 ms each."""

BLOCKED_INTERVALS = 2
"""Connection intervals without a packet going out after which the radio counts as blocked."""

BLOCKED_LOOKS = 3
"""And so often the queue was found unmoved: an event loop that was busy elsewhere delays the virtual sensor
and the virtual radio alike, and must not cost samples that a real sensor would keep."""


class TransmitQueue:
    """What one connection has taken and not yet sent.

    Parameters
    ----------
    connection
        Bumble's connection to the central.
    interval_s
        Wall time between connection events.
    """

    def __init__(self, connection: Any, interval_s: float) -> None:
        self._packets = connection.device.host.le_acl_packet_queue
        self._interval_s = interval_s
        self._completed = -1
        self._moved_s = 0.0
        self._looks = 0

    def full(self) -> bool:
        """Whether there is no room for another packet."""
        return bool(self._packets.pending >= TX_QUEUE_PACKETS)

    def blocked(self) -> bool:
        """Whether the radio has sent nothing for some time; call it once a round while the queue is full."""
        now_s = asyncio.get_running_loop().time()
        if self._packets.completed != self._completed:
            self._completed, self._moved_s, self._looks = self._packets.completed, now_s, 0
        self._looks += 1
        return self._looks > BLOCKED_LOOKS and now_s - self._moved_s > BLOCKED_INTERVALS * self._interval_s
