"""What a hostile sensor does, as bytes: it notifies, answers, hangs up, and time goes by.

A script is a row of acts: what, on which characteristic, after how long, and a payload with its length before
it. Valid scripts are what the scripted sensors of the driver tests do.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from firmware_bridge.sensors import LinkState, PacketKind, RawPacket

_HEAD = struct.Struct("<BBBH")
MAX_VALUE = 512
"""Longest value of a characteristic (Bluetooth Core, Vol 3, Part F, 3.2.9)."""

MAX_ACTS = 200
"""A few more than a valid script has."""

MS_NS = 1_000_000
STEPS_NS = tuple(ms * MS_NS for ms in (0, 1, 5, 20, 40, 100, 1000, 60_000, 3_600_000, 10**9, -5, -3_600_000))
"""How long before it: nothing, a packet's time, a break; the last two only a wrong journal can tell."""


class Act(IntEnum):
    """What happens."""

    NOTIFICATION = 0
    INDICATION = 1
    READ = 2
    WRITE = 3
    CONNECTED = 4
    LOST = 5
    ANY_LINK = 6
    START = 7  # the driver begins to start it
    STOP = 8
    ANSWER = 9  # to the driver's pending request or read
    SILENCE = 10


KINDS = {
    Act.NOTIFICATION: PacketKind.NOTIFICATION,
    Act.INDICATION: PacketKind.INDICATION,
    Act.READ: PacketKind.READ,
    Act.WRITE: PacketKind.WRITE,
}
ACT_OF = {kind: act for act, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a script."""

    act: Act
    uuid: str
    wait_ns: int
    payload: bytes


def read_script(data: bytes, uuids: Sequence[str]) -> Iterator[Step]:
    """Read a script, whatever bytes they are: numbers out of range begin again."""
    return islice(_steps(data, uuids), MAX_ACTS)


def _steps(data: bytes, uuids: Sequence[str]) -> Iterator[Step]:
    at = 0
    while at + _HEAD.size <= len(data):
        act, uuid, wait, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        payload = data[at : at + length % (MAX_VALUE + 1)]
        at += len(payload)
        yield Step(Act(act % len(Act)), uuids[uuid % len(uuids)], STEPS_NS[wait % len(STEPS_NS)], payload)


def acts_of(data: bytes) -> list[bytes]:
    """Cut a script into its first byte and its acts."""
    pieces, at = [data[:1]], 1
    while at + _HEAD.size <= len(data):
        *_, length = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length % (MAX_VALUE + 1)
        pieces.append(data[at:end])
        at = end
    return pieces


def written(act: Act, uuid: int, wait_ns: int, payload: bytes) -> bytes:
    """Write one act; the wait is the longest step that is not longer."""
    wait = max(index for index, step in enumerate(STEPS_NS) if 0 <= step <= max(0, wait_ns))
    return _HEAD.pack(act, uuid, wait, len(payload)) + payload


def script_of(packets: Sequence[RawPacket], uuids: Sequence[str]) -> bytes:
    """Write down what a sensor sent."""
    acts, now_ns = [], packets[0].host_ns
    for packet in packets:
        if packet.kind is PacketKind.LINK:
            act = Act.CONNECTED if packet.payload == LinkState.CONNECTED.value.encode() else Act.LOST
            acts.append(written(act, 0, packet.host_ns - now_ns, b""))
        else:
            uuid = uuids.index(packet.characteristic)
            acts.append(written(ACT_OF[packet.kind], uuid, packet.host_ns - now_ns, packet.payload))
        now_ns = packet.host_ns
    return b"".join(acts)
