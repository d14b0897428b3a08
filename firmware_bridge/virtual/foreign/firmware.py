"""What a virtual sensor of another make is told and says, without its radio."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.profile.wire import STANDARD_GRAVITY_MPS2
from firmware_bridge.virtual.source import SampleSource

FULL_SCALE = 32768

Message = tuple[str, bytes]
"""A characteristic and its value."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A characteristic: whether it can be read and written, and whether it notifies."""

    uuid: str
    read: bool = field(default=False, kw_only=True)
    write: bool = False
    notify: bool = False


class Firmware(ABC):
    """The protocol of a sensor family, from the sensor's side. To add a family, fill in the abstract parts.

    Written from the sensor's documents and not with the driver's code, so that the two can disagree.

    Parameters
    ----------
    source
        What the sensor measures.

    Attributes
    ----------
    name, service_uuid, wires
        What it advertises, and its characteristics.
    whole_packets
        It never sends a packet that is not full, not even at the end.
    running
        Whether it streams.
    listened
        Characteristics that someone listens to.
    """

    name: ClassVar[str]
    service_uuid: ClassVar[str]
    wires: ClassVar[tuple[Wire, ...]]
    whole_packets: ClassVar[bool] = False

    def __init__(self, source: SampleSource) -> None:
        self.source = source
        self.running = False
        self.listened: set[str] = set()

    @property
    @abstractmethod
    def samples_per_packet(self) -> int:
        """Samples that are sent at once."""

    @abstractmethod
    def command(self, uuid: str, data: bytes) -> list[Message]:
        """Carry out what was written, and return the notifications that answer it."""

    @abstractmethod
    def packet(self, first: int, end: int) -> list[Message]:
        """Encode samples of the source, by position."""

    def value(self, uuid: str) -> bytes:
        """Return what a characteristic holds when it is read."""
        return b""

    def subscribed(self, uuid: str, *, on: bool) -> None:
        """Take note that someone listens to a characteristic, or no longer."""
        (self.listened.add if on else self.listened.discard)(uuid)

    def hung_up(self) -> None:
        """Take note that the connection is gone."""
        self.running = False
        self.listened = set()

    def acc_g(self, first: int, end: int) -> NDArray[np.float64]:
        """Return (n, 3) accelerations in g."""
        return self.source.acc_raw[first:end].astype(np.float64) * (self.source.acc_range_g / FULL_SCALE)

    def acc_mps2(self, first: int, end: int) -> NDArray[np.float64]:
        """Return (n, 3) accelerations in m/s^2."""
        return self.acc_g(first, end) * STANDARD_GRAVITY_MPS2

    def gyr_dps(self, first: int, end: int) -> NDArray[np.float64]:
        """Return (n, 3) angular rates in deg/s; zeros where the source has no gyro."""
        if self.source.gyr_raw is None:
            return np.zeros((end - first, 3))
        return self.source.gyr_raw[first:end].astype(np.float64) * (self.source.gyr_range_dps / FULL_SCALE)
