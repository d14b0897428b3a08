"""A sensor of the open profile made of arithmetic: what it measured and when is known by formula."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from firmware_bridge import profile
from firmware_bridge.profile import Config, Op, Response, StartSettings, Status
from firmware_bridge.sensors import LinkState, PacketKind, RawPacket, StreamSettings, driver, link_packet
from firmware_bridge.stream import SampleStream

DELAY_NS = 12_000_000


def raw_acc(number: NDArray[np.int64]) -> NDArray[np.int16]:
    """Return the (n, 3) accelerometer registers at sample numbers: every sample tells its number."""
    return np.stack([number % 30011, number % 257 - 128, 2048 - number % 101], axis=1).astype(np.int16)


def raw_gyr(number: NDArray[np.int64]) -> NDArray[np.int16]:
    return np.stack([-(number % 29989), number % 31, number % 17], axis=1).astype(np.int16)


@dataclass
class MadeSensor:
    """Streams sample 0, 1, 2 ... of :func:`raw_acc`; ``rate_hz`` is true, ``nominal_hz`` what it says."""

    rate_hz: float = 200.0
    nominal_hz: float = 200.0
    per_packet: int = 8
    mtu: int = 247
    has_gyr: bool = True
    seq: int = 0
    index: int = 0
    stream_id: int = 0
    first_us: int = 5_000_000
    number: int = 0
    host_ns: int = 1_000_000_000
    lossy: bool = False
    config: Config = field(init=False)
    truth_s: list[float] = field(default_factory=list)

    def connect(self) -> list[RawPacket]:
        """Connect and START: counters begin again (at the values set beforehand the first time)."""
        self.stream_id += 1
        settings = StartSettings(round(self.nominal_hz * 1000), 16, 2000 if self.has_gyr else 0, 1000)
        config = Config.from_settings(settings, mtu=self.mtu, stream_id=self.stream_id)
        per_packet = min(self.per_packet, config.samples_per_packet)
        self.config = Config(**{**_fields(config), "samples_per_packet": per_packet})
        reply = profile.encode_response(Response(Op.START, 1, Status.OK, self.config))
        return [
            link_packet(self.host_ns, LinkState.CONNECTED),
            RawPacket(self.host_ns, profile.CONTROL_UUID, reply, PacketKind.INDICATION),
        ]

    def reconnect(self, away_s: float) -> list[RawPacket]:
        lost = link_packet(self.host_ns, LinkState.LOST)
        self.number += round(away_s * self.rate_hz)
        self.host_ns += round(away_s * 1e9)
        self.seq = self.index = 0
        self.lossy = False
        return [lost, *self.connect()]

    def send(self, count: int, *, arrive: bool = True) -> list[RawPacket]:
        """Measure and send; ``arrive=False`` loses the notifications on the host's side."""
        numbers = np.arange(self.number, self.number + count)
        times_us = self.first_us + np.round(numbers * (1e6 / self.rate_hz)).astype(np.int64)
        payloads = list(
            profile.packetise(
                raw_acc(numbers),
                raw_gyr(numbers) if self.has_gyr else None,
                config=self.config,
                seq=self.seq,
                index=self.index,
                t_us=times_us,
                lost_before=self.lossy,
            )
        )
        packets = []
        for k, payload in enumerate(payloads):
            last = numbers[min((k + 1) * self.config.samples_per_packet, count) - 1]
            self.host_ns = 1_000_000_000 + DELAY_NS + round((last + 1) / self.rate_hz * 1e9)
            packets.append(RawPacket(self.host_ns, profile.DATA_UUID, payload))
        self.seq += len(payloads)
        self.index += count
        self.number += count
        self.lossy = False
        if not arrive:
            return []
        self.truth_s += (numbers / self.rate_hz).tolist()
        return packets

    def lose(self, count: int) -> None:
        """Lose samples before the radio: the index has a hole, the packet number none."""
        self.index += count
        self.number += count
        self.lossy = True


def _fields(config: Config) -> dict[str, object]:
    return {name: getattr(config, name) for name in Config.__dataclass_fields__}


def fresh_stream() -> SampleStream:
    return SampleStream(driver("bip").session(StreamSettings()))
