"""Driver of the Movella DOT (formerly Xsens DOT).

Source: Movella, "Movella DOT BLE Service Specification", XD0506P revision C, July 2023. No recorded packet of
it was found published: the layout is the document's word.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from firmware_bridge.clock import Unwrapper
from firmware_bridge.errors import DecodeError
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors.answers import first_bytes, text, understood
from firmware_bridge.sensors.base import (
    Action,
    Advertisement,
    Chunk,
    DriverSession,
    LinkState,
    Offer,
    PacketKind,
    RawPacket,
    Read,
    StreamSettings,
    Subscribe,
    Write,
    nearest_rate,
)
from firmware_bridge.sensors.counting import IndexByTime
from firmware_bridge.sensors.refusals import SettingRefusedError
from firmware_bridge.sensors.units import G_MPS2, floats

KEY = "movella"
CONFIG_SERVICE_UUID = "15171000-4947-11e9-8646-d663bd873d93"
INFO_UUID = "15171001-4947-11e9-8646-d663bd873d93"
DEVICE_UUID = "15171002-4947-11e9-8646-d663bd873d93"
MEASUREMENT_UUID = "15172001-4947-11e9-8646-d663bd873d93"
LONG_UUID = "15172002-4947-11e9-8646-d663bd873d93"
MEDIUM_UUID = "15172003-4947-11e9-8646-d663bd873d93"
SHORT_UUID = "15172004-4947-11e9-8646-d663bd873d93"
NAMES = ("movella dot", "xsens dot")

RATES_HZ = (1.0, 4.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0)
"""120 Hz exists for recordings in the sensor's own memory only."""

ACC_RANGE_G, GYR_RANGE_DPS = 16, 2000  # fixed

MEASURE, STOP, START = 1, 0, 1
DEVICE_LEN, DEVICE_RATE_AT = 32, 24
VISIT_RATE = 0x10
"""A write of the device control changes the fields whose bit is set in its first byte: the rate alone."""

INFO_LEN, INFO_VERSION_AT, INFO_CODE_AT = 28, 6, 28
US_MODULUS = 2**32  # of the clock: 71.6 minutes
MAX_ACC_MPS2 = 1000.0
MAX_GYR_DPS = 10_000.0
"""Several times what the sensor can measure: beyond is no sample."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload mode that holds what the accelerometer and the gyro measured.

    Attributes
    ----------
    uuid
        Characteristic that it comes on.
    acc_at
        Offset of the acceleration, three float32; the angular rate follows.
    length
        Bytes in use; what follows is zero.
    """

    uuid: str
    acc_at: int
    length: int


RATE_QUANTITIES = 21
PAYLOADS = {
    20: Payload(MEDIUM_UUID, 4, 34),  # rate quantities with magnetic field
    RATE_QUANTITIES: Payload(MEDIUM_UUID, 4, 28),
    26: Payload(LONG_UUID, 20, 44),  # custom mode 5: a quaternion before them
}
OTHER_PAYLOADS = {
    **dict.fromkeys((1, 17, 25), "high fidelity data that only the maker's own software can read"),
    **dict.fromkeys(
        (2, 3, 6, 7, 16, 22, 23), "free acceleration: the sensor's own filter has taken gravity out of it"
    ),
    **dict.fromkeys((4, 5), "orientation alone"),
    **dict.fromkeys((18, 19), "sums over an interval (dq, dv) that is not told"),
    24: "orientation and angular rate alone",
}
"""Modes that are refused, and what they hold. A filter that takes gravity out may err, and its error stays in
the data as an acceleration that nobody can tell from one of the bar."""


class MovellaDriver:
    """Movella DOT, generations 1 and 2."""

    key = KEY
    title = "Movella DOT (Xsens DOT)"
    offer = Offer("Movella DOT, Xsens DOT (v1, v2)", RATES_HZ, (ACC_RANGE_G,), (GYR_RANGE_DPS,), "device")

    def matches(self, adv: Advertisement) -> bool:
        """Tell by the name or the service; the maker's id alone also belongs to its other trackers."""
        return (adv.name or "").casefold().startswith(NAMES) or CONFIG_SERVICE_UUID in adv.service_uuids

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return MovellaSession(settings)


class MovellaSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`."""

    def __init__(self, settings: StreamSettings) -> None:
        self._wanted_hz = nearest_rate(settings.rate_hz, RATES_HZ)
        self._rate_hz = self._wanted_hz
        self._has_gyr = settings.gyr_range_dps > 0
        self._model: str | None = None
        self._firmware: str | None = None
        self._mode: int | None = None
        self._streams = -1
        self._open()

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told so far."""
        return SensorInfo(
            driver=KEY,
            model=self._model,
            firmware=self._firmware,
            rate_hz=self._rate_hz,
            acc_range_mps2=ACC_RANGE_G * G_MPS2,
            gyr_range_radps=math.radians(GYR_RANGE_DPS) if self._has_gyr else None,
            time_source="device",
        )

    def start(self) -> Generator[Action, bytes | None, None]:
        """Stop what runs, set the rate, and start the payload mode that holds specific force."""
        yield Subscribe(MEDIUM_UUID)
        yield Read(INFO_UUID, optional=True)
        if understood(_decode_measurement, (yield Read(MEASUREMENT_UUID)))[1] == START:
            yield from self.stop()  # the rate cannot be changed while it measures
        device = understood(_decode_device, (yield Read(DEVICE_UUID)))
        if _rate_hz(device) != self._wanted_hz:  # it is kept in flash, which wears
            yield Write(DEVICE_UUID, _with_rate(device, self._wanted_hz))
            device = understood(_decode_device, (yield Read(DEVICE_UUID)))
        if _rate_hz(device) != self._wanted_hz:
            raise SettingRefusedError(
                f"the DOT was asked for {self._wanted_hz:g} Hz and stays at {_rate_hz(device):g} Hz",
                advice="end its recording or synchronisation, or switch it off and on",
            )
        yield Write(MEASUREMENT_UUID, bytes([MEASURE, START, RATE_QUANTITIES]))
        told = understood(_decode_measurement, (yield Read(MEASUREMENT_UUID)))
        if told[1:] != bytes([START, RATE_QUANTITIES]):
            raise SettingRefusedError(
                "the DOT did not begin to measure acceleration and angular rate (payload mode 21)",
                advice="take it off its charger, update its firmware with the Movella DOT app",
            )

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Stop."""
        yield Write(MEASUREMENT_UUID, bytes([MEASURE, STOP, RATE_QUANTITIES]))

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, str(uuid) if uuid in (SHORT_UUID, MEDIUM_UUID, LONG_UUID):
                return [self._sample(uuid, packet.payload, packet.host_ns)]
            case PacketKind.READ, str(uuid) if uuid == DEVICE_UUID:
                self._rate_hz = _rate_hz(_decode_device(packet.payload))
            case PacketKind.READ, str(uuid) if uuid == INFO_UUID:
                self._told(packet.payload)
            case PacketKind.WRITE, str(uuid) if uuid == MEASUREMENT_UUID:
                if packet.payload[1:2] == bytes([START]):
                    self._mode = _decode_measurement(packet.payload)[2]
                    self._open()
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._mode = None
                self._open()
        return []

    def _open(self) -> None:
        self._streams += 1
        self._time_us = Unwrapper(US_MODULUS)
        self._index = IndexByTime(1 / self._rate_hz)

    def _told(self, payload: bytes) -> None:
        if len(payload) < INFO_LEN:
            raise DecodeError(
                f"{len(payload)} bytes, what a DOT tells of itself has {INFO_LEN}", offset=len(payload)
            )
        self._firmware = ".".join(str(part) for part in payload[INFO_VERSION_AT : INFO_VERSION_AT + 3])
        self._model = (
            text(payload[INFO_CODE_AT:]) or None
        )  # XS-T01 is the first generation, XS-T02 the second

    def _sample(self, uuid: str, data: bytes, host_ns: int) -> Chunk:
        acc_mps2, gyr_dps = decode_payload(self._mode, uuid, data)
        device_us = self._time_us(int.from_bytes(data[:4], "little"))
        return Chunk(
            acc_mps2=acc_mps2,
            gyr_radps=np.deg2rad(gyr_dps) if self._has_gyr else None,
            host_ns=host_ns,
            stream=self._streams,
            index=self._index(1, device_us),
            device_us=device_us,
            period_s=1 / self._rate_hz,
        )


def decode_payload(mode: int | None, uuid: str, data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Read one sample.

    Parameters
    ----------
    mode
        Payload mode that was started; None where no start was seen.
    uuid, data
        Characteristic and value of a notification.

    Returns
    -------
    tuple
        (1, 3) specific force in m/s^2; (1, 3) angular rate in deg/s.

    Raises
    ------
    DecodeError
        The mode does not hold both, and what it holds instead; or the data are no sample.
    """
    payload = PAYLOADS.get(-1 if mode is None else mode)
    if payload is None:
        what = (
            "what it holds is not known, no start was seen" if mode is None else OTHER_PAYLOADS.get(mode, "")
        )
        raise DecodeError(
            f"payload mode {mode} is not what the accelerometer measured ({what or 'not a known mode'}); "
            f"record with mode {RATE_QUANTITIES}, rate quantities"
        )
    if uuid != payload.uuid:
        raise DecodeError(f"payload mode {mode} does not come on characteristic {uuid}")
    if len(data) < payload.length:
        raise DecodeError(f"{len(data)} bytes, payload mode {mode} has {payload.length}", offset=len(data))
    acc, gyr = floats(data, count=6, offset=payload.acc_at).reshape(2, 1, 3)
    if not ((np.abs(acc) <= MAX_ACC_MPS2).all() and (np.abs(gyr) <= MAX_GYR_DPS).all()):  # NaN too
        raise DecodeError("a sample that no DOT can measure", offset=payload.acc_at)
    return acc, gyr


def _decode_measurement(data: bytes) -> bytes:
    if len(data) < 3 or data[0] != MEASURE:
        raise DecodeError(f"a measurement control is {MEASURE}, action and mode, got {first_bytes(data)}")
    return data[:3]


def _decode_device(data: bytes) -> bytes:
    if len(data) != DEVICE_LEN or not _rate_hz(data):
        raise DecodeError(f"a device control has {DEVICE_LEN} bytes and a rate, got {first_bytes(data)}")
    return data


def _rate_hz(device: bytes) -> float:
    return float(int.from_bytes(device[DEVICE_RATE_AT : DEVICE_RATE_AT + 2], "little"))


def _with_rate(device: bytes, rate_hz: float) -> bytes:
    rate = round(rate_hz).to_bytes(2, "little")
    return bytes([VISIT_RATE]) + device[1:DEVICE_RATE_AT] + rate + device[DEVICE_RATE_AT + 2 :]
