from __future__ import annotations

import struct

import numpy as np

from firmware_bridge.sensors import Advertisement
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"
RATES_HZ = {6: 10.0, 7: 20.0, 8: 50.0, 9: 100.0, 11: 200.0}


class Fake(FakeSensor):
    key = "witmotion"
    advertisements = (
        Advertisement("WT901BLE68", "C1:6E:0D:11:22:33", -60),
        Advertisement(None, "C1:6E:0D:11:22:33", -60, (SERVICE,)),
    )
    loss = Loss.ARRIVAL
    sizes = (8, 1, 16)
    serial = True
    stoppable = False

    acc_range_g, gyr_range_dps = 16, 2000
    acc_lsb_g, gyr_lsb_dps = 16 / 32768, 2000 / 32768

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.registers = {0x03: 6, 0x1F: 4}
        self.saved = dict(self.registers)
        self.unlocked = False
        self.only: int | None = None

    @property
    def rate_hz(self) -> float:
        return RATES_HZ[self.saved[0x03]]

    @property
    def streaming(self) -> bool:
        return NOTIFY in self.subscribed

    @streaming.setter
    def streaming(self, value: bool) -> None:
        pass

    def read(self, uuid: str) -> bytes | None:
        return None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == WRITE
        assert len(data) == 5
        assert data[:2] == b"\xff\xaa"
        register, value = data[2], int.from_bytes(data[3:], "little")
        if register == 0x69:
            self.unlocked = value == 0xB588
        elif register == 0x00:
            self.saved = dict(self.registers)  # only now a rate counts
        elif register == 0x27:
            told = [self.registers.get(value + k, 0) for k in range(8)]
            return [(NOTIFY, b"\x55\x71" + struct.pack("<9H", value, *told))]
        else:
            assert self.unlocked
            assert not self.streaming  # else samples of the old rate come first
            self.registers[register] = value if register != 0x03 else self.only or value
        return []

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        raw = np.hstack([acc_g / self.acc_lsb_g, gyr_dps / self.gyr_lsb_dps, np.zeros_like(acc_g)])
        frames = [b"\x55\x61" + row.tobytes() for row in np.rint(raw).astype("<i2")]
        return [
            Sent(NOTIFY, b"".join(frames[k : k + size]), first + min(k + size, len(frames)))
            for k in range(0, len(frames), size)
        ]
