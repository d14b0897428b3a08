"""Driver of Movesense sensors: the GATT SensorData Protocol, version 1.

Source: "GATT SensorData Protocol specification" (GD-77), movesense.com/docs/esw/gatt_sensordata_protocol.
Where public clients disagree, packets that were recorded beside the sensor's own log decide: an IMU6 packet
holds all accelerations and then all rates (not row by row), in m/s^2 (not mg) and deg/s.
"""

from __future__ import annotations

import struct
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.clock import Unwrapper
from firmware_bridge.errors import DecodeError
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors.answers import text
from firmware_bridge.sensors.base import (
    Action,
    Advertisement,
    Chunk,
    DriverSession,
    LinkState,
    Offer,
    PacketKind,
    RawPacket,
    Request,
    StreamSettings,
    Subscribe,
    nearest_rate,
)
from firmware_bridge.sensors.counting import IndexByTime
from firmware_bridge.sensors.refusals import SettingRefusedError, UnknownVersionError
from firmware_bridge.sensors.units import G_MPS2, floats

KEY = "movesense"
SERVICE_UUID = "34802252-7185-4d5d-b431-630e7050e8f0"
COMMAND_UUID = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY_UUID = "34800002-7185-4d5d-b431-630e7050e8f0"
NAME_PREFIX = "Movesense "

HELLO, SUBSCRIBE, UNSUBSCRIBE, GET = 0, 1, 2, 4  # 0 to 2 in every public client; GET as in the maker's own
RESPONSE, DATA, DATA_PART2 = 1, 2, 3
HELLO_REF, ACC_REF, GYR_REF, STREAM_REF = (
    0x01,
    0x02,
    0x03,
    0x63,
)  # ours to choose; answers and data carry them

PROTOCOL = 1
STATUS_OK = range(200, 300)
HEADER, STAMP = 2, 4
VECTOR = 12
MAX_ACC_MPS2 = 1000.0
MAX_GYR_DPS = 10_000.0
"""Several times the widest range (16 g, 2000 deg/s): what is beyond was put together from the wrong parts."""

RATES_HZ = (13.0, 26.0, 52.0, 104.0, 208.0)
"""The sensor offers up to 1666 Hz, but a packet at 416 Hz would need more than the two parts there are."""
SAMPLES_PER_HZ = 1 / 13
"""A packet holds 4 samples at 52 Hz and 8 at 104 Hz."""
MS_MODULUS = 2**32
US_PER_MS = 1000


class MovesenseDriver:
    """Movesense sensors with stock firmware."""

    key = KEY
    title = "Movesense"
    offer = Offer("Movesense HR+, HR2, MD, Flash (firmware 2.3 or later)", RATES_HZ, time_source="device")

    def matches(self, adv: Advertisement) -> bool:
        """Tell by name or service; the company id alone also belongs to Suunto's watches."""
        return SERVICE_UUID in adv.service_uuids or (adv.name or "").startswith(NAME_PREFIX)

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return MovesenseSession(settings)


class MovesenseSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`.

    Ranges stay as they are set in the sensor: the protocol has no command for them. Their values are asked
    for, and unknown where the firmware does not tell.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._rate_hz = nearest_rate(settings.rate_hz, RATES_HZ)
        self._blocks = 2 if settings.gyr_range_dps else 1
        self._model: str | None = None
        self._firmware: str | None = None
        self._acc_range_g: int | None = None
        self._gyr_range_dps: int | None = None
        self._streams = 0
        self._parts = _Parts(self._blocks, max(1, round(self._rate_hz * SAMPLES_PER_HZ)))
        self._open()

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told so far."""
        acc_g, gyr_dps = self._acc_range_g, self._gyr_range_dps
        return SensorInfo(
            driver=KEY,
            model=self._model,
            firmware=self._firmware,
            rate_hz=self._rate_hz,
            acc_range_mps2=None if acc_g is None else acc_g * G_MPS2,
            gyr_range_radps=None if gyr_dps is None or self._blocks == 1 else float(np.deg2rad(gyr_dps)),
            time_source="device",
        )

    @property
    def _path(self) -> str:
        return f"/Meas/{'IMU6' if self._blocks == 2 else 'Acc'}/{self._rate_hz:.0f}"

    def start(self) -> Generator[Action, bytes | None, None]:
        """Listen, greet, ask for the ranges, subscribe to the samples."""
        yield Subscribe(NOTIFY_UUID)
        hello = yield _request(HELLO, HELLO_REF)
        if hello is None or len(hello) <= HEADER:
            raise UnknownVersionError(
                "the Movesense does not speak the GATT SensorData Protocol",
                advice="update its firmware to 2.3 or later with the Movesense Showcase app",
            )
        if hello[HEADER] != PROTOCOL:
            raise UnknownVersionError(
                f"the Movesense speaks version {hello[HEADER]} of its protocol, this driver only {PROTOCOL}",
                advice="update imu-tempo",
            )
        yield _request(GET, ACC_REF, "/Meas/Acc/Config")
        if self._blocks == 2:
            yield _request(GET, GYR_REF, "/Meas/Gyro/Config")
        answer = yield _request(SUBSCRIBE, STREAM_REF, self._path)
        status = None if answer is None else _status(answer)
        if status not in STATUS_OK:
            told = "no answer" if status is None else f"status {status}"
            raise SettingRefusedError(
                f"the Movesense refused to stream {self._path} ({told})",
                advice="take it out of its strap and put it back, or choose another rate",
            )

    def stop(self) -> Generator[Action, bytes | None, None]:
        """End the subscription."""
        yield _request(UNSUBSCRIBE, STREAM_REF)

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, str(uuid) if uuid == NOTIFY_UUID:
                return self._notification(packet.payload, packet.host_ns)
            case PacketKind.WRITE, str(uuid) if uuid == COMMAND_UUID:
                if packet.payload[:1] == bytes([SUBSCRIBE]):
                    self._open()
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._open()
        return []

    def _open(self) -> None:
        """Begin a stream: the clock goes on, but what came in between was not meant to be sent."""
        self._streams += 1
        self._time_ms = Unwrapper(MS_MODULUS)
        self._index = IndexByTime(1 / self._rate_hz)
        self._parts.clear()

    def _notification(self, payload: bytes, host_ns: int) -> list[Chunk]:
        if len(payload) < HEADER:
            raise DecodeError(f"{len(payload)} bytes, a notification has at least {HEADER}")
        code, ref, body = payload[0], payload[1], payload[HEADER:]
        if code == RESPONSE:
            self._response(ref, payload)
            return []
        if code not in (DATA, DATA_PART2):
            raise DecodeError(f"notification of kind {code}, known are 1 to 3")
        if ref != STREAM_REF:
            raise DecodeError(f"data of subscription {ref}, which is not ours", offset=1)
        whole = self._parts.take(body) if code == DATA else self._parts.complete(body)
        return [] if whole is None else [self._chunk(whole, host_ns)]

    def _chunk(self, body: bytes, host_ns: int) -> Chunk:
        acc_mps2, gyr_dps = vectors(body, self._blocks)
        device_us = self._time_ms(struct.unpack_from("<I", body)[0]) * US_PER_MS
        return Chunk(
            acc_mps2=acc_mps2,
            gyr_radps=None if gyr_dps is None else np.deg2rad(gyr_dps),
            host_ns=host_ns,
            stream=self._streams,
            index=self._index(len(acc_mps2), device_us),
            device_us=device_us,
            period_s=1 / self._rate_hz,
        )

    def _response(self, ref: int, answer: bytes) -> None:
        if ref == HELLO_REF:
            fields = answer[HEADER + 1 :].split(b"\0")
            if len(fields) >= 5:  # serial, product, address of the boot loader, app, version of the app
                self._model = text(fields[1])
                self._firmware = text(b" ".join(fields[3:5]))
        elif _status(answer) in STATUS_OK:
            told = int.from_bytes(answer[HEADER + 2 :][:2], "little")
            if ref == ACC_REF and told:
                self._acc_range_g = told
            elif ref == GYR_REF and told:
                self._gyr_range_dps = told


class _Parts:
    """Puts packets together that came as two notifications.

    The first part does not say that there is a second, and may by chance look whole. So the size of a whole
    packet is known beforehand from the rate. Firmware that packs otherwise is learnt from: a smaller packet
    that comes twice in a row without a second part is whole (unless second parts have been seen: then it was
    lost), and one that has a second part is not.
    """

    def __init__(self, blocks: int, samples: int) -> None:
        self._vector = blocks * VECTOR
        self._whole = STAMP + samples * self._vector
        self._first: bytes | None = None
        self._taken = 0
        self._splits = False

    def clear(self) -> None:
        """Forget a first part: its connection is gone."""
        self._first, self._taken = None, 0

    def take(self, body: bytes) -> bytes | None:
        """Take in a packet, or the first part of one; give it back if it is whole."""
        before, self._first = self._first, None
        even = len(body) > STAMP and (len(body) - STAMP) % self._vector == 0
        if even and before is not None and len(before) == len(body) and not self._splits:
            self._whole = len(body)
        if even and len(body) >= self._whole:
            self._taken = len(body)
            return body
        taken, self._taken = self._taken, 0
        self._first = body
        if taken:  # packets fit into one notification here: this one was cut short
            raise DecodeError(
                f"{len(body)} bytes of samples, expected {self._whole}", offset=HEADER + len(body)
            )
        return None

    def complete(self, body: bytes) -> bytes:
        """Take in a second part, and give the whole packet."""
        first, self._first = self._first, None
        taken, self._taken = self._taken, 0
        if first is None:
            if taken:
                self._whole = taken + len(body)
            raise DecodeError(
                "the second part of a packet whose first part was lost, or taken for a whole one"
            )
        whole = first + body
        if len(whole) <= STAMP or (len(whole) - STAMP) % self._vector:
            raise DecodeError(
                f"two parts of {len(first)} and {len(body)} bytes make no whole samples", offset=HEADER
            )
        self._splits = True
        return whole


def vectors(body: bytes, blocks: int) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Decode the samples of a whole packet.

    Parameters
    ----------
    body
        Time stamp (u32, ms) and then the blocks, each n x 3 float32.
    blocks
        1: acceleration; 2: and angular rate; 3: and magnetic field, which is left out.

    Returns
    -------
    tuple
        (n, 3) m/s^2; (n, 3) deg/s or None.

    Raises
    ------
    DecodeError
        The length fits no number of samples, or a value is none that the sensor can measure.
    """
    if len(body) <= STAMP or (len(body) - STAMP) % (blocks * VECTOR):
        raise DecodeError(f"{len(body)} bytes hold no whole number of samples", offset=len(body))
    values = floats(body, offset=STAMP).reshape(blocks, -1, 3)
    limits = (MAX_ACC_MPS2, MAX_GYR_DPS)
    for block, limit in zip(values, limits, strict=False):
        if not (np.abs(block) <= limit).all():  # also catches NaN
            raise DecodeError("a sample that no Movesense can measure", offset=STAMP)
    return values[0], values[1] if blocks > 1 else None


def _request(op: int, ref: int, path: str = "") -> Request:
    # Answers are notifications, whose delivery the protocol does not promise: the caller judges silence.
    prefix = bytes([RESPONSE, ref])
    return Request(COMMAND_UUID, bytes([op, ref]) + path.encode(), NOTIFY_UUID, prefix, optional=True)


def _status(answer: bytes) -> int | None:
    return struct.unpack_from("<H", answer, HEADER)[0] if len(answer) >= HEADER + 2 else None
