"""A Verity Sense in SDK mode: accelerometer and gyro apart, packed differences, the last sample stamped."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.sensors import Advertisement
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
ACC, GYRO, SDK = 2, 5, 9
EPOCH_NS = 540_368_444_604_181_604  # a device time in Polar's specification: 2017 by a clock never set
OFFERS = {ACC: (2, 4, 8, 16), GYRO: (250, 500, 1000, 2000)}
SDK_RATES_HZ = (26, 52, 104, 208, 416)
IN_CHARGER = 13


def pack(deltas: NDArray[np.int64], bits: int) -> bytes:
    """Pack signed integers, least significant bit first, and fill the last byte up."""
    number = 0
    for place, delta in enumerate(deltas.ravel().tolist()):
        number |= (delta & ((1 << bits) - 1)) << (place * bits)
    return number.to_bytes(-(-deltas.size * bits // 8), "little")


def delta_frame(measurement: int, stamp_ns: int, rows: NDArray[np.int64], *, block: int = 10) -> bytes:
    """Encode rows as a reference and blocks of differences, each block as narrow as it can be."""
    head = struct.pack("<BQB3h", measurement, stamp_ns, 0x80, *rows[0].tolist())
    steps = np.diff(rows, axis=0)
    for start in range(0, len(steps), block):
        part = steps[start : start + block]
        bits = 1 + max(int(part.max()).bit_length(), int(-part.min() - 1).bit_length(), 0)
        head += bytes([bits, len(part)]) + pack(part, bits)
    return head


class Fake(FakeSensor):
    key = "polar"
    advertisements = (
        Advertisement("Polar Sense 8C4CAD2D", "A0:9E:1A:00:00:01", -60, (), (107,)),
        Advertisement("Polar H10 5C8F9A12", "A0:9E:1A:00:00:02", -60, (), (107,)),
    )
    loss = Loss.TIME
    sizes = (24, 7, 57)

    charging = False
    sdk = False
    sdk_allowed = True
    features = 1 << ACC | 1 << GYRO | 1 << SDK

    def power_up(self) -> None:
        super().power_up()
        self.running: set[int] = set()

    def read(self, uuid: str) -> bytes | None:
        if uuid != CONTROL:
            return None
        return b"\x0f" + self.features.to_bytes(16, "little")

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == CONTROL
        op, measurement = data[:2]
        status, more = {1: self.tell, 2: self.begin, 3: self.end}[op](measurement, data[2:])
        self.streaming = ACC in self.running
        return [(CONTROL, bytes([0xF0, op, measurement, status]) + (b"\0" + more if status == 0 else b""))]

    def tell(self, measurement: int, _data: bytes) -> tuple[int, bytes]:
        rates = SDK_RATES_HZ if self.sdk else (52,)
        ranges = OFFERS[measurement] if self.sdk else OFFERS[measurement][-1:]
        fields = bytes([0, len(rates)]) + struct.pack(f"<{len(rates)}H", *rates) + b"\x01\x01\x10\x00"
        fields += bytes([2, len(ranges)]) + struct.pack(f"<{len(ranges)}H", *ranges) + b"\x04\x01\x03"
        return 0, fields

    def begin(self, measurement: int, data: bytes) -> tuple[int, bytes]:
        if measurement == SDK:
            if self.running or not self.sdk_allowed:
                return 12, b""
            self.sdk = True
            return 0, b""
        if self.charging:
            return IN_CHARGER, b""
        if measurement in self.running:
            return 6, b""
        a, b, rate, c, d, bits, e, f, size, g, h, channels = struct.unpack("<BBHBBHBBHBBB", data)
        assert (a, b, c, d, e, f, g, h) == (0, 1, 1, 1, 2, 1, 4, 1)
        assert (bits, channels) == (16, 3)
        self.running.add(measurement)
        self.rate_hz = float(rate)
        if measurement == ACC:
            self.acc_range_g = size
            factor = self.acc_lsb_g = float(np.float32(size / 32768))
            self.has_gyro = GYRO in self.running
        else:
            self.gyr_range_dps = size
            factor = self.gyr_lsb_dps = float(np.float32(size * 3.5e-5))
        return 0, b"\x05\x01" + struct.pack("<f", factor)

    def end(self, measurement: int, _data: bytes) -> tuple[int, bytes]:
        if measurement == SDK:
            self.sdk = False
        elif measurement not in self.running:
            return 6, b""
        self.running.discard(measurement)
        return 0, b""

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        sent = []
        for start in range(0, len(acc_g), size):
            end = min(start + size, len(acc_g))
            stamp_ns = EPOCH_NS + round((first + end - 1) / self.rate_hz * 1e9)
            for measurement in sorted(self.running, reverse=True):
                rows, lsb = (acc_g, self.acc_lsb_g) if measurement == ACC else (gyr_dps, self.gyr_lsb_dps)
                raw = np.rint(rows[start:end] / lsb).astype(np.int64)
                sent.append(Sent(DATA, delta_frame(measurement, stamp_ns, raw), first + end))
        return sent

    def near_wrap(self) -> None:
        """Nothing wraps: 64 bits of nanoseconds last 584 years."""

    def indicates(self, uuid: str) -> bool:
        return uuid == CONTROL

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        charging, without = cls(), cls()
        charging.charging = True
        without.features = 1 << 0  # the ECG alone
        return {
            "a sensor in its charger": (charging, "refused to start at 208 Hz.*take it off the charger"),
            "a heart-rate strap": (without, "does not stream its accelerometer.*use a Verity Sense"),
        }
