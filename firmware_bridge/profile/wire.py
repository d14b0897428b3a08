"""Names and numbers of the profile that all of its messages share."""

from __future__ import annotations

from enum import IntEnum, IntFlag

VERSION = 1
SERVICE_UUID = "9c640000-15f2-4f15-a0d0-c75c62fd94cf"
DATA_UUID = "9c640001-15f2-4f15-a0d0-c75c62fd94cf"
CONTROL_UUID = "9c640002-15f2-4f15-a0d0-c75c62fd94cf"
CONFIG_UUID = "9c640003-15f2-4f15-a0d0-c75c62fd94cf"

SEQ_MODULUS = 1 << 16
INDEX_MODULUS = 1 << 32
TIME_MODULUS_US = 1 << 32
STREAM_ID_MODULUS = 16  # the part of the stream id that a data packet carries

HEADER_LEN = 12  # data packet of formats 0 and 1
HEADER_COMPACT_LEN = 8
ATT_HEADER_LEN = 3  # opcode and handle of an ATT notification
MAX_VALUE_LEN = 244  # one 251-byte link-layer PDU: 251 - 4 (L2CAP) - 3 (ATT)
FULL_SCALE = 32768  # LSB of an int16 at the end of the range
STANDARD_GRAVITY_MPS2 = 9.80665  # CGPM 1901; only turns the sensor's g into SI
MIN_RATE_MILLIHZ, MAX_RATE_MILLIHZ = 1_000, 1_700_000
MILLI = 1_000


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


AXES = {Format.ACC_GYR: 6, Format.ACC: 3, Format.COMPACT: 6}
"""int16 values in a sample."""
