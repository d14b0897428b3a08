"""BarbellIMU: one sample a packet, with the time in microseconds and an 8-bit counter."""

from __future__ import annotations

import struct

import numpy as np

from firmware_bridge.sensors import Advertisement
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

SERVICE = "000001bb-0000-0010-8000-00805f9b34fb"
STREAM, COMMAND, STATUS = (f"0{n}0001bb-0000-0010-8000-00805f9b34fb" for n in (1, 2, 3))


class Fake(FakeSensor):
    key = "barbellimu"
    advertisements = (Advertisement("BarbellIMU", "24:0A:C4:00:00:01", -60, (SERVICE,)),)
    loss = Loss.INDEX
    sizes = (1,)
    acc_range_g, gyr_range_dps = 16, 2000
    acc_lsb_g, gyr_lsb_dps = 1e-3, 1 / 16

    seq = 0
    seen = 0
    offset_us = 1_000_000
    stuck_at_hz: int | None = None
    rate_hz = 100.0

    def read(self, uuid: str) -> bytes | None:
        if uuid != STATUS:
            return None
        return struct.pack("<HBBBBBB", round(self.rate_hz), 3, 3, 2, int(self.streaming), 1, 4)

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == COMMAND
        self.streaming = data[0] == 1
        if self.streaming:
            self.rate_hz = float(self.stuck_at_hz or int.from_bytes(data[1:3], "little"))
            assert 50 <= self.rate_hz <= 200
        return []

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        sent = []
        for k, (acc, gyr) in enumerate(zip(acc_g, gyr_dps, strict=True)):
            us = (self.offset_us + round((first + k) / self.rate_hz * 1e6)) % 2**32
            values = [*np.rint(acc * 1000).astype(int).tolist(), *np.rint(gyr * 16).astype(int).tolist()]
            payload = struct.pack("<I6hBBH", us, *values, (self.seq + first + k) % 256, 3, 0)
            sent.append(Sent(STREAM, payload, first + k + 1))
        return sent

    def near_wrap(self) -> None:
        self.seq, self.offset_us = 250, 2**32 - 500_000

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        stuck = cls()
        stuck.stuck_at_hz = 50
        return {
            "a rate that is not taken": (stuck, "asked for 200 Hz and says it measures at 50 Hz; restart")
        }
