from __future__ import annotations

import struct

import numpy as np

from firmware_bridge.sensors import Advertisement, StreamSettings
from tests.firmware_bridge.sensors.contract import G_MPS2, Array, FakeSensor, Loss, Sent

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"
PART = 240
"""Bytes of a packet in the first notification, where it does not fit into one."""


class Fake(FakeSensor):
    key = "movesense"
    advertisements = (
        Advertisement("Movesense 204730000081", "0C:8C:DC:38:72:E8", -60, (), (0x009F,)),
        Advertisement(None, "0C:8C:DC:38:72:E8", -60, (SERVICE,)),
    )
    loss = Loss.TIME
    sizes = (16, 8, 4)

    acc_range_g, gyr_range_dps = 8, 2000
    acc_lsb_g = gyr_lsb_dps = 1e-6  # float32
    protocol = 1
    greets = True
    status = 200
    ref = 0
    offset_ms = 172_460

    @property
    def size(self) -> int:
        return max(1, round(self.rate_hz / 13))

    def near_wrap(self) -> None:
        self.offset_ms = 2**32 - 150

    def read(self, uuid: str) -> bytes | None:
        return None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == WRITE
        assert NOTIFY in self.subscribed  # answers to a client that does not listen are lost
        op, ref, path = data[0], data[1], data[2:].decode()
        return [(NOTIFY, bytes([1, ref]) + answer) for answer in self._answers(op, ref, path)]

    def _answers(self, op: int, ref: int, path: str) -> list[bytes]:
        ok = struct.pack("<H", 200)
        match op, path:
            case 0, "":
                told = [b"204730000081", b"SS2_NGP", b"0C8CDC3872E8", b"Showcase", b"2.3.1"]
                return [bytes([self.protocol]) + b"\0".join(told)] if self.greets else []
            case 4, "/Meas/Acc/Config":
                return [ok + bytes([self.acc_range_g])]
            case 4, "/Meas/Gyro/Config":
                return [ok + struct.pack("<H", self.gyr_range_dps)]
            case 1, _:
                _, meas, what, rate = path.split("/")
                assert (meas, what) == ("Meas", "IMU6")
                assert int(rate) in (13, 26, 52, 104, 208, 416, 833, 1666)
                self.rate_hz, self.ref = float(rate), ref
                self.streaming = self.status == 200
                return [struct.pack("<H", self.status)]
            case 2, "":
                self.streaming = False
                return [ok]
        raise AssertionError(f"no such command: {op} {path}")

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        sent = []
        for begin in range(0, len(acc_g), size):
            rows = slice(begin, begin + size)
            stamp = (self.offset_ms + int((first + begin) * 1000 / self.rate_hz)) % 2**32
            blocks = np.vstack([acc_g[rows] * G_MPS2, gyr_dps[rows]]).astype("<f4").tobytes()
            body = struct.pack("<I", stamp) + blocks
            upto = first + min(begin + size, len(acc_g))
            sent.append(Sent(NOTIFY, bytes([2, self.ref]) + body[:PART], upto))
            if len(body) > PART:
                sent.append(Sent(NOTIFY, bytes([3, self.ref]) + body[PART:], upto))
        return sent

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        old, newer, refusing = cls(), cls(), cls()
        old.greets = False
        newer.protocol = 2
        refusing.status = 404
        return {
            "firmware without the protocol": (old, "update its firmware to 2.3 or later"),
            "a newer protocol": (newer, "version 2.*update imu-tempo"),
            "a refused path": (refusing, r"refused to stream /Meas/IMU6/\d+ .status 404."),
        }


class Whole(Fake):
    """At 104 Hz, where a packet fits into one notification."""

    sizes = (8, 4)

    def __init__(self, settings: StreamSettings | None = None) -> None:
        super().__init__(settings or StreamSettings(rate_hz=104))


ALSO = (Whole,)
