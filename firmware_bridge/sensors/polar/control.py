"""PMD control point: what the sensor can do, start and stop, and what it answers.

Source: Polar, "Polar Measurement Data Specification for 3rd Party" and "Polar Measurement Data, general
description", version 1.0 of August 2024 (github.com/polarofficial/polar-ble-sdk, technical_documentation).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors.answers import first_bytes

SERVICE_UUID = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL_UUID = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA_UUID = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

RESOLUTION_BITS = 16
CHANNELS = 3
STATUS_OK = 0
STATUS_ALREADY = 6

_FEATURES = 0x0F  # first byte of the control point when it is read
_REPLY = 0xF0
_REPLY_HEAD = 5  # reply code, op, measurement, status, more to come
_REFUSAL_HEAD = 4  # a refusal may leave the rest out


class Op(IntEnum):
    """First byte of a request."""

    SETTINGS = 1
    START = 2
    STOP = 3


class Measurement(IntEnum):
    """What is measured. SDK mode is switched on and off as if it were a measurement."""

    ACC = 2
    GYRO = 5
    SDK_MODE = 9


class Setting(IntEnum):
    """Type of a setting; 3 is not used by any sensor."""

    RATE = 0
    RESOLUTION = 1
    RANGE = 2
    CHANNELS = 4
    FACTOR = 5


_FORMATS = {
    Setting.RATE: "H",
    Setting.RESOLUTION: "H",
    Setting.RANGE: "H",
    Setting.CHANNELS: "B",
    Setting.FACTOR: "f",
}

REFUSALS = {
    1: "it does not know the command; update its firmware in the Polar Flow app",
    2: "it does not know the measurement; update its firmware in the Polar Flow app",
    3: "it cannot measure that",
    4: "it takes the command to be incomplete; update imu-tempo or its firmware",
    5: "it does not accept the settings; try others",
    STATUS_ALREADY: "it is measuring already; switch it off and on",
    7: "it does not offer that resolution; try other settings",
    8: "it does not offer that sample rate; try another one",
    9: "it does not offer that range; try another one",
    10: "it needs longer packets (an MTU of 232 or more) than this Bluetooth adapter or system gives",
    11: "it does not measure that many axes",
    12: "it is busy with another measurement or recording; end that, or switch it off and on",
    13: "it does not measure while it is charged; take it off the charger",
}
"""What a status means, and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings as offered (several values each), as asked for or as confirmed (one value each)."""

    rates_hz: tuple[int, ...] = ()
    resolutions_bits: tuple[int, ...] = ()
    ranges: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The sensor's answer to a request."""

    op: int
    measurement: int
    status: int
    settings: Settings


def decode_features(data: bytes) -> frozenset[int]:
    """Return the measurements that a sensor offers, from the value of its control point.

    Raises
    ------
    DecodeError
        It is no list of features.
    """
    if len(data) < 2 or data[0] != _FEATURES:
        raise DecodeError(f"a list of features begins with {_FEATURES:#04x}, this is {first_bytes(data)}")
    bits = int.from_bytes(data[1:], "little")
    return frozenset(number for number in range(bits.bit_length()) if bits >> number & 1)


def encode_request(op: Op, measurement: Measurement, settings: Settings | None = None) -> bytes:
    """Write a request; the settings of a START hold one value each."""
    fields = b""
    for kind, values in _listed(settings or Settings()):
        if values:
            fields += bytes([kind, 1]) + struct.pack(f"<{_FORMATS[kind]}", values[0])
    return bytes([op, measurement]) + fields


def reply_prefix(request: bytes) -> bytes:
    """Return how the answer to a request begins."""
    return bytes([_REPLY]) + request[:2]


def decode_start(request: bytes) -> Settings:
    """Read back the settings of a START."""
    return _decode_settings(request[2:])


def decode_reply(data: bytes) -> Reply:
    """Read an answer.

    Raises
    ------
    DecodeError
        It is none, or its factor is none.
    """
    if len(data) < _REFUSAL_HEAD or data[0] != _REPLY:
        raise DecodeError(
            f"an answer begins with {_REPLY:#04x} and has 4 bytes or more, got {first_bytes(data)}"
        )
    return Reply(data[1], data[2], data[3], _decode_settings(data[_REPLY_HEAD:]))


def _listed(settings: Settings) -> list[tuple[Setting, tuple[int, ...]]]:
    return [
        (Setting.RATE, settings.rates_hz),
        (Setting.RESOLUTION, settings.resolutions_bits),
        (Setting.RANGE, settings.ranges),
        (Setting.CHANNELS, settings.channels),
    ]


def _decode_settings(data: bytes) -> Settings:
    """Read settings up to the first that is not whole or not known.

    The H10 ends its answer to START with a lone reserved byte; an unknown setting's length is not told.

    Raises
    ------
    DecodeError
        The factor is none that samples could have.
    """
    found: dict[Setting, tuple[float, ...]] = {}
    at = 0
    while at + 1 < len(data) and data[at] in _FORMATS:
        kind, values = Setting(data[at]), struct.Struct(f"<{data[at + 1]}{_FORMATS[Setting(data[at])]}")
        at += 2
        if at + values.size > len(data):
            break
        found[kind] = values.unpack_from(data, at)
        at += values.size
    factor = next(iter(found.get(Setting.FACTOR, ())), None)
    if factor is not None and not 0 < factor < math.inf:
        raise DecodeError(f"a factor of {factor}; a positive number was expected", offset=at)
    whole = {
        kind: tuple(int(value) for value in values)
        for kind, values in found.items()
        if kind != Setting.FACTOR
    }
    return Settings(
        rates_hz=whole.get(Setting.RATE, ()),
        resolutions_bits=whole.get(Setting.RESOLUTION, ()),
        ranges=whole.get(Setting.RANGE, ()),
        channels=whole.get(Setting.CHANNELS, ()),
        factor=factor,
    )
