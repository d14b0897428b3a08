"""The open profile's codec: what decodes encodes to the same bytes, and everything else is refused."""

from __future__ import annotations

import math

import numpy as np

from firmware_bridge import profile
from firmware_bridge.errors import DecodeError
from firmware_bridge.profile import Config, Op, Response, StartSettings, Status
from tests.fuzz.harness import Target

SETTINGS = StartSettings(rate_millihz=200_000, acc_range_g=16, gyr_range_dps=2000, latency_ms=40)
_RESERVED = profile.CONFIG_LEN - 1


def _configs() -> list[bytes]:
    settings = [SETTINGS, StartSettings(1_000, 2, 0, 0), StartSettings(1_700_000, 65535, 65535, 65535)]
    return [
        profile.encode_config(Config.from_settings(one, mtu=mtu, stream_id=7))
        for one in settings
        for mtu in (26, 247, 517)
    ]


def _packets() -> list[bytes]:
    rows = np.arange(-60, 60, dtype=np.int16).reshape(-1, 3)
    made: list[bytes] = []
    for data in _configs():
        config = profile.decode_config(data)
        gyr = None if config.format is profile.Format.ACC else rows[::-1]
        times_us = np.arange(len(rows)) * 5000 + 2**32 - 7000
        made += profile.packetise(rows, gyr, config=config, seq=65535, index=2**32 - 4, t_us=times_us)
    return sorted(set(made))[:: max(1, len(set(made)) // 24)]


def _requests() -> list[bytes]:
    others = [profile.encode_request(op, 9) for op in Op if op is not Op.START]
    return [profile.encode_start(1, SETTINGS), *others]


def _responses() -> list[bytes]:
    config = Config.from_settings(SETTINGS, mtu=247, stream_id=1)
    return [
        profile.encode_response(Response(Op.START, 1, Status.OK, config)),
        profile.encode_response(Response(Op.TIME, 2, Status.OK, time_us=2**63)),
        *(profile.encode_response(Response(op, 3, status)) for op in (2, 4, 5) for status in Status),
    ]


def _data(data: bytes) -> None:
    packet = profile.decode_data(data)
    assert profile.encode_data(packet) == data
    assert len(packet) >= 1


def _config(data: bytes) -> None:
    config = profile.decode_config(data)
    assert profile.encode_config(config)[:_RESERVED] == data[:_RESERVED]
    for scale in (config.acc_scale_mps2, config.gyr_scale_radps):
        assert math.isfinite(scale * profile.FULL_SCALE)


def _request(data: bytes) -> None:
    answer = profile.refuse(data)
    if answer is not None:
        assert profile.decode_response(answer).status in {Status.BAD_OPCODE, Status.BAD_PARAMETER}
    request = profile.decode_request(data)
    if request.start is None:
        assert profile.encode_request(request.op, request.ref) == data
        return
    assert profile.encode_start(request.ref, request.start) == data
    for mtu in (23, 247):
        config = Config.from_settings(request.start, mtu=mtu, stream_id=0)
        assert profile.decode_config(profile.encode_config(config)) == config


def _response(data: bytes) -> None:
    response = profile.decode_response(data)
    again = profile.encode_response(response)
    assert again == data or (response.config is not None and again[:-1] == data[:-1])


TARGETS = tuple(
    Target(f"profile-{name}", feed, (DecodeError,), samples)
    for name, feed, samples in (
        ("data", _data, _packets),
        ("config", _config, _configs),
        ("request", _request, _requests),
        ("response", _response, _responses),
    )
)
