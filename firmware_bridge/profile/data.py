"""Data packets: samples in a row, with a packet number, a sample index and a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import DecodeError
from firmware_bridge.profile.config import Config
from firmware_bridge.profile.wire import (
    AXES,
    FULL_SCALE,
    INDEX_MODULUS,
    SEQ_MODULUS,
    STREAM_ID_MODULUS,
    TIME_MODULUS_US,
    VERSION,
    Flag,
    Format,
)

_HEADER = struct.Struct("<BBHII")
_HEADER_COMPACT = struct.Struct("<BBHI")


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
    if kind not in AXES:
        raise DecodeError(f"data packet of unknown format {kind}; known are 0, 1 and 15")
    packet_format = Format(kind)
    axes = AXES[packet_format]
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
