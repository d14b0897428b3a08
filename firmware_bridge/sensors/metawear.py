"""Driver of MbientLab's MetaMotion sensors (MetaWear protocol).

Source: the published protocol reference, docs.mbientlab.com (modules 0x03 accelerometer, 0x13 gyro, 0x11
settings). A frame is module, register (bit 7 set: read, or the answer to one), payload. The stream has
neither time nor counter, and the accelerometer and the gyro send frames of their own.
"""

from __future__ import annotations

import struct
from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import DecodeError
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors.answers import text
from firmware_bridge.sensors.base import (
    FIRMWARE_UUID,
    MODEL_UUID,
    Action,
    Advertisement,
    Chunk,
    DriverSession,
    LinkState,
    Offer,
    PacketKind,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Subscribe,
    Write,
    covering_range,
    nearest_rate,
)
from firmware_bridge.sensors.counting import IndexByArrival
from firmware_bridge.sensors.pairing import PairInOrder
from firmware_bridge.sensors.refusals import NoAnswerError, UnknownVersionError
from firmware_bridge.sensors.units import G_MPS2

KEY = "metawear"
SERVICE_UUID = "326a9000-85cb-9195-d9dd-464cfbbae75a"
COMMAND_UUID = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY_UUID = "326a9006-85cb-9195-d9dd-464cfbbae75a"
NAMES = ("MetaWear", "MetaMotion")

ACC, SETTINGS, GYR = 0x03, 0x11, 0x13
READ = 0x80
T = TypeVar("T")
INFO, POWER, ENABLE, CONFIG = 0x00, 0x01, 0x02, 0x03
HEADER, VECTOR = 2, 6
PACKED = 3  # samples in a packed frame: 20 bytes

MODELS = {"5": "MetaMotion R/RL", "6": "MetaMotion C", "8": "MetaMotion S"}
RATE_CODES = {25.0: 6, 50.0: 7, 100.0: 8, 200.0: 9}
RATES_HZ = tuple(RATE_CODES)
"""The chips go to 1600 Hz; above 200 Hz the frames of both (3 samples each) are more than a link carries."""
LSB_PER_G = {2: 16384, 4: 8192, 8: 4096, 16: 2048}
LSB_PER_DPS = {2000: 16.4, 1000: 32.8, 500: 65.6, 250: 131.2, 125: 262.4}
GYR_RANGES = (2000, 1000, 500, 250, 125)
"""In the order of their codes, 0 to 4."""
NORMAL_FILTER = 0x20

CONNECTION = 0x09
FAST_LINK = struct.pack("<4H", 6, 12, 0, 600)
"""Connection interval 7.5 to 15 ms (of 1.25 ms), no latency, supervision timeout 6 s (of 10 ms): from 100 Hz
on the frames of two sensors do not fit into the 30 to 50 ms that computers like to choose."""
FAST_FROM_HZ = 100.0


@dataclass(frozen=True, slots=True)
class AccChip:
    """What differs between accelerometers: filter bits of the configuration, range codes, packed register."""

    filter_bits: int
    ranges: dict[int, int]
    packed: int


@dataclass(frozen=True, slots=True)
class GyrChip:
    """What differs between gyros."""

    packed: int


ACC_CHIPS = {
    1: AccChip(NORMAL_FILTER, {2: 0x03, 4: 0x05, 8: 0x08, 16: 0x0C}, 0x1C),  # BMI160
    4: AccChip(NORMAL_FILTER | 0x80, {2: 0, 4: 1, 8: 2, 16: 3}, 0x05),  # BMI270
}
GYR_CHIPS = {0: GyrChip(0x07), 1: GyrChip(0x05)}
"""By the implementation number that a module answers: BMI160, BMI270."""

ACC_DATA = (0x04, 0x05, 0x1C)
GYR_DATA = (0x04, 0x05, 0x07)
"""Registers that send samples, single or packed, on either chip. 0x05 is packed on one and single on the
other, so a frame's length alone says how many it holds."""


class MetaWearDriver:
    """MetaMotion sensors of MbientLab."""

    key = KEY
    title = "MbientLab MetaMotion"
    offer = Offer(
        "MetaMotion S, R, RL, C",
        RATES_HZ,
        acc_ranges_g=tuple(LSB_PER_G),
        gyr_ranges_dps=tuple(sorted(LSB_PER_DPS)),
        time_source="counted",
    )

    def matches(self, adv: Advertisement) -> bool:
        """Tell by service or by the name it has when new."""
        return SERVICE_UUID in adv.service_uuids or adv.name in NAMES

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return MetaWearSession(settings)


class MetaWearSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`.

    What the samples mean is read from the commands that were sent, which the journal keeps as well.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._rate_hz = nearest_rate(settings.rate_hz, RATES_HZ)
        self._acc_range_g = covering_range(settings.acc_range_g, LSB_PER_G)
        self._gyr_range_dps = covering_range(settings.gyr_range_dps, LSB_PER_DPS)
        self._has_gyr = settings.gyr_range_dps > 0
        self._model: str | None = None
        self._firmware: str | None = None
        self._streams = 0
        self._open()

    @property
    def info(self) -> SensorInfo:
        """What is known of the sensor."""
        gyr_radps = float(np.deg2rad(self._gyr_range_dps))
        return SensorInfo(
            driver=KEY,
            model=self._model,
            firmware=self._firmware,
            rate_hz=self._rate_hz,
            acc_range_mps2=self._acc_range_g * G_MPS2,
            gyr_range_radps=gyr_radps if self._has_gyr else None,
            time_source="counted",
        )

    def start(self) -> Generator[Action, bytes | None, None]:
        """Listen, find out the chips, stop what an earlier client left running, configure, start."""
        yield Subscribe(NOTIFY_UUID)
        yield Read(MODEL_UUID, optional=True)
        yield Read(FIRMWARE_UUID, optional=True)
        acc = _chip(ACC_CHIPS, (yield _info(ACC)), ACC, "accelerometer")
        gyr = _chip(GYR_CHIPS, (yield _info(GYR)), GYR, "gyro") if self._has_gyr else None
        yield from self.stop()
        if self._rate_hz >= FAST_FROM_HZ:
            yield _command(SETTINGS, CONNECTION, *FAST_LINK)
        code = RATE_CODES[self._rate_hz]
        yield _command(ACC, CONFIG, acc.filter_bits | code, acc.ranges[self._acc_range_g])
        if gyr is not None:
            yield _command(GYR, CONFIG, NORMAL_FILTER | code, GYR_RANGES.index(self._gyr_range_dps))
            yield _command(GYR, gyr.packed, 1)
            yield _command(GYR, ENABLE, 1, 0)
        yield _command(ACC, acc.packed, 1)
        yield _command(ACC, ENABLE, 1, 0)
        if gyr is not None:  # first, since it takes longer to come up
            yield _command(GYR, POWER, 1)
        yield _command(ACC, POWER, 1)

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Put both chips to sleep."""
        for module in (ACC, GYR) if self._has_gyr else (ACC,):
            yield _command(module, POWER, 0)
            yield _command(module, ENABLE, 0, 1)

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, str(uuid) if uuid == NOTIFY_UUID:
                return self._frame(packet.payload, packet.host_ns)
            case PacketKind.WRITE, str(uuid) if uuid == COMMAND_UUID:
                if packet.payload == bytes([ACC, POWER, 1]):
                    self._open()
            case PacketKind.READ, str(uuid) if uuid == MODEL_UUID:
                number = text(packet.payload)
                self._model = MODELS.get(number, number)
            case PacketKind.READ, str(uuid) if uuid == FIRMWARE_UUID:
                self._firmware = text(packet.payload)
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._open()
        return []

    def _open(self) -> None:
        self._streams += 1
        self._pairs = PairInOrder(self._rate_hz)
        self._index = IndexByArrival(1 / self._rate_hz)

    def _frame(self, payload: bytes, host_ns: int) -> list[Chunk]:
        if len(payload) < HEADER:
            raise DecodeError(f"{len(payload)} bytes, a frame has at least {HEADER}")
        module, register = payload[0], payload[1]
        if module == ACC and register in ACC_DATA:
            acc = _packed(payload) * (G_MPS2 / LSB_PER_G[self._acc_range_g])
            if not self._has_gyr:
                return [self._chunk(acc, None, host_ns, 0)]
            pair = self._pairs.acc(acc)
        elif module == GYR and register in GYR_DATA and self._has_gyr:
            per_lsb = float(np.deg2rad(1 / LSB_PER_DPS[self._gyr_range_dps]))
            pair = self._pairs.gyr(_packed(payload) * per_lsb)
        elif register & READ:
            return []
        else:
            raise DecodeError(
                f"a frame of module {module:#04x}, register {register:#04x}: nobody asked for it"
            )
        return [] if pair is None else [self._chunk(pair.acc, pair.gyr, host_ns, pair.lost_before)]

    def _chunk(
        self, acc: NDArray[np.float64], gyr: NDArray[np.float64] | None, host_ns: int, lost: int
    ) -> Chunk:
        return Chunk(
            acc_mps2=acc,
            gyr_radps=gyr,
            host_ns=host_ns,
            stream=self._streams,
            index=self._index(len(acc), host_ns, lost),
            device_us=None,
            period_s=1 / self._rate_hz,
        )


def vectors(payload: bytes) -> NDArray[np.float64]:
    """Decode the (n, 3) raw values of a sample frame, one or three of them.

    Raises
    ------
    DecodeError
        The frame is cut short or too long.
    """
    count, rest = divmod(len(payload) - HEADER, VECTOR)
    if rest or count not in (1, PACKED):
        raise DecodeError(
            f"{len(payload)} bytes, a frame holds 1 or {PACKED} samples of {VECTOR} bytes",
            offset=len(payload),
        )
    return np.frombuffer(payload, "<i2", offset=HEADER).reshape(-1, 3).astype(np.float64)


def _packed(payload: bytes) -> NDArray[np.float64]:
    """Decode a frame of a packed stream: one of another size is not part of it."""
    rows = vectors(payload)
    if len(rows) != PACKED:
        raise DecodeError("a frame of one sample, where packed ones were asked for", offset=len(payload))
    return rows


def _chip(known: dict[int, T], answer: bytes | None, module: int, what: str) -> T:
    """Return what a module's answer says of its chip."""
    wanted = "use a MetaMotion, which has a BMI160 or BMI270"
    if answer is None or answer[:HEADER] != bytes([module, INFO | READ]):
        raise NoAnswerError("the MetaMotion does not answer", advice="switch it off and on, and try again")
    if len(answer) <= HEADER:
        raise UnknownVersionError(f"this MetaWear has no {what}", advice=wanted)
    if answer[HEADER] not in known:
        raise UnknownVersionError(
            f"this MetaWear's {what} is of kind {answer[HEADER]}, which is not supported", advice=wanted
        )
    return known[answer[HEADER]]


def _info(module: int) -> Request:
    data = bytes([module, INFO | READ])
    return Request(COMMAND_UUID, data, NOTIFY_UUID, prefix=data, response=False, optional=True)


def _command(*data: int) -> Write:
    return Write(COMMAND_UUID, bytes(data), response=False)
