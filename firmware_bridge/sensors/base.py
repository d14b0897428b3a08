"""The driver protocol and the registry.

A driver does no I/O. The link asks it what to do (:class:`Action`), does that, journals every byte that comes
back as a :class:`RawPacket`, and hands the same packets to the session's ``decode``. A replay hands it the
packets of the journal instead, and cannot tell the difference.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import BridgeError
from firmware_bridge.samples import SensorInfo, TimeSource

ENTRY_POINT_GROUP = "imu_tempo.sensors"

MODEL_UUID = "00002a24-0000-1000-8000-00805f9b34fb"  # Device Information: model number string
FIRMWARE_UUID = "00002a26-0000-1000-8000-00805f9b34fb"  # Device Information: firmware revision string

MIN_RATE_HZ = 1e-3  # guards the ratio of rates against a wish for 0 Hz

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What is heard of a sensor before connecting. UUIDs are lowercase, 128-bit."""

    name: str | None
    address: str
    rssi_dbm: int | None = None
    service_uuids: tuple[str, ...] = ()
    manufacturer_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a user asks of a sensor; a sensor may answer with the nearest it can do.

    ``gyr_range_dps = 0`` asks for the accelerometer alone.
    """

    rate_hz: float = 200.0
    acc_range_g: int = 16
    gyr_range_dps: int = 2000
    latency_ms: int = 40


@dataclass(frozen=True, slots=True)
class Offer:
    """What sensors of a family can be set to, for people to read and for a driver to choose from.

    Attributes
    ----------
    models
        Names that people know them by, with a condition (firmware) where there is one.
    rates_hz
        Sample rates, rising; empty where any rate is possible.
    acc_ranges_g, gyr_ranges_dps
        Ranges, rising; empty where they cannot be chosen, or any is possible.
    time_source
        Where sample times come from; it says how well losses are known, see
        :class:`~firmware_bridge.samples.SensorInfo`.
    """

    models: str
    rates_hz: tuple[float, ...] = ()
    acc_ranges_g: tuple[int, ...] = ()
    gyr_ranges_dps: tuple[int, ...] = ()
    time_source: TimeSource = "device"


def nearest_rate(wanted_hz: float, offered_hz: Iterable[float]) -> float:
    """Return the offered rate whose ratio to the wanted one is nearest 1; the faster one of two."""
    return min(offered_hz, key=lambda rate: (abs(math.log(rate / max(wanted_hz, MIN_RATE_HZ))), -rate))


def covering_range(wanted: int, offered: Iterable[int]) -> int:
    """Return the smallest range that covers the wanted one, else the largest: a clipped peak is lost."""
    rising = sorted(offered)
    return next((size for size in rising if size >= wanted), rising[-1])


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Turn on notifications or indications of a characteristic."""

    uuid: str


@dataclass(frozen=True, slots=True)
class Read:
    """Read a characteristic. The answer is its value, or None where it is optional and absent."""

    uuid: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """Write a characteristic, with or without the sensor's acknowledgement."""

    uuid: str
    data: bytes
    response: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """Write a characteristic, and wait for the sensor's answer to it.

    Attributes
    ----------
    uuid, data
        What is written.
    answer
        The characteristic on which the answer comes as an indication or notification; None is the same one.
    prefix
        How the answer begins: what else comes on that characteristic (samples) is no answer.
    response
        Whether the write itself is acknowledged.
    optional
        The answer is None where none comes in time; else silence is an error.
    """

    uuid: str
    data: bytes
    answer: str | None = None
    prefix: bytes = b""
    response: bool = True
    optional: bool = False

    @property
    def answer_uuid(self) -> str:
        """The characteristic on which the answer comes."""
        return self.answer or self.uuid


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for a while: some sensors lose a command that follows too soon."""

    seconds: float


Action = Subscribe | Read | Write | Request | Pause

Script = Generator[Action, bytes | None, None]
"""What to do, in order; each action's answer is sent back in."""


class PacketKind(StrEnum):
    """How a packet came."""

    NOTIFICATION = "notification"
    INDICATION = "indication"
    READ = "read"
    WRITE = "write"
    LINK = "link"


class LinkState(StrEnum):
    """Payload of a ``link`` packet."""

    CONNECTED = "connected"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class RawPacket:
    """Bytes as they came, and when.

    Attributes
    ----------
    host_ns
        Monotonic host clock at arrival, nanoseconds.
    characteristic
        Lowercase 128-bit UUID; empty for a ``link`` packet.
    payload
        The value; for a ``link`` packet the :class:`LinkState` in ASCII.
    kind
        How it came. ``write`` packets are what the host sent, kept for the record.
    """

    host_ns: int
    characteristic: str
    payload: bytes
    kind: PacketKind = PacketKind.NOTIFICATION


def link_packet(host_ns: int, state: LinkState) -> RawPacket:
    """Make the packet that marks a connection made or lost; the link journals it like any other."""
    return RawPacket(host_ns, "", state.value.encode(), PacketKind.LINK)


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Samples in a row from one packet, in SI units, not yet on the session clock.

    Attributes
    ----------
    acc_mps2, gyr_radps
        (n, 3) as in :class:`~firmware_bridge.samples.SampleBlock`.
    host_ns
        Arrival of the packet.
    stream
        Goes up by one whenever the sensor starts its counters again.
    index
        Unwrapped number of the first sample in its stream; None where the sensor does not count.
    device_us
        Unwrapped device time of the first sample; None where the sensor has no clock.
    period_s
        Nominal sample period.
    """

    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64] | None
    host_ns: int
    stream: int
    index: int | None
    device_us: int | None
    period_s: float = field(kw_only=True)

    def __len__(self) -> int:
        return int(self.acc_mps2.shape[0])


class DriverSession(Protocol):
    """One use of one sensor, over as many connections as it takes.

    A session may also have an attribute ``quiet_s``: for how long its sensor may say nothing while all is
    well, where that is long because it fills long packets. The link's watchdog then waits for twice as long.

    It may have a method ``identify()``, which yields as ``start`` does what makes the sensor show itself by a
    light or a buzz, before or after a start; without one its sensor is told from others by moving it.
    """

    @property
    def info(self) -> SensorInfo:
        """What is known of the sensor so far."""

    def start(self) -> Generator[Action, bytes | None, None]:
        """Yield what to do, in order, until the sensor streams; again after every reconnect.

        Raises
        ------
        LinkError
            Of a kind of ``firmware_bridge.sensors.refusals``: the sensor refuses, does not answer, or answers
            what its protocol, as far as the driver knows it, does not allow.
        """

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Yield what to do until the sensor is quiet."""

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """Take in the next packet of any kind, and give the samples that can be told by now.

        Raises
        ------
        DecodeError
            The payload is not what the sensor's format allows; the session stays usable.
        """


class Driver(Protocol):
    """A sensor family.

    A driver may also have an attribute ``offer``, an :class:`Offer`: `imu-tempo sensors` shows it.
    """

    @property
    def key(self) -> str:
        """Short name, the key of its entry point."""

    @property
    def title(self) -> str:
        """Name that people know it by."""

    def matches(self, adv: Advertisement) -> bool:
        """Tell whether an advertisement comes from a sensor of this family."""

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session, live or in replay."""


@cache
def drivers() -> dict[str, Driver]:
    """Return every installed driver by key; one that does not load is left out and logged."""
    found: dict[str, Driver] = {}
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        try:
            found[entry.name] = entry.load()()
        except Exception as error:  # other people's code: whatever it raises, the other drivers must work
            _log.warning("sensor driver %s of %s does not load: %s", entry.name, entry.value, error)
    return found


def driver(key: str) -> Driver:
    """Return the driver with a key.

    Raises
    ------
    BridgeError
        No installed package has it.
    """
    try:
        return drivers()[key]
    except KeyError:
        known = ", ".join(drivers()) or "none (is imu-tempo installed?)"
        raise BridgeError(f"no sensor driver is called {key!r}; installed are: {known}") from None


def offer_of(driver: Driver) -> Offer | None:
    """Return what a driver says of its sensors; None where it says nothing."""
    offer = getattr(driver, "offer", None)
    return offer if isinstance(offer, Offer) else None


def quiet_of(session: DriverSession) -> float:
    """Return for how many seconds a session's sensor may be quiet; 0 where the session does not say."""
    return float(getattr(session, "quiet_s", 0.0))


def identify_of(session: DriverSession) -> Script | None:
    """Return what makes a session's sensor show itself; None where it cannot."""
    identify: Callable[[], Script] | None = getattr(session, "identify", None)
    return None if identify is None else identify()


def can_identify(driver: Driver) -> bool:
    """Tell whether sensors of a family can be asked to show themselves."""
    return hasattr(driver.session(StreamSettings()), "identify")


def driver_for(adv: Advertisement) -> Driver | None:
    """Return the first driver that knows the advertiser, or None."""
    return next((candidate for candidate in drivers().values() if candidate.matches(adv)), None)
