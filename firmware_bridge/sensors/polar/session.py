"""Driver of Polar sensors with raw motion: the dialogue, and packets to samples."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterable

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.clock import S_PER_US
from firmware_bridge.errors import DecodeError
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
    covering_range,
    nearest_rate,
)
from firmware_bridge.sensors.polar.control import (
    CHANNELS,
    CONTROL_UUID,
    DATA_UUID,
    REFUSALS,
    RESOLUTION_BITS,
    SERVICE_UUID,
    STATUS_ALREADY,
    STATUS_OK,
    Measurement,
    Op,
    Reply,
    Settings,
    decode_features,
    decode_reply,
    decode_start,
    encode_request,
    reply_prefix,
)
from firmware_bridge.sensors.polar.frames import Frame, decode_frame, measurement_of
from firmware_bridge.sensors.polar.pairing import PairByTime, Timed
from firmware_bridge.sensors.polar.track import Track
from firmware_bridge.sensors.refusals import SettingRefusedError, UnknownVersionError
from firmware_bridge.sensors.units import G_MPS2

KEY = "polar"
NAMES = ("Polar Sense ", "Polar H10 ", "Polar OH1 ")
"""Advertised names begin so, and end in the number printed on the sensor. Polar's watches and the H9 share
the company id and have no raw motion to stream, or none that has been looked into: they are not matched."""

EARLY_FRAMES = 64
"""Held back until START is answered, some hosts deliver the first frames before: seconds of frames."""

MAX_SAMPLES = 150
"""In a frame: 226 bytes of 4-bit differences, at rest. At 52 Hz that is 3 s without a word."""

_MOTION = (Measurement.ACC, Measurement.GYRO)


class PolarDriver:
    """Polar Verity Sense, H10 and OH1."""

    key = KEY
    title = "Polar Verity Sense, H10 (PMD)"
    offer = Offer(
        models="Verity Sense from firmware 1.1.5; acc alone: H10 (25-200 Hz, 2-8 g), OH1 (50 Hz)",
        rates_hz=(26.0, 52.0, 104.0, 208.0, 416.0),
        acc_ranges_g=(2, 4, 8, 16),
        gyr_ranges_dps=(250, 500, 1000, 2000),
        time_source="device",
    )

    def matches(self, adv: Advertisement) -> bool:
        """Tell by the name; the service itself is not advertised by all."""
        return (adv.name or "").startswith(NAMES) or SERVICE_UUID in adv.service_uuids

    def session(self, settings: StreamSettings) -> DriverSession:
        """Begin a session."""
        return PolarSession(settings)


class PolarSession:
    """One use of one sensor; see :class:`~firmware_bridge.sensors.base.DriverSession`.

    Accelerometer and gyro are measurements of their own, with packets and stamps of their own. The gyro is
    started first, so that the first accelerometer frame finds it known whether it has a partner.

    Attributes
    ----------
    quiet_s
        Longest time that a frame may take to fill.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self.quiet_s = MAX_SAMPLES / max(settings.rate_hz, 1.0)
        self._to_stop: list[Measurement] = []
        self._streams = 0
        self._restarts = 0
        self._model: str | None = None
        self._firmware: str | None = None
        self._begin()

    def _begin(self) -> None:
        self._asked: dict[int, Settings] = {}
        self._tracks: dict[int, Track] = {}
        self._pairs: PairByTime | None = None
        self._first_index: int | None = None
        self._origin_ns: int | None = None
        self._early: deque[tuple[Frame, int]] = deque(maxlen=EARLY_FRAMES)

    @property
    def info(self) -> SensorInfo:
        """What the sensor has told so far."""
        acc, gyr = self._tracks.get(Measurement.ACC), self._tracks.get(Measurement.GYRO)
        return SensorInfo(
            driver=KEY,
            model=self._model,
            firmware=self._firmware,
            rate_hz=None if acc is None else acc.rate_hz,
            acc_range_mps2=None if acc is None else acc.range * G_MPS2,
            gyr_range_radps=None if gyr is None else math.radians(gyr.range),
            time_source="device",
        )

    # The dialogue

    def start(self) -> Generator[Action, bytes | None, None]:
        """Look what there is, stop what runs, go to SDK mode, and start gyro and accelerometer."""
        yield Subscribe(CONTROL_UUID)
        yield Subscribe(DATA_UUID)
        features = understood(decode_features, (yield Read(CONTROL_UUID)))
        yield Read(MODEL_UUID, optional=True)
        yield Read(FIRMWARE_UUID, optional=True)
        if Measurement.ACC not in features:
            raise UnknownVersionError(
                "this Polar sensor does not stream its accelerometer", advice="use a Verity Sense or an H10"
            )
        # What an earlier client left running would refuse another START, and bars the way to SDK mode.
        yield from self._stop(measurement for measurement in _MOTION if measurement in features)
        self._to_stop = [Measurement.ACC]
        if Measurement.SDK_MODE in features:
            yield from self._sdk_mode()
        acc = self._choose((yield from self._offered(Measurement.ACC)), self._settings.acc_range_g)
        if Measurement.GYRO in features and self._settings.gyr_range_dps > 0:
            gyr = self._choose((yield from self._offered(Measurement.GYRO)), self._settings.gyr_range_dps)
            self._to_stop.insert(1, Measurement.GYRO)
            yield from self._start(Measurement.GYRO, gyr)
        self.quiet_s = MAX_SAMPLES / acc.rates_hz[0]
        yield from self._start(Measurement.ACC, acc)

    def stop(self) -> Generator[Action, bytes | None, None]:
        """Stop the measurements (an H10 stays awake else), and leave SDK mode: it has no heart rate."""
        yield from self._stop(self._to_stop)

    def _stop(self, measurements: Iterable[Measurement]) -> Generator[Action, bytes | None, None]:
        for measurement in measurements:  # a refusal only says that it did not run
            yield self._request(Op.STOP, measurement, optional=True)

    def _sdk_mode(self) -> Generator[Action, bytes | None, None]:
        """Ask for the wider choice of rates and ranges; where it is refused, normal mode has to do."""
        answer = yield self._request(Op.START, Measurement.SDK_MODE, optional=True)
        if answer is not None and understood(decode_reply, answer).status in (STATUS_OK, STATUS_ALREADY):
            self._to_stop.append(Measurement.SDK_MODE)

    def _offered(self, measurement: Measurement) -> Generator[Action, bytes | None, Settings]:
        reply = _accepted((yield self._request(Op.SETTINGS, measurement)), "to say what it can measure")
        offers = reply.settings.rates_hz, reply.settings.ranges
        if not all(offers) or 0 in offers[0] + offers[1]:
            raise UnknownVersionError(
                "the sensor offers no rate or no range", advice="update its firmware in the Polar Flow app"
            )
        return reply.settings

    def _choose(self, offered: Settings, wanted_range: int) -> Settings:
        return Settings(
            rates_hz=(int(nearest_rate(self._settings.rate_hz, offered.rates_hz)),),
            resolutions_bits=(RESOLUTION_BITS,),
            ranges=(covering_range(wanted_range, offered.ranges),),
            channels=(CHANNELS,) if offered.channels else (),  # an H10 does not know this setting
        )

    def _start(self, measurement: Measurement, settings: Settings) -> Generator[Action, bytes | None, None]:
        answer = yield self._request(Op.START, measurement, settings)
        _accepted(answer, f"to start at {settings.rates_hz[0]} Hz with a range of {settings.ranges[0]}")

    def _request(
        self, op: Op, measurement: Measurement, settings: Settings | None = None, *, optional: bool = False
    ) -> Request:
        data = encode_request(op, measurement, settings)
        return Request(CONTROL_UUID, data, prefix=reply_prefix(data), optional=optional)

    # Packets to samples

    def decode(self, packet: RawPacket) -> list[Chunk]:
        """See :meth:`firmware_bridge.sensors.base.DriverSession.decode`."""
        match packet.kind, packet.characteristic:
            case ((PacketKind.NOTIFICATION | PacketKind.INDICATION), uuid) if uuid == DATA_UUID:
                if measurement_of(packet.payload) in _MOTION:  # others may have been left running
                    return self._frame(decode_frame(packet.payload), packet.host_ns)
            case ((PacketKind.NOTIFICATION | PacketKind.INDICATION), uuid) if uuid == CONTROL_UUID:
                return self._reply(decode_reply(packet.payload))
            case PacketKind.WRITE, uuid if uuid == CONTROL_UUID:
                self._wrote(packet.payload)
            case PacketKind.READ, uuid if uuid == MODEL_UUID:
                self._model = text(packet.payload)
            case PacketKind.READ, uuid if uuid == FIRMWARE_UUID:
                self._firmware = text(packet.payload)
            case PacketKind.LINK, _ if packet.payload == LinkState.CONNECTED.value.encode():
                self._begin()
        return []

    def _wrote(self, request: bytes) -> None:
        if len(request) > 2 and request[0] == Op.START:
            self._asked[request[1]] = decode_start(request)
            held = [item for item in self._early if item[0].measurement != request[1]]
            self._early = deque(held, maxlen=EARLY_FRAMES)  # what came before was an earlier client's

    def _reply(self, reply: Reply) -> list[Chunk]:
        """Begin a measurement when its START is answered, and give what of it had come before."""
        asked = self._asked.pop(reply.measurement, None) if reply.op == Op.START else None
        if asked is None or reply.status != STATUS_OK or reply.measurement not in _MOTION:
            return []
        track = self._tracks[reply.measurement] = Track(asked, reply.settings.factor)
        if reply.measurement == Measurement.GYRO:
            self._pairs = PairByTime(1 / track.rate_hz)
        else:
            self._streams += 1
            self._restarts, self._first_index = 0, None
        held = list(self._early)
        self._early.clear()
        return [chunk for frame, host_ns in held for chunk in self._frame(frame, host_ns)]

    def _frame(self, frame: Frame, host_ns: int) -> list[Chunk]:
        track = self._tracks.get(frame.measurement)
        if track is None:
            full = len(self._early) == EARLY_FRAMES
            self._early.append((frame, host_ns))
            if full:
                raise DecodeError(
                    "data of a measurement that was not started, or whose START was not answered"
                )
            return []
        if self._origin_ns is None:
            self._origin_ns = frame.stamp_ns
        timed = track.timed(frame, self._origin_ns, host_ns)
        if frame.measurement == Measurement.GYRO:
            assert self._pairs is not None
            return self._chunks(self._pairs.gyr(timed))
        if track.restarts != self._restarts:
            self._restarts, self._first_index = track.restarts, None
            self._streams += 1
        if self._pairs is None:
            return self._chunks([(timed, None)])
        chunks = self._chunks(self._pairs.acc(timed))
        if dropped := self._pairs.give_up():
            raise DecodeError(
                f"{dropped} samples of the accelerometer left out: the gyro sends nothing at their time"
            )
        return chunks

    def _chunks(self, parts: Iterable[tuple[Timed, NDArray[np.float64] | None]]) -> list[Chunk]:
        return [self._chunk(timed, gyr) for timed, gyr in parts]

    def _chunk(self, timed: Timed, gyr: NDArray[np.float64] | None) -> Chunk:
        if self._first_index is None:  # the accelerometer may be early: its stream begins with the first pair
            self._first_index = timed.index
        return Chunk(
            acc_mps2=timed.values,
            gyr_radps=gyr,
            host_ns=timed.host_ns,
            stream=self._streams - 1,
            index=timed.index - self._first_index,
            device_us=round(timed.t_s[0] / S_PER_US),
            period_s=1 / self._tracks[Measurement.ACC].rate_hz,
        )


def _accepted(answer: bytes | None, purpose: str) -> Reply:
    reply = understood(decode_reply, answer)
    if reply.status != STATUS_OK:
        why = REFUSALS.get(reply.status, f"status {reply.status}; switch it off and on")
        raise SettingRefusedError(f"the sensor refused {purpose}: {why}")
    return reply
