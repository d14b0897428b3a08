"""The open barbell GATT profile, version 1: bytes to values and back, with no I/O.

``PROFILE.md`` beside this file is the normative text; names here follow it. All fields are little-endian.
Whatever bytes come in, a decoder either returns a value that encodes to the same bytes (reserved ones apart)
or raises :class:`~firmware_bridge.errors.DecodeError` with the offset where they stopped making sense.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import DecodeError

VERSION = 1
SERVICE_UUID = "9c640000-15f2-4f15-a0d0-c75c62fd94cf"
DATA_UUID = "9c640001-15f2-4f15-a0d0-c75c62fd94cf"
CONTROL_UUID = "9c640002-15f2-4f15-a0d0-c75c62fd94cf"
CONFIG_UUID = "9c640003-15f2-4f15-a0d0-c75c62fd94cf"

SEQ_MODULUS = 1 << 16
INDEX_MODULUS = 1 << 32
TIME_MODULUS_US = 1 << 32
STREAM_ID_MODULUS = 16  # the part of the stream id that a data packet carries

ATT_HEADER_LEN = 3  # opcode and handle of an ATT notification
MAX_VALUE_LEN = 244  # one 251-byte link-layer PDU: 251 - 4 (L2CAP) - 3 (ATT)
FULL_SCALE = 32768  # LSB of an int16 at the end of the range
STANDARD_GRAVITY_MPS2 = 9.80665  # CGPM 1901; only turns the sensor's g into SI
MIN_RATE_MILLIHZ, MAX_RATE_MILLIHZ = 1_000, 1_700_000
MILLI = 1_000

_HEADER = struct.Struct("<BBHII")
_HEADER_COMPACT = struct.Struct("<BBHI")
_CONFIG = struct.Struct("<BBBBIHHffHBB")
_START = struct.Struct("<BBIHHH")
_SHORT_REQUEST = struct.Struct("<BB")
_REPLY = struct.Struct("<BBB")
_TIME_REPLY = struct.Struct("<BBBQ")
_REPLY_BIT = 0x80
CONFIG_LEN = _CONFIG.size
MIN_MTU_FOR_START_ANSWER = ATT_HEADER_LEN + _REPLY.size + CONFIG_LEN


class Format(IntEnum):
    """What a data packet holds: the low nibble of its first byte."""

    ACC_GYR = 0
    ACC = 1
    COMPACT = 15


class Flag(IntFlag):
    """What a data packet says of its samples: the low nibble of its second byte."""

    CLIP_ACC = 1
    CLIP_GYR = 2
    LOST_BEFORE = 4
    RESENT = 8


class Op(IntEnum):
    """Requests on the control point. 5 (RESEND) is reserved."""

    START = 1
    STOP = 2
    TIME = 3
    IDENTIFY = 4


class Status(IntEnum):
    """How a sensor answers a request."""

    OK = 0
    BAD_OPCODE = 1
    BAD_PARAMETER = 2
    BAD_STATE = 3


_AXES = {Format.ACC_GYR: 6, Format.ACC: 3, Format.COMPACT: 6}


@dataclass(frozen=True, slots=True, eq=False)
class DataPacket:
    """One notification: samples in a row with nothing missing between them.

    Attributes
    ----------
    format, flags
        See :class:`Format` and :class:`Flag`.
    stream_id
        0 to 15; the stream's id modulo 16.
    seq
        Packet number since START, modulo 65536.
    index
        Number of the first sample since START, lost ones counted, modulo 2**32; None in a compact packet.
    t_us
        Device time of the first sample in microseconds, modulo 2**32.
    acc, gyr
        (n, 3) int16 as the sensor's registers hold them; ``gyr`` is None in an accelerometer packet.
    """

    format: Format
    flags: Flag
    stream_id: int
    seq: int
    index: int | None
    t_us: int
    acc: NDArray[np.int16]
    gyr: NDArray[np.int16] | None

    def __len__(self) -> int:
        return int(self.acc.shape[0])


@dataclass(frozen=True, slots=True)
class StartSettings:
    """What START asks for. ``gyr_range_dps = 0`` asks for the accelerometer alone."""

    rate_millihz: int
    acc_range_g: int
    gyr_range_dps: int
    latency_ms: int


@dataclass(frozen=True, slots=True)
class Config:
    """What a sensor does now, or would do at START; the scales turn its integers into SI units.

    Attributes
    ----------
    acc_scale_mps2, gyr_scale_radps
        m/s^2 and rad/s of one LSB, exactly as the 32-bit float on the wire.
    latency_ms
        A packet waits no longer than this for more samples.
    stream_id
        0 to 255, one more at each START.
    """

    format: Format
    samples_per_packet: int
    streaming: bool
    rate_millihz: int
    acc_range_g: int
    gyr_range_dps: int
    acc_scale_mps2: float
    gyr_scale_radps: float
    latency_ms: int
    stream_id: int

    @property
    def rate_hz(self) -> float:
        """Sample rate that the sensor was set to."""
        return self.rate_millihz / MILLI

    @classmethod
    def from_settings(
        cls, settings: StartSettings, *, mtu: int, stream_id: int, streaming: bool = True
    ) -> Config:
        """Answer START as a sensor without calibration does.

        Raises
        ------
        DecodeError
            The MTU holds no sample, or a setting is out of bounds.
        """
        _check_settings(settings)
        packet_format, count = plan(mtu, settings)
        acc_scale = STANDARD_GRAVITY_MPS2 * settings.acc_range_g / FULL_SCALE
        gyr_scale = math.radians(settings.gyr_range_dps) / FULL_SCALE
        return cls(
            format=packet_format,
            samples_per_packet=count,
            streaming=streaming,
            rate_millihz=settings.rate_millihz,
            acc_range_g=settings.acc_range_g,
            gyr_range_dps=settings.gyr_range_dps,
            acc_scale_mps2=float(np.float32(acc_scale)),
            gyr_scale_radps=float(np.float32(gyr_scale)),
            latency_ms=settings.latency_ms,
            stream_id=stream_id % 256,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """A decoded request; ``start`` holds the settings of a START."""

    op: Op
    ref: int
    start: StartSettings | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A decoded answer; ``config`` answers START and ``time_us`` TIME, each only with status OK.

    A START answer without a configuration comes from a link whose MTU does not hold it.
    """

    op: int
    ref: int
    status: Status
    config: Config | None = None
    time_us: int | None = None


def plan(mtu: int, settings: StartSettings) -> tuple[Format, int]:
    """Choose the packet format and samples per packet for a connection.

    Parameters
    ----------
    mtu
        ATT MTU of the connection, bytes.
    settings
        Rate, gyro or none, and the longest wait.

    Raises
    ------
    DecodeError
        Not even one sample fits the MTU.
    """
    room = min(mtu - ATT_HEADER_LEN, MAX_VALUE_LEN)
    wanted = Format.ACC_GYR if settings.gyr_range_dps else Format.ACC
    fits = (room - _HEADER.size) // (2 * _AXES[wanted])
    if fits < 1:
        if wanted is Format.ACC or room < _HEADER_COMPACT.size + 2 * _AXES[Format.COMPACT]:
            raise DecodeError(f"an MTU of {mtu} bytes holds no sample; at least 23 are needed")
        return Format.COMPACT, 1
    in_time = settings.rate_millihz * settings.latency_ms // (MILLI * MILLI)
    return wanted, max(1, min(fits, in_time))


def encode_data(packet: DataPacket) -> bytes:
    """Write a data packet; ``seq``, ``index`` and ``t_us`` are taken modulo their field."""
    first = VERSION << 4 | packet.format
    second = (packet.stream_id % STREAM_ID_MODULUS) << 4 | packet.flags
    seq, t_us = packet.seq % SEQ_MODULUS, packet.t_us % TIME_MODULUS_US
    if packet.format is Format.COMPACT:
        header = _HEADER_COMPACT.pack(first, second, seq, t_us)
    else:
        header = _HEADER.pack(first, second, seq, (packet.index or 0) % INDEX_MODULUS, t_us)
    columns = (packet.acc,) if packet.gyr is None else (packet.acc, packet.gyr)
    return header + np.hstack(columns).astype("<i2").tobytes()


def decode_data(data: bytes) -> DataPacket:
    """Read a data packet.

    Raises
    ------
    DecodeError
        Another version, an unknown format, or a length that is not a header and whole samples.
    """
    if not data:
        raise DecodeError("an empty data packet; a header and samples were expected")
    version, kind = data[0] >> 4, data[0] & 0x0F
    if version != VERSION:
        raise DecodeError(f"data packet of version {version}; this software reads version {VERSION}")
    if kind not in _AXES:
        raise DecodeError(f"data packet of unknown format {kind}; known are 0, 1 and 15")
    packet_format = Format(kind)
    axes = _AXES[packet_format]
    header = _HEADER_COMPACT if packet_format is Format.COMPACT else _HEADER
    body = len(data) - header.size
    if body < 2 * axes or body % (2 * axes) or (packet_format is Format.COMPACT and body > 2 * axes):
        raise DecodeError(
            f"data packet of {len(data)} bytes; format {kind} has a header of {header.size} "
            f"and samples of {2 * axes}",
            offset=min(len(data), header.size),
        )
    index: int | None = None
    if packet_format is Format.COMPACT:
        _, second, seq, t_us = _HEADER_COMPACT.unpack_from(data)
    else:
        _, second, seq, index, t_us = _HEADER.unpack_from(data)
    values = np.frombuffer(data, dtype="<i2", offset=header.size).reshape(-1, axes)
    return DataPacket(
        format=packet_format,
        flags=Flag(second & 0x0F),
        stream_id=second >> 4,
        seq=seq,
        index=index,
        t_us=t_us,
        acc=values[:, :3],
        gyr=values[:, 3:] if axes == 6 else None,
    )


def encode_config(config: Config) -> bytes:
    """Write the 24-byte configuration."""
    return _CONFIG.pack(
        VERSION,
        config.format,
        config.samples_per_packet,
        config.streaming,
        config.rate_millihz,
        config.acc_range_g,
        config.gyr_range_dps,
        config.acc_scale_mps2,
        config.gyr_scale_radps,
        config.latency_ms,
        config.stream_id,
        0,
    )


def decode_config(data: bytes, *, offset: int = 0) -> Config:
    """Read the 24-byte configuration that starts at ``offset`` and ends the data.

    Raises
    ------
    DecodeError
        Wrong length or version, an unknown format, a rate out of bounds, or a scale that is not positive.
    """
    if len(data) - offset != CONFIG_LEN:
        raise DecodeError(
            f"configuration of {len(data) - offset} bytes; {CONFIG_LEN} were expected", offset=offset
        )
    fields = _CONFIG.unpack_from(data, offset)
    version, kind, count, streaming, rate, acc_g, gyr_dps, acc_scale, gyr_scale, latency, stream_id, _ = (
        fields
    )
    if version != VERSION:
        raise DecodeError(
            f"sensor speaks profile version {version}; this software speaks {VERSION}", offset=offset
        )
    if kind not in _AXES:
        raise DecodeError(
            f"configuration with unknown format {kind}; known are 0, 1 and 15", offset=offset + 1
        )
    if streaming > 1:
        raise DecodeError(f"streaming is {streaming}; 0 or 1 was expected", offset=offset + 3)
    _check_rate(rate, offset + 4)
    if not (math.isfinite(acc_scale) and acc_scale > 0):
        raise DecodeError(
            f"accelerometer scale {acc_scale}; a positive number was expected", offset=offset + 12
        )
    has_gyr = Format(kind) is not Format.ACC
    if not math.isfinite(gyr_scale) or gyr_scale < 0 or (has_gyr and gyr_scale == 0):
        raise DecodeError(f"gyro scale {gyr_scale}; a positive number was expected", offset=offset + 16)
    return Config(
        format=Format(kind),
        samples_per_packet=count,
        streaming=bool(streaming),
        rate_millihz=rate,
        acc_range_g=acc_g,
        gyr_range_dps=gyr_dps,
        acc_scale_mps2=acc_scale,
        gyr_scale_radps=gyr_scale,
        latency_ms=latency,
        stream_id=stream_id,
    )


def encode_start(ref: int, settings: StartSettings) -> bytes:
    """Write a START request; the sensor's answer echoes ``ref`` (0 to 255)."""
    return _START.pack(
        Op.START,
        ref,
        settings.rate_millihz,
        settings.acc_range_g,
        settings.gyr_range_dps,
        settings.latency_ms,
    )


def encode_request(op: Op, ref: int) -> bytes:
    """Write a STOP, TIME or IDENTIFY request."""
    if op is Op.START:
        raise ValueError("START carries settings; use encode_start")
    return _SHORT_REQUEST.pack(op, ref)


def decode_request(data: bytes) -> Request:
    """Read a request, as a sensor does.

    Raises
    ------
    DecodeError
        Too short, an unknown opcode (offset 0), or a wrong parameter (offset 2 or more); :func:`refuse`
        turns the same bytes into the answer.
    """
    if len(data) < _SHORT_REQUEST.size:
        raise DecodeError(f"request of {len(data)} bytes; at least an opcode and a reference were expected")
    op, ref = data[0], data[1]
    if op not in list(Op):
        raise DecodeError(f"request with unknown opcode {op}; known are 1 to 4", offset=0)
    expected = _START.size if op == Op.START else _SHORT_REQUEST.size
    if len(data) != expected:
        raise DecodeError(f"{Op(op).name} request of {len(data)} bytes; {expected} were expected", offset=2)
    if op != Op.START:
        return Request(Op(op), ref)
    settings = StartSettings(*_START.unpack(data)[2:])
    _check_settings(settings)
    return Request(Op.START, ref, settings)


def encode_response(response: Response) -> bytes:
    """Write the answer to a request."""
    head = (_REPLY_BIT | response.op, response.ref, response.status)
    if response.time_us is not None:
        return _TIME_REPLY.pack(*head, response.time_us)
    tail = b"" if response.config is None else encode_config(response.config)
    return _REPLY.pack(*head) + tail


def refuse(request: bytes) -> bytes | None:
    """Answer a request that does not decode; None where it is too short to be answered."""
    if len(request) < _SHORT_REQUEST.size:
        return None
    status = Status.BAD_PARAMETER if request[0] in list(Op) else Status.BAD_OPCODE
    return encode_response(Response(request[0] & ~_REPLY_BIT, request[1], status))


def decode_response(data: bytes) -> Response:
    """Read the answer to a request.

    Raises
    ------
    DecodeError
        Not an answer, an unknown status, or a length that its opcode and status do not allow.
    """
    if len(data) < _REPLY.size:
        raise DecodeError(f"response of {len(data)} bytes; at least {_REPLY.size} were expected")
    code, ref, status_code = _REPLY.unpack_from(data)
    if not code & _REPLY_BIT:
        raise DecodeError(f"first byte {code:#04x}; a response sets its top bit")
    if status_code not in list(Status):
        raise DecodeError(f"response with unknown status {status_code}; known are 0 to 3", offset=2)
    response = Response(code & ~_REPLY_BIT, ref, Status(status_code))
    if response.status is Status.OK and response.op == Op.START and len(data) > _REPLY.size:
        return replace(response, config=decode_config(data, offset=_REPLY.size))
    expected = _TIME_REPLY if response.status is Status.OK and response.op == Op.TIME else _REPLY
    if len(data) != expected.size:
        raise DecodeError(f"response of {len(data)} bytes; {expected.size} were expected", offset=_REPLY.size)
    if expected is _TIME_REPLY:
        return replace(response, time_us=_TIME_REPLY.unpack(data)[3])
    return response


def packetise(
    acc: NDArray[np.int16],
    gyr: NDArray[np.int16] | None,
    *,
    config: Config,
    seq: int,
    index: int,
    t_us: NDArray[np.int64],
    lost_before: bool = False,
) -> Iterator[bytes]:
    """Cut samples in a row into data packets, as a sensor does; the last one may be shorter.

    Parameters
    ----------
    acc, gyr
        (n, 3) raw values with nothing missing between them.
    config
        Format, samples per packet and stream id.
    seq, index
        Numbers of the first packet and of the first sample.
    t_us
        (n,) device time of each sample, microseconds.
    lost_before
        Samples were lost between the packet before and the first sample.
    """
    step = max(1, config.samples_per_packet)
    for number, start in enumerate(range(0, len(acc), step)):
        part = slice(start, start + step)
        gyr_part = None if gyr is None or config.format is Format.ACC else gyr[part]
        flags = Flag.LOST_BEFORE if lost_before and start == 0 else Flag(0)
        yield encode_data(
            DataPacket(
                format=config.format,
                flags=flags | _clipped(acc[part], Flag.CLIP_ACC) | _clipped(gyr_part, Flag.CLIP_GYR),
                stream_id=config.stream_id,
                seq=seq + number,
                index=None if config.format is Format.COMPACT else index + start,
                t_us=int(t_us[start]),
                acc=acc[part],
                gyr=gyr_part,
            )
        )


def _clipped(values: NDArray[np.int16] | None, flag: Flag) -> Flag:
    if values is None or not bool(((values == FULL_SCALE - 1) | (values == -FULL_SCALE)).any()):
        return Flag(0)
    return flag


def _check_rate(rate_millihz: int, offset: int) -> None:
    if not MIN_RATE_MILLIHZ <= rate_millihz <= MAX_RATE_MILLIHZ:
        raise DecodeError(f"sample rate {rate_millihz / MILLI} Hz; 1 to 1700 Hz was expected", offset=offset)


def _check_settings(settings: StartSettings) -> None:
    _check_rate(settings.rate_millihz, 2)
    if settings.acc_range_g < 1:
        raise DecodeError("accelerometer range 0 g; at least 1 g was expected", offset=6)
