"""A Movella DOT that measures rate quantities."""

from __future__ import annotations

import struct

from firmware_bridge.sensors import Advertisement
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

INFO, DEVICE, MEASUREMENT, MEDIUM = (
    f"1517{short}-4947-11e9-8646-d663bd873d93" for short in ("1001", "1002", "2001", "2003")
)
VISIT_RATE = 0x10


class Fake(FakeSensor):
    key = "movella"
    advertisements = (
        Advertisement("Movella DOT", "D4:22:CD:00:00:01", -60, (), (2182,)),
        Advertisement("Xsens DOT", "D4:22:CD:00:00:02", -60, (), (2182,)),
    )
    loss = Loss.TIME
    sizes = (1,)
    acc_range_g, gyr_range_dps = 16, 2000
    acc_lsb_g, gyr_lsb_dps = 1e-6, 1e-5  # float32

    rate_hz = 30.0
    mode = 16  # what an app left behind: Euler angles and free acceleration
    offset_us = 5_000_000
    recording = False
    charging = False

    def read(self, uuid: str) -> bytes | None:
        if uuid == DEVICE:
            tag = b"bar".ljust(16, b"\0")
            head = bytes([0, 0, 0, 10, 0, 30, 0, 3])
            return head + tag + round(self.rate_hz).to_bytes(2, "little") + bytes([1]) + bytes(5)
        if uuid == MEASUREMENT:
            return bytes([1, int(self.streaming), self.mode])
        if uuid == INFO:
            head = bytes.fromhex("d422cd000001") + bytes([2, 4, 0]) + bytes(7) + bytes(4) + bytes(8)
            return head + b"XS-T02"
        return None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        if uuid == DEVICE:
            assert len(data) == 32
            assert data[0] == VISIT_RATE  # nothing else may be touched: bit 1 would switch it off
            assert data[8:24].startswith(b"bar")
            if not (self.streaming or self.recording):
                self.rate_hz = float(int.from_bytes(data[24:26], "little"))
        elif uuid == MEASUREMENT:
            assert data[0] == 1
            self.streaming = data[1] == 1 and not self.charging
            self.mode = data[2]
        return []

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        sent = []
        for k, (acc, gyr) in enumerate(zip(acc_g * 9.80665, gyr_dps, strict=True)):
            us = (self.offset_us + round((first + k) / self.rate_hz * 1e6)) % 2**32
            used = struct.pack("<I6f", us, *acc.tolist(), *gyr.tolist())
            sent.append(Sent(MEDIUM, used.ljust(40, b"\0"), first + k + 1))
        return sent

    def near_wrap(self) -> None:
        self.offset_us = 2**32 - 500_000

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        recording, charging = cls(), cls()
        recording.recording = True
        charging.charging = True
        return {
            "a sensor that records": (recording, "asked for 60 Hz and stays at 30 Hz; end its recording"),
            "a sensor on its charger": (charging, "did not begin to measure.*take it off its charger"),
        }
