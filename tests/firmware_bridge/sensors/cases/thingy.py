"""A Thingy:52: raw data of the motion service, neither clock nor counter."""

from __future__ import annotations

import struct

import numpy as np

from firmware_bridge.sensors import Advertisement
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

ADVERTISED, VERSION, CONFIG, RAW = (
    f"ef68{short}-9b35-4933-9b10-52ffa9740042" for short in ("0100", "0107", "0401", "0406")
)


class Fake(FakeSensor):
    key = "thingy"
    advertisements = (Advertisement("Thingy", "C8:00:00:00:00:01", -60, (ADVERTISED,), (89,)),)
    loss = Loss.ARRIVAL
    sizes = (1,)
    stoppable = False
    acc_range_g, gyr_range_dps = 2, 1024
    acc_lsb_g, gyr_lsb_dps = 1 / 1024, 1 / 32

    rate_hz = 10.0  # as it leaves the factory
    broken = False

    @property
    def streaming(self) -> bool:
        return RAW in self.subscribed

    @streaming.setter
    def streaming(self, _told: bool) -> None:
        """It streams to whoever listens."""

    def read(self, uuid: str) -> bytes | None:
        if uuid == VERSION:
            return bytes([2, 2, 0])
        if uuid == CONFIG:
            return struct.pack("<4HB", 1000, 500, 500, round(self.rate_hz), 1)[: 3 if self.broken else None]
        return None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == CONFIG
        *intervals, rate, wake = struct.unpack("<4HB", data)
        assert (intervals, wake) == ([1000, 500, 500], 1)  # not ours to change
        self.rate_hz = float(rate)
        return []

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        rows = np.hstack([-acc_g * 1024, gyr_dps * 32, np.zeros_like(acc_g)])  # positive points down
        payloads = [struct.pack("<9h", *row) for row in np.rint(rows).astype(int).tolist()]
        return [Sent(RAW, payload, first + k + 1) for k, payload in enumerate(payloads)]

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        broken = cls()
        broken.broken = True
        return {"a strange configuration": (broken, "makes no sense: 3 bytes.*update its firmware")}
