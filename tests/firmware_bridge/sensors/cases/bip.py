from __future__ import annotations

from dataclasses import replace

import numpy as np

from firmware_bridge import profile
from firmware_bridge.profile import Config, Op, Response, StartSettings, Status
from firmware_bridge.sensors import Advertisement
from tests.firmware_bridge.sensors.contract import Array, FakeSensor, Loss, Sent

IDLE = Config.from_settings(StartSettings(100_000, 8, 1000, 40), mtu=247, stream_id=4, streaming=False)


class Fake(FakeSensor):
    key = "bip"
    advertisements = (Advertisement("Bar A12", "F0:0D:BA:2B:E1:01", -50, (profile.SERVICE_UUID,)),)
    loss = Loss.INDEX
    sizes = (8, 1, 19)
    resyncs = False  # a stray packet that fits the stream moves its index until the next START

    config = IDLE
    status = Status.OK
    seq = 0
    origin: int | None = None
    offset = 0

    def power_up(self) -> None:
        super().power_up()
        self.config = replace(self.config, streaming=False)

    def near_wrap(self) -> None:
        self.seq = 2**16 - 3
        self.offset = 2**32 - 20  # of the clock: the index starts at 0 with each stream

    def read(self, uuid: str) -> bytes | None:
        return profile.encode_config(self.config) if uuid == profile.CONFIG_UUID else None

    def write(self, uuid: str, data: bytes) -> list[tuple[str, bytes]]:
        assert uuid == profile.CONTROL_UUID
        request = profile.decode_request(data)
        response = Response(request.op, request.ref, self.status)
        if request.op is Op.START and self.status is Status.OK:
            assert request.start is not None
            stream_id = (self.config.stream_id + 1) % 256
            self.config = Config.from_settings(request.start, mtu=247, stream_id=stream_id)
            self.origin = None
            self.rate_hz = self.config.rate_hz
            self.acc_range_g, self.gyr_range_dps = request.start.acc_range_g, request.start.gyr_range_dps
            self.acc_lsb_g, self.gyr_lsb_dps = self.acc_range_g / 32768, self.gyr_range_dps / 32768
            response = replace(response, config=self.config)
        self.streaming = request.op is Op.START
        return [(profile.CONTROL_UUID, profile.encode_response(response))]

    def packets(self, acc_g: Array, gyr_dps: Array, first: int, size: int) -> list[Sent]:
        if self.origin is None:
            self.origin = first
        numbers = first + np.arange(len(acc_g))
        payloads = list(
            profile.packetise(
                np.rint(acc_g / self.acc_lsb_g).astype(np.int16),
                np.rint(gyr_dps / self.gyr_lsb_dps).astype(np.int16),
                config=replace(self.config, samples_per_packet=size),
                seq=self.seq,
                index=first - self.origin,
                t_us=self.offset + np.rint(numbers * 1e6 / self.rate_hz).astype(np.int64),
            )
        )
        self.seq += len(payloads)
        ends = [min(first + (k + 1) * size, first + len(acc_g)) for k in range(len(payloads))]
        return [Sent(profile.DATA_UUID, data, end) for data, end in zip(payloads, ends, strict=True)]

    def indicates(self, uuid: str) -> bool:
        return uuid == profile.CONTROL_UUID

    @classmethod
    def faults(cls) -> dict[str, tuple[FakeSensor, str]]:
        refusing = cls()
        refusing.status = Status.BAD_PARAMETER
        return {"a refused setting": (refusing, "refused to start at .*try other settings")}
