"""The control point: requests of a client and answers of a sensor."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntEnum

from firmware_bridge.errors import DecodeError
from firmware_bridge.profile.config import (
    CONFIG_LEN,
    Config,
    StartSettings,
    check_settings,
    decode_config,
    encode_config,
)
from firmware_bridge.profile.wire import ATT_HEADER_LEN

_START = struct.Struct("<BBIHHH")
_SHORT_REQUEST = struct.Struct("<BB")
_REPLY = struct.Struct("<BBB")
_TIME_REPLY = struct.Struct("<BBBQ")
_REPLY_BIT = 0x80
MIN_MTU_FOR_START_ANSWER = ATT_HEADER_LEN + _REPLY.size + CONFIG_LEN


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
    check_settings(settings)
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
