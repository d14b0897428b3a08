"""Driver of the Nordic Thingy:52: its motion service's raw data.

Sources: Nordic Semiconductor, "Nordic Thingy:52 v2.2.0, Firmware architecture, Motion service", and the
firmware itself (github.com/NordicSemiconductor/Nordic-Thingy52-FW, commit 6ada0a9) for what that leaves open.

It is a development kit, and the poorest of the sensors here: 50 Hz, 2 g, no clock, no counter.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Generator

import numpy as np

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
    RawPacket,
    Read,
    StreamSettings,
    Subscribe,
    Write,
    nearest_rate,
)
from firmware_bridge.sensors.counting import IndexByArrival
from firmware_bridge.sensors.units import G_MPS2

KEY = "thingy"
SERVICE_UUID = "ef680100-9b35-4933-9b10-52ffa9740042"  # its configuration service, which it advertises
VERSION_UUID = "ef680107-9b35-4933-9b10-52ffa9740042"
CONFIG_UUID = "ef680401-9b35-4933-9b10-52ffa9740042"
RAW_UUID = "ef680406-9b35-4933-9b10-52ffa9740042"

RATES_HZ = (10.0, 20.0, 25.0, 40.0, 50.0)
"""It accepts up to 200 Hz, of which 50 to 70 a second arrive (nordicsemi/Android-Nordic-Thingy issue 24), and
nothing tells which are missing; 50 Hz fits. The motion processor divides 200 Hz by whole numbers."""

ACC_RANGE_G = 2  # the motion processor's library sets it, and the firmware leaves it
ACC_LSB_PER_G = -(1 << 10)
"""Six integer and ten fractional bits. Negative: the firmware turns the sign round, so that an axis reads
positive when it points down; specific force is positive on the one that points up."""

GYR_LSB_PER_DPS = 1 << 5
GYR_RANGE_DPS = (1 << 15) // GYR_LSB_PER_DPS
"""The gyro measures up to 2000 deg/s; the format holds 1024 and is wrong beyond."""

_RAW = struct.Struct("<9h")  # acc, gyro, magnetic field
_CONFIG = struct.Struct(
    "<4HB"
)  # pedometer, temperature, compass intervals in ms; motion rate in Hz; wake on motion
_RATE_FIELD = 3


class ThingyDriver:
    """Nordic Thingy:52."""

    key = KEY
    title = "Nordic Thingy:52"
    offer = Offer("Thingy:52 (firmware 2.x)", RATES_HZ, (ACC_RANGE_G,), (GYR_RANGE_DPS,), "counted")

    def matches(self, adv: Advertisement) -> bool:
        """Tell by the service; the name is the owner's to choose."""
        return SERVICE_UUID in adv.service_uuids

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return ThingySession(settings)


class ThingySession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`."""

    def __init__(self, settings: StreamSettings) -> None:
        self._rate_hz = nearest_rate(settings.rate_hz, RATES_HZ)
        self._has_gyr = settings.gyr_range_dps > 0
        self._firmware: str | None = None
        self._streams = -1
        self._open()

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told so far."""
        return SensorInfo(
            driver=KEY,
            firmware=self._firmware,
            rate_hz=self._rate_hz,
            acc_range_mps2=ACC_RANGE_G * G_MPS2,
            gyr_range_radps=math.radians(GYR_RANGE_DPS) if self._has_gyr else None,
            time_source="counted",
        )

    def start(self) -> Generator[Action, bytes | None, None]:
        """Set the rate where it is another, and listen: it streams to whoever does."""
        yield Read(VERSION_UUID, optional=True)
        config = understood(_decode_config, (yield Read(CONFIG_UUID)))
        if config[_RATE_FIELD] != round(self._rate_hz):  # it is kept in flash, which wears
            config[_RATE_FIELD] = round(self._rate_hz)
            yield Write(CONFIG_UUID, _CONFIG.pack(*config))
        yield Subscribe(RAW_UUID)

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Do nothing: hanging up is what stops it."""
        yield from ()

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, str(uuid) if uuid == RAW_UUID:
                return [self._sample(packet.payload, packet.host_ns)]
            case PacketKind.READ, str(uuid) if uuid == VERSION_UUID:
                self._firmware = ".".join(str(part) for part in packet.payload[:3]) or None
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._open()
        return []

    def _open(self) -> None:
        self._streams += 1
        self._index = IndexByArrival(1 / self._rate_hz)

    def _sample(self, payload: bytes, host_ns: int) -> Chunk:
        if len(payload) != _RAW.size:
            raise DecodeError(f"{len(payload)} bytes, a sample has {_RAW.size}", offset=len(payload))
        acc, gyr, _ = np.array(_RAW.unpack(payload), dtype=np.float64).reshape(3, 1, 3)
        return Chunk(
            acc_mps2=acc * (G_MPS2 / ACC_LSB_PER_G),
            gyr_radps=np.deg2rad(gyr / GYR_LSB_PER_DPS) if self._has_gyr else None,
            host_ns=host_ns,
            stream=self._streams,
            index=self._index(1, host_ns),
            device_us=None,
            period_s=1 / self._rate_hz,
        )


def _decode_config(payload: bytes) -> list[int]:
    if len(payload) != _CONFIG.size:
        raise DecodeError(
            f"{len(payload)} bytes, the motion configuration has {_CONFIG.size}", offset=len(payload)
        )
    return list(_CONFIG.unpack(payload))
