"""Driver of BarbellIMU, a hobby firmware for an ESP32 with an MPU-6050 on the bar's sleeve.

Source: the profile of github.com/sserrano44/BarbellIMU (commit c94a615) as facts; that project has no
licence, and none of its code is used here. Where a byte's meaning could not be learnt, it says so beside it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Generator

import numpy as np

from firmware_bridge.clock import S_PER_US, Unwrapper
from firmware_bridge.errors import DecodeError
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors.answers import understood
from firmware_bridge.sensors.base import (
    Action,
    Advertisement,
    Chunk,
    DriverSession,
    LinkState,
    Offer,
    PacketKind,
    Pause,
    RawPacket,
    Read,
    StreamSettings,
    Subscribe,
    Write,
    nearest_rate,
)
from firmware_bridge.sensors.refusals import SettingRefusedError
from firmware_bridge.sensors.units import G_MPS2

KEY = "barbellimu"
SERVICE_UUID = "000001bb-0000-0010-8000-00805f9b34fb"
STREAM_UUID = "010001bb-0000-0010-8000-00805f9b34fb"
COMMAND_UUID = "020001bb-0000-0010-8000-00805f9b34fb"
STATUS_UUID = "030001bb-0000-0010-8000-00805f9b34fb"

START, STOP = 1, 2  # 3 calibrates; never sent: what it does to the accelerometer is not documented

RATES_HZ = (50.0, 100.0, 125.0, 200.0)
"""It takes any rate from 50 to 200 Hz; these the MPU-6050 divides its 1 kHz into without a remainder."""

ACC_RANGES_G = (2, 4, 8, 16)
GYR_RANGES_DPS = (250, 500, 1000, 2000)
"""By the MPU-6050's register code 0 to 3, as which the status is read. Samples are in mg and deg/s whatever
the range, so only what is told of the sensor hangs on it."""

US_MODULUS = 2**32  # of the clock: 71.6 minutes
SEQ_MODULUS = 256
MG_PER_G = 1000
LSB_PER_DPS = 16

STATUS_READS, STATUS_PAUSE_S = 3, 0.1
"""How often its status is asked for until it tells the new rate: when it does could not be learnt."""

LAPS_ERROR = 0.05
LAPS_SLACK = 2
"""Packets that went missing by whole rounds of the 8-bit counter, as the clock tells, agree with it to 5 % of
the time and two samples; if they do not, nothing was sent: the sensor stood still."""

_PACKET = struct.Struct("<I6hBBH")
_STATUS = struct.Struct("<HBBBBBB")


class BarbellImuDriver:
    """BarbellIMU on an ESP32."""

    key = KEY
    title = "BarbellIMU (ESP32, hobby)"
    offer = Offer("BarbellIMU MVP (ESP32 or ESP32-C3 with MPU-6050)", RATES_HZ, time_source="index")

    def matches(self, adv: Advertisement) -> bool:
        """Tell by the service."""
        return SERVICE_UUID in adv.service_uuids

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return BarbellImuSession(settings)


class BarbellImuSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`.

    The ranges are compiled into the firmware.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._rate_hz = nearest_rate(settings.rate_hz, RATES_HZ)
        self._has_gyr = settings.gyr_range_dps > 0
        self._firmware: str | None = None
        self._acc_range_g: int | None = None
        self._gyr_range_dps: int | None = None
        self._streams = -1
        self._open()

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told so far."""
        acc_g, gyr_dps = self._acc_range_g, self._gyr_range_dps
        return SensorInfo(
            driver=KEY,
            firmware=self._firmware,
            rate_hz=self._rate_hz,
            acc_range_mps2=None if acc_g is None else acc_g * G_MPS2,
            gyr_range_radps=None if gyr_dps is None or not self._has_gyr else math.radians(gyr_dps),
            time_source="index",
        )

    def start(self) -> Generator[Action, bytes | None, None]:
        """Listen, stop what runs, start, and look whether it took the rate."""
        yield Subscribe(STREAM_UUID)
        yield Write(COMMAND_UUID, bytes([STOP]))
        yield Write(COMMAND_UUID, bytes([START]) + round(self._rate_hz).to_bytes(2, "little"))
        told_hz = 0
        for _ in range(STATUS_READS):
            yield Pause(STATUS_PAUSE_S)
            told_hz = understood(_decode_status, (yield Read(STATUS_UUID)))[0]
            if told_hz == round(self._rate_hz):
                return
        raise SettingRefusedError(
            f"the sensor was asked for {self._rate_hz:g} Hz and says it measures at {told_hz} Hz",
            advice="restart it, and update its firmware if that does not help",
        )

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Stop."""
        yield Write(COMMAND_UUID, bytes([STOP]))

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, str(uuid) if uuid == STREAM_UUID:
                return [self._sample(packet.payload, packet.host_ns)]
            case PacketKind.READ, str(uuid) if uuid == STATUS_UUID:
                self._told(packet.payload)
            case PacketKind.WRITE, str(uuid) if uuid == COMMAND_UUID:
                if packet.payload[:1] == bytes([START]):
                    self._open()
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._open()
        return []

    def _open(self) -> None:
        """Begin a stream: its counter may begin anywhere."""
        self._streams += 1
        self._time_us = Unwrapper(US_MODULUS)
        self._last: tuple[int, int] | None = None
        self._index = 0

    def _told(self, payload: bytes) -> None:
        _, acc, gyr, _, _, major, minor = _decode_status(payload)
        self._firmware = f"{major}.{minor}"
        self._acc_range_g = ACC_RANGES_G[acc] if acc < len(ACC_RANGES_G) else None
        self._gyr_range_dps = GYR_RANGES_DPS[gyr] if gyr < len(GYR_RANGES_DPS) else None

    def _sample(self, payload: bytes, host_ns: int) -> Chunk:
        if len(payload) != _PACKET.size:
            raise DecodeError(f"{len(payload)} bytes, a sample has {_PACKET.size}", offset=len(payload))
        stamp_us, *values, seq, _, _ = _PACKET.unpack(payload)
        device_us = self._time_us(stamp_us)
        rows = np.array(values, dtype=np.float64).reshape(2, 1, 3)
        return Chunk(
            acc_mps2=rows[0] * (G_MPS2 / MG_PER_G),
            gyr_radps=np.deg2rad(rows[1] / LSB_PER_DPS) if self._has_gyr else None,
            host_ns=host_ns,
            stream=self._streams,
            index=self._number(seq, device_us),
            device_us=device_us,
            period_s=1 / self._rate_hz,
        )

    def _number(self, seq: int, device_us: int) -> int:
        """Return a sample's number by its 8-bit counter; over whole rounds of it the clock decides."""
        if self._last is None:
            self._last = seq, device_us
            return self._index
        last_seq, last_us = self._last
        step = (seq - last_seq) % SEQ_MODULUS
        elapsed = (device_us - last_us) * S_PER_US * self._rate_hz
        if step and -SEQ_MODULUS / 2 < elapsed <= 0:
            return self._index + step - SEQ_MODULUS  # overtaken by another
        laps = step + SEQ_MODULUS * max(0, round((elapsed - step) / SEQ_MODULUS))
        if abs(laps - elapsed) <= LAPS_SLACK + LAPS_ERROR * elapsed:
            step = laps
        if step:  # else the same once more
            self._index += step
            self._last = seq, device_us
        return self._index


def _decode_status(payload: bytes) -> tuple[int, ...]:
    """Read the status: rate, acc and gyro range, filter, flags, firmware major and minor.

    What the flags and the filter's number mean could not be learnt; they are not used.
    """
    if len(payload) < _STATUS.size:
        raise DecodeError(f"{len(payload)} bytes, a status has {_STATUS.size}", offset=len(payload))
    return _STATUS.unpack_from(payload)
