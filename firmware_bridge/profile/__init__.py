"""The open barbell GATT profile, version 1: bytes to values and back, with no I/O.

``firmware_bridge/PROFILE.md`` is the normative text; names here follow it. All fields are little-endian.
Whatever bytes come in, a decoder either returns a value that encodes to the same bytes (reserved ones apart)
or raises :class:`~firmware_bridge.errors.DecodeError` with the offset where they stopped making sense.
"""

from firmware_bridge.profile.config import (
    CONFIG_LEN,
    Config,
    StartSettings,
    decode_config,
    encode_config,
    plan,
)
from firmware_bridge.profile.control import (
    MIN_MTU_FOR_START_ANSWER,
    Op,
    Request,
    Response,
    Status,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
    encode_start,
    refuse,
)
from firmware_bridge.profile.data import (
    DataPacket,
    decode_data,
    encode_data,
    packetise,
)
from firmware_bridge.profile.wire import (
    CONFIG_UUID,
    CONTROL_UUID,
    DATA_UUID,
    FULL_SCALE,
    INDEX_MODULUS,
    MAX_VALUE_LEN,
    MILLI,
    SEQ_MODULUS,
    SERVICE_UUID,
    STREAM_ID_MODULUS,
    TIME_MODULUS_US,
    VERSION,
    Flag,
    Format,
)

__all__ = [
    "CONFIG_LEN",
    "CONFIG_UUID",
    "CONTROL_UUID",
    "DATA_UUID",
    "FULL_SCALE",
    "INDEX_MODULUS",
    "MAX_VALUE_LEN",
    "MILLI",
    "MIN_MTU_FOR_START_ANSWER",
    "SEQ_MODULUS",
    "SERVICE_UUID",
    "STREAM_ID_MODULUS",
    "TIME_MODULUS_US",
    "VERSION",
    "Config",
    "DataPacket",
    "Flag",
    "Format",
    "Op",
    "Request",
    "Response",
    "StartSettings",
    "Status",
    "decode_config",
    "decode_data",
    "decode_request",
    "decode_response",
    "encode_config",
    "encode_data",
    "encode_request",
    "encode_response",
    "encode_start",
    "packetise",
    "plan",
    "refuse",
]
