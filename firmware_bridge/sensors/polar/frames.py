"""PMD data: frames of samples, raw or as packed differences.

Source: as :mod:`firmware_bridge.sensors.polar.control`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import DecodeError
from firmware_bridge.sensors.polar.control import CHANNELS, Measurement
from firmware_bridge.sensors.units import G_MPS2, floats

G_PER_MG = 1e-3

_HEAD = struct.Struct("<BQB")
_MEASUREMENT_BITS = 0x3F  # the two upper bits tell of recordings in the sensor's memory
_COMPRESSED = 0x80
_FLOAT = "<f4"
_RAW_TYPES: dict[tuple[int, int], str] = {
    (Measurement.ACC, 0): "i1",
    (Measurement.ACC, 1): "<i2",
    (Measurement.GYRO, 0): "<i2",
    (Measurement.GYRO, 1): _FLOAT,
}
_RAW_24_BIT = (Measurement.ACC, 2)
_DELTA_TYPES: dict[tuple[int, int], str] = {
    (Measurement.ACC, 0): "<i2",
    (Measurement.ACC, 1): "<i2",
    (Measurement.GYRO, 0): "<i2",
    (Measurement.GYRO, 1): _FLOAT,
}
"""What the reference sample of packed differences is. Of floats the bit patterns are subtracted."""

_BLOCK_HEAD = 2  # bits of a difference, number of differences
_MAX_DELTA_BITS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One notification.

    Attributes
    ----------
    measurement
        See :class:`~firmware_bridge.sensors.polar.control.Measurement`; may be one that is not in there.
    stamp_ns
        Device time of the **last** sample, nanoseconds since 2000-01-01 by the sensor's own clock.
    type, compressed
        How the samples were sent; it decides their unit.
    values
        (n, 3) as sent, before any factor.
    """

    measurement: int
    stamp_ns: int
    type: int
    compressed: bool
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.values.shape[0])


def measurement_of(data: bytes) -> int:
    """Return what a notification holds, without decoding it.

    Raises
    ------
    DecodeError
        It is empty.
    """
    if not data:
        raise DecodeError("a data packet of no bytes")
    return data[0] & _MEASUREMENT_BITS


def decode_frame(data: bytes) -> Frame:
    """Read a notification of accelerometer or gyro samples.

    Raises
    ------
    DecodeError
        Its length or frame type is not one of the format's, with the offset.
    """
    if len(data) <= _HEAD.size:
        raise DecodeError(
            f"a data packet has {_HEAD.size} bytes and samples, got {len(data)}", offset=len(data)
        )
    first, stamp_ns, kind = _HEAD.unpack_from(data)
    measurement, frame_type = first & _MEASUREMENT_BITS, kind & ~_COMPRESSED
    compressed, content = bool(kind & _COMPRESSED), data[_HEAD.size :]
    if compressed and (measurement, frame_type) in _DELTA_TYPES:
        values = _delta(content, np.dtype(_DELTA_TYPES[measurement, frame_type]))
    elif not compressed and (measurement, frame_type) in (*_RAW_TYPES, _RAW_24_BIT):
        values = _raw(content, _RAW_TYPES.get((measurement, frame_type)))
    else:
        raise DecodeError(
            f"frame type {kind:#04x} of measurement {measurement} is not known", offset=_HEAD.size - 1
        )
    if not np.isfinite(values).all():
        raise DecodeError("a sample is not a number", offset=_HEAD.size)
    return Frame(measurement, stamp_ns, frame_type, compressed, values)


def to_si(frame: Frame, factor: float | None) -> NDArray[np.float64]:
    """Scale a frame to m/s^2 or rad/s.

    1. Accelerometer frames are in mg; those of compressed type 0 times the factor are in g.
    2. Gyro frames times the factor are in deg/s.
    3. Without a factor in the answer to START it is 1: Verity Sense of recent firmware sends compressed type
       1, which is in mg (polar-ble-sdk issue 443).

    Raises
    ------
    DecodeError
        The frame needs a factor, and START's answer had none.
    """
    if frame.measurement == Measurement.GYRO:
        return frame.values * math.radians(1.0 if factor is None else factor)
    if frame.compressed and frame.type == 0:
        if factor is None:
            raise DecodeError(
                "samples that need the factor of START's answer, which had none", offset=_HEAD.size
            )
        return frame.values * (factor * G_MPS2)
    return frame.values * ((1.0 if factor is None else factor) * G_PER_MG * G_MPS2)


def _raw(content: bytes, dtype: str | None) -> NDArray[np.float64]:
    width = 3 if dtype is None else np.dtype(dtype).itemsize
    if len(content) % (CHANNELS * width):
        raise DecodeError(
            f"{len(content)} bytes are no whole samples of {CHANNELS * width}", offset=_HEAD.size
        )
    if dtype == _FLOAT:
        return floats(content).reshape(-1, CHANNELS)
    if dtype is not None:
        return np.frombuffer(content, dtype).astype(np.float64).reshape(-1, CHANNELS)
    padded: NDArray[np.uint8] = np.zeros((len(content) // 3, 4), dtype=np.uint8)
    # Into the upper three bytes of an int32: the sign comes along.
    padded[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
    return (padded.view("<i4") >> 8).astype(np.float64).reshape(-1, CHANNELS)


def _delta(content: bytes, dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Add up differences: a reference sample, then blocks of ``bits, count, 3 x count packed integers``."""
    integer = np.dtype(f"<i{dtype.itemsize}")
    at = CHANNELS * dtype.itemsize
    if len(content) < at:
        raise DecodeError(f"a reference sample has {at} bytes, got {len(content)}", offset=_HEAD.size)
    steps = [np.frombuffer(content[:at], integer).astype(np.int64)[None]]
    while at < len(content):
        if at + _BLOCK_HEAD > len(content):
            raise DecodeError("a block of differences is cut short", offset=_HEAD.size + at)
        bits, count = content[at], content[at + 1]
        at += _BLOCK_HEAD
        size = math.ceil(bits * count * CHANNELS / 8)
        if bits > _MAX_DELTA_BITS or at + size > len(content):
            raise DecodeError(
                f"{count} differences of {bits} bits do not fit the packet", offset=_HEAD.size + at
            )
        steps.append(_unpack(content[at : at + size], bits, count))
        at += size
    summed = np.cumsum(np.concatenate(steps), axis=0)
    if dtype == integer:
        return summed.astype(np.float64)
    return floats(summed.astype(integer).tobytes()).reshape(-1, CHANNELS)


def _unpack(packed: bytes, bits: int, count: int) -> NDArray[np.int64]:
    """Read signed integers of any width, least significant bit first."""
    if bits == 0:
        return np.zeros((count, CHANNELS), dtype=np.int64)
    flat = np.unpackbits(np.frombuffer(packed, np.uint8), count=bits * count * CHANNELS, bitorder="little")
    weights = np.int64(1) << np.arange(bits, dtype=np.int64)
    weights[-1] = -weights[-1]  # two's complement
    return (flat.reshape(-1, bits) @ weights).reshape(count, CHANNELS)
