"""Driver of WitMotion BLE 5.0 sensors: a serial port behind two characteristics.

Sources: WT901BLECL datasheet, chapter 6 (frames, registers); WitMotion's "standard communication protocol"
(register table). The stream has no time, no counter and no checksum. Logs of real sensors at 200 Hz show 8
frames a notification every 30 to 40 ms, sometimes 16, and gaps to 0.92 s that are caught up.
"""

from __future__ import annotations

import re
from collections.abc import Generator

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
    Pause,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Subscribe,
    Write,
    nearest_rate,
)
from firmware_bridge.sensors.counting import IndexByArrival
from firmware_bridge.sensors.units import G_MPS2

KEY = "witmotion"
SERVICE_UUID = "0000ffe5-0000-1000-8000-00805f9a34fb"  # 5f9a34fb is no misprint: not Bluetooth's base
NOTIFY_UUID = "0000ffe4-0000-1000-8000-00805f9a34fb"
COMMAND_UUID = "0000ffe9-0000-1000-8000-00805f9a34fb"
NAME = re.compile(r"B?WT[A-Z]*\d")

FRAME = 20
HEAD = 0x55
SAMPLE, REGISTERS = 0x61, 0x71
FULL_SCALE = 32768
ACC_RANGE_G = 16
GYR_RANGE_DPS = 2000

UNLOCK = bytes.fromhex("ffaa6988b5")  # settings can be written for 10 s
SAVE = bytes.fromhex("ffaa000000")
RATE, BANDWIDTH = 0x03, 0x1F
RATE_CODES = {10.0: 0x06, 20.0: 0x07, 50.0: 0x08, 100.0: 0x09, 200.0: 0x0B}
RATES_HZ = tuple(RATE_CODES)
BANDWIDTH_CODES = {5.0: 6, 10.0: 5, 20.0: 4, 42.0: 3, 98.0: 2}
"""Low-pass filter, Hz. It stands at 20 Hz when new, which rounds off the turn of a fast rep: the widest that
stays below half the rate is better. (As the register table has it; not tried on a sensor.)"""

SETTLE_S = 0.15
"""Commands that follow each other faster than 100 to 150 ms are lost."""


class WitMotionDriver:
    """WitMotion sensors with Bluetooth 5.0."""

    key = KEY
    title = "WitMotion BLE 5.0"
    offer = Offer(
        "WT901BLE68, WT9011DCL, BWT901BLECL5.0",
        RATES_HZ,
        acc_ranges_g=(ACC_RANGE_G,),
        gyr_ranges_dps=(GYR_RANGE_DPS,),
        time_source="counted",
    )

    def matches(self, adv: Advertisement) -> bool:
        """Tell by service or by a name like WT901BLE68."""
        return SERVICE_UUID in adv.service_uuids or NAME.match(adv.name or "") is not None

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return WitMotionSession(settings)


class WitMotionSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`.

    Ranges cannot be set. The rate is saved in the sensor, as the datasheets want it before it counts.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._wanted_hz = nearest_rate(settings.rate_hz, RATES_HZ)
        self._rate_hz = self._wanted_hz
        self._has_gyr = settings.gyr_range_dps > 0
        self._model: str | None = None
        self._firmware: str | None = None
        self._streams = 0
        self._frames = Frames()
        self._open()

    @property
    def info(self) -> SensorInfo:
        """What is known of the sensor."""
        return SensorInfo(
            driver=KEY,
            model=self._model,
            firmware=self._firmware,
            rate_hz=self._rate_hz,
            acc_range_mps2=ACC_RANGE_G * G_MPS2,
            gyr_range_radps=float(np.deg2rad(GYR_RANGE_DPS)) if self._has_gyr else None,
            time_source="counted",
        )

    def start(self) -> Generator[Action, bytes | None, None]:
        """Set the rate before listening, since it streams as soon as someone listens; then read it back."""
        yield Read(MODEL_UUID, optional=True)
        yield Read(FIRMWARE_UUID, optional=True)
        half_hz = self._wanted_hz / 2
        bandwidth = max((hz for hz in BANDWIDTH_CODES if hz <= half_hz), default=min(BANDWIDTH_CODES))
        for command in (
            UNLOCK,
            _setting(RATE, RATE_CODES[self._wanted_hz]),
            _setting(BANDWIDTH, BANDWIDTH_CODES[bandwidth]),
            SAVE,
        ):
            yield Write(COMMAND_UUID, command, response=False)
            yield Pause(SETTLE_S)
        yield Subscribe(NOTIFY_UUID)
        # The answer counts wherever it comes: in decode. Waiting for it only keeps the next command away.
        read = bytes([0xFF, 0xAA, 0x27, RATE, 0])
        yield Request(
            COMMAND_UUID, read, NOTIFY_UUID, bytes([HEAD, REGISTERS]), response=False, optional=True
        )

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Do nothing: there is no command; the sensor is quiet when nobody listens."""
        yield from ()

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, str(uuid) if uuid == NOTIFY_UUID:
                return self._bytes(packet.payload, packet.host_ns)
            case PacketKind.READ, str(uuid) if uuid == MODEL_UUID:
                self._model = text(packet.payload)
            case PacketKind.READ, str(uuid) if uuid == FIRMWARE_UUID:
                self._firmware = text(packet.payload)
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._rate_hz = self._wanted_hz
                self._open()
        return []

    def _open(self) -> None:
        self._streams += 1
        self._index = IndexByArrival(1 / self._rate_hz)
        self._frames = Frames()

    def _bytes(self, payload: bytes, host_ns: int) -> list[Chunk]:
        frames, skipped = self._frames.feed(payload)
        samples = [frame for frame in frames if frame[1] == SAMPLE]
        for frame in frames:
            if frame[1] == REGISTERS:
                self._registers(frame)
        if not frames and skipped:
            raise DecodeError(f"{skipped} bytes that belong to no frame")
        return [self._chunk(samples, host_ns)] if samples else []

    def _registers(self, frame: bytes) -> None:
        """Believe the sensor when it says that its rate is another: some models have fewer."""
        register, code = int.from_bytes(frame[2:4], "little"), frame[4]
        told = {code: rate for rate, code in RATE_CODES.items()}.get(code)
        if register == RATE and told is not None and told != self._rate_hz:
            self._rate_hz = told
            self._streams += 1
            self._index = IndexByArrival(1 / told)

    def _chunk(self, frames: list[bytes], host_ns: int) -> Chunk:
        acc_mps2, gyr_radps = samples(frames)
        return Chunk(
            acc_mps2=acc_mps2,
            gyr_radps=gyr_radps if self._has_gyr else None,
            host_ns=host_ns,
            stream=self._streams,
            index=self._index(len(frames), host_ns),
            device_us=None,
            period_s=1 / self._rate_hz,
        )


class Frames:
    """Finds frames in a byte stream that may be cut anywhere, and finds back after bytes that are none.

    A frame has no checksum, only two bytes to begin with, which also occur in samples. So where more bytes
    follow a frame, they must begin the next one.
    """

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """Take in bytes; give the frames they complete, and how many bytes belong to none."""
        buffer, at, skipped = self._buffer + data, 0, 0
        frames: list[bytes] = []
        while at < len(buffer):
            if not _begins(buffer, at) or not _begins(buffer, at + FRAME):
                at, skipped = at + 1, skipped + 1
            elif at + FRAME <= len(buffer):
                frames.append(buffer[at : at + FRAME])
                at += FRAME
            else:
                break
        self._buffer = buffer[at:]
        return frames, skipped


def samples(frames: list[bytes]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Decode sample frames: (n, 3) m/s^2 and (n, 3) rad/s. The angles that follow are left out."""
    raw = np.frombuffer(b"".join(frame[2:14] for frame in frames), "<i2").reshape(-1, 6).astype(np.float64)
    return (
        raw[:, :3] * (ACC_RANGE_G * G_MPS2 / FULL_SCALE),
        raw[:, 3:] * (float(np.deg2rad(GYR_RANGE_DPS)) / FULL_SCALE),
    )


def _begins(buffer: bytes, at: int) -> bool:
    """Whether a frame may begin here, as far as the bytes have come."""
    head = buffer[at : at + 2]
    return head[:1] in (b"", bytes([HEAD])) and head[1:] in (b"", bytes([SAMPLE]), bytes([REGISTERS]))


def _setting(register: int, value: int) -> bytes:
    return bytes([0xFF, 0xAA, register, value, 0])
