"""A Movesense: the GATT SensorData Protocol, version 1 (GD-77), as far as streaming needs it."""

from __future__ import annotations

import struct

import numpy as np

from firmware_bridge.virtual.foreign.firmware import Firmware, Message, Wire

COMMAND_UUID = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY_UUID = "34800002-7185-4d5d-b431-630e7050e8f0"

HEADER = 2  # command and reference
OK, NOT_FOUND = 200, 404
PART_BYTES = 150
"""Values longer than this go out in two notifications, as from a sensor whose MTU is 158."""
BOOTED_MS = 172_460
MS_PER_S = 1000
PACKETS_PER_S = 13


class MovesenseFirmware(Firmware):
    """Stock firmware 2.3; the rate is the source's."""

    name = "Movesense 204730000081"
    service_uuid = "34802252-7185-4d5d-b431-630e7050e8f0"
    wires = (Wire(COMMAND_UUID, write=True), Wire(NOTIFY_UUID, notify=True))
    whole_packets = True

    _ref = 0

    @property
    def samples_per_packet(self) -> int:
        """4 at 52 Hz, 8 at 104 Hz."""
        return max(1, round(self.source.rate_hz / PACKETS_PER_S))

    def command(self, uuid: str, data: bytes) -> list[Message]:
        """HELLO, SUBSCRIBE, UNSUBSCRIBE and GET of the ranges."""
        if len(data) < HEADER:
            return []
        op, ref, path = data[0], data[1], data[2:].decode(errors="replace")
        return [(NOTIFY_UUID, bytes([1, ref]) + self._answer(op, ref, path))]

    def _answer(self, op: int, ref: int, path: str) -> bytes:
        ok = struct.pack("<H", OK)
        match op, path:
            case 0, _:
                return b"\x01" + b"\0".join(
                    [b"204730000081", b"SS2_NGP", b"0C8CDC3872E8", b"Virtual", b"2.3.1"]
                )
            case 1, _ if path == f"/Meas/IMU6/{self.source.rate_hz:.0f}":
                self._ref, self.running = ref, True
                return ok
            case 2, _:
                self.running = False
                return ok
            case 4, "/Meas/Acc/Config":
                return ok + struct.pack("<B", self.source.acc_range_g)
            case 4, "/Meas/Gyro/Config":
                return ok + struct.pack("<H", self.source.gyr_range_dps)
        return struct.pack("<H", NOT_FOUND)

    def packet(self, first: int, end: int) -> list[Message]:
        """Milliseconds of the first sample, all accelerations, all angular rates."""
        stamp_ms = BOOTED_MS + int(first * MS_PER_S / self.source.rate_hz)
        rows = np.vstack([self.acc_mps2(first, end), self.gyr_dps(first, end)])
        body = struct.pack("<I", stamp_ms) + rows.astype("<f4").tobytes()
        parts = [body[k : k + PART_BYTES] for k in range(0, len(body), PART_BYTES)]
        if len(parts) > 2:  # there are only two kinds of part: the second is longer where the MTU lets it
            middle = (len(body) + 1) // 2
            parts = [body[:middle], body[middle:]]
        return [(NOTIFY_UUID, bytes([2 + k, self._ref]) + part) for k, part in enumerate(parts)]
