"""Driver of the open barbell profile (``PROFILE.md``)."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

import numpy as np

from firmware_bridge import profile
from firmware_bridge.clock import Unwrapper
from firmware_bridge.errors import DecodeError
from firmware_bridge.profile import Config, DataPacket, Flag, Format, Op, StartSettings, Status
from firmware_bridge.samples import SensorInfo
from firmware_bridge.sensors.answers import text, understood
from firmware_bridge.sensors.base import (
    FIRMWARE_UUID,
    MODEL_UUID,
    Action,
    Advertisement,
    Chunk,
    DriverSession,
    LinkState,
    Offer,
    PacketKind,
    RawPacket,
    Read,
    Request,
    StreamSettings,
    Subscribe,
)
from firmware_bridge.sensors.refusals import NoAnswerError, SettingRefusedError

KEY = "bip"
EARLY_PACKETS = 1024
"""Held back until the START reply tells whose they are: some hosts deliver the first notifications before it,
and with the smallest MTU the configuration is read after it. 5 s at 200 a second, which a reply may take."""
_REFS = 256
_US_PER_S = 1e6


class BipDriver:
    """Sensors that speak the open barbell profile."""

    key = KEY
    title = "Open barbell profile"
    offer = Offer(
        "any board that speaks the profile; it settles for the nearest that it has",
        rates_hz=(100.0, 200.0, 400.0),
        acc_ranges_g=(2, 4, 8, 16),
        gyr_ranges_dps=(250, 500, 1000, 2000),
        time_source="index",
    )

    def matches(self, adv: Advertisement) -> bool:
        """Tell by the service in the advertisement."""
        return profile.SERVICE_UUID in adv.service_uuids

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return BipSession(settings)


class _Stream:
    """The counters of one stream, from its START to the next."""

    def __init__(self, number: int, config: Config) -> None:
        self.number = number
        self.config = config
        self._index = Unwrapper(profile.INDEX_MODULUS)
        self._seq = Unwrapper(profile.SEQ_MODULUS)
        self._time_us = Unwrapper(profile.TIME_MODULUS_US)
        self._uncounted = 0
        self._last_compact: tuple[int, int] | None = None

    @property
    def short_id(self) -> int:
        return self.config.stream_id % profile.STREAM_ID_MODULUS

    def chunk(self, packet: DataPacket, host_ns: int) -> Chunk:
        config = self.config
        if (packet.gyr is None) != (config.format is Format.ACC):
            raise DecodeError(f"packet of format {packet.format.name} in a stream of {config.format.name}")
        device_us = self._time_us(packet.t_us)
        index = self._compact_index(packet, device_us) if packet.index is None else self._index(packet.index)
        return Chunk(
            acc_mps2=packet.acc * np.float64(config.acc_scale_mps2),
            gyr_radps=None if packet.gyr is None else packet.gyr * np.float64(config.gyr_scale_radps),
            host_ns=host_ns,
            stream=self.number,
            index=index,
            device_us=device_us,
            period_s=1 / config.rate_hz,
        )

    def _compact_index(self, packet: DataPacket, device_us: int) -> int:
        """Count packets, which hold one sample each; the device clock tells what was lost before one."""
        seq = self._seq(packet.seq)
        if packet.flags & Flag.LOST_BEFORE:
            last_seq, last_us = self._last_compact or (seq - 1, device_us)
            periods = round((device_us - last_us) / _US_PER_S * self.config.rate_hz)
            self._uncounted += max(1, periods - (seq - last_seq))
        self._last_compact = (seq, device_us)
        return seq + self._uncounted


class BipSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`.

    Only a START reply opens a stream: data of another stream id (left over from an earlier client, or come
    before the reply) is held back, and given out or dropped when the reply tells which it was.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._config: Config | None = None
        self._stream: _Stream | None = None
        self._streams = 0
        self._started = False
        self._early: deque[tuple[DataPacket, int]] = deque(maxlen=EARLY_PACKETS)
        self._ref = 0
        self._model: str | None = None
        self._firmware: str | None = None

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told so far."""
        config = self._config
        if config is None:
            return SensorInfo(driver=KEY, model=self._model, firmware=self._firmware, time_source="index")
        has_gyr = config.format is not Format.ACC
        return SensorInfo(
            driver=KEY,
            model=self._model,
            firmware=self._firmware,
            rate_hz=config.rate_hz,
            acc_range_mps2=config.acc_scale_mps2 * profile.FULL_SCALE,
            gyr_range_radps=config.gyr_scale_radps * profile.FULL_SCALE if has_gyr else None,
            time_source="index",
        )

    def start(self) -> Generator[Action, bytes | None, None]:
        """Subscribe, read the configuration, stop what an earlier client left running, and START."""
        yield Subscribe(profile.CONTROL_UUID)
        yield Subscribe(profile.DATA_UUID)
        config = understood(profile.decode_config, (yield Read(profile.CONFIG_UUID)))
        yield Read(MODEL_UUID, optional=True)
        yield Read(FIRMWARE_UUID, optional=True)
        if config.streaming:
            yield from self.stop()
        settings = StartSettings(
            rate_millihz=round(self._settings.rate_hz * profile.MILLI),
            acc_range_g=self._settings.acc_range_g,
            gyr_range_dps=self._settings.gyr_range_dps,
            latency_ms=self._settings.latency_ms,
        )
        answer = yield from self._request(
            profile.encode_start(self._next_ref(), settings), f"to start at {self._settings}"
        )
        if answer.config is None:
            yield Read(profile.CONFIG_UUID)

    def stop(self) -> Generator[Action, bytes | None, None]:
        """STOP."""
        yield from self._request(profile.encode_request(Op.STOP, self._next_ref()), "to stop")

    def identify(self) -> Generator[Action, bytes | None, None]:
        """IDENTIFY: the sensor blinks or buzzes."""
        yield Subscribe(profile.CONTROL_UUID)
        yield from self._request(profile.encode_request(Op.IDENTIFY, self._next_ref()), "to show itself")

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case PacketKind.NOTIFICATION, profile.DATA_UUID:
                return self._data(profile.decode_data(packet.payload), packet.host_ns)
            case ((PacketKind.INDICATION | PacketKind.NOTIFICATION), profile.CONTROL_UUID):
                return self._response(profile.decode_response(packet.payload))
            case PacketKind.READ, profile.CONFIG_UUID:
                return self._read_config(profile.decode_config(packet.payload))
            case PacketKind.READ, uuid if uuid == MODEL_UUID:
                self._model = text(packet.payload)
            case PacketKind.READ, uuid if uuid == FIRMWARE_UUID:
                self._firmware = text(packet.payload)
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._stream = None
                self._started = False
                self._early.clear()
        return []

    def _data(self, packet: DataPacket, host_ns: int) -> list[Chunk]:
        if self._stream is None or packet.stream_id != self._stream.short_id:
            dropped = self._early[0][0] if len(self._early) == EARLY_PACKETS else None
            self._early.append((packet, host_ns))
            if dropped is not None:
                raise DecodeError(f"data of stream id {dropped.stream_id}, for which no START reply came")
            return []
        return [self._stream.chunk(packet, host_ns)]

    def _response(self, response: profile.Response) -> list[Chunk]:
        if response.config is not None:
            return self._open(response.config)
        if response.op == Op.START and response.status is Status.OK:
            self._started = True  # the answer did not fit the MTU: the configuration is read next
        return []

    def _read_config(self, config: Config) -> list[Chunk]:
        if self._started:
            return self._open(config)
        self._config = config
        return []

    def _open(self, config: Config) -> list[Chunk]:
        """Begin a stream, and give what of it had come before its START was answered."""
        self._started = False
        self._config = config
        stream = self._stream = _Stream(self._streams, config)
        self._streams += 1
        ours = [held for held in self._early if held[0].stream_id == stream.short_id]
        self._early.clear()
        return [stream.chunk(packet, host_ns) for packet, host_ns in ours]

    def _next_ref(self) -> int:
        self._ref = (self._ref + 1) % _REFS
        return self._ref

    def _request(self, data: bytes, purpose: str) -> Generator[Action, bytes | None, profile.Response]:
        answer = understood(profile.decode_response, (yield Request(profile.CONTROL_UUID, data)))
        if (answer.op, answer.ref) != (data[0], data[1]):
            raise NoAnswerError(
                f"asked {purpose}, but the sensor answered another request", advice="reconnect it"
            )
        if answer.status is not Status.OK:
            raise SettingRefusedError(
                f"the sensor refused {purpose}: {answer.status.name}", advice="try other settings"
            )
        return answer
