"""A Polar Verity Sense in SDK mode: PMD, accelerometer and gyro as packed differences."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.virtual.foreign.firmware import FULL_SCALE, Firmware, Message, Wire
from firmware_bridge.virtual.source import SampleSource

CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

HEADER = 2  # command and measurement
ACC, GYRO, SDK_MODE = 2, 5, 9
OK, UNKNOWN_MEASUREMENT, ALREADY, INVALID_STATE = 0, 2, 6, 12
SAMPLES = 24
"""Fit a packet of 244 bytes however the bar shakes: 17-bit differences take 153."""
BOOTED_NS = 540_368_444_604_181_604
"""Its clock counts from the year 2000, and stands in 2017 when it was never set."""
NS_PER_S = 1_000_000_000


class PolarFirmware(Firmware):
    """Firmware 1.1.5; rate and ranges are the source's."""

    name = "Polar Sense 8C4CAD2D"
    service_uuid = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
    wires = (Wire(CONTROL_UUID, read=True, write=True, notify=True), Wire(DATA_UUID, notify=True))

    def __init__(self, source: SampleSource) -> None:
        super().__init__(source)
        self._measuring: set[int] = set()

    @property
    def samples_per_packet(self) -> int:
        """As many whatever the motion; a real one fills its packets."""
        return SAMPLES

    def hung_up(self) -> None:
        """Stop measuring; SDK mode stays."""
        super().hung_up()
        self._measuring.clear()

    def value(self, uuid: str) -> bytes:
        """Tell what it can measure: the control point says so when it is read."""
        return b"\x0f" + (1 << ACC | 1 << GYRO | 1 << SDK_MODE).to_bytes(16, "little")

    def command(self, uuid: str, data: bytes) -> list[Message]:
        """Get settings, start and stop, of accelerometer, gyro and SDK mode."""
        if len(data) < HEADER:
            return []
        op, measurement = data[0], data[1]
        status, fields = self._answer(op, measurement)
        self.running = ACC in self._measuring
        return [(CONTROL_UUID, bytes([0xF0, op, measurement, status, 0]) + fields)]

    def _answer(self, op: int, measurement: int) -> tuple[int, bytes]:
        full_scale = self.source.acc_range_g if measurement == ACC else self.source.gyr_range_dps
        match op, measurement:
            case 1, _:
                rate = round(self.source.rate_hz)
                return OK, struct.pack("<2BH2BH2BH3B", 0, 1, rate, 1, 1, 16, 2, 1, round(full_scale), 4, 1, 3)
            case 2, 9:
                return (INVALID_STATE if self._measuring else OK), b""
            case 2, _ if measurement not in (ACC, GYRO):
                return UNKNOWN_MEASUREMENT, b""
            case 2, _:
                if measurement in self._measuring:
                    return ALREADY, b""
                self._measuring.add(measurement)
                return OK, b"\x05\x01" + struct.pack("<f", full_scale / FULL_SCALE)
            case 3, _:
                self._measuring.discard(measurement)
        return OK, b""

    def packet(self, first: int, end: int) -> list[Message]:
        """Encode a frame of each that runs, stamped with the time of its last sample."""
        stamp_ns = BOOTED_NS + round((end - 1) * NS_PER_S / self.source.rate_hz)
        raw = {ACC: self.source.acc_raw, GYRO: self.source.gyr_raw}
        frames = []
        for measurement in sorted(self._measuring, reverse=True):
            rows = raw[measurement]
            part = np.zeros((end - first, 3), np.int64) if rows is None else rows[first:end].astype(np.int64)
            head = struct.pack("<BQB", measurement, stamp_ns, 0x80)
            frames.append((DATA_UUID, head + _differences(part)))
        return frames


def _differences(rows: NDArray[np.int64]) -> bytes:
    """Encode a reference sample and one block of differences, as narrow as the widest of them."""
    steps = np.diff(rows, axis=0).ravel().tolist()
    reference: bytes = rows[0].astype("<i2").tobytes()
    if not steps:
        return reference
    bits = 1 + max((step if step >= 0 else ~step).bit_length() for step in steps)
    packed: int = sum((step & ((1 << bits) - 1)) << (place * bits) for place, step in enumerate(steps))
    size = -(-len(steps) * bits // 8)
    return reference + bytes([bits, len(rows) - 1]) + packed.to_bytes(size, "little")
