from __future__ import annotations

import numpy as np

from firmware_bridge.sensors import Advertisement
from firmware_bridge.sensors.base import MODEL_UUID
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

SERVICE = "326a9000-85cb-9195-d9dd-464cfbbae75a"
COMMAND = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"
RATES_HZ = {6: 25.0, 7: 50.0, 8: 100.0, 9: 200.0, 10: 400.0}
RANGES_G = {1: {3: 2, 5: 4, 8: 8, 12: 16}, 4: {0: 2, 1: 4, 2: 8, 3: 16}}
RANGES_DPS = (2000, 1000, 500, 250, 125)
PACKED = {(1, 3): 0x1C, (4, 3): 0x05, (0, 0x13): 0x07, (1, 0x13): 0x05}


class Fake(FakeSensor):
    """A MetaMotion S (BMI270)."""

    key = "metawear"
    advertisements = (
        Advertisement("MetaWear", "D0:11:22:33:44:55", -60),
        Advertisement("my bar", "D0:11:22:33:44:55", -60, (SERVICE,)),
    )
    loss = Loss.ARRIVAL
    sizes = (3,)
    acc_chip, gyr_chip = 4, 1
    model = b"8"

    def power_up(self) -> None:
        super().power_up()
        self.wanted: set[tuple[int, int]] = set()
        self.running: set[int] = set()

    def read(self, uuid: str) -> bytes | None:
        return self.model if uuid == MODEL_UUID else None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == COMMAND
        module, register, payload = data[0], data[1], data[2:]
        if module == 0x11:
            assert register == 0x09
            assert len(payload) == 8
            return []
        chip = self.acc_chip if module == 3 else self.gyr_chip
        if register == 0x80:
            return [(NOTIFY, bytes([module, 0x80, chip, 0]))]
        match register:
            case 0x01:
                (self.running.add if payload[0] else self.running.discard)(module)
            case 0x02:
                assert payload in (b"\x01\x00", b"\x00\x01")
            case 0x03:
                self._configure(module, *payload)
            case _:
                assert register == PACKED[chip, module]
                self.wanted.add((module, register))
        self.streaming = self.running == {0x03, 0x13}
        return []

    def _configure(self, module: int, conf: int, size: int) -> None:
        assert module not in self.running
        self.rate_hz = RATES_HZ[conf & 0x0F]
        if module == 3:
            assert conf >> 4 == (2 if self.acc_chip == 1 else 0xA)
            self.acc_range_g = RANGES_G[self.acc_chip][size]
            self.acc_lsb_g = self.acc_range_g / 32768
        else:
            assert conf >> 4 == 2
            self.gyr_range_dps = RANGES_DPS[size]
            self.gyr_lsb_dps = self.gyr_range_dps / 32800

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        acc = np.rint(acc_g / self.acc_lsb_g).astype("<i2")
        gyr = np.rint(gyr_dps / self.gyr_lsb_dps).clip(-32768, 32767).astype("<i2")
        sent = []
        for begin in range(0, len(acc), size):
            upto = first + min(begin + size, len(acc))
            for module, chip, raw in ((3, self.acc_chip, acc), (0x13, self.gyr_chip, gyr)):
                head = bytes([module, PACKED[chip, module]])
                sent.append(Sent(NOTIFY, head + raw[begin : begin + size].tobytes(), upto))
        return sent

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        old, bare = cls(), Bare()
        old.acc_chip = 3
        return {
            "a board with another accelerometer": (old, "accelerometer is of kind 3.*MetaMotion"),
            "a board without gyro": (bare, "no gyro"),
        }


class R(Fake):
    """A MetaMotion R (BMI160)."""

    acc_chip, gyr_chip = 1, 0
    model = b"5"


class Bare(Fake):
    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        return [(NOTIFY, data)] if data == b"\x13\x80" else super().write(uuid, data)


ALSO = (R,)
