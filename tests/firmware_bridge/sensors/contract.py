"""What the contract suite needs of a driver: a scripted sensor that answers, and streams a known truth.

To put a driver under the suite, write ``cases/<key>.py`` with a class ``Fake(FakeSensor)``. Write it from the
sensor's documents, not from the driver: it is the other side of the wire.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_bridge.errors import LinkError
from firmware_bridge.samples import SampleBlock
from firmware_bridge.sensors import (
    Action,
    Advertisement,
    LinkState,
    PacketKind,
    Pause,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Subscribe,
    Write,
    driver,
    link_packet,
)
from firmware_bridge.stream import SampleStream

G_MPS2 = 9.80665
DELAY_NS = 12_000_000
BEGIN_NS = 5_000_000_000

Array = NDArray[np.float64]
Motion = Callable[[NDArray[np.int64]], tuple[Array, Array]]


class Loss(Enum):
    """How a sensor lets its samples be counted."""

    INDEX = "index"  # it numbers them: received + lost is exact
    TIME = "device"  # it has a clock: exact where packets go missing whole
    ARRIVAL = "counted"  # neither: only a second or so of samples that never comes is noticed


@dataclass(frozen=True)
class Sent:
    """A notification; ``upto`` is the number of the first sample that is not measured yet when it leaves."""

    uuid: str
    payload: bytes
    upto: int


def lively(number: NDArray[np.int64]) -> tuple[Array, Array]:
    """Motion in which no two rows are alike: acc in g, gyro in deg/s, at sample numbers."""
    n = number[:, None].astype(np.float64)
    acc_g = np.array([0.1, -0.4, 1.0]) + np.array([0.5, 0.3, 0.7]) * np.sin(n / np.array([17.0, 29.0, 41.0]))
    gyr_dps = np.array([90.0, 60.0, -45.0]) * np.sin(n / np.array([23.0, 31.0, 13.0]) + 1.0)
    return acc_g, gyr_dps


def at_rest(number: NDArray[np.int64]) -> tuple[Array, Array]:
    """A sensor that lies still, z up."""
    return np.tile([0.0, 0.0, 1.0], (len(number), 1)), np.zeros((len(number), 3))


class FakeSensor(ABC):
    """A sensor that does what its documents say.

    Attributes
    ----------
    key, advertisements
        Whose driver it tests, and how such sensors advertise.
    settings
        What the test asks for.
    loss
        See :class:`Loss`.
    sizes
        Samples a notification that its firmware may send with the default settings; the first is the usual.
    serial
        Notifications are pieces of a byte stream that may be cut anywhere.
    stoppable
        It has a command to stop.
    resyncs
        The stream finds back after packets that are valid by chance but wrong.
    rate_hz, acc_range_g, gyr_range_dps
        What the driver has set it to, or what it does by itself; None where no one can know.
    acc_lsb_g, gyr_lsb_dps
        Resolution of what it sends.
    streaming
        Whether it has been told to stream.
    """

    key: ClassVar[str]
    advertisements: ClassVar[tuple[Advertisement, ...]]
    loss: ClassVar[Loss]
    sizes: ClassVar[tuple[int, ...]]
    serial: ClassVar[bool] = False
    stoppable: ClassVar[bool] = True
    resyncs: ClassVar[bool] = True

    rate_hz: float
    acc_range_g: float | None
    gyr_range_dps: float | None
    acc_lsb_g: float
    gyr_lsb_dps: float
    has_gyro: bool = True

    def __init__(self, settings: StreamSettings | None = None) -> None:
        self.settings = settings or StreamSettings()
        self.streaming = False
        self.subscribed: set[str] = set()

    def power_up(self) -> None:
        """Begin a connection: what the sensor forgets when the last one ended."""
        self.streaming = False
        self.subscribed = set()

    @property
    def size(self) -> int:
        """Samples in a usual notification at the rate that is set."""
        return self.sizes[0]

    @abstractmethod
    def read(self, uuid: str) -> bytes | None:
        """Return a characteristic's value; None where the sensor does not have it."""

    @abstractmethod
    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        """Carry out a command, and return the notifications or indications that answer it."""

    @abstractmethod
    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        """Encode consecutive samples, the first of which has a number (from power on); ``size`` a packet."""

    def near_wrap(self) -> None:
        """Set the sensor's counters so that they wrap within the next hundred samples."""
        pytest.skip("this sensor has no counter and no clock")

    def indicates(self, uuid: str) -> bool:
        """Whether what comes on a characteristic are indications."""
        return False

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        """Sensors that cannot be started, by what is wrong: each with what the error must say."""
        return {}


def fakes_of(key: str) -> list[type[FakeSensor]]:
    """Return the scripted sensors of a driver: ``Fake``, and the module's ``ALSO`` where models differ."""
    module = import_module(f"{__package__}.cases.{key}")
    return [module.Fake, *getattr(module, "ALSO", ())]


class Bench:
    """A scripted sensor, a driver's session and what a link does between them."""

    def __init__(self, fake: FakeSensor, *, delay_ns: int = DELAY_NS) -> None:
        self.fake = fake
        self.session = driver(fake.key).session(fake.settings)
        self.stream = SampleStream(self.session)
        self.packets: list[RawPacket] = []
        self.blocks: list[SampleBlock] = []
        self.number = 0
        self.host_ns = BEGIN_NS
        self._epoch_ns = BEGIN_NS
        self._delay_ns = delay_ns

    def connect(self) -> None:
        self.fake.power_up()
        self.hear(link_packet(self.host_ns, LinkState.CONNECTED))
        self.carry_out(self.session.start())
        self._epoch_ns = self.host_ns - round(self.number / self.fake.rate_hz * 1e9)

    def disconnect(self, away_s: float = 0.0) -> None:
        self.hear(link_packet(self.host_ns, LinkState.LOST))
        self.number += round(away_s * self.fake.rate_hz)
        self.host_ns += round(away_s * 1e9)

    def stop(self) -> None:
        self.carry_out(self.session.stop())

    def carry_out(self, script: Generator[Action, bytes | None, None]) -> None:
        """Do what a driver asks, as the link does."""
        answer: bytes | None = None
        try:
            while True:
                answer = self._perform(script.send(answer))
        except StopIteration:
            return

    def _perform(self, action: Action) -> bytes | None:
        match action:
            case Subscribe():
                self.fake.subscribed.add(action.uuid)
            case Read():
                value = self.fake.read(action.uuid)
                if value is not None:
                    self._hear_value(action.uuid, value, PacketKind.READ)
                elif not action.optional:
                    raise LinkError(f"the sensor lacks {action.uuid}")
                return value
            case Write():
                self._write(action.uuid, action.data)
            case Request():
                answers = self._write(action.uuid, action.data)
                found = [v for u, v in answers if u == action.answer_uuid and v.startswith(action.prefix)]
                if not found and not action.optional:
                    raise LinkError("the sensor does not answer")
                return found[0] if found else None
            case Pause():
                self.host_ns += round(action.seconds * 1e9)
        return None

    def _write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        self._hear_value(uuid, data, PacketKind.WRITE)
        answers = [(u, v) for u, v in self.fake.write(uuid, data) if u in self.fake.subscribed]
        for answer_uuid, value in answers:
            kind = PacketKind.INDICATION if self.fake.indicates(answer_uuid) else PacketKind.NOTIFICATION
            self._hear_value(answer_uuid, value, kind)
        return answers

    def _hear_value(self, uuid: str, value: bytes, kind: PacketKind) -> None:
        self.hear(RawPacket(self.host_ns, uuid, value, kind))

    def hear(self, packet: RawPacket) -> None:
        self.packets.append(packet)
        self.blocks += self.stream.feed(packet)

    def measure(self, count: int, *, size: int | None = None, motion: Motion = lively) -> list[RawPacket]:
        """Let the sensor measure, and return what it sends, without hearing it."""
        numbers = np.arange(self.number, self.number + count)
        sent = self.fake.packets(*motion(numbers), self.number, size or self.fake.size)
        self.number += count
        packets = []
        for item in sent:
            arrival_ns = self._epoch_ns + self._delay_ns + round(item.upto / self.fake.rate_hz * 1e9)
            self.host_ns = max(self.host_ns, arrival_ns)
            packets.append(RawPacket(self.host_ns, item.uuid, item.payload))
        return packets

    def send(self, count: int, *, size: int | None = None, motion: Motion = lively) -> None:
        """Let the sensor measure and send."""
        self.hear_all(self.measure(count, size=size, motion=motion))

    def hear_all(self, packets: Iterable[RawPacket]) -> None:
        for packet in packets:
            self.hear(packet)

    # What came out

    @property
    def t_s(self) -> Array:
        return np.concatenate([block.t_s for block in self.blocks] or [np.zeros(0)])

    @property
    def acc_mps2(self) -> Array:
        return np.concatenate([block.acc_mps2 for block in self.blocks] or [np.zeros((0, 3))])

    @property
    def gyr_radps(self) -> Array:
        given = [block.gyr_radps for block in self.blocks if block.gyr_radps is not None]
        return np.concatenate(given or [np.zeros((0, 3))])

    def truth(self, first: int, count: int, motion: Motion = lively) -> tuple[Array, Array]:
        """Return what should come out: m/s^2 and rad/s."""
        acc_g, gyr_dps = motion(np.arange(first, first + count))
        return acc_g * G_MPS2, np.deg2rad(gyr_dps)

    def assert_true(self, first: int, count: int, *, motion: Motion = lively) -> None:
        """Assert that the last samples that came are these, within the sensor's resolution."""
        acc, gyr = self.truth(first, count, motion)
        np.testing.assert_allclose(self.acc_mps2[-count:], acc, rtol=1e-6, atol=self.fake.acc_lsb_g * G_MPS2)
        if self.fake.has_gyro:
            np.testing.assert_allclose(
                self.gyr_radps[-count:], gyr, rtol=1e-6, atol=np.deg2rad(self.fake.gyr_lsb_dps)
            )


def started(fake: FakeSensor) -> Bench:
    """Return a bench whose sensor streams."""
    bench = Bench(fake)
    bench.connect()
    return bench


def as_bytes(block: SampleBlock) -> tuple[bytes, bytes, bytes | None, int]:
    gyr = None if block.gyr_radps is None else block.gyr_radps.tobytes()
    return block.t_s.tobytes(), block.acc_mps2.tobytes(), gyr, block.lost_before
