"""A WitMotion WT901BLE68: a serial port with registers (WT901BLECL datasheet, chapter 6)."""

from __future__ import annotations

import struct

import numpy as np

from firmware_bridge.virtual.foreign.firmware import FULL_SCALE, Firmware, Message, Wire

NOTIFY_UUID = "0000ffe4-0000-1000-8000-00805f9a34fb"
COMMAND_UUID = "0000ffe9-0000-1000-8000-00805f9a34fb"

COMMAND_LEN = 5
ACC_RANGE_G = 16
GYR_RANGE_DPS = 2000
FRAMES_PER_NOTIFICATION = 8
RATES_HZ = {6: 10.0, 7: 20.0, 8: 50.0, 9: 100.0, 11: 200.0}


class WitMotionFirmware(Firmware):
    """It streams as soon as someone listens. Its rate is the source's, and it says so when asked."""

    name = "WT901BLE68"
    service_uuid = "0000ffe5-0000-1000-8000-00805f9a34fb"
    wires = (Wire(NOTIFY_UUID, notify=True), Wire(COMMAND_UUID, write=True))

    @property
    def samples_per_packet(self) -> int:
        """As logged at 200 Hz."""
        return FRAMES_PER_NOTIFICATION

    def subscribed(self, uuid: str, *, on: bool) -> None:
        """Stream to whoever listens."""
        super().subscribed(uuid, on=on)
        self.running = NOTIFY_UUID in self.listened

    def command(self, uuid: str, data: bytes) -> list[Message]:
        """Answer the reading of registers from the rate on; settings are taken without effect."""
        if data[:3] != b"\xff\xaa\x27" or len(data) < COMMAND_LEN:
            return []
        code = next(code for code, rate_hz in RATES_HZ.items() if rate_hz == self.source.rate_hz)
        values = [code] + [0] * 7 if data[3] == 0x03 else [0] * 8
        return [(NOTIFY_UUID, b"\x55\x71" + struct.pack("<9H", data[3], *values))]

    def packet(self, first: int, end: int) -> list[Message]:
        """Frames of acceleration, angular rate and three angles (which nobody reads)."""
        acc = self.acc_g(first, end) * (FULL_SCALE / ACC_RANGE_G)
        gyr = self.gyr_dps(first, end) * (FULL_SCALE / GYR_RANGE_DPS)
        raw = np.hstack([acc, gyr, np.zeros_like(acc)]).round().clip(-FULL_SCALE, FULL_SCALE - 1)
        return [(NOTIFY_UUID, b"".join(b"\x55\x61" + row.tobytes() for row in raw.astype("<i2")))]
